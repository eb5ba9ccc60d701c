"""Dagster's own three ways to try again, each turned on by an operator: none of them runs a failed document again.

core/retrying.py alone decides that; docs/adr/0001 says why.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG, WILL_RETRY_TAG
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import filter_runs_to_should_retry

from ocr_assets.arrivals import register
from ocr_assets.catalog import Catalog
from ocr_assets.core.stages import STAGES
from ocr_assets.definitions import build_defs
from ocr_assets.failures import open_failures
from ocr_assets.run_tags import tag_stage
from ocr_assets.settings import Settings

DOCUMENT = "a" * 64
"""Of which nothing is in the lake: it fails for a transient reason in every stage, by the rows of the one before."""
RANGE = {ASSET_PARTITION_RANGE_START_TAG: DOCUMENT, ASSET_PARTITION_RANGE_END_TAG: DOCUMENT}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RETRIED = {"run_retries": {"enabled": True, "max_retries": 3, "retry_on_asset_or_op_failure": True}}


@pytest.fixture
def retrying(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance whose operator has turned run retries on."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=RETRIED) as instance:
        register(Catalog(instance), [DOCUMENT])
        yield instance


@pytest.fixture
def defs(tmp_path: Path) -> dg.Definitions:
    return build_defs(Settings(home=str(tmp_path / "home"), workers=1, _env_file=None))


def failed_times(instance: dg.DagsterInstance, stage: str) -> int:
    failure = open_failures(Catalog(instance), stage, [DOCUMENT], {}).get(DOCUMENT)
    return failure.attempt if failure else 0


def to_be_retried(instance: dg.DagsterInstance) -> list[str]:
    """The runs that the run-retry daemon would launch again."""
    return [run.run_id for run in filter_runs_to_should_retry(instance.get_runs(), instance)]


def test_a_retry_policy_runs_a_stage_with_a_failed_document_once(
    retrying: dg.DagsterInstance, defs: dg.Definitions
) -> None:
    policy = dg.RetryPolicy(max_retries=5)
    job = dg.define_asset_job("stubborn", [dg.AssetKey("page_images")], op_retry_policy=policy)
    stubborn = dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("stubborn")
    result = stubborn.execute_in_process(instance=retrying, tags=RANGE, run_config=QUIET, raise_on_error=False)
    assert not result.success
    assert [event.event_type_value for event in result.all_events if "RETRY" in event.event_type_value] == []
    assert failed_times(retrying, "page_images") == 1


def test_the_run_retry_daemon_leaves_a_run_alone_whoever_launched_it(
    retrying: dg.DagsterInstance, defs: dg.Definitions
) -> None:
    job = defs.resolve_implicit_global_asset_job_def()
    keys = [dg.AssetKey("page_images")]
    job.execute_in_process(instance=retrying, asset_selection=keys, tags=RANGE, run_config=QUIET, raise_on_error=False)
    (run,) = retrying.get_runs()
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert run.tags[WILL_RETRY_TAG] == "false"
    assert to_be_retried(retrying) == []


def test_the_run_retry_daemon_leaves_a_run_alone_whose_process_was_killed_in_a_stage(
    retrying: dg.DagsterInstance,
) -> None:
    killed, untouched = (
        create_run_for_test(retrying, tags=RANGE, status=dg.DagsterRunStatus.STARTED) for _ in range(2)
    )
    tag_stage(retrying, killed, dg.AssetKey("raw_pdfs"))
    for run in (killed, untouched):
        retrying.report_run_failed(run)
    # One that never came to a stage has met no document; the daemon retries it as often as the operator said.
    assert to_be_retried(retrying) == [untouched.run_id]


def test_a_condition_that_materializes_what_is_missing_does_so_once(defs: dg.Definitions) -> None:
    condition = dg.AutomationCondition.eager()
    eager = defs.map_resolved_asset_specs(func=lambda spec: spec.replace_attributes(automation_condition=condition))
    job = eager.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:

        def requested(cursor: Any = None) -> tuple[set[str], Any]:
            result = dg.evaluate_automation_conditions(eager, instance, cursor=cursor)
            return {stage for stage in STAGES if result.get_requested_partitions(dg.AssetKey(stage))}, result.cursor

        _, cursor = requested()
        register(Catalog(instance), [DOCUMENT])
        stages, cursor = requested(cursor)
        assert stages == set(STAGES)
        keys = [dg.AssetKey(stage) for stage in STAGES]
        job.execute_in_process(
            instance=instance, asset_selection=keys, tags=RANGE, run_config=QUIET, raise_on_error=False
        )
        assert failed_times(instance, "raw_pdfs") == 1
        for _ in range(3):
            stages, cursor = requested(cursor)
            assert stages == set()
