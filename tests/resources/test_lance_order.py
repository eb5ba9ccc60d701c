"""Writers of the same documents in the LanceDB store, interleaved at every commit, and killed at every commit."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import lancedb
import pytest

from resources.lance_search import among
from resources.lance_staging import Writing
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage
from tests.passage_making import lance_store as store
from tests.passage_making import passages

STEPS = 3
"""Of a writing: its rows are added, it looks for earlier ones, it takes their place."""


class Killed(BaseException):
    """What a writer dies of that is stopped between two steps."""


class Stepped:
    """A writer that goes on step by step, in a thread of its own, since it is the store's own code that is stopped."""

    here = threading.local()

    def __init__(self, vectors: LanceVectors, documents: list[str], length: int) -> None:
        self.go, self.done, self.killed = threading.Semaphore(0), threading.Semaphore(0), False
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._write, args=(vectors, documents, length), daemon=True)
        self.thread.start()

    def step(self) -> None:
        self.go.release()
        self.done.acquire()

    def end(self) -> None:
        """Kill it, unless it is at its end."""
        self.killed = True
        self.go.release()
        self.thread.join()
        if self.fault is not None:
            raise self.fault

    def wait(self) -> None:
        self.go.acquire()
        if self.killed:
            raise Killed

    @classmethod
    def pause(cls) -> None:
        """Called by whatever thread: let a stepped writer stop here."""
        if (writer := getattr(cls.here, "writer", None)) is not None:
            writer.done.release()
            writer.wait()

    def _write(self, vectors: LanceVectors, documents: list[str], length: int) -> None:
        self.here.writer = self
        try:
            self.wait()
            vectors.replace(texts(documents, length), documents)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 raised where the thread ends
            self.fault = error
        self.done.release()


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writings stop before they look, and before they take their place."""

    def stopping(name: str) -> None:
        method = getattr(Writing, name)

        def stopped(*arguments: Any) -> Any:
            Stepped.pause()
            return method(*arguments)

        monkeypatch.setattr(Writing, name, stopped)

    stopping("earlier")
    stopping("take_place")


def orders() -> Iterator[tuple[int, ...]]:
    """Every order of the steps of a writer 0 that is killed after none, some or all of its own, and of a writer 1."""
    for taken in range(STEPS + 1):
        for places in combinations(range(taken + STEPS), taken):
            yield tuple(0 if place in places else 1 for place in range(taken + STEPS))


def texts(documents: list[str], length: int) -> list[Passage]:
    return [one for document in documents for one in passages(document, [f"of {length}"] * length)]


@pytest.mark.usefixtures("stepped")
def test_readers_see_one_whole_writing_wherever_two_writers_are_interleaved_or_killed(tmp_path: Path) -> None:
    vectors, lengths, before = store(tmp_path), (3, 5), 2
    pairs = {(f"old {order}", f"new {order}"): order for order in orders()}
    assert len(pairs) == 35
    vectors.replace(texts([old for old, _ in pairs], before), [old for old, _ in pairs])
    for pair, order in pairs.items():
        writers = [Stepped(vectors, list(pair), length) for length in lengths]
        for step, writer in enumerate(order, 1):
            writers[writer].step()
            ended = [one for one in (0, 1) if order[:step].count(one) == STEPS]
            latest = max(ended, key=order.index, default=None)  # whose rows were added last
            for document, otherwise in zip(pair, (before, 0), strict=True):
                length = otherwise if latest is None else lengths[latest]
                seen = vectors.read([document])
                assert [(one.ordinal, one.text) for one in seen] == [(n, f"of {length}") for n in range(length)]
        for stopped in writers:
            stopped.end()
        if order.count(0) == STEPS:
            assert all_rows(vectors, pair) == 2 * lengths[max((0, 1), key=order.index)]
    documents = [document for pair in pairs for document in pair]
    vectors.replace(texts(documents, 1), documents)
    assert vectors.count() == all_rows(vectors, documents) == len(documents)


def test_a_writing_knows_what_was_there_before_it_when_a_later_one_has_replaced_it_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, earlier, later = store(tmp_path), Writing.earlier, [5]
    vectors.replace(texts(["a"], 2), ["a"])

    def told_late(self: Writing, table: Any, version: int) -> list[str]:
        if not later:
            return earlier(self, table, version)
        vectors.replace(texts(["a"], later.pop()), ["a"])
        table.checkout_latest()
        found = earlier(self, table, table.version)
        assert len(found) == 1
        return found

    monkeypatch.setattr(Writing, "earlier", told_late)
    vectors.replace(texts(["a"], 3), ["a"])
    assert vectors.count("a") == all_rows(vectors, ["a"]) == 5


def all_rows(vectors: LanceVectors, documents: Sequence[str]) -> int:
    """With those that nobody is to see."""
    table = lancedb.connect(vectors.uri).open_table(vectors.name)
    return int(table.count_rows(among("document", documents)))


Row = tuple[str, str, bool]
"""Document, writing, and whether it is a gate."""


@dataclass(frozen=True)
class Writer:
    """How far one has come: 0 began, 1 added, 2 its delete has found its rows, 3 that is committed."""

    documents: str
    forgets: bool = False
    step: int = 0
    earlier: frozenset[Row] = frozenset()
    found: frozenset[Row] = frozenset()


@dataclass
class Model:
    """A table with atomic commits, where a delete removes what it has found earlier and is not evaluated again.

    LanceDB does so or evaluates it anew, by what came between; so a proof for any moment is one for both.
    """

    removes_later: bool = False
    """What must not be: writings remove what came after their own rows, too."""
    visited: set[Any] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)

    def visit(self, rows: frozenset[Row], writers: tuple[Writer, ...]) -> None:
        """Go on from here in every way. That a writer is killed is that it does not go on."""
        if (rows, writers) in self.visited:
            return
        self.visited.add((rows, writers))
        self.look(rows, writers)
        for number, writer in enumerate(writers):
            if writer.step < 3:
                after, moved = self.moved(rows, f"{number}", writer)
                self.visit(after, (*writers[:number], moved, *writers[number + 1 :]))

    def moved(self, rows: frozenset[Row], name: str, writer: Writer) -> tuple[frozenset[Row], Writer]:
        theirs = frozenset(row for row in rows if row[0] in writer.documents)
        if writer.step == 0:
            added = {(document, name, gate) for document in writer.documents for gate in (True, False)}
            return rows if writer.forgets else rows | added, replace(writer, step=1, earlier=theirs)
        if writer.step == 1:
            earlier = {writing for _, writing, _ in writer.earlier}
            found = frozenset(
                row
                for row in theirs
                if writer.forgets
                or (row[1] == name and row[2])
                or (row[1] != name and (self.removes_later or row[1] in earlier))
            )
            return rows, replace(writer, step=2, found=found)
        return rows - writer.found, replace(writer, step=3)

    def look(self, rows: frozenset[Row], writers: tuple[Writer, ...]) -> None:
        """What a reader would see that must not be."""
        gated = {writing for _, writing, gate in rows if gate}
        for document in "ab":
            seen = {writing for found, writing, gate in rows if found == document and writing not in gated and not gate}
            if len(seen) > 1:
                self.faults.add("two")
            of_it = [writer for writer in writers if document in writer.documents]
            begun = "old" if document == "a" else None
            forgotten = any(writer.forgets and writer.step == 3 for writer in of_it)
            if not seen and not forgotten and (begun or any(writer.step == 3 for writer in of_it)):
                self.faults.add("missing")
            if not forgotten and begun in seen and any(writer.step == 3 for writer in of_it):
                self.faults.add("old")


@pytest.mark.parametrize("writers", [("a", "ab", "b"), ("ab", "ab", "ab")])
@pytest.mark.parametrize("forgetting", ["", "ab"])
def test_of_three_writers_and_one_that_forgets_readers_see_one_whole_writing_in_every_order_of_their_steps(
    writers: tuple[str, ...], forgetting: str
) -> None:
    model = Model()
    forgets = (Writer(forgetting, forgets=True),) if forgetting else ()
    model.visit(frozenset({("a", "old", False)}), (*map(Writer, writers), *forgets))
    assert model.faults == set()
    assert len(model.visited) > 100


def test_were_later_writings_removed_too_a_document_could_be_missing() -> None:
    model = Model(removes_later=True)
    model.visit(frozenset({("a", "old", False)}), (Writer("a"), Writer("a")))
    assert model.faults == {"missing"}
