"""What the nine stages share: the partitions definition and the keyword arguments of `@dg.asset`.

Nothing that touches data lives here.
"""

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, TypedDict

import dagster as dg

from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.schemas import Table

# Batches rest on it; tests/test_upstream_contract.py notices when it changes.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)

DOCUMENTS: Final = DEFAULT.partitions
"""Name of the default collection's partitions definition."""


class _RangeRead(NamedTuple):
    store: object
    asked: dg.PartitionKeyRange
    newest: tuple[Sequence[str], str]
    keys: Sequence[str]


class DocumentPartitions(dg.DynamicPartitionsDefinition):
    """Dynamic partitions that remember the latest range that was read.

    Dagster asks for a run's range four times a stage and loads every key each time, 0.2 s at 100,000 of them. The
    answer stays right while the newest partition is the same, as new ones only go to the end, and no key has gone.
    """

    _latest: ClassVar[dict[str | None, _RangeRead]] = {}

    def get_partition_keys_in_range(self, partition_key_range: dg.PartitionKeyRange) -> Sequence[str]:
        with dg.partition_loading_context() as loading:
            page = self.get_paginated_partition_keys(loading, limit=1, ascending=False)
            now = (loading.dynamic_partitions_store, partition_key_range, (page.results, page.cursor))
            latest = DocumentPartitions._latest.get(self.name)
            if latest and latest[:3] == now and self.filter_valid_partition_keys(set(latest.keys)) == set(latest.keys):
                return latest.keys
            keys = super().get_partition_keys_in_range(partition_key_range)
            DocumentPartitions._latest[self.name] = _RangeRead(*now, keys)
            return keys


@cache
def partitions_of(collection: Collection) -> DocumentPartitions:
    """The partitions definition of a collection."""
    return DocumentPartitions(name=collection.partitions)


documents_partitions = partitions_of(DEFAULT)

BATCH_SIZE: Final = 64
"""Documents a run: enough to spread the start of a process and its engines, few enough to lose little with one."""

MAX_ATTEMPTS: Final = 3
"""A document is given up after this many failures of its own in the same stage, where no setting says otherwise."""
ATTEMPTS_KEY: Final = "attempts"
"""Metadata of a stage: the number that the setting gives."""
FREE_MB_KEY: Final = "free_mb"
"""Metadata of a stage: how much room it needs on local disks, as the setting says."""

SETTINGS_KEY: Final = "settings"
"""Metadata of a stage: the names of the settings that its results depend on; definitions.py adds their values."""


class StageArguments(TypedDict):
    """The keyword arguments of `@dg.asset` that every stage has in common."""

    partitions_def: dg.PartitionsDefinition[str]
    backfill_policy: dg.BackfillPolicy
    group_name: str
    kinds: set[str]
    owners: list[str]
    metadata: dict[str, Any]


def stage(table: Table | None, *, group: str, kinds: set[str], settings: tuple[str, ...] = ()) -> StageArguments:
    """Keyword arguments that every stage's `@dg.asset` has in common.

    `table` gives the column schema of the UI. `settings` names what the stage's results depend on: its code version
    changes with them.
    """
    metadata: dict[str, Any] = {SETTINGS_KEY: list(settings)}
    if table is not None:
        columns = [dg.TableColumn(c.name, c.type, description=c.description) for c in table.columns]
        metadata["dagster/column_schema"] = dg.TableSchema(columns)
        metadata["dagster/table_name"] = table.name
    return StageArguments(
        partitions_def=documents_partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(BATCH_SIZE),
        group_name=group,
        kinds={"python", *kinds},
        owners=["team:documents"],
        metadata=metadata,
    )
