"""What a document costs beside its own work: one range run of 64 documents through nine stages, at 1,000 and at
100,000 registered documents.

Settling, lake commits and Dagster's events are the real ones; the stages' own work is left out (see `registered`).
The required ratio of the two is at most 1.5.
"""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.registered import definitions, documents, open_home
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute

SIZES = (1_000, 100_000)
BATCH = 64
ROUNDS = 5
MOST_RATIO = 1.5


def seconds_a_document(home: Path, count: int) -> float:
    """Of a run over that many documents, in a home that holds nothing else but one that warmed it up."""
    first, *batch = documents(count + 1)
    with open_home(home, [first, *batch]) as instance:
        execute(definitions(home), instance, Launch((first,), STAGES))
        began = time.perf_counter()
        execute(definitions(home), instance, Launch(tuple(batch), STAGES))
        return (time.perf_counter() - began) / count


def measure(rounds: int = ROUNDS) -> float:
    """Print seconds a document for each size, by pairs, and return the ratio of their medians."""
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    with ExitStack() as stack:
        homes = {size: Path(stack.enter_context(tempfile.TemporaryDirectory())) for size in SIZES}
        instances = {size: stack.enter_context(open_home(homes[size], documents(size))) for size in SIZES}
        parts = {size: definitions(homes[size]) for size in SIZES}
        for turn in range(-1, rounds):  # the first pair warms up: imports, empty tables
            for size in SIZES if turn % 2 else reversed(SIZES):
                start = size // 2 + turn * BATCH
                batch = tuple(documents(size)[start : start + BATCH])
                began = time.perf_counter()
                if not execute(parts[size], instances[size], Launch(batch, STAGES)):
                    raise RuntimeError(f"the run at {size} documents failed; see its events in {homes[size]}")
                if turn >= 0:
                    seconds[size].append((time.perf_counter() - began) / BATCH)
    few, many = (median(seconds[size]) for size in SIZES)
    print(f"runs of {BATCH} documents through {len(STAGES)} stages, {rounds} pairs, seconds a document")
    for size in SIZES:
        print(f"{size:>9,} registered  " + "  ".join(f"{value:.3f}" for value in seconds[size]))
    print(f"medians {few:.3f} and {many:.3f}, ratio {many / few:.2f} (at most {MOST_RATIO})", flush=True)
    return many / few
