"""What writers of the LanceDB store leave: long documents, several at once, ones that are killed."""

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

from ocr_assets.errors import TransientFault
from ocr_assets.passages import Again
from resources import lance_staging, lance_vectors
from resources.lance_vectors import MERGED, LanceVectors
from resources.vector_store import Passage
from tests.passage_making import MODES, TEXTS, passages
from tests.passage_making import lance_store as store


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


def test_a_table_in_which_nothing_could_be_staged_yet_is_searched_and_fitted_by_the_next_write(
    tmp_path: Path, staging: None
) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", TEXTS[:1]), ["a"])
    lancedb.connect(tmp_path).open_table(vectors.name).drop_columns([lance_staging.STAGED])
    for _ in range(2):
        assert {hit.document for hit in vectors.search("deductible", np.eye(4, dtype=np.float32)[0])} == {"a"}
        assert (vectors.count(), [one.text for one in vectors.read(["a"])][:1]) == (vectors.count("a"), TEXTS[:1])
        vectors.maintain(timedelta(days=1))
        vectors.replace(passages("a", TEXTS), ["a"])
    assert all_rows(vectors) == 3


def test_writers_that_fit_a_table_of_an_earlier_version_at_once_both_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, lacking, others = store(tmp_path), LanceVectors._lacking, [passages("b", TEXTS)]
    vectors.replace(passages("a", TEXTS[:1]), ["a"])
    lancedb.connect(tmp_path).open_table(vectors.name).drop_columns([lance_staging.STAGED])

    def overtaken(self: LanceVectors, table: Any) -> Any:
        found = lacking(self, table)
        if others:
            vectors.replace(others.pop(), ["b"])
        return found

    monkeypatch.setattr(LanceVectors, "_lacking", overtaken)
    vectors.replace(passages("a", TEXTS), ["a"])
    assert {document: len(found) for document, found in vectors.held()} == {"a": 3, "b": 3}
