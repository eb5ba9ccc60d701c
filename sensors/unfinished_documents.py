"""Continuation: documents whose next stage is missing and not failed for good are launched in ranges.

Dagster does not execute a run's later stages after one document failed; this sensor takes the good ones further, and
tries transient failures again with growing delays.
"""

import time
from typing import Final

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from ocr_assets.core.continuation import DocumentState, Launch, due, plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import in_flight, load_states, registered
from resources.lake import Lake

LAUNCHES_A_TICK: Final = 20
FIRST_DELAY: Final = 60.0
"""Seconds before a transient failure is tried again; doubled at each attempt."""


@dg.sensor(
    target=[dg.AssetKey(stage) for stage in STAGES],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Launches what is left to do, document by document: interrupted, retried or newly stale stages.",
)
def unfinished_documents(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
    order = registered(context.instance)
    busy = in_flight(context.instance, order)
    states = load_states(context.instance, lake, [document for document in order if document not in busy])
    launches = plan_launches(order, next_stages(states, time.time()), BATCH_SIZE)
    requests = [run_request(launch) for launch in launches[:LAUNCHES_A_TICK]]
    if not requests:
        return dg.SensorResult(skip_reason=f"{len(order)} documents, {len(busy)} in flight, nothing left to do")
    return dg.SensorResult(run_requests=requests)


def next_stages(states: dict[str, DocumentState], now: float) -> dict[str, str]:
    """Where each unfinished document continues; one whose next try is not due yet is left out."""
    found: dict[str, str] = {}
    for document, state in states.items():
        stage = state.next_stage
        failure = state.failures.get(stage) if stage else None
        if stage is not None and (failure is None or due(failure, now, FIRST_DELAY)):
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
