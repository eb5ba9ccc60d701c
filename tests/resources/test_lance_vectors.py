"""The LanceDB store replaces documents as a whole, whoever writes, and finds what was written by vector and by word."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import lancedb
import numpy as np
import pytest

from ocr_assets.errors import TransientFault, UsageError
from resources import lance_search
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage, SearchMode
from tests.passage_making import FILTERED, MODES, TEXTS, found_by_filters, passages
from tests.passage_making import lance_store as store


def test_hits_carry_the_passage_and_where_it_stands(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS), ["a"])
    for mode, vector in (("hybrid", np.eye(4, dtype=np.float32)[1]), ("text", None)):
        hit = vectors.search("potassium bananas", vector, mode, k=1)[0]
        assert (hit.document, hit.ordinal, hit.text, hit.heading_path) == ("a", 1, TEXTS[1], ("Part", "Sub"))
        assert (hit.page_start, hit.page_end) == (2, 3)
    nearest = vectors.search("anything", np.eye(4, dtype=np.float32)[2], "vector", k=3)
    assert nearest[0].ordinal == 2
    assert nearest[0].score == pytest.approx(1)


def test_full_text_finds_what_is_said_for_a_question_too(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS), ["a"])
    assert vectors.search("fruit", mode="text") == []
    assert vectors.search("fruit", mode="text", said=["potassium", "bananas"])[0].text == TEXTS[1]
    nearest = vectors.search("fruit", np.ones(4, np.float32), said=["bananas potassium"])
    assert nearest[0].text == TEXTS[1]


def test_hits_come_best_first(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", ["cat", "cat dog", "cat dog bird"]), ["a"])
    for mode in MODES:
        scores = [hit.score for hit in vectors.search("cat dog bird", np.eye(4, dtype=np.float32)[2], mode)]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 3


def test_a_document_that_shrinks_leaves_no_orphans_and_others_alone(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS)], ["a", "b"])
    vectors.replace(passages("a", ["only one left"]), ["a"])
    assert (vectors.count("a"), vectors.count("b"), vectors.count()) == (1, 3, 4)
    assert [hit.text for hit in vectors.search("deductible only", mode="text", documents=["a"])] == ["only one left"]


def test_writing_twice_counts_once(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    for _ in range(2):
        vectors.replace(passages("a", TEXTS), ["a"])
    assert vectors.count() == 3


def test_a_document_without_passages_is_gone(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS), *passages("c", TEXTS)], ["a", "b", "c"])
    vectors.replace(passages("b", TEXTS[:2]), ["a", "b"])
    assert vectors.documents() == {"b", "c"}
    vectors.delete(["b", "never there"])
    assert vectors.documents() == {"c"}


def test_rows_are_found_before_and_after_the_index_is_brought_up_to_date(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS), ["a"])
    vectors.maintain(timedelta(days=1))
    vectors.replace(passages("b", ["zebras have stripes"]), ["b"])
    assert [hit.document for hit in vectors.search("zebra", mode="text")] == ["b"]
    assert [hit.document for hit in vectors.search("banana", mode="text")] == ["a"]


def test_maintenance_indexes_the_vectors_of_a_large_table_and_searches_find_the_same(tmp_path: Path) -> None:
    vectors = store(tmp_path, dimension=16)
    large = LanceVectors(uri=str(tmp_path), model="test-model", dimension=16, index_rows=500)
    numbers = np.random.default_rng(0).standard_normal((600, 16), np.float32)
    unit = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    vectors.replace([Passage("a", n, f"text {n}", (), 1, 1, vector) for n, vector in enumerate(unit[:500])], ["a"])
    for _ in range(2):
        large.maintain(timedelta(days=1))
    vectors.replace([Passage("b", n, f"text {n}", (), 1, 1, vector) for n, vector in enumerate(unit[500:])], ["b"])
    indexed = {column for index in vectors._open().list_indices() for column in index.columns}
    assert indexed >= {"vector", "document"}
    best = [vectors.search("x", unit[n], "vector", k=1)[0] for n in (3, 499, 599)]
    assert [(hit.document, hit.ordinal) for hit in best] == [("a", 3), ("a", 499), ("b", 99)]
    vectors.replace([], ["a"])
    assert vectors.search("x", unit[3], "vector", k=1)[0].document == "b"
    assert vectors.count() == 100


def test_a_search_sees_only_the_documents_asked_for(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS)], ["a", "b"])
    for mode in MODES:
        hits = vectors.search("bananas", np.ones(4, np.float32), mode, documents=["b"])
        assert {hit.document for hit in hits} == {"b"}
        assert vectors.search("bananas", np.ones(4, np.float32), mode, documents=[]) == []


@pytest.mark.parametrize("mode", MODES)
def test_a_search_finds_only_what_passes_its_filters(tmp_path: Path, mode: SearchMode) -> None:
    assert found_by_filters(store(tmp_path), mode) == FILTERED


def test_hits_carry_kind_and_boxes(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    boxes = ((3, 0.125, 0.25, 0.5, 0.75), (4, 0.0, 0.0, 1.0, 1.0))
    vectors.replace([replace(passages("a", ["cat"])[0], kind="figure", boxes=boxes)], ["a"])
    for mode in MODES:
        (hit,) = vectors.search("cat", np.eye(4, dtype=np.float32)[0], mode)
        assert (hit.kind, hit.boxes) == ("figure", boxes)


def test_a_passage_is_found_by_its_headings_and_by_what_its_document_is_called(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(
        [replace(passages("a", ["cat"])[0], names=("Annual Report 2022",)), *passages("b", ["cat"])], ["a", "b"]
    )
    assert [hit.document for hit in vectors.search("report 2022 cats", mode="text")] == ["a", "b"]
    assert len(vectors.search("sub part", mode="text")) == 2


def test_of_passages_alike_a_hybrid_search_finds_that_of_the_named_document_first(tmp_path: Path) -> None:
    vectors, question = store(tmp_path), np.eye(4, dtype=np.float32)[0]
    names = {"a": "BIRCHFOODS 2021", "b": "ALDERFOODS 2022", "c": "BIRCHFOODS 2022"}
    alike = [replace(passages(document, ["net sales"])[0], names=(name,)) for document, name in names.items()]
    vectors.replace(alike, list(names))
    assert vectors.search("net sales of Birch Foods in FY2022", question)[0].document == "c"


def test_an_index_of_an_earlier_version_is_fitted_when_it_is_written(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS)], ["a", "b"])
    lancedb.connect(tmp_path).open_table(vectors.name).drop_columns(["terms", "kind", "boxes", "names", "date"])
    with pytest.raises(UsageError, match="--upgrade"):
        vectors.search("bananas", mode="text")
    vectors.replace(passages("a", TEXTS), ["a"])
    assert [hit.document for hit in vectors.search("bananas", mode="text")] == ["a"]
    assert len(vectors.search("bananas", np.eye(4, dtype=np.float32)[1], "vector")) == 6


@pytest.mark.parametrize(
    "query", ["", " \n", '"', "AND OR NOT", "(a", "text:", "+-*~^", "the", "'; --", "\x00", "é" * 9999]
)
def test_no_query_is_a_syntax_error(tmp_path: Path, query: str) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS), ["a"])
    assert vectors.search(query, mode="text") == [] or "the" in query
    assert len(vectors.search(query, np.ones(4, np.float32))) == (3 if query.strip() else 0)


def test_a_store_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    vectors = store(tmp_path / "nowhere")
    assert (vectors.count(), vectors.documents()) == (0, set())
    assert vectors.search("x", np.ones(4, np.float32)) == []
    vectors.delete(["a"])
    assert not (tmp_path / "nowhere").exists() or vectors.count() == 0


def test_two_models_never_mix(tmp_path: Path) -> None:
    first, second = store(tmp_path, "lab/model_a"), store(tmp_path, "lab/model-a")
    larger = store(tmp_path, "lab/model_a", 8)
    first.replace(passages("a", TEXTS), ["a"])
    assert (first.count(), second.count(), larger.count()) == (3, 0, 0)


def test_a_deleted_document_is_gone_from_every_model_s_table(tmp_path: Path) -> None:
    models = [store(tmp_path), store(tmp_path, "another"), store(tmp_path, "another", 8)]
    for vectors in models:
        vectors.replace(
            [*passages("a", TEXTS, vectors.dimension), *passages("b", TEXTS, vectors.dimension)], ["a", "b"]
        )
    store(tmp_path, "a model without a table").delete(["a", "never there"])
    assert [vectors.documents() for vectors in models] == [{"b"}] * 3
    models[0].delete([])
    assert [vectors.count() for vectors in models] == [3] * 3


@pytest.mark.parametrize("wanted", [range(2), range(4), range(6)])
def test_very_many_documents_to_search_in_are_told_by_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: range
) -> None:
    monkeypatch.setattr(lance_search, "FEW", 1)
    vectors = store(tmp_path)
    for n in range(6):
        vectors.replace(passages(f"it's {n}", ["bananas"]), [f"it's {n}"])
    among = [*(f"it's {n}" for n in wanted), "never there"]
    for mode in MODES:
        hits = vectors.search("bananas", np.ones(4, np.float32), mode, documents=among)
        assert {hit.document for hit in hits} == {f"it's {n}" for n in wanted}


def test_what_would_corrupt_the_store_is_refused(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    with pytest.raises(ValueError, match="not among the documents"):
        vectors.replace(passages("a", TEXTS), ["b"])
    with pytest.raises(ValueError, match="twice"):
        vectors.replace([*passages("a", TEXTS), *passages("a", TEXTS)], ["a"])
    with pytest.raises(ValueError, match="dimension"):
        vectors.replace(passages("a", TEXTS, dimension=8), ["a"])
    with pytest.raises(ValueError, match="vector"):
        vectors.search("x")
    assert vectors.count() == 0


def made_by_an_earlier_version(folder: Path) -> LanceVectors:
    """A table without the columns that came later, of two documents."""
    vectors = store(folder)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS)], ["a", "b"])
    table = lancedb.connect(folder).open_table(vectors.name)
    table.drop_index(table.list_indices()[0].name)
    table.drop_columns(["kind", "boxes", "names", "language", "document_class", "date", "terms"])
    return vectors


def test_what_an_earlier_version_wrote_can_be_read_before_and_after_the_first_write(tmp_path: Path) -> None:
    vectors = made_by_an_earlier_version(tmp_path)
    before = vectors.read(["a"])
    vectors.replace(passages("b", TEXTS[:1]), ["b"])
    for read in (before, vectors.read(["a"])):
        assert [(one.text, one.boxes, one.names, one.kind, one.date) for one in read] == [
            (text, (), (), "text", 0) for text in TEXTS
        ]


def test_some_passages_of_a_document_are_read(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS)], ["a", "b"])
    assert [one.id for one in vectors.read(["a", "b"], range(1, 3))] == ["a:1", "a:2", "b:1", "b:2"]
    assert vectors.read(["a"], range(3, 9)) == []


def test_a_store_that_cannot_be_read_now_is_told_as_such(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS), ["a"])
    for path in tmp_path.glob("*.lance/data/*"):
        path.unlink()
    for read in (lambda: vectors.search("potassium", np.eye(4, dtype=np.float32)[1]), lambda: vectors.read(["a"])):
        with pytest.raises(TransientFault, match="cannot be read now"):
            read()
