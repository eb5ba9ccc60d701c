"""The embedded Dagster instance under `<home>/dagster`, and runs executed in this process."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from ocr_assets.bulk_events import with_compiled_statements
from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import Launch
from ocr_assets.errors import UsageError, in_words
from ocr_assets.run_tags import NO_RUN_RETRIES, PROCESS_TAG, this_process

ROOT_FILE: Final = "ocr_assets_root"
"""Beside dagster.yaml: the root of the lake that this instance's events are about."""


def open_instance(home: Path, root: str) -> dg.DagsterInstance:
    """The instance in `home`/dagster, made if missing, with the project's dagster.yaml. `DAGSTER_HOME` wins over it.

    Raises UsageError for an instance that belongs to another lake than `root`: what it calls done would not be there.
    """
    folder = Path(os.environ.setdefault("DAGSTER_HOME", str((home / "dagster").absolute())))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        (folder / "dagster.yaml").write_text(_default_configuration(), "utf-8")
    place = root if "://" in root else os.path.relpath(root, folder)  # relative, so that a home can be moved
    if not (folder / ROOT_FILE).exists():
        (folder / ROOT_FILE).write_text(place, "utf-8")
    if (known := (folder / ROOT_FILE).read_text("utf-8")) != place:
        theirs = known if "://" in known else os.path.normpath(folder / known)
        raise UsageError(
            f"the Dagster instance in {folder} belongs to the documents in {theirs}, not to those in {root}; set "
            "OCR_ASSETS_HOME, DAGSTER_HOME and OCR_ASSETS_STORE to what belongs together: another store, another home"
        )
    return dg.DagsterInstance.get()


def _default_configuration() -> str:
    """The project's dagster.yaml: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).parent
    found = [path for path in (package.parent / "dagster.yaml", package / "dagster.yaml") if path.exists()]
    return found[0].read_text("utf-8")


def stages_job(defs: dg.Definitions) -> dg.JobDefinition:
    """The job of all assets without the standing checks: those look at all documents, so a batch goes without them.

    They are left out here, since `execute_in_process` would select the checks of its assets again.
    """
    bare = dg.Definitions(assets=defs.assets, resources=defs.resources, executor=defs.executor)
    return bare.resolve_implicit_global_asset_job_def()


def execute(job: dg.JobDefinition, catalog: Catalog, launch: Launch, tags: Mapping[str, str] | None = None) -> bool:
    """Run this batch by `stages_job` here; True if every document of it went well. Why one did not is in the instance.

    Raises UsageError where the run failed for another reason than its documents: a full disk, a lake out of reach.
    """
    with with_compiled_statements(catalog.instance):
        result = job.execute_in_process(
            instance=catalog.instance,
            asset_selection=sorted(catalog.asset_keys(launch.stages)),
            tags={
                **NO_RUN_RETRIES,
                ASSET_PARTITION_RANGE_START_TAG: launch.documents[0],
                ASSET_PARTITION_RANGE_END_TAG: launch.documents[-1],
                PROCESS_TAG: this_process(),
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
            raise UsageError(f"{event.step_key} could not run: {in_words(cause.message)} (run {result.run_id})")
    return result.success
