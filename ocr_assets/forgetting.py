"""Forgetting: a document leaves every table, blob and index, and a tombstone keeps it from coming back by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from ocr_assets.partitions import DOCUMENTS
from ocr_assets.schemas import TOMBSTONES
from resources.blobs import Blobs
from resources.lake import Lake
from resources.vector_store import VectorStore


def forget(
    instance: dg.DagsterInstance, lake: Lake, blobs: Blobs, vector_store: VectorStore, documents: Sequence[str]
) -> None:
    """Remove all that is kept of these documents. Called again after being killed, it finishes the work.

    The tombstone is written first: from then on a document cannot come back, whatever is still to be removed. Dagster
    keeps a partition's history when its key goes, so the tombstone also says up to which event that no longer counts.
    """
    last = max((record.storage_id for record in _latest_events(instance)), default=0)
    now = datetime.now(UTC)
    rows = [{"document": document, "forgotten_at": now, "last_event": last} for document in documents]
    lake.replace(TOMBSTONES, documents, lake.frame(TOMBSTONES, rows))
    vector_store.delete(documents)
    lake.delete(documents, but=TOMBSTONES)
    for document in documents:
        blobs.forget(document)
        instance.delete_dynamic_partition(DOCUMENTS, document)


def _latest_events(instance: dg.DagsterInstance) -> list[dg.EventLogRecord]:
    kinds = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)
    found = (instance.get_event_records(dg.EventRecordsFilter(kind), limit=1, ascending=False) for kind in kinds)
    return [record for records in found for record in records]
