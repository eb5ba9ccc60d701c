"""Continuation: documents whose next stage is missing and not failed for good are launched in ranges.

Dagster does not execute a run's later stages after one document failed; this sensor takes the good ones further, and
tries failures again. It alone does: see core/retrying.py for when, and docs/adr/0001 for why.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    SENSOR_NAME_TAG,
)

from ocr_assets.arrivals import arrived_since
from ocr_assets.binding import bound, needs
from ocr_assets.catalog import Catalog
from ocr_assets.core import retrying
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.continuation import DocumentState, Launch, plan_launches
from ocr_assets.core.killings import Suspicion, suspicions
from ocr_assets.core.retrying import Outage, outages
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import SERVICE_REASONS, TransientFault
from ocr_assets.failures import observation
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import in_flight, load_states, registered, stages_in_flight
from ocr_assets.run_tags import CONTINUATION, IN_PROGRESS, NO_RUN_RETRIES, REPORTED_TAG, bury_dead_runs, killed_runs
from ocr_assets.settings import Settings
from resources.disk_room import too_little_room
from resources.lake import Lake

NAME: Final = "unfinished_documents"
LAUNCHES_A_TICK: Final = 20
"""Also the most runs of this sensor that are queued or running."""
GRACE: Final = 600.0
"""Seconds for which a new arrival is left to the sensor that saw it and requests its run."""
KILLED_SINCE: Final = 2 * 86_400.0
"""Seconds for which a killed run is remembered: longer than it takes to find out whose doing it was."""


def unfinished_documents_sensor(settings: Settings, collection: Collection = DEFAULT) -> dg.SensorDefinition:
    """The sensor with these limits."""

    def unfinished_documents(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
        now, catalog = time.time(), Catalog(context.instance, collection)
        order = registered(catalog)
        bury_dead_runs(catalog)
        if scarce := too_little_room((settings.root, context.instance.root_directory), settings.free_mb):
            return dg.SensorResult(skip_reason=scarce)
        if wait := pause(catalog, now, settings.retry_seconds):
            return dg.SensorResult(skip_reason=f"the last runs failed for no document's sake; waiting {wait:.0f} s")
        room = LAUNCHES_A_TICK - runs_of_sensor(catalog)
        if room <= 0:
            return dg.SensorResult(skip_reason=f"{LAUNCHES_A_TICK} runs of this sensor are queued or running")
        versions = code_versions(context, catalog) if settings.upgrade else None
        seen = fingerprint(catalog, order, versions)
        if context.cursor == seen:
            return dg.SensorResult(skip_reason=f"{len(order)} documents, and nothing has happened since all was done")
        busy = in_flight(catalog, order)
        idle = [document for document in order if document not in busy]
        states = load_states(catalog, lake, idle, versions)
        suspected = suspicions(states, killed_runs(catalog, order, now - KILLED_SINCE))
        give_up_killers(catalog, states, suspected, settings.attempts, versions, context.log)
        untouched = [document for document, state in states.items() if not state.settled and not state.failures]
        just_arrived = arrived_since(lake, untouched, now - GRACE, now)
        due = {d: s for d, s in next_stages(states, suspected, now, settings).items() if d not in just_arrived}
        launches, waiting = plan(order, states, due, suspected, stages_in_flight(catalog), now, settings.retry_seconds)
        for outage, probe_at in waiting:
            when = f"in {probe_at - now:.0f} s" if probe_at > now else "once the runs in progress have told"
            context.log.info(f"{outage.stage}: its service answers nobody; tried again {when}")
        if not launches:
            at_rest = not busy and all(state.next_stage is None for state in states.values())
            reason = told(len(order), len(busy), [outage for outage, _ in waiting])
            return dg.SensorResult(skip_reason=reason, cursor=seen if at_rest else None)
        return dg.SensorResult(run_requests=[run_request(catalog, launch) for launch in launches[:room]])

    return dg.sensor(
        name=collection.named(NAME),
        target=[dg.AssetKey(collection.path(stage)) for stage in STAGES],
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Launches what is left to do, document by document: interrupted, retried or newly stale stages.",
        required_resource_keys=needs(unfinished_documents, collection),
    )(bound(unfinished_documents, collection))


def fingerprint(catalog: Catalog, order: Sequence[str], versions: Mapping[str, str] | None) -> str:
    """All that the states of the documents depend on, as a cursor. Where it is the same, they need not be looked at.

    It spares a pipeline at rest the look at 100,000 documents every half a minute; its loss costs one look.
    """
    latest = catalog.instance.event_log_storage.get_maximum_record_id()
    digest = hashlib.sha256("".join(order).encode()).hexdigest()[:16]
    return f"{latest} {len(order)} {digest} {sorted((versions or {}).items())}"


def pause(catalog: Catalog, now: float, first_pause: float = retrying.FIRST_PAUSE) -> float:
    """Seconds to wait before the next launch: doubled with each run of this sensor in a row that came to nothing.

    Such a run failed without a word on any document: a key that expired, a store out of reach, a process that was
    killed. Nothing of that counts as a document's attempt, so nothing else would end the repetition.
    """
    ours = dg.RunsFilter(tags={SENSOR_NAME_TAG: catalog.collection.named(NAME)})
    in_vain, last = 0, 0.0
    for record in catalog.instance.get_run_records(ours, limit=12):
        run = record.dagster_run
        if run.status != dg.DagsterRunStatus.FAILURE or REPORTED_TAG in run.tags:
            break
        in_vain += 1
        last = max(last, record.end_time or 0.0)
    until = last + retrying.pause(in_vain, first_pause)
    return until - now if in_vain and not retrying.over(until, last, now) else 0.0


def runs_of_sensor(catalog: Catalog) -> int:
    """How many runs of this sensor are queued or running."""
    ours = {SENSOR_NAME_TAG: catalog.collection.named(NAME)}
    return catalog.instance.get_runs_count(dg.RunsFilter(statuses=list(IN_PROGRESS), tags=ours))


def code_versions(context: dg.SensorEvaluationContext, catalog: Catalog) -> dict[str, str]:
    """The code version of each stage in this code location."""
    graph = context.repository_def.asset_graph if context.repository_def else None
    found = {stage: graph.get(catalog.key(stage)).code_version for stage in STAGES} if graph else {}
    return {stage: version for stage, version in found.items() if version is not None}


def next_stages(
    states: Mapping[str, DocumentState], suspected: Mapping[str, Suspicion], now: float, settings: Settings
) -> dict[str, str]:
    """Where each unfinished document continues; one whose next try is not due yet is left out."""
    found: dict[str, str] = {}
    first_pause = settings.retry_seconds
    for document, state in states.items():
        stage = state.next_stage
        if stage is None:
            continue
        if state.status(stage) == "failed" and not retrying.due(state.failures[stage], now, first_pause):
            continue
        suspicion = suspected.get(document)
        if suspicion and (suspicion.alone >= settings.attempts or not suspicion.due(now, first_pause)):
            continue
        found[document] = stage
    return found


def plan(
    order: Sequence[str],
    states: Mapping[str, DocumentState],
    due: Mapping[str, str],
    suspected: Mapping[str, Suspicion],
    running: set[str],
    now: float,
    first_pause: float,
) -> tuple[list[Launch], list[tuple[Outage, float]]]:
    """The runs to launch, and the stages that are waited for, each with the time of the next try.

    A run ends before a stage whose service is away. To that stage goes one run a pause, of those documents that have
    waited longest, and none while another run may tell.
    """
    away = outages(states.values())
    at_most = {document: suspicion.batch for document, suspicion in suspected.items()}
    going = {document: stage for document, stage in due.items() if stage not in away}
    launches = [
        Launch(launch.documents, tuple(takewhile(lambda stage: stage not in away, launch.stages)))
        for launch in plan_launches(order, going, BATCH_SIZE, at_most)
    ]
    waiting = []
    for stage, outage in away.items():
        probe_at = outage.probe_at(first_pause)
        if stage in running or not retrying.over(probe_at, outage.last, now):
            waiting.append((outage, max(now, probe_at)))
            continue
        stuck = {d: stage for d, state in states.items() if state.next_stage == stage and (d in due or waits(state))}
        probes = plan_launches(order, stuck, BATCH_SIZE, at_most)
        launches.insert(0, min(probes, key=lambda launch: last_tried(launch, stage, states)))
    return launches, waiting


def waits(state: DocumentState) -> bool:
    """Whether a service is to blame for where the document stands."""
    return state.failure is not None and state.failure[1].reason in SERVICE_REASONS


def last_tried(launch: Launch, stage: str, states: Mapping[str, DocumentState]) -> float:
    """When any document of the launch last failed in the stage; 0 where none has."""
    failures = (states[document].failures.get(stage) for document in launch.documents)
    return max((failure.at for failure in failures if failure), default=0.0)


def give_up_killers(
    catalog: Catalog,
    states: Mapping[str, DocumentState],
    suspected: Mapping[str, Suspicion],
    attempts: int,
    versions: Mapping[str, str] | None,
    log: Any,
) -> None:
    """Report the documents over which alone a run's process was killed again and again."""
    for document, suspicion in suspected.items():
        stage = states[document].next_stage
        if stage is None or suspicion.alone < attempts:
            continue
        fault = TransientFault("run_killed", f"{suspicion.alone} runs over this document alone were killed in {stage}")
        counted = retrying.Tally(suspicion.alone, suspicion.alone, 0, given_up=True)
        catalog.instance.report_runless_asset_event(
            observation(catalog.key(stage), document, fault, counted, (versions or {}).get(stage, ""))
        )
        log.warning(f"{document} is given up: {fault}")


def told(documents: int, busy: int, away: Sequence[Outage]) -> str:
    """Why nothing is launched."""
    rest = f"waiting for the service of {', '.join(outage.stage for outage in away)}" if away else "nothing left to do"
    return f"{documents} documents, {busy} in flight, {rest}"


def run_request(catalog: Catalog, launch: Launch) -> dg.RunRequest:
    """The launch as a run over a range of partitions, without the standing checks, which are run on their own."""
    return dg.RunRequest(
        asset_selection=catalog.asset_keys(launch.stages),
        asset_check_keys=[],
        tags={
            ASSET_PARTITION_RANGE_START_TAG: launch.documents[0],
            ASSET_PARTITION_RANGE_END_TAG: launch.documents[-1],
            **NO_RUN_RETRIES,
            **CONTINUATION,
        },
    )
