"""Passages of forgotten documents: a tombstone names the vector stores that may hold some, until each has none.

What reads tombstones to act on them, or takes one away, does so in turn: else what a document that was taken back has
by then would be removed, and its tombstone written again.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
"""Lock of whoever removes what is forgotten, or takes it back."""


@contextmanager
def forgetting(lake: Lake) -> Iterator[None]:
    """Hold what is forgotten as it is. Raises UsageError where another process does for longer than half a minute."""
    with exclusive(lake.root, FORGETTING, this_process(), WAIT_SECONDS):
        yield


def take_back(lake: Lake, documents: Sequence[str]) -> None:
    """Let forgotten documents come back. What Dagster knew of them before still does not count."""
    import polars as pl

    if not documents:
        return
    with forgetting(lake):
        tombstones = lake.read(TOMBSTONES, documents)
        none = pl.lit(None, tombstones.schema["forgotten_at"]).alias("forgotten_at")
        lake.replace(TOMBSTONES, documents, tombstones.with_columns(none))


def leave_later(lake: Lake, stores: Sequence[VectorStore]) -> dict[str, str]:
    """Remove what documents forgotten before have left in vector stores that were away then."""
    if not _left(lake, None).height:
        return {}
    with forgetting(lake):
        return leave_stores(lake, stores)


def leave_stores(lake: Lake, stores: Sequence[VectorStore], documents: Iterable[str] | None = None) -> dict[str, str]:
    """Remove what these forgotten documents, or all, have left in vector stores; by place, why one did not do it.

    A place that none of `stores` is at was given up by the operator: nothing is left there. The caller holds
    `forgetting`.
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
    still = [[place for place in places if place in faults] for places in left["left_in"]]
    after = left.with_columns(left_in=pl.Series(still, dtype=left.schema["left_in"]))
    lake.replace(TOMBSTONES, after["document"].to_list(), after.select(list(TOMBSTONES.polars_schema())))
    return faults


def _left(lake: Lake, documents: Iterable[str] | None) -> "pl.DataFrame":
    """The tombstones that name stores."""
    import polars as pl

    wanted = pl.col("forgotten_at").is_not_null(), pl.col("left_in").list.len() > 0
    return lake.read(TOMBSTONES, documents).filter(*wanted)
