"""Passages of forgotten documents: a tombstone names the vector stores that may hold some, until each has none."""

from collections.abc import Iterable, Sequence

from ocr_assets.errors import DocumentFault, UsageError
from ocr_assets.schemas import TOMBSTONES
from resources.lake import Lake
from resources.vector_store import VectorStore


def leave_stores(lake: Lake, stores: Sequence[VectorStore], documents: Iterable[str] | None = None) -> dict[str, str]:
    """Remove what these forgotten documents, or all, have left in vector stores; by place, why one did not do it.

    A place that none of `stores` is at was given up by the operator: nothing is left there.
    """
    import polars as pl

    left = lake.read(TOMBSTONES, documents).filter(
        pl.col("forgotten_at").is_not_null(), pl.col("left_in").list.len() > 0
    )
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
