"""What documents cost beside their own work, and how long an operator waits, as more and more are registered.

Dagster, the lake and the sensors are the real ones; a document's own work is left out (see `registered`). Each figure
comes from a process of its own, which has loaded its code before: seconds, and the most memory that it took.
"""

import multiprocessing
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dagster as dg

from bench.machine import MB, Watch, described
from bench.registered import BATCH, Home, prepared
from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute, stages_job

SIZES = (1_000, 10_000, 100_000)
LIMITS = {
    "a document of a run": 0.35,
    "s3_arrivals": 20,
    "unfinished_documents": 20,
    "checks_and_alerts": 20,
    "status --failed": 3,
}
"""Seconds that it may take at 100,000 documents."""
MOST_MB = 2048

ASSET_PAGE = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionStats { numPartitions numMaterialized numFailed numMaterializing }
  partitionKeysByDimension { partitionKeys }
  assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions failedPartitions } }
  assetMaterializations(limit: 100) { partition timestamp metadataEntries { label } }
} } }"""
"""What the UI's page of an asset asks for."""


@dataclass(frozen=True)
class Cost:
    """Seconds, and the most memory of the process and those that it started, in MB."""

    seconds: float
    memory: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} / {self.memory:.0f}"


def run_a_batch(home: Home) -> float:
    """Seconds a document of a run through all stages."""
    first, *batch = home.new[: BATCH + 1]
    with home.open() as instance:
        execute(stages_job(home.definitions()), Catalog(instance), Launch((first,), STAGES))
        return _seconds(lambda: _run(home, instance, Launch(tuple(batch), STAGES))) / BATCH


def arrivals_tick(home: Home) -> float:
    """One in which a hundred files are new."""
    return _tick(home, "s3_arrivals")


def continuation_tick(home: Home) -> float:
    return _tick(home, "unfinished_documents")


def checks_tick(home: Home) -> float:
    return _tick(home, "checks_and_alerts", launches=False)


def asset_page(home: Home) -> float:
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_graphql.cli import execute_query

    target = ModuleTarget("ocr_assets.definitions", None, str(Path(__file__).parents[1]), "ocr_assets")
    with home.open() as instance, WorkspaceProcessContext(instance, target) as workspace:
        answers: list[Any] = []
        variables = {"key": {"path": ["ocr_text"]}}
        seconds = _seconds(lambda: answers.append(execute_query(workspace, ASSET_PAGE, variables)))
        [answer] = answers
        stats = answer["data"]["assetNodeOrError"]["partitionStats"]
        if stats["numMaterialized"] < len(home.settled):
            raise RuntimeError(f"the asset page does not show what is there: {stats}")
        return seconds


def command(*arguments: str) -> Callable[[Home], float]:
    """Of `ocr-assets`, its start included."""

    def measured(home: Home) -> float:
        program = "from ocr_assets.cli.main import main; main()"
        line = [sys.executable, "-c", program, *arguments, "--home", str(home.folder)]
        subprocess.run(line, check=True, capture_output=True)  # the first time Python compiles what it imports
        return _seconds(lambda: subprocess.run(line, check=True, capture_output=True))

    return measured


PARTS: dict[str, Callable[[Home], float]] = {
    "asset page (GraphQL)": asset_page,
    "status": command("status"),
    "status --failed": command("status", "--failed"),
    "stats": command("stats"),
    "unfinished_documents": continuation_tick,
    "checks_and_alerts": checks_tick,
    "s3_arrivals": arrivals_tick,
    "a document of a run": run_a_batch,
}
"""In the order in which they are measured: the later ones add documents and events."""


def measure(sizes: Sequence[int] = SIZES) -> str:
    """Print seconds and memory for each number of documents; the same as a Markdown table."""
    costs: dict[str, dict[int, Cost]] = {name: {} for name in PARTS}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            home = prepared(Path(folder), size)
            for name in PARTS:
                costs[name][size] = in_a_process(name, home)
                print(f"  {size:>7,} {name:<24} {costs[name][size]}", flush=True)
    head = f"| seconds / MB | {' | '.join(f'{size:,}' for size in sizes)} | required |"
    lines = [head, "|---" * (len(sizes) + 2) + "|"]
    for name, by_size in costs.items():
        limit = f"≤ {LIMITS[name]} s" if name in LIMITS else ""
        lines.append(f"| {name} | {' | '.join(str(by_size[size]) for size in sizes)} | {limit} |")
    report = "\n".join(lines) + f"\n\nEvery process needs at most {MOST_MB} MB. {described()}."
    print(report, flush=True)
    for name, by_size in costs.items():
        for size, cost in by_size.items():
            if cost.seconds > LIMITS.get(name, cost.seconds) or cost.memory > MOST_MB:
                print(f"NOT HELD: {name} at {size:,} documents took {cost} (seconds / MB)", flush=True)
    return report


def in_a_process(name: str, home: Home) -> Cost:
    """The part in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(name, home, theirs))
    process.start()
    theirs.close()
    with Watch(int(process.pid or 0), every=0.1) as watch:
        process.join()
    if process.exitcode:
        raise RuntimeError(f"{name} did not come to an end; see above")
    return Cost(ours.recv(), max(sample.memory for sample in watch.samples) / MB)


def _measured(name: str, home: Home, to: Connection) -> None:
    to.send(PARTS[name](home))


def _tick(home: Home, name: str, launches: bool = True) -> float:
    from ocr_assets.default_resources import default_resources
    from ocr_assets.definitions import build_defs

    warnings.filterwarnings("ignore", "Starting in dagster 1.11", UserWarning)
    defs = build_defs(home.settings)
    sensor = defs.get_sensor_def(name)
    with home.open() as instance:
        context = dg.build_sensor_context(
            instance=instance, definitions=defs, sensor_name=name, resources=default_resources(home.settings)
        )
        requested: list[int] = []
        seconds = _seconds(lambda: requested.append(len(sensor.evaluate_tick(context).run_requests or ())))
    if launches and not requested[0]:
        raise RuntimeError(f"the tick of {name} found nothing to do")
    return seconds


def _run(home: Home, instance: dg.DagsterInstance, launch: Launch) -> None:
    if not execute(stages_job(home.definitions()), Catalog(instance), launch):
        raise RuntimeError(f"the run failed; see its events in {home.folder}")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
