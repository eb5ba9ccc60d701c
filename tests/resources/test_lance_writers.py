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
from resources import lance_staging
from resources.lance_rows import AT_ONCE
from resources.lance_staging import Writing
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage
from tests.passage_making import MODES, TEXTS, passages
from tests.passage_making import lance_store as store


def test_passages_come_in_parts_and_are_there_all_at_once_or_not_at_all(tmp_path: Path) -> None:
    vectors, many = store(tmp_path), passages("a", ["a word"] * (2 * AT_ONCE + 1))
    vectors.replace(passages("a", ["before"]), ["a"])
    vectors.replace(many[:0], [])
    seen = list[int]()

    def cut_short() -> Iterator[Passage]:
        for passage in many:
            if passage.ordinal % AT_ONCE in (0, 1):
                seen.append(vectors.count())
            if passage.ordinal == AT_ONCE + 1:
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


def test_long_documents_take_the_place_of_long_and_short_ones_and_the_other_way_round(tmp_path: Path) -> None:
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = store(tmp_path)
    vectors.replace(passages("a", ["before", "banana"]), ["a"])

    def staged(document: str) -> None:
        with monkeypatch.context() as killed:
            killed.setattr(Writing, "take_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                vectors.replace(passages(document, ["zebra"] * 5), [document])
        assert all_rows(vectors) == 2 + 6  # five passages and the gate

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
    assert all_rows(vectors) == 8  # its writer may be alive
    with monkeypatch.context() as later:
        later.setattr(lance_staging, "ABANDONED_SECONDS", -10)
        vectors.maintain(timedelta(days=1))
    assert all_rows(vectors) == 2
    staged("new")
    vectors.replace(passages("new", ["one"]), ["new"])
    assert (all_rows(vectors), vectors.count("new")) == (3, 1)
    vectors.delete(["new"])
    staged("new")
    vectors.delete(["new"])
    assert all_rows(vectors) == 2


def test_a_writing_that_stood_still_until_maintenance_removed_it_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, take_place, days = store(tmp_path), Writing.take_place, [1]
    vectors.replace(passages("a", ["before"]), ["a"])

    def late(self: Writing, table: Any, earlier: list[str]) -> None:
        if days:
            days.pop()
            self.began -= 86_400
            removed = lancedb.connect(vectors.uri).open_table(vectors.name)
            removed.delete(f"{lance_staging.STAGED} = '{self.name}'")
        assert [one.text for one in vectors.read(["a"])] == ["before"]
        take_place(self, table, earlier)

    monkeypatch.setattr(Writing, "take_place", late)
    vectors.replace(passages("a", TEXTS), ["a"])
    assert [one.text for one in vectors.read(["a"])] == TEXTS
    assert all_rows(vectors) == 3


def test_a_writing_begins_again_where_a_purge_removed_the_versions_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, earlier, purges = store(tmp_path), Writing.earlier, [1]
    vectors.replace(passages("a", ["before"]), ["a"])

    def late(self: Writing, table: Any, version: int) -> list[str]:
        if purges:
            purges.pop()
            vectors.maintain(timedelta(days=1), purge=True)
        return earlier(self, table, version)

    monkeypatch.setattr(Writing, "earlier", late)
    vectors.replace(passages("a", TEXTS), ["a"])
    assert [one.text for one in vectors.read(["a"])] == TEXTS
    assert all_rows(vectors) == 3


def test_what_an_earlier_version_merged_and_staged_is_read_and_replaced(tmp_path: Path) -> None:
    vectors = store(tmp_path)
    vectors.replace([*passages("a", TEXTS), *passages("b", TEXTS), *passages("c", TEXTS)], ["a", "b", "c"])
    table = lancedb.connect(tmp_path).open_table(vectors.name)
    # Merged as a whole, b; after its rows but the first were staged, a.
    table.update(where="document = 'b' OR (document = 'a' AND ordinal = 0)", values_sql={lance_staging.STAGED: "NULL"})
    assert dict(vectors.held()) == {"a": [0, 1, 2], "b": [0, 1, 2], "c": [0, 1, 2]}
    vectors.replace([*passages("a", ["new"]), *passages("b", ["new", "new"])], ["a", "b"])
    assert dict(vectors.held()) == {"a": [0], "b": [0, 1], "c": [0, 1, 2]}
    assert all_rows(vectors) == 6


def write_often(folder: Path, length: int, rounds: int) -> None:
    vectors = store(folder)
    for _ in range(rounds):
        vectors.replace(passages("a", [f"{length} words {n}" for n in range(length)]), ["a"])


def test_writers_of_the_same_document_leave_what_one_of_them_wrote(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    store(tmp_path).replace(passages("b", TEXTS), ["b"])
    writers = [spawn.Process(target=write_often, args=(tmp_path, length, 3)) for length in (3, 7)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    hits = store(tmp_path).search("words", mode="text", k=50, documents=["a"])
    assert sorted(hit.ordinal for hit in hits) in (list(range(3)), list(range(7)))
    assert len({hit.text.split()[0] for hit in hits}) == 1
    assert store(tmp_path).count("b") == 3


def test_a_killed_writer_leaves_the_document_as_before_or_after(tmp_path: Path) -> None:
    write_often(tmp_path, 3, 1)
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=write_often, args=(tmp_path, 7, 10_000))
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


def test_a_table_in_which_nothing_could_be_staged_yet_is_searched_and_fitted_by_the_next_write(tmp_path: Path) -> None:
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
