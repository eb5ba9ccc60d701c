"""Rebuilding Dagster's storage from the lake, so that nothing that is there is computed again."""

import dagster as dg

from ocr_assets.arrivals import register
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import DOCUMENTS
from ocr_assets.schemas import ARRIVALS, TABLES
from resources.lake import Lake
from resources.vector_store import VectorStore


def rebuild(instance: dg.DagsterInstance, lake: Lake, vector_store: VectorStore) -> tuple[int, int]:
    """Register every document of the lake and report what it has, stage by stage, as materializations.

    Only what the instance does not know is registered and reported, so a second call does nothing. Returns how many
    documents were registered and how many materializations reported.
    """
    known = set(instance.get_dynamic_partitions(DOCUMENTS))
    present = {stage: lake.documents(TABLES[stage]) for stage in STAGES if stage in TABLES}
    # A document without passages has no rows in the store, but it has gone as far as it can.
    empty = present["embeddings"] - set(lake.read(TABLES["embeddings"], columns=["document"])["document"])
    present["vectors"] = (vector_store.documents() | empty) & present["embeddings"]
    found = lake.documents(ARRIVALS).union(*present.values())
    register(instance, sorted(found - known))
    reported = 0
    for stage in STAGES:
        key = dg.AssetKey(stage)
        missing = present[stage] - set(instance.get_materialized_partitions(key))
        for document in sorted(missing):
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, partition=document, description="found in the lake by rebuild")
            )
        reported += len(missing)
    return len(found - known), reported
