"""What this project rests on in Dagster without a promise: a failure here says that upstream changed."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests_with_backfill_policies
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    ROOT_RUN_ID_TAG,
)

from ocr_assets.partitions import DOCUMENTS, documents_partitions
from ocr_assets.settlement import _attach_metadata
from resources.page_readers.ppocr import alphabet_of, detector, recogniser, upside_down

KEYS = ("d", "a", "c", "b")
"""Registered in this order, which is not the alphabet's."""

MATERIALIZATION = dg.DagsterEventType.ASSET_MATERIALIZATION


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """On SQLite, as by default, but in memory: the same queries without waiting for the disk."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(DOCUMENTS, list(KEYS))
        yield instance


def stage_of(body: Callable[[dg.AssetExecutionContext], None]) -> dg.AssetsDefinition:
    @dg.asset(
        name="stage",
        partitions_def=documents_partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(2),
        code_version="7",
    )
    def stage(context: dg.AssetExecutionContext) -> None:
        body(context)

    return stage


def run(
    instance: dg.DagsterInstance, body: Callable[[dg.AssetExecutionContext], None], **tags: str
) -> dg.ExecuteInProcessResult:
    job = dg.Definitions([stage_of(body)]).resolve_implicit_global_asset_job_def()
    ends = {ASSET_PARTITION_RANGE_START_TAG: KEYS[0], ASSET_PARTITION_RANGE_END_TAG: KEYS[2]}
    return job.execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("stage")],
        tags=ends | tags,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def materializations(instance: dg.DagsterInstance) -> list[dg.AssetMaterialization]:
    """Of all partitions, oldest first."""
    records = instance.fetch_materializations(dg.AssetKey("stage"), limit=20).records
    return [record.asset_materialization for record in reversed(records) if record.asset_materialization]


def test_a_range_is_in_the_order_of_registration(instance: dg.DagsterInstance) -> None:
    seen: list[str] = []
    assert run(instance, lambda context: seen.extend(context.partition_keys)).success
    assert seen == ["d", "a", "c"], "upstream changed: a range of dynamic partitions is not in insertion order"
    assert tuple(instance.get_dynamic_partitions(DOCUMENTS)) == KEYS, "upstream changed: partitions are reordered"


def test_the_newest_partition_comes_first_in_a_descending_page_with_a_cursor_of_its_own(
    instance: dg.DagsterInstance,
) -> None:
    before = instance.get_paginated_dynamic_partitions(DOCUMENTS, limit=1, ascending=False)
    instance.delete_dynamic_partition(DOCUMENTS, "a")
    instance.add_dynamic_partitions(DOCUMENTS, ["a"])
    after = instance.get_paginated_dynamic_partitions(DOCUMENTS, limit=1, ascending=False)
    assert (list(before.results), list(after.results)) == (["b"], ["a"]), "upstream changed: not the newest first"
    assert before.cursor != after.cursor, "upstream changed: the cursor does not tell the page"


def test_a_run_that_returns_materializes_each_partition_once_with_its_own_metadata(
    instance: dg.DagsterInstance,
) -> None:
    def body(context: dg.AssetExecutionContext) -> None:
        _attach_metadata(context, {key: {"pages": number} for number, key in enumerate(context.partition_keys)})

    assert run(instance, body).success, "upstream changed: StepExecutionContext._metadata_accumulator"
    found = sorted((m.metadata["pages"].value, m.partition) for m in materializations(instance))
    assert found == [(0, "d"), (1, "a"), (2, "c")], "upstream changed: metadata a partition"
    versions = {(m.tags or {}).get("dagster/code_version") for m in materializations(instance)}
    assert versions == {"7"}, "upstream changed: the tag of the code version"


def test_a_run_that_logs_the_good_and_raises_leaves_the_bad_partition_failed(instance: dg.DagsterInstance) -> None:
    def body(context: dg.AssetExecutionContext) -> None:
        for key in ("d", "c"):
            context.log_event(dg.AssetMaterialization(context.asset_key, partition=key))
        context.log_event(dg.AssetObservation(context.asset_key, partition="a", metadata={"reason": "corrupt"}))
        raise dg.Failure("one failed", allow_retries=False)

    assert not run(instance, body).success
    assert [m.partition for m in materializations(instance)] == ["d", "c"], "upstream changed: logged events are lost"
    status: Any = get_and_update_asset_status_cache_value(instance, dg.AssetKey("stage"), documents_partitions)
    with dg.partition_loading_context(dynamic_partitions_store=instance):
        failed = set(status.deserialize_failed_partition_subsets(documents_partitions).get_partition_keys())
    assert failed == {"a"}, "upstream changed: which partitions of a failed run the UI shows as failed"


def test_a_failure_and_a_defect_are_told_apart_in_the_events(instance: dg.DagsterInstance) -> None:
    def body(error: Exception) -> Callable[[dg.AssetExecutionContext], None]:
        def raising(_context: dg.AssetExecutionContext) -> None:
            raise error

        return raising

    def outcome(error: Exception) -> tuple[bool, str | None]:
        (event,) = run(instance, body(error)).filter_events(lambda event: event.is_step_failure)
        data: Any = event.step_failure_data
        return data.user_failure_data is None, data.error.cause.message.strip() if data.error.cause else None

    assert not outcome(dg.Failure("documents failed"))[0], "upstream changed: user_failure_data of a Failure"
    defect, cause = outcome(OSError("disk full"))
    assert defect, "upstream changed: user_failure_data of a defect"
    assert cause == "OSError: disk full", "upstream changed: the cause of a step's failure"


def test_ids_of_materializations_grow_and_are_told_by_partition(instance: dg.DagsterInstance) -> None:
    def ids(among: set[str] | None) -> dict[str, int]:
        found = instance.event_log_storage.get_latest_storage_id_by_partition(
            dg.AssetKey("stage"), MATERIALIZATION, among
        )
        return dict(found)

    for key in ("a", "b", "a"):
        instance.report_runless_asset_event(dg.AssetMaterialization("stage", partition=key))
    assert ids(None).keys() == {"a", "b"}, "upstream changed: get_latest_storage_id_by_partition"
    assert ids(None)["a"] > ids(None)["b"], "upstream changed: ids of events do not grow with time"
    assert ids({"b", "c"}).keys() == {"b"}, "upstream changed: get_latest_storage_id_by_partition(partitions=)"


def test_a_run_takes_our_tags_and_the_root_of_another_run(instance: dg.DagsterInstance) -> None:
    result = run(instance, lambda _: None, **{"ocr_assets/process": "1@2", ROOT_RUN_ID_TAG: "root"})
    stored = instance.get_run_by_id(result.run_id)
    assert result.success
    assert stored is not None
    kept = {name: stored.tags.get(name) for name in ("ocr_assets/process", ROOT_RUN_ID_TAG)}
    assert kept == {"ocr_assets/process": "1@2", ROOT_RUN_ID_TAG: "root"}, (
        "upstream changed: tags in execute_in_process"
    )


def test_a_backfill_is_cut_into_ranges_of_neighbours_no_longer_than_its_policy(instance: dg.DagsterInstance) -> None:
    graph = dg.Definitions([stage_of(lambda _: None)]).resolve_asset_graph()

    def ranges(*keys: str) -> list[tuple[str, str]]:
        wanted = [AssetKeyPartitionKey(dg.AssetKey("stage"), key) for key in keys]
        with dg.partition_loading_context(dynamic_partitions_store=instance):
            requests = build_run_requests_with_backfill_policies(wanted, graph, instance)
        ends = (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG)
        return [(request.tags[ends[0]], request.tags[ends[1]]) for request in requests]

    assert ranges("d", "a", "c", "b") == [("d", "a"), ("c", "b")], "upstream changed: BackfillPolicy.multi_run"
    assert ranges("d", "c") == [("d", "d"), ("c", "c")], "upstream changed: keys that are not neighbours share a run"


def test_the_backfill_policy_is_still_beta_under_the_words_that_are_silenced() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dg.asset(name="stage", backfill_policy=dg.BackfillPolicy.single_run())(lambda: None)
    told = [str(w.message) for w in caught if issubclass(w.category, dg.BetaWarning)]
    assert told, "upstream changed: backfill_policy is not beta any more; take the filter out of partitions.py"
    assert told[0].startswith("Parameter `backfill_policy`"), "upstream changed: the words of the warning"


def test_the_output_of_runs_is_captured_nowhere_under_our_dagster_yaml(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text((Path(__file__).parents[1] / "dagster.yaml").read_text("utf-8"), "utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        manager, before = instance.compute_log_manager, {child.pid for child in psutil.Process().children()}
        with manager.capture_logs(["run", "compute_logs", "step"]):
            os.write(2, b"a message\n")
            assert {child.pid for child in psutil.Process().children()} == before
        assert manager.get_log_data(["run", "compute_logs", "step"]).stderr is None


def test_rapidocr_carries_the_models_that_are_run_without_it() -> None:
    assert detector().model.exists()
    assert upside_down().model.exists()
    alphabet = alphabet_of(recogniser()._session)
    assert len(alphabet) == 18_710
    assert {"a", "é", "ß", "漢"} <= set(alphabet)
