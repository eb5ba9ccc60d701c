"""What the nine stages share: the partitions definition and the keyword arguments of `@dg.asset`.

Nothing that touches data lives here.
"""

from typing import Any, Final

import dagster as dg

from ocr_assets.schemas import Table

DOCUMENTS: Final = "documents"
"""Name of the dynamic partitions definition. Its keys are lower-case SHA-256 of the files' bytes."""

documents_partitions = dg.DynamicPartitionsDefinition(name=DOCUMENTS)

BATCH_SIZE: Final = 64
"""Documents a run: enough to spread the start of a process and its engines, few enough to lose little with one."""

MAX_ATTEMPTS: Final = 3
"""A transient fault is given up after this many failed attempts of the same document and stage."""


SETTINGS_KEY: Final = "settings"
"""Metadata of a stage: the names of the settings that its results depend on; definitions.py adds their values."""


def stage(table: Table | None, *, group: str, kinds: set[str], settings: tuple[str, ...] = ()) -> dict[str, Any]:
    """Keyword arguments that every stage's `@dg.asset` has in common.

    `table` gives the column schema of the UI. `settings` names what the stage's results depend on: its code version
    changes with them.
    """
    metadata: dict[str, Any] = {SETTINGS_KEY: list(settings)}
    if table is not None:
        columns = [dg.TableColumn(c.name, c.type, description=c.description) for c in table.columns]
        metadata["dagster/column_schema"] = dg.TableSchema(columns)
        metadata["dagster/table_name"] = table.name
    return {
        "partitions_def": documents_partitions,
        "backfill_policy": dg.BackfillPolicy.multi_run(BATCH_SIZE),
        "group_name": group,
        "kinds": {"python", *kinds},
        "owners": ["team:documents"],
        "metadata": metadata,
    }
