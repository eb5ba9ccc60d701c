"""Homes with many registered documents, for the measurements that look at bookkeeping alone.

Nine assets stand in for the stages: same names, partitions, tables and settling, but a document's own work is nothing.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ocr_assets.arrivals import register
from ocr_assets.core.stages import STAGES, UPSTREAM
from ocr_assets.instance import open_instance
from ocr_assets.partitions import stage
from ocr_assets.schemas import TABLES, Table
from ocr_assets.settlement import Batch
from resources.lake import Lake

PREVIEW = "A passage as a person would look at it in the UI, with its [page](#page-1). " * 12


def documents(count: int) -> list[str]:
    """That many hashes, in partition order."""
    return sorted(hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))


def open_home(home: Path, registered: list[str]) -> dg.DagsterInstance:
    """The instance in `home`, with these documents registered."""
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    instance = open_instance(home, str(home))
    register(instance, registered)
    return instance


def definitions(home: Path) -> dg.Definitions:
    """The nine assets without their work, on the lake in `home`."""
    assets = [settling_asset(name, TABLES.get(name)) for name in STAGES]
    return dg.Definitions(assets, resources={"lake": Lake(root=f"{home}/lake")}, executor=dg.in_process_executor)


def settling_asset(name: str, table: Table | None) -> dg.AssetsDefinition:
    """An asset that settles one row a document."""

    @dg.asset(name=name, deps=UPSTREAM[name], code_version="1", **stage(table, group="bench", kinds={"text"}))
    def settling(context: dg.AssetExecutionContext, lake: Lake) -> None:
        batch = Batch.start(context, lake, table)
        batch.each(lambda document: ([row(table, document)] if table else [], summary()))
        batch.settle()

    return settling


def summary() -> dict[str, Any]:
    """Metadata of the size that stages attach."""
    return {"pages": 1, "words": 400, "seconds": 0.5, "preview": dg.MetadataValue.md(PREVIEW)}


def row(table: Table, document: str) -> Mapping[str, Any]:
    """A row of the table with something in every column."""
    return {column.name: document if column.name == "document" else value(column.type) for column in table.columns}


def value(word: str) -> Any:
    """Something of that column type; the type words are those of `schemas.polars_type`."""
    if word.startswith("list<"):
        return [value(word[5:-1])]
    box = {"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.2}
    values: dict[str, Any] = {
        "string": PREVIEW,
        "int": 1,
        "float": 0.5,
        "bool": False,
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "vector": [0.05] * 384,
        "box": box,
        "word": {"text": "word", "box": box, "confidence": 0.9},
        "block": {"kind": "text", "box": box, "text": PREVIEW, "level": None},
        "region": {"page": 1, "box": box},
        "heading": {"level": 1, "text": "Heading", "page": 1},
        "element": {"kind": "text", "text": PREVIEW, "level": None, "regions": [{"page": 1, "box": box}]},
        "field": {"kind": "date", "text": "1 May 2026", "value": "2026-05-01"},
    }
    return values[word]


def pretend_all_settled(home: Path, example: str, but: list[str]) -> None:
    """Give every registered document but these the materializations of `example`.

    Copied by SQL: 900,000 of them would take an hour through Dagster's own interface.
    """
    columns = "run_id, event, dagster_event_type, timestamp, step_key, asset_key"
    with sqlite3.connect(home / "dagster/history/runs/index.db") as events:
        events.execute("CREATE TEMP TABLE left_out AS SELECT value FROM json_each(?)", [json.dumps([example, *but])])
        events.execute(
            f"INSERT INTO event_logs ({columns}, partition) "
            f"SELECT {', '.join(f'done.{column}' for column in columns.split(', '))}, known.partition "
            "FROM event_logs done JOIN dynamic_partitions known ON known.partition NOT IN left_out "
            "WHERE done.partition = ? AND done.dagster_event_type = 'ASSET_MATERIALIZATION' ORDER BY done.id",
            [example],
        )
