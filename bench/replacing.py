"""`python -m bench replacing`: what replacing one document's 40 passages takes in small and large LanceDB tables.

Each size in a process of its own: processor time of a replacement, and by how much its largest resident size exceeds
that before. Then the store alone, for documents of many passages.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from bench.machine import described
from bench.memory import anew, most
from ocr_assets.passages import Again
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage

DIMENSION: Final = 384
ROWS: Final = (0, 50_000, 400_000)
"""Passages that the table has of others, 40 a document."""
LENGTHS: Final = (2_000, 20_000, 60_000)
"""Passages of a document that is written into an empty table."""
PASSAGES, TIMES = 40, 11


def measure(sizes: tuple[int, ...] = ROWS, lengths: tuple[int, ...] = LENGTHS) -> str:
    """Print a line a size; the same in Markdown."""
    lines = [f"| passages in the table | ms of processor time to replace {PASSAGES} | MB more |", "|---|---|---|"]
    for rows in sizes:
        found = _alone("among", rows)
        lines.append(f"| {rows:,} | {found['ms']:.0f} | {found['MB']:.0f} |")
    lines += ["", "| passages of a document | s of processor time | MB at most | before |", "|---|---|---|---|"]
    for length in lengths:
        found = _alone("long", length)
        lines.append(f"| {length:,} | {found['ms'] / 1_000:.1f} | {found['most']:.0f} | {found['before']:.0f} |")
    report = "\n".join(lines) + f"\n\n{described()}."
    print(report, flush=True)
    return report


def among(folder: str, rows: int) -> dict[str, float]:
    """Replace a document TIMES times in a table of so many passages; the middle time, and the most memory."""
    store = LanceVectors(uri=folder, model="made-up", dimension=DIMENSION)
    _fill(store, rows)
    command = [sys.executable, "-m", "bench.replacing", "replace", folder, str(PASSAGES)]  # which has not filled it
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


def replace(folder: str, length: int, times: int = TIMES) -> dict[str, float]:
    """Write a document of so many passages so often."""
    store, took = LanceVectors(uri=folder, model="made-up", dimension=DIMENSION), list[float]()
    store.replace(_passages("warm", 1), ["warm"])
    anew()
    before = most()
    for _ in range(times):
        began = time.process_time()
        store.replace(Again(lambda: _passages("d" * 64, length)), ["d" * 64])
        took.append(time.process_time() - began)
    return {"ms": 1_000 * sorted(took)[times // 2], "MB": most() - before, "most": most(), "before": before}


def _fill(store: LanceVectors, rows: int) -> None:
    """Documents of 40 passages, written 8,000 passages at a time, and put in order."""
    documents = [f"{number:064x}" for number in range(rows // PASSAGES)]
    for start in range(0, len(documents), 200):
        some = documents[start : start + 200]
        store.replace([one for document in some for one in _passages(document, PASSAGES)], some)
    store.maintain(timedelta(days=1))


def _passages(document: str, count: int) -> Iterator[Passage]:
    import numpy as np

    chosen = np.random.default_rng(list(document.encode()))
    for ordinal in range(count):
        vector = chosen.standard_normal(DIMENSION, np.float32)
        text = " ".join(f"word{number}" for number in chosen.integers(0, 5_000, 40))
        yield Passage(document, ordinal, text, ("Part", "Sub"), 1, 2, vector / np.linalg.norm(vector))


def _alone(what: str, number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.replacing", what, folder, str(number)]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


def main(what: str, folder: str, number: str) -> None:
    steps: dict[str, Any] = {
        "among": lambda: among(folder, int(number)),
        "replace": lambda: replace(folder, int(number)),
        "long": lambda: replace(folder, int(number), 1),
    }
    print(json.dumps(steps[what]()))


if __name__ == "__main__":
    main(*sys.argv[1:])
