"""What Dagster's instance knows of the documents: its events are the only state of the pipeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import dagster as dg

from ocr_assets.core.continuation import DocumentState, Failure
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import DOCUMENTS
from ocr_assets.run_tags import IN_PROGRESS, documents_of
from ocr_assets.schemas import TOMBSTONES
from resources.lake import Lake

FILTERED_AT_MOST = 500
"""More documents than this are looked up by reading all and picking; a longer SQL list is slower than that."""


@dataclass
class _Events:
    settled: dict[str, int] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)


def registered(instance: dg.DagsterInstance) -> list[str]:
    """Every document, in partition order."""
    return list(instance.get_dynamic_partitions(DOCUMENTS))


def load_states(instance: dg.DagsterInstance, lake: Lake, documents: Iterable[str]) -> dict[str, DocumentState]:
    """The state of each of these documents."""
    wanted = set(documents)
    floors = dict(lake.read(TOMBSTONES, wanted, ["document", "last_event"]).iter_rows()) if wanted else {}
    events: dict[str, _Events] = {document: _Events() for document in wanted}
    for stage in STAGES:
        settled, failures = _stage_events(instance, dg.AssetKey(stage), wanted, floors)
        for document, event in settled.items():
            events[document].settled[stage] = event
        for document, failure in failures.items():
            events[document].failures[stage] = failure
    return {document: DocumentState(found.settled, found.failures) for document, found in events.items()}


def in_flight(instance: dg.DagsterInstance, order: Sequence[str]) -> set[str]:
    """Documents of runs that are queued or running."""
    position = {document: index for index, document in enumerate(order)}
    found: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=list(IN_PROGRESS))):
        found.update(documents_of(run, order, position))
    return found


def latest_event(instance: dg.DagsterInstance) -> int:
    """Id of the latest event that says anything of a document; 0 where there is none."""
    fetches = (instance.fetch_materializations, instance.fetch_observations)
    found = (fetch(dg.AssetKey(stage), limit=1).records for stage in STAGES for fetch in fetches)
    return max((record.storage_id for records in found for record in records), default=0)


def _stage_events(
    instance: dg.DagsterInstance, key: dg.AssetKey, wanted: set[str], floors: dict[str, int]
) -> tuple[dict[str, int], dict[str, Failure]]:
    """Latest materialization ids, and the failures that came after them, of one asset."""
    storage, kinds = instance.event_log_storage, dg.DagsterEventType
    among = wanted if 0 < len(wanted) <= FILTERED_AT_MOST else None

    def latest(kind: dg.DagsterEventType) -> dict[str, int]:
        ids = storage.get_latest_storage_id_by_partition(key, kind, among)
        return {doc: event for doc, event in ids.items() if doc in wanted and event > floors.get(doc, -1)}

    settled = latest(kinds.ASSET_MATERIALIZATION)
    observed = latest(kinds.ASSET_OBSERVATION)
    open_ids = [event for document, event in observed.items() if event > settled.get(document, -1)]
    return settled, _failures(instance, key, open_ids)


def _failures(instance: dg.DagsterInstance, key: dg.AssetKey, ids: list[int]) -> dict[str, Failure]:
    failures: dict[str, Failure] = {}
    for start in range(0, len(ids), FILTERED_AT_MOST):
        some = ids[start : start + FILTERED_AT_MOST]
        page = instance.fetch_observations(dg.AssetRecordsFilter(key, storage_ids=some), limit=len(some))
        for record in page.records:
            observation = record.asset_observation
            metadata = {name: value.value for name, value in observation.metadata.items()} if observation else {}
            if record.partition_key and "reason" in metadata:  # else it is somebody else's observation
                failures[record.partition_key] = Failure(
                    reason=str(metadata["reason"]),
                    detail=str(metadata["detail"]),
                    permanent=bool(metadata["permanent"]),
                    attempt=int(str(metadata["attempt"])),
                    given_up=bool(metadata["given_up"]),
                    event=record.storage_id,
                    at=record.timestamp,
                )
    return failures
