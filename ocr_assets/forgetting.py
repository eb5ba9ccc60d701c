"""Forgetting: a document leaves every table, blob and index, and a tombstone keeps it from coming back by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from ocr_assets.errors import UsageError
from ocr_assets.partitions import DOCUMENTS
from ocr_assets.pipeline_state import in_flight, latest_event, registered
from ocr_assets.schemas import TOMBSTONES
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.lake import Lake
from resources.vector_store import VectorStore


def forget(
    instance: dg.DagsterInstance,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    vector_store: VectorStore,
    documents: Sequence[str],
) -> None:
    """Remove all that is kept of these documents. Called again after being killed, it finishes the work.

    The tombstone is written first and the partition goes next: from then on a document cannot come back, whatever is
    still to be removed. Dagster keeps a partition's history when its key goes, so the tombstone also says up to which
    event that no longer counts. Raises UsageError while a run works on one of them, since it would write it again.
    """
    if busy := in_flight(instance, registered(instance)) & set(documents):
        raise UsageError(f"a run is working on {min(busy)}; wait for it or cancel it, then forget the document")
    now, last = datetime.now(UTC), latest_event(instance)
    rows = [{"document": document, "forgotten_at": now, "last_event": last} for document in documents]
    lake.replace(TOMBSTONES, documents, lake.frame(TOMBSTONES, rows))
    for document in documents:
        instance.delete_dynamic_partition(DOCUMENTS, document)
    vector_store.delete(documents)
    lake.delete(documents, but=TOMBSTONES)
    checkpoints.forget(documents)
    for document in documents:
        blobs.forget(document)
