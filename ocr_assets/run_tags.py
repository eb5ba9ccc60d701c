"""What a run's tags say of it: which process executes it, its stage, and whether it came to report its documents.

By the first, a run whose process was killed is noticed, by the second where; by the third, a run that failed for
another reason than its documents. One tag more keeps Dagster's run-retry daemon off: core/retrying.py says what is
tried again.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from typing import Final

import dagster as dg
import psutil
from dagster._core.events import RunFailureReason
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    MAX_RETRIES_TAG,
    PARTITION_NAME_TAG,
    RUN_FAILURE_REASON_TAG,
)

from ocr_assets.catalog import Catalog
from ocr_assets.core.stages import STAGES

PROCESS_TAG: Final = "ocr_assets/process"
STAGE_TAG: Final = "ocr_assets/stage"
REPORTED_TAG: Final = "ocr_assets/reported"
CONTINUES_TAG: Final = "ocr_assets/continues"
CONTINUATION: Final = {CONTINUES_TAG: "true"}
"""The run takes up finished pages of runs that were interrupted, killed or failed; without it, it starts fresh."""
NO_RUN_RETRIES: Final = {MAX_RETRIES_TAG: "0"}
"""Wins over whatever dagster.yaml says of `run_retries`."""
LOOKED_AT: Final = 100
"""Failed runs that are looked at for killed ones, the latest."""
STARTTIME: Final = 18
"""Field of /proc/<pid>/stat, behind the program's name and the state."""
IN_PROGRESS: Final = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)

BEGINNING: Final = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
START_SECONDS: Final = 900.0
"""A process takes seconds to come to its first stage, a container that is pulled for it minutes."""


def this_process() -> str:
    """`<host>/<pid>@<start>`: no later process has the same."""
    return f"{gethostname()}/{os.getpid()}@{_start(os.getpid())}"


def tag_stage(instance: dg.DagsterInstance, run: dg.DagsterRun, key: dg.AssetKey) -> None:
    """Write down that this process executes the run and is in this stage, and that no daemon is to retry the run.

    Every stage does so first: it holds whoever launched the run, the UI too.
    """
    instance.add_run_tags(run.run_id, {PROCESS_TAG: this_process(), STAGE_TAG: key.to_user_string(), **NO_RUN_RETRIES})


def tag_reported(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Write down that the run has reported documents."""
    instance.add_run_tags(run.run_id, {REPORTED_TAG: "true"})


def is_over_documents(run: dg.DagsterRun) -> bool:
    """Whether the run is over some documents, and not one of checks alone."""
    return ASSET_PARTITION_RANGE_START_TAG in run.tags or PARTITION_NAME_TAG in run.tags


def documents_of(run: dg.DagsterRun, order: Sequence[str], position: dict[str, int]) -> Sequence[str]:
    """The documents of a run's range; `position` is that of each document in `order`."""
    first = run.tags.get(ASSET_PARTITION_RANGE_START_TAG) or run.tags.get(PARTITION_NAME_TAG)
    last = run.tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    if first not in position or last not in position:
        return ()
    return order[position[first] : position[last] + 1]


@dataclass(frozen=True, slots=True)
class KilledRun:
    """A run whose process ended in the middle of a stage, at `at` in seconds since the epoch."""

    stage: str
    documents: tuple[str, ...]
    at: float


def runs_in_progress(catalog: Catalog) -> list[dg.DagsterRun]:
    """The collection's runs that are queued or running."""
    return [record.dagster_run for record in records_in_progress(catalog)]


def records_in_progress(catalog: Catalog) -> list[dg.RunRecord]:
    """The same with the times at which they changed."""
    records = catalog.instance.get_run_records(dg.RunsFilter(statuses=list(IN_PROGRESS)))
    return [record for record in records if catalog.concerns(record.dagster_run)]


def killed_runs(catalog: Catalog, order: Sequence[str], since: float) -> list[KilledRun]:
    """Runs created after `since` that ended in a stage without a word on what it met there; at most `LOOKED_AT`."""
    stages = {catalog.key(stage).to_user_string(): stage for stage in STAGES}
    wanted = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        tags={STAGE_TAG: list(stages)},
        created_after=datetime.fromtimestamp(since, UTC),
    )
    position = {document: index for index, document in enumerate(order)}
    found = []
    for record in catalog.instance.get_run_records(wanted, limit=LOOKED_AT):
        run = record.dagster_run
        told = REPORTED_TAG in run.tags or run.tags.get(RUN_FAILURE_REASON_TAG) == RunFailureReason.STEP_FAILURE.value
        if not told:
            documents = tuple(documents_of(run, order, position))
            found.append(KilledRun(stages[run.tags[STAGE_TAG]], documents, record.end_time or 0.0))
    return found


def bury_dead_runs(catalog: Catalog) -> None:
    """Report the runs whose process was killed as failed: they would count as in progress for ever.

    A run that has not come to its first stage names no process yet: it is given `START_SECONDS`.
    """
    for record in records_in_progress(catalog):
        run = record.dagster_run
        process = run.tags.get(PROCESS_TAG)
        if not (_is_alive(process) if process else _may_start(record)):
            catalog.instance.report_run_failed(run, "the process that ran it was killed; what it left is continued")


def _may_start(record: dg.RunRecord) -> bool:
    """Whether a run over documents that names no process may still come to its first stage."""
    if record.dagster_run.status not in BEGINNING or not is_over_documents(record.dagster_run):
        return True
    return time.time() - record.update_timestamp.timestamp() < START_SECONDS


def _is_alive(process: str) -> bool:
    """Whether that process still runs; one of another host is taken to."""
    host, _, identity = process.rpartition("/")
    if host != gethostname():
        return True
    pid, _, start = identity.partition("@")
    return _start(int(pid)) == start


def _start(pid: int) -> str | None:
    """When that process started, None where there is none; the same however a clock is put meanwhile.

    Linux counts ticks since it was booted. As seconds since the epoch, which psutil makes of them, the start would
    move with every correction of the clock, and a run that goes on would be taken for one that was killed.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if state == "Z" else fields[STARTTIME]  # a zombie does nothing more
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
