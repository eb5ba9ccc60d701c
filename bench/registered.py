"""Homes with many registered documents, for measurements that look at bookkeeping alone.

All but a few documents are settled in every stage, with rows of the size that pages have; some failed; the rest have
arrived later, anywhere among the hashes of the others. Nine assets stand in for the stages: same names, partitions,
tables and settling, but a document's own work is nothing.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from deltalake import write_deltalake

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES, UPSTREAM
from ocr_assets.errors import PermanentFault
from ocr_assets.instance import execute, open_instance, stages_job
from ocr_assets.partitions import stage
from ocr_assets.schemas import ARRIVALS, TABLES, Table
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.lake import Lake
from resources.sources import Sources

BATCH = 64
NEW = 2 * BATCH
"""Documents that have arrived and of which nothing is done yet."""
FAILED = 50
UNSEEN = 100
"""Files in the watched folder that no tick has seen."""
FILE_ROWS = 5_000
"""Documents in one file of a table, as after compaction."""
WORDS = 400
PREVIEW = "A passage as a person would look at it in the UI, with its [page](#page-1). " * 12


@dataclass(frozen=True)
class Home:
    """A home and its documents, each group in partition order."""

    folder: Path
    settled: tuple[str, ...]
    failed: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        return Settings(home=str(self.folder), sources=str(self.folder / "files"))

    @property
    def lake(self) -> Lake:
        return Lake(root=f"{self.folder}/lake")

    def open(self) -> dg.DagsterInstance:
        os.environ["DAGSTER_HOME"] = str(self.folder / "dagster")
        return open_instance(self.folder, self.settings.root)

    def definitions(self) -> dg.Definitions:
        """The nine assets without their work."""
        assets = [settling_asset(name, TABLES.get(name), frozenset(self.failed)) for name in STAGES]
        return dg.Definitions(assets, resources={"lake": self.lake}, executor=dg.in_process_executor)


def prepared(folder: Path, size: int) -> Home:
    """A home with that many registered documents."""
    files = folder / "files"
    files.mkdir()
    names = sorted(_file(files, str(number)) for number in range(size))
    later = names[:: max(1, size // (NEW + FAILED))][: NEW + FAILED]
    home = Home(folder, tuple(sorted(set(names).difference(later))), tuple(later[:FAILED]), tuple(later[FAILED:]))
    sources = Sources()
    note_arrivals(home.lake, [Arrival(_hash(Path(file.uri).name), file) for file in sources.list(str(files))])
    seen = home.lake.read(ARRIVALS).with_columns(seen_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)))
    write_deltalake(home.lake.uri(ARRIVALS.name), seen, mode="overwrite")  # the sensor that saw them has had its turn
    for number in range(UNSEEN):
        (files / f"unseen {number}.pdf").write_bytes(f"%PDF-1.7 {number}".encode())
    with home.open() as instance:
        register(Catalog(instance), home.settled)
        execute(stages_job(home.definitions()), Catalog(instance), Launch(home.settled[:1], STAGES))
        _pretend_settled(home)
        register(Catalog(instance), home.failed)
        execute(stages_job(home.definitions()), Catalog(instance), Launch(home.failed, STAGES))
        register(Catalog(instance), home.new)
    return home


def _file(folder: Path, name: str) -> str:
    """A file in the folder; the hash of its bytes."""
    (folder / f"{name}.pdf").write_text(name)
    return _hash(f"{name}.pdf")


def _hash(name: str) -> str:
    return hashlib.sha256(name.removesuffix(".pdf").encode()).hexdigest()


def settling_asset(name: str, table: Table | None, failing: frozenset[str]) -> dg.AssetsDefinition:
    """An asset that settles one row a document; some documents fail."""

    def settled(document: str) -> tuple[Sequence[Mapping[str, Any]], dict[str, Any]]:
        if document in failing:
            raise PermanentFault("corrupt", "the file cannot be parsed: no cross-reference table; mend it and add it")
        return ([row(table, document)] if table else []), summary()

    @dg.asset(name=name, deps=UPSTREAM[name], code_version="1", **stage(table, group="bench", kinds={"text"}))
    def settling(context: dg.AssetExecutionContext, lake: Lake) -> None:
        batch = Batch.start(context, lake, table)
        batch.each(settled)
        batch.settle()

    return settling


def summary() -> dict[str, Any]:
    """Metadata of the size that stages attach."""
    return {"pages": 1, "words": WORDS, "seconds": 0.5, "preview": dg.MetadataValue.md(PREVIEW)}


def row(table: Table, document: str) -> Mapping[str, Any]:
    """A row of the table with something in every column."""
    return {column.name: document if column.name == "document" else value(column.type) for column in table.columns}


def value(word: str) -> Any:
    """Something of that column type; the type words are those of `column_types.polars_type`."""
    if word.startswith("list<"):
        return [value(word[5:-1])] * (WORDS if word == "list<word>" else 1)
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
        "running": {"kind": "header", "text": "Heading", "pages": [1]},
        "form_field": {"kind": "text", "name": "name", "label": "Name", "value": "Ada", "box": box},
        "attempt": {"prompt": 1, "temperature": 0.0, "pixels": 1, "fault": None}
        | {"input_tokens": 1, "output_tokens": 1, "cost": 0.0, "seconds": 0.5},
        "field": {"kind": "date", "text": "1 May 2026", "value": "2026-05-01"},
        "entity": {"kind": "person", "text": "Ada", "value": "Ada", "start": 0, "end": 3, "confidence": None},
        "field_value": {"name": "total", "value": "7", "text": "7 EUR", "page": 1, "box": box}
        | {"state": "found", "source": "form"},
        "answer": {"key": "key", "text": "{}", "likelihood": None, "input_tokens": 1, "output_tokens": 1, "cost": 0.0},
    }
    return values[word]


def _pretend_settled(home: Home) -> None:
    """Give every settled document the rows and materializations of the first one.

    The events are copied by SQL: 900,000 of them would take an hour through Dagster's own interface.
    """
    example, *others = home.settled
    for name in STAGES:
        if name in TABLES:
            one = home.lake.frame(TABLES[name], [row(TABLES[name], example)]).drop("document")
            for start in range(0, len(others), FILE_ROWS):
                some = others[start : start + FILE_ROWS]
                rows = pl.DataFrame({"document": some}).join(one, how="cross")
                home.lake.replace(TABLES[name], some, rows.select(TABLES[name].polars_schema().keys()))
    columns = "run_id, event, dagster_event_type, timestamp, step_key, asset_key"
    with sqlite3.connect(home.folder / "dagster/history/runs/index.db") as events:
        events.execute("CREATE TEMP TABLE wanted AS SELECT value FROM json_each(?)", [json.dumps(others)])
        events.execute(
            f"INSERT INTO event_logs ({columns}, partition) "
            f"SELECT {', '.join(f'done.{column}' for column in columns.split(', '))}, wanted.value "
            "FROM event_logs done JOIN wanted "
            "WHERE done.partition = ? AND done.dagster_event_type = 'ASSET_MATERIALIZATION' ORDER BY done.id",
            [example],
        )
