"""How a document's failure is told to Dagster and read back: as an observation of the stage's partition, no table."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import dagster as dg

from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import Failure
from ocr_assets.core.retrying import Tally
from ocr_assets.errors import DocumentFault

OWN: Final = "failures_of_its_own"
ALONE: Final = "refused_while_others_were_served"
FETCHED_AT_ONCE: Final = 500
"""Ids in one SQL list; more are asked for in several queries."""


def observation(
    key: dg.AssetKey, document: str, fault: DocumentFault, counted: Tally, version: str
) -> dg.AssetObservation:
    """The failure as Dagster keeps it."""
    metadata: dict[str, Any] = {
        "reason": fault.reason,
        "detail": fault.detail,
        "permanent": fault.permanent,
        "attempt": counted.attempt,
        OWN: counted.own,
        ALONE: counted.alone,
        "given_up": counted.given_up,
        "code_version": version,
    }
    return dg.AssetObservation(key, partition=document, metadata=metadata, description=str(fault))


def open_failures(
    catalog: Catalog, stage: str, documents: Iterable[str] | None, settled: Mapping[str, int]
) -> dict[str, Failure]:
    """Each document's latest failure in the stage, if it came after its event in `settled`. None is all documents."""
    instance, key, among = catalog.instance, catalog.key(stage), None if documents is None else set(documents)
    latest = instance.event_log_storage.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_OBSERVATION, among
    )
    ids = [event for document, event in latest.items() if event > settled.get(document, -1)]
    failures: dict[str, Failure] = {}
    for start in range(0, len(ids), FETCHED_AT_ONCE):
        some = ids[start : start + FETCHED_AT_ONCE]
        page = instance.fetch_observations(dg.AssetRecordsFilter(key, storage_ids=some), limit=len(some))
        for record in page.records:
            document = record.partition_key or ""
            failure = _failure(record) or _before(instance, key, document, settled.get(document, -1))
            if failure:
                failures[document] = failure
    return failures


def _before(instance: dg.DagsterInstance, key: dg.AssetKey, document: str, settled: int) -> Failure | None:
    """The document's latest failure where somebody else's observation came after it."""
    wanted = dg.AssetRecordsFilter(key, asset_partitions=[document], after_storage_id=settled)
    records = instance.fetch_observations(wanted, limit=FETCHED_AT_ONCE).records
    return next((failure for record in records if (failure := _failure(record))), None)


def _failure(record: dg.EventLogRecord) -> Failure | None:
    """The failure that this observation tells of; None where it is somebody else's observation."""
    observed = record.asset_observation
    metadata = {name: value.value for name, value in observed.metadata.items()} if observed else {}
    if "reason" not in metadata or "given_up" not in metadata:
        return None

    def count(name: str) -> int:
        return int(str(metadata.get(name, 0)))

    return Failure(
        reason=str(metadata["reason"]),
        detail=str(metadata["detail"]),
        permanent=bool(metadata["permanent"]),
        attempt=count("attempt"),
        given_up=bool(metadata["given_up"]),
        event=record.storage_id,
        at=record.timestamp,
        own=count(OWN) or count("own"),  # what they were called before December 2026
        alone=count(ALONE) or count("alone"),
        run=record.event_log_entry.run_id,
        version=str(metadata.get("code_version", "")),
    )
