"""Passages of forgotten documents: a tombstone names the vector stores that may hold some, until each has none.

Stores may be slow, so nobody waits while they are asked. The tombstone also names the removal that is at work on the
document, a lock that its process holds. What takes the document back waits for that one alone: else what the document
has by then would be removed. Tombstones themselves are changed in turn, which takes a moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from ocr_assets.errors import DocumentFault, UsageError
from ocr_assets.run_tags import this_process
from ocr_assets.schemas import TOMBSTONES
from resources.exclusive import WAIT_SECONDS, exclusive
from resources.lake import Lake
from resources.vector_store import VectorStore

if TYPE_CHECKING:
    import polars as pl

FORGETTING: Final = "forgetting"
"""Lock of whoever changes tombstones."""
REMOVAL: Final = "removal-"
"""Beginning of a removal's name, of its lock and in tombstones."""


@contextmanager
def forgetting(lake: Lake) -> Iterator[None]:
    """Hold the tombstones. Raises UsageError where another process does for longer than half a minute."""
    with exclusive(lake.root, FORGETTING, this_process(), WAIT_SECONDS):
        yield


@contextmanager
def removal(lake: Lake) -> Iterator[str]:
    """The name of a removal by this process, which is over when the context is left or the process dies."""
    name = REMOVAL + token_hex(8)
    with exclusive(lake.root, name, this_process()):
        try:
            yield name
        finally:
            _tidy(lake, name)


def take_back(lake: Lake, documents: Sequence[str]) -> None:
    """Let forgotten documents come back. What Dagster knew of them before still does not count.

    Raises UsageError where one is still being removed in half a minute.
    """
    import polars as pl

    over = set[str]()
    while documents:
        with forgetting(lake):
            tombstones = lake.read(TOMBSTONES, documents)
            if not (ahead := _removals(tombstones) - over):
                none = pl.lit(None, tombstones.schema["forgotten_at"]).alias("forgotten_at")
                lake.replace(TOMBSTONES, documents, tombstones.with_columns(none))
                return
        for name in ahead:
            _await(lake, name, WAIT_SECONDS)
        over |= ahead


def leave_later(lake: Lake, stores: Sequence[VectorStore]) -> dict[str, str]:
    """Remove what documents forgotten before have left in vector stores that were away then.

    Those that another process is still removing are left to it.
    """
    import polars as pl

    if not _left(lake, None).height:
        return {}
    with removal(lake) as name:
        with forgetting(lake):
            left = _left(lake, None)
            mine = left.filter(~pl.col("document").is_in(list(at_work(lake, left["document"]))))
            places = pl.col("left_in").list.eval(pl.element().filter(~pl.element().str.starts_with(REMOVAL)))
            _write(lake, mine.with_columns(left_in=pl.concat_list(places, pl.lit(name))))
        documents = mine["document"].to_list()
        faults = leave_stores(lake, stores, documents)
        end(lake, name, documents, faults)
        return faults


def leave_stores(lake: Lake, stores: Sequence[VectorStore], documents: Iterable[str]) -> dict[str, str]:
    """Remove what these forgotten documents have left in vector stores; by place, why one did not do it.

    The caller is at the removal that their tombstones name, and then `end`s it.
    """
    import polars as pl

    left = _left(lake, documents)
    faults: dict[str, str] = {}
    for store in stores:
        here = left.filter(pl.col("left_in").list.contains(store.place))["document"].to_list()
        try:
            if here:
                store.delete(here)
        except (DocumentFault, UsageError) as fault:
            faults[store.place] = str(fault)
    return faults


def end(lake: Lake, name: str, documents: Iterable[str], faults: Iterable[str]) -> None:
    """Strike out of the tombstones the removal of that name, and every place but those with faults.

    A place that was not asked was given up by the operator: nothing is left there. Where another removal is at work on
    a document too, its places are left to that one.
    """
    import polars as pl

    with forgetting(lake):
        left = _left(lake, documents).filter(pl.col("left_in").list.contains(name))
        one, others = pl.element(), list(_removals(left) - {name})
        shared = pl.col("left_in").list.eval(one.is_in(others)).list.any()
        without = pl.col("left_in").list.eval(one.filter(one != name))
        faulty = pl.col("left_in").list.eval(one.filter(one.is_in(list(faults))))
        _write(lake, left.with_columns(left_in=pl.when(shared).then(without).otherwise(faulty)))


def at_work(lake: Lake, documents: Iterable[str]) -> dict[str, list[str]]:
    """The removals that other processes are still at, of each of these documents that has some.

    The caller holds the tombstones.
    """
    tombstones = lake.read(TOMBSTONES, documents)
    alive = {name for name in _removals(tombstones) if not _is_over(lake, name)}
    named = tombstones.select("document", "left_in").iter_rows()
    return {document: mine for document, left_in in named if (mine := sorted(alive.intersection(left_in or ())))}


def _left(lake: Lake, documents: Iterable[str] | None) -> "pl.DataFrame":
    """The tombstones that name stores."""
    import polars as pl

    wanted = pl.col("forgotten_at").is_not_null(), pl.col("left_in").list.len() > 0
    return lake.read(TOMBSTONES, documents).filter(*wanted)


def _write(lake: Lake, tombstones: "pl.DataFrame") -> None:
    lake.replace(TOMBSTONES, tombstones["document"].to_list(), tombstones.select(list(TOMBSTONES.polars_schema())))


def _removals(tombstones: "pl.DataFrame") -> set[str]:
    named = tombstones["left_in"].explode().drop_nulls()
    return {name for name in named if name.startswith(REMOVAL)}


def _is_over(lake: Lake, name: str) -> bool:
    try:
        _await(lake, name, 0)
    except UsageError:
        return False
    return True


def _await(lake: Lake, name: str, seconds: float) -> None:
    try:
        with exclusive(lake.root, name, this_process(), seconds):
            _tidy(lake, name)
    except UsageError as error:
        raise UsageError(f"what was forgotten is still being removed; try again later: {error}") from None


def _tidy(lake: Lake, name: str) -> None:
    """Remove the file of a lock that nobody will ask for again; on S3 it goes by itself."""
    if "://" not in lake.root:
        Path(lake.root, f"{name}.lock").unlink(missing_ok=True)
