"""Texts are cut as AWS Comprehend takes them, and its answers are believed only where they fit."""

from typing import Any

import pytest

from ocr_assets.core.comprehend_answers import (
    MOST_BYTES,
    BadAnswer,
    ItemError,
    Piece,
    checked,
    language_told,
    pieces_of,
    said_by_comprehend,
    units_of,
)

TEXT = "Ada Lovelace lives in München since 3 May 2024."


def entity(text: str, begin: int, kind: str = "PERSON", score: float = 0.9) -> dict[str, Any]:
    return {"Text": text, "BeginOffset": begin, "Type": kind, "Score": score}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "A sentence. " * 2_000,
        "😀" * 5_000,
        "é" * 4_999 + " " + "x" * 20_000,
        "\n\n".join(["word " * 1_500] * 3),
        "a" + "ж" * 10_000,
    ],
)
def test_pieces_are_small_enough_and_together_the_text(text: str) -> None:
    pieces = pieces_of(text)
    assert "".join(piece for _, piece in pieces) == text
    assert all(0 < len(piece.encode()) <= MOST_BYTES for _, piece in pieces)
    assert all(text.startswith(piece, start) for start, piece in pieces)


def test_a_cut_is_behind_a_sentence_where_there_is_one() -> None:
    first, second = pieces_of("One sentence is here. " * 300)
    assert (first[1][-6:], second[1][:3]) == ("here. ", "One")


@pytest.mark.parametrize(("length", "units"), [(1, 3), (300, 3), (301, 4), (1_000, 10), (1_001, 11)])
def test_a_text_costs_three_units_at_least(length: int, units: int) -> None:
    assert units_of("x" * length) == units


def test_an_answer_must_speak_of_every_text_once() -> None:
    found = {"Index": 0, "Entities": [entity("Ada", 0)]}
    error = {"Index": 1, "ErrorCode": "500", "ErrorMessage": "Internal server error"}
    results, errors = checked("entities", {"ResultList": [found], "ErrorList": [error]}, 2)
    assert results == {0: [entity("Ada", 0)]}
    assert errors == {1: ItemError("500 Internal server error", passing=True)}
    for broken in (
        {},
        {"ResultList": [found]},
        {"ResultList": [found], "ErrorList": []},
        {"ResultList": [found, found], "ErrorList": []},
        {"ResultList": [{"Index": 0}], "ErrorList": [error]},
        {"ResultList": [{"Index": 0, "Entities": [{"Text": "Ada"}]}], "ErrorList": [error]},
        {"ResultList": [{"Index": 0, "Entities": [entity("Ada", 0) | {"Score": "high"}]}], "ErrorList": [error]},
        {"ResultList": [{"Index": 7, "Entities": []}], "ErrorList": [error]},
        {"ResultList": [found | {"Index": "0"}], "ErrorList": [error]},
        {"ResultList": [found | {"Entities": [entity("a", float("inf"))]}], "ErrorList": [error]},  # type: ignore[arg-type]
        None,
        [],
    ):
        with pytest.raises(BadAnswer):
            checked("entities", broken, 2)


@pytest.mark.parametrize(
    ("code", "passing"), [("Internal Server Exception", True), ("ThrottlingException", True), ("InvalidText", False)]
)
def test_errors_that_may_pass_are_told_apart(code: str, passing: bool) -> None:
    _, errors = checked("language", {"ResultList": [], "ErrorList": [{"Index": 0, "ErrorCode": code}]}, 1)
    assert errors[0].passing is passing


def test_the_likeliest_language_counts() -> None:
    assert language_told([{"LanguageCode": "de", "Score": 0.2}, {"LanguageCode": "en", "Score": 0.7}]) == "en"
    assert language_told([]) is None


def test_what_has_a_form_stays_with_the_rules_and_a_place_gets_its_value() -> None:
    told = [entity("Ada Lovelace", 0), entity("München", 22, "LOCATION"), entity("since 3 May 2024", 30, "DATE")]
    said = said_by_comprehend(TEXT, [Piece(0, TEXT, "en", told, [])])
    assert [(one.kind, one.text, one.value, one.confidence) for one in said.entities] == [
        ("person", "Ada Lovelace", "Ada Lovelace", 0.9),
        ("place", "München", "Munich", 0.9),
        ("date", "3 May 2024", "2024-05-03", None),
    ]


def test_an_entity_that_stands_elsewhere_is_found_and_one_that_stands_nowhere_is_left_out() -> None:
    told = [entity("Ada Lovelace", 5), entity("München", -3, "LOCATION"), entity("Bob", 0), entity(" ", 3)]
    said = said_by_comprehend(TEXT, [Piece(0, TEXT, "en", told, [])])
    assert [TEXT[one.start : one.end] for one in said.entities if one.confidence] == ["Ada Lovelace", "München"]


def test_a_place_told_in_other_units_than_characters_finds_the_nearest_of_the_same_words() -> None:
    text = "Bob came. 😀😀😀 It was late. Then Bob left, and Bob it was."
    second = text.index("Bob left")
    for told in (second + 3, second - 2, 10**30):  # as in UTF-16, and nonsense
        said = said_by_comprehend(text, [Piece(0, text, "en", [entity("Bob", told)], [])])
        assert [one.start for one in said.entities] == [text.rindex("Bob") if told == 10**30 else second]


def test_pieces_count_from_where_they_start_and_phrases_come_once_by_score() -> None:
    text = f"{TEXT} {TEXT}"
    cut = len(TEXT) + 1
    phrases = [
        {"Text": "the  Sea", "Score": 0.8, "BeginOffset": 0},
        {"Text": "The sea", "Score": 0.9, "BeginOffset": 0},
    ]
    pieces = [
        Piece(0, text[:cut], "zh-TW", [entity("Ada Lovelace", 0)], phrases),
        Piece(cut, text[cut:], "en", [entity("Ada Lovelace", 0)], [{"Text": "a boat", "Score": 1.0, "BeginOffset": 0}]),
    ]
    said = said_by_comprehend(text, pieces)
    assert [one.start for one in said.entities if one.kind == "person"] == [0, cut]
    assert said.key_phrases == ("a boat", "The sea")
    assert said.language == "zh"
