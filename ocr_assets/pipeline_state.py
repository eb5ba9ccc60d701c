"""What Dagster's instance knows of a collection's documents: its events are the only state of the pipeline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import DocumentState, Failure
from ocr_assets.core.stages import STAGES
from ocr_assets.failures import open_failures
from ocr_assets.run_tags import documents_of, runs_in_progress
from ocr_assets.schemas import TOMBSTONES
from resources.lake import Lake

FILTERED_AT_MOST = 500
"""More documents than this are looked up by reading all and picking; a longer SQL list is slower than that."""


def registered(catalog: Catalog) -> list[str]:
    """Every document, in partition order."""
    return list(catalog.instance.get_dynamic_partitions(catalog.partitions))


def ever_failed(catalog: Catalog) -> list[str]:
    """Documents that failed at some time, in partition order: among many that went well they are found quickly."""
    storage, kind = catalog.instance.event_log_storage, dg.DagsterEventType.ASSET_OBSERVATION
    observed = set[str]().union(
        *(storage.get_latest_storage_id_by_partition(key, kind) for key in catalog.asset_keys())
    )
    return [document for document in registered(catalog) if document in observed]


def load_states(
    catalog: Catalog, lake: Lake, documents: Iterable[str], versions: Mapping[str, str] | None = None
) -> dict[str, DocumentState]:
    """The state of each of these documents.

    With `versions`, the code version of each stage, a stage that was settled with another one counts as stale, and a
    failure of another one as over. Where the version is not known, as after `rebuild`, it counts as the same.
    """
    ordered = list(dict.fromkeys(documents))
    wanted = set(ordered)
    floors = dict(lake.read(TOMBSTONES, wanted, ["document", "last_event"]).iter_rows()) if wanted else {}
    found: dict[str, _Found] = {document: _Found({}, {}, []) for document in ordered}
    for stage in STAGES:
        settled, failures = _stage_events(catalog, stage, wanted, floors)
        for document, event in settled.items():
            found[document].settled[stage] = event
        version = (versions or {}).get(stage)
        for document, failure in failures.items():
            if version is None or failure.version in ("", version):
                found[document].failures[stage] = failure
        if version is not None:
            for document in _of_another_version(catalog, stage, wanted, version) & settled.keys():
                found[document].outdated.append(stage)
    return {document: DocumentState(f.settled, f.failures, frozenset(f.outdated)) for document, f in found.items()}


def in_flight(catalog: Catalog, order: Sequence[str]) -> set[str]:
    """Documents of runs that are queued or running."""
    position = {document: index for index, document in enumerate(order)}
    found: set[str] = set()
    for run in runs_in_progress(catalog):
        found.update(documents_of(run, order, position))
    return found


def stages_in_flight(catalog: Catalog) -> set[str]:
    """Stages of runs that are queued or running."""
    return set[str]().union(*map(catalog.stages_of, runs_in_progress(catalog)))


def latest_event(catalog: Catalog) -> int:
    """Id of the latest event that says anything of a document; 0 where there is none."""
    fetches = (catalog.instance.fetch_materializations, catalog.instance.fetch_observations)
    found = (fetch(key, limit=1).records for key in catalog.asset_keys() for fetch in fetches)
    return max((record.storage_id for records in found for record in records), default=0)


class _Found(NamedTuple):
    settled: dict[str, int]
    failures: dict[str, Failure]
    outdated: list[str]


def _stage_events(
    catalog: Catalog, stage: str, wanted: set[str], floors: dict[str, int]
) -> tuple[dict[str, int], dict[str, Failure]]:
    """Latest materialization ids, and the failures that came after them, of one asset."""
    among = _among(wanted)
    ids = catalog.instance.event_log_storage.get_latest_storage_id_by_partition(
        catalog.key(stage), dg.DagsterEventType.ASSET_MATERIALIZATION, among
    )
    settled = {doc: event for doc, event in ids.items() if doc in wanted and event > floors.get(doc, -1)}
    failures = open_failures(catalog, stage, among, floors | settled)
    return settled, {document: failure for document, failure in failures.items() if document in wanted}


def _of_another_version(catalog: Catalog, stage: str, wanted: set[str], version: str) -> set[str]:
    """Documents whose latest materialization says that it was made by another code version than this."""
    tags = catalog.instance.event_log_storage.get_latest_tags_by_partition(
        catalog.key(stage),
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        [DATA_VERSION_TAG],
        list(wanted) if _among(wanted) else None,
    )
    made_by = {document: code_version_of(values[DATA_VERSION_TAG]) for document, values in tags.items()}
    return {document for document, made in made_by.items() if document in wanted and made not in (None, version)}


def code_version_of(data_version: str) -> str | None:
    """The code version in a data version that this project gave, as `Batch.data_version` says; None for another's."""
    version, separator, _run = data_version.rpartition("/")
    return version if separator else None


def _among(wanted: set[str]) -> set[str] | None:
    """What to look up by name; None where reading all and picking is faster."""
    return wanted if 0 < len(wanted) <= FILTERED_AT_MOST else None
