"""Continuation: documents whose next stage is missing and not failed for good are launched in ranges.

Dagster does not execute a run's later stages after one document failed; this sensor takes the good ones further, and
tries transient failures again with growing delays.
"""

import time
from typing import Final

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    SENSOR_NAME_TAG,
)

from ocr_assets.arrivals import arrived_since
from ocr_assets.core.continuation import DocumentState, Launch, due, plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import in_flight, load_states, registered
from ocr_assets.run_tags import REPORTED_TAG, bury_dead_runs
from resources.lake import Lake

LAUNCHES_A_TICK: Final = 20
FIRST_DELAY: Final = 60.0
"""Seconds before a transient failure is tried again; doubled at each attempt."""
LONGEST_PAUSE: Final = 3_600.0
GRACE: Final = 600.0
"""Seconds for which a new arrival is left to the sensor that saw it and requests its run."""


@dg.sensor(
    target=[dg.AssetKey(stage) for stage in STAGES],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Launches what is left to do, document by document: interrupted, retried or newly stale stages.",
)
def unfinished_documents(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
    now = time.time()
    order = registered(context.instance)
    bury_dead_runs(context.instance, order)
    if wait := pause(context.instance, now):
        return dg.SensorResult(skip_reason=f"the last runs failed for no document's sake; waiting {wait:.0f} s")
    busy = in_flight(context.instance, order)
    states = load_states(context.instance, lake, [document for document in order if document not in busy])
    just_arrived = arrived_since(lake, (d for d, state in states.items() if not state.settled), now - GRACE)
    due_now = {d: stage for d, stage in next_stages(states, now).items() if d not in just_arrived}
    launches = plan_launches(order, due_now, BATCH_SIZE)
    requests = [run_request(launch) for launch in launches[:LAUNCHES_A_TICK]]
    if not requests:
        return dg.SensorResult(skip_reason=f"{len(order)} documents, {len(busy)} in flight, nothing left to do")
    return dg.SensorResult(run_requests=requests)


def pause(instance: dg.DagsterInstance, now: float) -> float:
    """Seconds to wait before the next launch: doubled with each run of this sensor in a row that came to nothing.

    Such a run failed without a word on any document: a key that expired, a store out of reach, a process that was
    killed. Nothing of that counts as a document's attempt, so nothing else would end the repetition.
    """
    ours = dg.RunsFilter(tags={SENSOR_NAME_TAG: "unfinished_documents"})
    in_vain, last = 0, 0.0
    for record in instance.get_run_records(ours, limit=12):
        run = record.dagster_run
        if run.status != dg.DagsterRunStatus.FAILURE or REPORTED_TAG in run.tags:
            break
        in_vain += 1
        last = max(last, record.end_time or 0.0)
    return max(0.0, last + min(FIRST_DELAY * 2 ** (in_vain - 1), LONGEST_PAUSE) - now) if in_vain else 0.0


def next_stages(states: dict[str, DocumentState], now: float) -> dict[str, str]:
    """Where each unfinished document continues; one whose next try is not due yet is left out."""
    found: dict[str, str] = {}
    for document, state in states.items():
        stage = state.next_stage
        if stage is None or (state.status(stage) == "failed" and not due(state.failures[stage], now, FIRST_DELAY)):
            continue
        found[document] = stage
    return found


def run_request(launch: Launch) -> dg.RunRequest:
    """The launch as a run over a range of partitions."""
    return dg.RunRequest(
        asset_selection=[dg.AssetKey(stage) for stage in launch.stages],
        tags={
            ASSET_PARTITION_RANGE_START_TAG: launch.documents[0],
            ASSET_PARTITION_RANGE_END_TAG: launch.documents[-1],
        },
    )
