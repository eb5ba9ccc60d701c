"""Many events in one transaction of Dagster's SQLite: all are there afterwards, or none."""

from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from ocr_assets.bulk_events import in_one_transaction, with_compiled_statements
from ocr_assets.instance import open_instance

KEY = dg.AssetKey("raw_pdfs")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return open_instance(tmp_path, str(tmp_path))


def report(instance: dg.DagsterInstance, documents: str) -> None:
    for document in documents:
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=document))


def test_what_is_stored_in_one_transaction_is_there_for_everyone_when_it_ends(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    report(instance, "a")
    with in_one_transaction(instance):
        report(instance, "bc")
        assert len(instance.get_materialized_partitions(KEY)) == 3
        with open_instance(tmp_path, str(tmp_path)) as other:
            assert other.get_materialized_partitions(KEY) == {"a"}
    report(instance, "d")
    with open_instance(tmp_path, str(tmp_path)) as other:
        assert other.get_materialized_partitions(KEY) == set("abcd")
        ids = other.event_log_storage.get_latest_storage_id_by_partition(KEY, dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert sorted(ids, key=lambda document: ids[document]) == list("abcd")


def test_of_a_transaction_that_ends_by_an_error_nothing_is_there(instance: dg.DagsterInstance) -> None:
    report(instance, "a")
    with suppress(KeyboardInterrupt), in_one_transaction(instance):
        report(instance, "b")
        raise KeyboardInterrupt
    report(instance, "c")
    assert instance.get_materialized_partitions(KEY) == {"a", "c"}


def test_other_storages_are_left_as_they_are() -> None:
    with dg.DagsterInstance.ephemeral() as instance, in_one_transaction(instance):
        report(instance, "a")
        assert instance.get_materialized_partitions(KEY) == {"a"}


def test_events_stored_by_compiled_statements_are_there_for_everyone_at_once(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with open_instance(tmp_path, str(tmp_path)) as other:
        with with_compiled_statements(instance):
            report(instance, "abc")
            report(other, "d")
            assert other.get_materialized_partitions(KEY) == set("abcd")
            with suppress(ZeroDivisionError), instance.event_log_storage.index_connection():
                raise ZeroDivisionError
            report(instance, "e")
        report(instance, "f")
        assert other.get_materialized_partitions(KEY) == set("abcdef")


def test_two_runs_of_a_process_may_share_compiled_statements_and_end_in_any_order(instance: dg.DagsterInstance) -> None:
    first, second = with_compiled_statements(instance), with_compiled_statements(instance)
    for run in (first, second):
        run.__enter__()
        report(instance, "a")
    for run, document in ((first, "b"), (second, "c")):
        run.__exit__(None, None, None)
        report(instance, document)
    assert instance.get_materialized_partitions(KEY) == set("abc")


def test_other_storages_have_no_statements_to_compile() -> None:
    with dg.DagsterInstance.ephemeral() as instance, with_compiled_statements(instance):
        report(instance, "a")
        assert instance.get_materialized_partitions(KEY) == {"a"}
