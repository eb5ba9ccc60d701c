"""Rebuilding Dagster's storage from the lake, so that nothing that is there is computed again."""

from typing import Final

import dagster as dg

from ocr_assets.arrivals import NO_DOCUMENT, forgotten_documents, register
from ocr_assets.bulk_events import AT_ONCE, in_one_transaction
from ocr_assets.catalog import Catalog
from ocr_assets.core.stages import STAGES
from ocr_assets.pipeline_state import latest_event, registered
from ocr_assets.schemas import ARRIVALS, TABLES, TOMBSTONES
from resources.lake import Lake
from resources.vector_store import VectorStore

BEFORE_ALL: Final = 0
"""An event id smaller than every real one."""


def rebuild(catalog: Catalog, lake: Lake, vector_store: VectorStore) -> tuple[int, int]:
    """Register every document of the lake and report what it has, stage by stage, as materializations.

    Only what the instance does not know is registered and reported, so a second call does nothing. Forgotten documents
    stay forgotten. Returns how many documents were registered and how many materializations reported.
    """
    _forget_lost_events(catalog, lake)
    known = set(registered(catalog))
    present = {stage: lake.documents(TABLES[stage]) for stage in STAGES if stage in TABLES}
    # A document without passages has no rows in the store, but it has gone as far as it can.
    empty = present["embeddings"] - set(lake.read(TABLES["embeddings"], columns=["document"])["document"])
    present["vectors"] = (vector_store.documents() | empty) & present["embeddings"]
    found = lake.documents(ARRIVALS).union(*present.values()) - forgotten_documents(lake) - {NO_DOCUMENT}
    register(catalog, sorted(found - known))
    behind: set[str] = set()  # documents of which something was reported: what follows would look stale
    reported = 0
    for stage in STAGES:
        key = catalog.key(stage)
        missing = (present[stage] & found) - (set(catalog.instance.get_materialized_partitions(key)) - behind)
        ordered = sorted(missing)
        for start in range(0, len(ordered), AT_ONCE):
            with in_one_transaction(catalog.instance):
                for document in ordered[start : start + AT_ONCE]:
                    catalog.instance.report_runless_asset_event(
                        dg.AssetMaterialization(key, partition=document, description="found in the lake by rebuild")
                    )
        behind |= missing
        reported += len(missing)
    return len(found - known), reported


def _forget_lost_events(catalog: Catalog, lake: Lake) -> None:
    """Tombstones that speak of events this instance does not have would hide the ones to come."""
    import polars as pl

    tombstones = lake.read(TOMBSTONES)
    lost = tombstones.filter(pl.col("last_event") > latest_event(catalog))
    if lost.height:
        lake.replace(TOMBSTONES, lost["document"].to_list(), lost.with_columns(last_event=pl.lit(BEFORE_ALL, pl.Int64)))
