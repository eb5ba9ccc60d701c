"""Fusion weighs words and meaning alike, on whatever scales their scores are."""

import pytest

from ocr_assets.core.fusion import fused


def best(text: dict[str, float], vector: dict[str, float]) -> list[str]:
    scores = fused(text, vector, dict.fromkeys(vector, 0.0))
    return sorted(scores, key=lambda one: -scores[one])


def test_what_both_find_goes_before_what_one_finds() -> None:
    assert best({"a": 9, "b": 8}, {"a": 0.1, "b": 0.7, "c": 0.8, "d": 0.1})[0] == "b"


def test_a_passage_far_ahead_in_one_search_wins_over_a_narrow_lead_in_the_other() -> None:
    assert best({"a": 30, "b": 5, "c": 4}, {"a": 0.50, "b": 0.52, "c": 0.40})[0] == "a"


@pytest.mark.parametrize("scale", [0.01, 100])
def test_scales_do_not_matter(scale: float) -> None:
    text, vector = {"a": 3.0, "b": 1.0}, {"a": 0.2, "b": 0.9, "c": 0.5}
    named = {"a": 1.0, "b": 0.0, "c": 1.0}
    scaled = fused({one: score * scale for one, score in text.items()}, vector, named)
    assert scaled == pytest.approx(fused(text, vector, named))


def test_without_words_the_vectors_decide() -> None:
    assert best({}, {"a": 0.2, "b": 0.9}) == ["b", "a"]


def test_of_passages_alike_the_one_of_the_named_document_is_first() -> None:
    alike = {"a": 0.50, "b": 0.51, "c": 0.1}
    assert best({}, alike)[0] == "b"
    scores = fused({}, alike, {"a": 2.0, "b": 0.0, "c": 0.0})
    assert max(scores, key=scores.__getitem__) == "a"


def test_nothing_and_equals_are_no_trouble() -> None:
    assert fused({}, {}, {}) == {}
    assert fused({"a": 1}, {"a": 0.5}, {"a": 0}) == {"a": 0}
