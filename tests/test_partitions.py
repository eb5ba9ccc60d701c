"""The partitions definition remembers the range it read last, and must never remember wrongly."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pytest

from ocr_assets.partitions import DOCUMENTS, documents_partitions


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(DOCUMENTS, ["b", "a", "d", "c"])
        yield instance


def keys(instance: dg.DagsterInstance, first: str, last: str) -> Sequence[str]:
    with dg.partition_loading_context(dynamic_partitions_store=instance):
        return list(documents_partitions.get_partition_keys_in_range(dg.PartitionKeyRange(first, last)))


def test_a_range_read_twice_is_loaded_once(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    load = dg.DagsterInstance.get_dynamic_partitions

    def counted(self: dg.DagsterInstance, partitions_def_name: str) -> Sequence[str]:
        loads.append(partitions_def_name)
        return load(self, partitions_def_name)

    monkeypatch.setattr(dg.DagsterInstance, "get_dynamic_partitions", counted)
    assert [keys(instance, "a", "c") for _ in range(4)] == [["a", "d", "c"]] * 4
    assert loads == [DOCUMENTS]


def test_a_range_is_in_the_order_of_registration(instance: dg.DagsterInstance) -> None:
    assert keys(instance, "b", "d") == ["b", "a", "d"]


def test_a_deleted_document_leaves_the_range_it_was_read_in(instance: dg.DagsterInstance) -> None:
    assert keys(instance, "b", "c") == ["b", "a", "d", "c"]
    instance.delete_dynamic_partition(DOCUMENTS, "a")
    assert keys(instance, "b", "c") == ["b", "d", "c"]


def test_a_document_deleted_and_registered_again_moves_to_the_end(instance: dg.DagsterInstance) -> None:
    assert keys(instance, "b", "d") == ["b", "a", "d"]
    instance.delete_dynamic_partition(DOCUMENTS, "a")
    instance.add_dynamic_partitions(DOCUMENTS, ["a"])
    assert keys(instance, "b", "d") == ["b", "d"]
    assert keys(instance, "d", "a") == ["d", "c", "a"]


def test_the_same_range_of_another_instance_is_its_own(instance: dg.DagsterInstance) -> None:
    assert keys(instance, "b", "c") == ["b", "a", "d", "c"]
    with dg.DagsterInstance.ephemeral() as other:
        other.add_dynamic_partitions(DOCUMENTS, ["b", "x", "d", "c"])
        assert keys(other, "b", "c") == ["b", "x", "d", "c"]


def test_a_range_with_an_unregistered_end_is_refused(instance: dg.DagsterInstance) -> None:
    with pytest.raises(dg.DagsterInvalidInvocationError):
        keys(instance, "a", "nobody")
