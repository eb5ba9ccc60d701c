"""Ticks of the arrivals sensor: a backlog of small objects in a real S3 server, beside many files that are known."""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from deltalake import write_deltalake

from ocr_assets.definitions import build_defs
from ocr_assets.holdings import Holdings
from ocr_assets.schemas import ARRIVALS
from ocr_assets.settings import Settings
from resources.object_storage import open_store
from resources.sources import Sources
from tests.pipeline import Pipeline
from tests.services.s3_server import running

OBJECTS: Sequence[int] = (100, 10_000)
KNOWN = 100_000


def measure(objects: Sequence[int] = OBJECTS, known: int = KNOWN) -> None:
    """Print a line a tick: until all objects have arrived, and once more with nothing new."""
    print("objects | known | tick s | CPU s | new | runs")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in server.environment.items():
            patch.setenv(name, value)
        server.client().create_bucket(Bucket="bench")
        for number in objects:
            for noted in (0, known):
                _ticks(Path(folder), number, noted)


def _ticks(folder: Path, objects: int, known: int) -> None:
    prefix = f"s3://bench/in-{objects}-{known}"
    _put(prefix, objects)
    home = folder / f"home-{objects}-{known}"
    settings = Settings(home=str(home), sources=f"{prefix}/", _env_file=None)
    with dg.DagsterInstance.ephemeral() as instance:
        pipeline = Pipeline(build_defs(settings), instance)
        _note(pipeline, prefix, known)
        cursor, new = None, -1
        while new:
            before = len(pipeline.documents)
            began, used = time.perf_counter(), time.process_time()
            result = pipeline.evaluate("s3_arrivals", cursor)
            wall, cpu = time.perf_counter() - began, time.process_time() - used
            cursor, new = result.cursor, len(pipeline.documents) - before
            print(
                f"{objects} | {known} | {wall:.1f} | {cpu:.1f} | {new} | {len(result.run_requests or ())}", flush=True
            )
        listing = _seconds(lambda: sum(1 for _ in Sources().list(prefix, every=True)))
        known_files = _seconds(lambda: len(Holdings.read(pipeline.part("lake")).at))
        print(f"listing alone {listing:.1f} s, what is known {known_files:.1f} s", flush=True)


def _seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def _put(prefix: str, objects: int) -> None:
    store = open_store(prefix)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: store.put(f"{n % 100:02}/{n:06}.pdf", b"%%PDF-1.7 %d" % n), range(objects)))


def _note(pipeline: Pipeline, prefix: str, known: int) -> None:
    lake, now = pipeline.part("lake"), datetime.now(UTC)
    names = pl.int_range(known, eager=True).cast(pl.String)
    rows = pl.DataFrame(
        {
            "document": names.str.zfill(64),
            "source": prefix + "/known/" + names + ".pdf",
        }
    ).with_columns(
        bytes=pl.lit(1000, pl.Int64),
        version=pl.col("document").str.slice(32),
        seen_at=pl.lit(now),
        state=pl.lit("here"),
        reason=pl.lit(None, pl.String),
        supersedes=pl.lit(None, pl.String),
    )
    if known:
        write_deltalake(lake.uri(ARRIVALS.name), rows.cast(pl.Schema(ARRIVALS.polars_schema())))
