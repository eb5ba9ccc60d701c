"""What the stages cost beside their readers: both on the same documents in turn, in as many page processes.

Two processes at work take more processor seconds a page than one alone, for they share memory and caches: readers are
therefore not compared by what they take in one.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from bench.machine import cpu_seconds
from bench.readers import PACKAGED, ladder_page
from bench.scans import scanned_report
from ocr_assets.cli.adding import add
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import Launch
from ocr_assets.core.opening import inspect
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute
from resources.page_process import prepare
from resources.workers import PageWorkers

UP_TO_TEXT = STAGES[: STAGES.index("ocr_text") + 1]
PAIRS = 3
WARM_UP = 4
"""Pages of a drawn report a process, before anything is measured: what starting processes and loading models takes is
nobody's."""


def overhead(paths: Sequence[str], work: Path) -> str:
    """By how much the stages take more than their readers: the median of some pairs, and from what to what."""
    processes = os.cpu_count() or 1
    warm_up, shares = warm_up_in(work), list[float]()
    for turn in range(PAIRS):
        readers = by_readers(paths, warm_up, processes)
        run = through_the_stages(paths, work / f"pair {turn}", warm_up, PACKAGED)
        run.session.instance.dispose()
        shares.append(run.cpu / readers - 1)
        print(f"  readers {readers:.1f}, stages {run.cpu:.1f} CPU s", file=sys.stderr, flush=True)
    return f"{median(shares):.0%} (of {PAIRS} pairs, {min(shares):.0%} to {max(shares):.0%})"


def by_readers(paths: Sequence[str], warm_up: str, processes: int) -> float:
    """Processor seconds of rendering and reading every page, in processes as the stages have them."""
    context = multiprocessing.get_context("spawn")
    pages = [(path, page) for path in paths for page in range(1, inspect(path).pages + 1)]
    settings = (PageWorkers().memory_mb, warm_up)
    with ProcessPoolExecutor(processes, context, initializer=_prepare, initargs=settings) as pool:
        list(pool.map(seconds_of, [(warm_up, 1)] * 2 * processes))
        return sum(pool.map(seconds_of, pages))


def _prepare(memory_mb: int, warm_up: str) -> None:
    prepare(memory_mb)
    seconds_of((warm_up, 1))


def seconds_of(page: tuple[str, int]) -> float:
    """Processor seconds that reading a page takes."""
    began = time.process_time()
    ladder_page(*page)
    return time.process_time() - began


class Run(NamedTuple):
    """A run of the stages up to `ocr_text`: processor seconds, page processes included, seconds, and what it left."""

    cpu: float
    wall: float
    session: Session
    documents: tuple[str, ...]


def through_the_stages(paths: Sequence[str], home: Path, warm_up: str, languages: str) -> Run:
    """These documents in one batch, after that report in one of its own, in a new `home`."""
    os.environ["OCR_ASSETS_LANGUAGES"] = languages
    session = Session.open(home)
    job = session.job
    for document in add(session, [warm_up]).documents:
        execute(job, session.catalog, Launch((document,), UP_TO_TEXT))
    documents = tuple(sorted(add(session, list(paths)).documents))
    own = psutil.Process()
    cpu, wall = cpu_seconds(own), time.perf_counter()
    execute(job, session.catalog, Launch(documents, UP_TO_TEXT))
    return Run(cpu_seconds(own) - cpu, time.perf_counter() - wall, session, documents)


def warm_up_in(work: Path) -> str:
    """The report that goes first."""
    return str(scanned_report(work / "warm-up.pdf", WARM_UP * (os.cpu_count() or 1)))
