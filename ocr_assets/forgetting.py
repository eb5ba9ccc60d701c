"""Forgetting: a document leaves every table, blob and index, and a tombstone keeps it from coming back by itself.

The tombstone also names the vector stores that may still hold passages, until each has said that it removed them.
"""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.instance.utils import RUNLESS_RUN_ID

from ocr_assets.arrivals import forgotten_documents
from ocr_assets.catalog import Catalog
from ocr_assets.errors import UsageError
from ocr_assets.forgotten_passages import at_work, end, forgetting, leave_stores, removal
from ocr_assets.pipeline_state import in_flight, latest_event, registered
from ocr_assets.schemas import TOMBSTONES
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.lake import Lake
from resources.quarantine import Quarantine
from resources.vector_store import VectorStore

EVENTS_A_PAGE: Final = 1_000


def forget(
    catalog: Catalog,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    vector_store: VectorStore,
    documents: Sequence[str],
    quarantine: Quarantine | None = None,
    other_stores: Iterable[VectorStore] = (),
) -> dict[str, str]:
    """Remove all that is kept of these documents. Called again after being killed, it finishes the work.

    `other_stores` are those of the register's indexes that the vector store does not reach. A store that does not
    answer keeps none of the rest from being removed: what came in its way, by its place; maintenance asks it again.

    The tombstone is written first and the partition goes next: from then on a document cannot come back, whatever is
    still to be removed. Dagster keeps a partition's history when its key goes, so the tombstone also says up to which
    event that no longer counts. Nobody but who takes one of them back waits for what follows. Raises UsageError while a
    run works on one of them, since it would write it again.
    """
    stores = (vector_store, *other_stores)
    with removal(lake) as name:
        _bury(catalog, lake, documents, [*(store.place for store in stores), name])
        left = leave_stores(lake, stores, documents)
        lake.delete(documents, but=TOMBSTONES)
        checkpoints.forget(documents)
        for document in documents:
            blobs.forget(document)
            if quarantine is not None:
                quarantine.release(document)
        end(lake, name, documents, left)
        return left


def _bury(catalog: Catalog, lake: Lake, documents: Sequence[str], left_in: Sequence[str]) -> None:
    """Write the tombstones, and take the partitions away."""
    with forgetting(lake):
        if busy := in_flight(catalog, registered(catalog)) & set(documents):
            raise UsageError(f"a run is working on {min(busy)}; wait for it or cancel it, then forget the document")
        now, last = datetime.now(UTC), latest_event(catalog)
        others = at_work(lake, documents)  # who takes a document back waits for all of them
        told = {"forgotten_at": now, "last_event": last}
        rows = [{"document": one, "left_in": [*left_in, *others.get(one, ())]} | told for one in documents]
        lake.replace(TOMBSTONES, documents, lake.frame(TOMBSTONES, rows))
        _unregister(catalog, documents)


def unregister_forgotten(catalog: Catalog, lake: Lake) -> None:
    """Take away the partitions that a killed command has left to forgotten documents, but of those in flight."""
    with forgetting(lake):
        known = registered(catalog)
        if left := forgotten_documents(lake).intersection(known):
            _unregister(catalog, left - in_flight(catalog, known))


def _unregister(catalog: Catalog, documents: Iterable[str]) -> None:
    for document in documents:
        catalog.instance.delete_dynamic_partition(catalog.partitions, document)


def forget_history(catalog: Catalog, forgotten: Collection[str]) -> tuple[int, int]:
    """Delete the runs that were about forgotten documents alone, with their events and previews.

    Dagster can delete a run, but not one partition's events: runs with other documents are left. How many runs were
    deleted, and how many left.
    """
    instance, runs = catalog.instance, _runs_of(catalog, forgotten)
    alone = [run for run in runs if _documents_in(instance, run) <= set(forgotten)]
    for run in alone:
        instance.delete_run(run)
    if instance.root_directory is not None:
        _vacuum(Path(instance.root_directory, "history", "runs"), alone)
    return len(alone), len(runs) - len(alone)


def _runs_of(catalog: Catalog, documents: Collection[str]) -> set[str]:
    """Ids of the runs that reported anything of these documents."""
    runs: set[str] = set()
    for key in catalog.asset_keys():
        about = dg.AssetRecordsFilter(key, asset_partitions=sorted(documents))
        for fetch in (catalog.instance.fetch_materializations, catalog.instance.fetch_observations):
            page, more = fetch(about, limit=EVENTS_A_PAGE), True
            while more:
                runs |= {record.run_id for record in page.records}
                if more := page.has_more:
                    page = fetch(about, limit=EVENTS_A_PAGE, cursor=page.cursor)
    return runs - {RUNLESS_RUN_ID}


def _documents_in(instance: dg.DagsterInstance, run: str) -> set[str | None]:
    """The documents that a run reported."""
    kinds = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION}
    return {entry.dagster_event.partition for entry in instance.all_logs(run, of_type=kinds) if entry.dagster_event}


def _vacuum(folder: Path, runs: Collection[str]) -> None:
    """SQLite leaves what was deleted in its files until they are vacuumed. Another storage does that in its own way."""
    for name in ("index", *runs):
        if (path := folder / f"{name}.db").exists():
            with closing(sqlite3.connect(path, timeout=60)) as database:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
