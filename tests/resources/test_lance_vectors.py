"""The LanceDB store replaces documents as a whole, whoever writes, and finds what was written by vector and by word."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pytest

from ocr_assets.errors import TransientFault, UsageError
from ocr_assets.passages import Again
from resources import lance_search, lance_staging, lance_vectors
from resources.lance_vectors import MERGED, LanceVectors
from resources.vector_store import Passage, SearchMode
from tests.passage_making import TEXTS, check_filters, passages

MODES: tuple[SearchMode, ...] = ("hybrid", "vector", "text")


def store(folder: Path, model: str = "test-model", dimension: int = 4) -> LanceVectors:
    return LanceVectors(uri=str(folder), model=model, dimension=dimension)


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
    check_filters(store(tmp_path), mode)


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


def test_passages_come_in_parts_and_are_there_all_at_once_or_not_at_all(tmp_path: Path) -> None:
    vectors, many = store(tmp_path), passages("a", ["a word"] * (2 * MERGED + 1))
    vectors.replace(passages("a", ["before"]), ["a"])
    vectors.replace(many[:0], [])
    seen = list[int]()

    def cut_short() -> Iterator[Passage]:
        for passage in many:
            if passage.ordinal % MERGED in (0, 1):
                seen.append(vectors.count())
            if passage.ordinal == MERGED + 1:
                raise TransientFault("upstream_missing", "the chunks have gone")
            yield passage

    with pytest.raises(TransientFault, match="the chunks have gone"):
        vectors.replace(Again(cut_short), ["a"])
    assert (set(seen), vectors.read(["a"])[0].text) == ({1}, "before")
    vectors.replace(many, ["a"])
    assert dict(vectors.held()) == {"a": list(range(len(many)))}


def all_rows(vectors: LanceVectors) -> int:
    """With those that nobody is to see."""
    return int(lancedb.connect(vectors.uri).open_table(vectors.name).count_rows())


@pytest.fixture
def staging(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one passage is many."""
    monkeypatch.setattr(lance_vectors, "MERGED", 2)


def test_long_documents_take_the_place_of_long_and_short_ones_and_the_other_way_round(
    tmp_path: Path, staging: None
) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS[:1]), *passages("b", TEXTS), *passages("c", TEXTS)], ["a", "b", "c"])
    others = vectors.read(["c"])
    for lengths in ((3, 1), (3, 3), (0, 2), (1, 0), (2, 3), (0, 0)):
        texts = {
            name: [f"{lengths} word{n}" for n in range(length)] for name, length in zip("ab", lengths, strict=True)
        }
        vectors.replace([one for name in "ab" for one in passages(name, texts[name])], ["a", "b"])
        for name in "ab":
            assert [one.text for one in vectors.read([name])] == texts[name]
            assert vectors.count(name) == len(texts[name])
        assert dict(vectors.held()) == {name: list(range(len(texts[name]))) for name in "ab" if texts[name]} | {
            "c": [0, 1, 2]
        }
        assert all_rows(vectors) == vectors.count() == sum(lengths) + 3
        for mode in MODES:
            hits = vectors.search("word2", np.eye(4, dtype=np.float32)[2], mode, documents=["a", "b"])
            assert {hit.document for hit in hits if hit.ordinal == 2} == {name for name in "ab" if len(texts[name]) > 2}
    assert [replace(one, vector=None) for one in vectors.read(["c"])] == [replace(one, vector=None) for one in others]  # type: ignore[arg-type]


def test_what_a_killed_writer_has_staged_is_seen_by_nobody_and_removed(
    tmp_path: Path, staging: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", ["before", "banana"]), ["a"])

    def staged(document: str) -> None:
        with monkeypatch.context() as killed:
            killed.setattr(LanceVectors, "_merge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                vectors.replace(passages(document, ["zebra"] * 5), [document])
        assert all_rows(vectors) == 2 + 5  # four of five passages and the gate

    staged("a")
    assert (vectors.count(), vectors.count("a"), vectors.documents(), dict(vectors.held())) == (
        2,
        2,
        {"a"},
        {"a": [0, 1]},
    )
    assert [one.text for one in vectors.read(["a"])] == ["before", "banana"]
    for mode in MODES:
        assert {hit.text for hit in vectors.search("zebra", np.eye(4, dtype=np.float32)[2], mode)} <= {
            "before",
            "banana",
        }
    vectors.maintain(timedelta(days=1))
    assert all_rows(vectors) == 7  # its writer may be alive
    monkeypatch.setattr(lance_staging, "ABANDONED_SECONDS", -10)
    vectors.maintain(timedelta(days=1))
    assert all_rows(vectors) == 2
    staged("new")
    vectors.replace(passages("new", ["one"]), ["new"])
    assert (all_rows(vectors), vectors.count("new")) == (3, 1)
    vectors.delete(["new"])
    staged("new")
    vectors.delete(["new"])
    assert all_rows(vectors) == 2


@pytest.mark.parametrize("length", [1, 3])
def test_a_long_writing_begins_again_where_another_writer_came_between_its_commits(
    tmp_path: Path, staging: None, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    vectors, merge = store(tmp_path), LanceVectors._merge
    others = [passages("a", [f"other {n}"] * length) for n in range(2)]

    def interrupted(self: LanceVectors, *arguments: Any) -> None:
        with monkeypatch.context() as once:
            once.setattr(LanceVectors, "_merge", merge)
            if others:
                vectors.replace(others.pop(), ["a"])
        merge(self, *arguments)

    monkeypatch.setattr(LanceVectors, "_merge", interrupted)
    vectors.replace(passages("a", ["mine"] * 4), ["a"])
    assert others == []
    assert [one.text for one in vectors.read(["a"])] == ["mine"] * 4
    assert all_rows(vectors) == 4


def write_often(folder: Path, length: int, rounds: int, merged: int = MERGED) -> None:
    lance_vectors.MERGED = merged  # type: ignore[misc]
    vectors = store(folder)
    for _ in range(rounds):
        vectors.replace(passages("a", [f"{length} words {n}" for n in range(length)]), ["a"])


@pytest.mark.parametrize("merged", [MERGED, 2])
def test_writers_of_the_same_document_leave_what_one_of_them_wrote(tmp_path: Path, merged: int) -> None:
    spawn = multiprocessing.get_context("spawn")
    store(tmp_path).replace(passages("b", TEXTS), ["b"])
    writers = [spawn.Process(target=write_often, args=(tmp_path, length, 3, merged)) for length in (3, 7)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    hits = store(tmp_path).search("words", mode="text", k=50, documents=["a"])
    assert sorted(hit.ordinal for hit in hits) in (list(range(3)), list(range(7)))
    assert len({hit.text.split()[0] for hit in hits}) == 1
    assert store(tmp_path).count("b") == 3


@pytest.mark.parametrize("merged", [MERGED, 2])
def test_a_killed_writer_leaves_the_document_as_before_or_after(tmp_path: Path, merged: int) -> None:
    write_often(tmp_path, 3, 1)
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=write_often, args=(tmp_path, 7, 10_000, merged))
    writer.start()
    vectors = store(tmp_path)
    while (seen := vectors.count("a")) != 7:
        assert seen == 3  # a reader has the one or the other, never a part
        assert writer.is_alive()
    assert writer.pid
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert vectors.count("a") == 7
    write_often(tmp_path, 5, 1)
    assert vectors.count() == 5


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
