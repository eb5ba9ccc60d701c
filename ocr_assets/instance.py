"""The embedded Dagster instance under `<home>/dagster`, and runs executed in this process."""

import os
from collections.abc import Mapping
from pathlib import Path
from socket import gethostname
from typing import Final

import dagster as dg
import psutil
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    ROOT_RUN_ID_TAG,
)

from ocr_assets.core.continuation import Launch
from ocr_assets.errors import UsageError
from ocr_assets.pipeline_state import IN_PROGRESS

PROCESS_TAG: Final = "ocr_assets/process"
"""Tag of a run that a command executes itself: `<host>/<pid>@<start>` of its process, whose death is noticed by it."""


def open_instance(home: Path) -> dg.DagsterInstance:
    """The instance in `home`/dagster, made if missing, with the project's dagster.yaml. `DAGSTER_HOME` wins over it."""
    folder = Path(os.environ.setdefault("DAGSTER_HOME", str((home / "dagster").absolute())))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        (folder / "dagster.yaml").write_text(_default_configuration(), "utf-8")
    return dg.DagsterInstance.get()


def _default_configuration() -> str:
    """The project's dagster.yaml: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).parent
    found = [path for path in (package.parent / "dagster.yaml", package / "dagster.yaml") if path.exists()]
    return found[0].read_text("utf-8")


def execute(
    defs: dg.Definitions, instance: dg.DagsterInstance, launch: Launch, tags: Mapping[str, str] | None = None
) -> bool:
    """Run this batch here; True if every document of it went well. Why one did not is in the instance.

    Raises UsageError where the run failed for another reason than its documents: a full disk, a lake out of reach.
    """
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(stage) for stage in launch.stages],
        tags={
            ASSET_PARTITION_RANGE_START_TAG: launch.documents[0],
            ASSET_PARTITION_RANGE_END_TAG: launch.documents[-1],
            PROCESS_TAG: _this_process(),
            **(tags or {}),
        },
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    for event in result.filter_events(lambda event: event.is_step_failure):
        failure = event.step_failure_data
        if failure.user_failure_data is None and failure.error is not None:
            cause = failure.error.cause or failure.error
            if cause.cls_name == dg.DagsterExecutionInterruptedError.__name__:
                raise KeyboardInterrupt
            raise UsageError(f"{event.step_key} could not run: {cause.message.strip()} (run {result.run_id})")
    return result.success


def bury_dead_runs(instance: dg.DagsterInstance) -> dict[str, str]:
    """Report the runs of commands that were killed as failed; for each of their documents' first keys, the root run.

    Without this they would count as in progress for ever. The root run id lets the next run take up their pages.
    """
    roots: dict[str, str] = {}
    for run in instance.get_runs(dg.RunsFilter(statuses=list(IN_PROGRESS))):
        process = run.tags.get(PROCESS_TAG)
        if process is not None and not _is_alive(process):
            instance.report_run_failed(run, "the process that ran it has ended; `ocr-assets run` continues it")
            roots[run.tags[ASSET_PARTITION_RANGE_START_TAG]] = run.tags.get(ROOT_RUN_ID_TAG, run.run_id)
    return roots


def _this_process() -> str:
    return f"{gethostname()}/{os.getpid()}@{psutil.Process().create_time():.2f}"


def _is_alive(process: str) -> bool:
    """Whether that process still runs; one of another host is taken to."""
    host, _, identity = process.rpartition("/")
    if host != gethostname():
        return True
    pid, _, start = identity.partition("@")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == start
    except psutil.NoSuchProcess:
        return False
