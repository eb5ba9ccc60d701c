"""What the stages cost beside their readers: both on the same documents in turn, in as many page processes.

Two processes at work take more processor seconds a page than one alone, for they share memory and caches: readers are
therefore not compared by what they take in one.

What else the machine does only ever adds to processor seconds, by up to a quarter from one turn to the next. Each goes
first in every other turn, so that an hour that grows busier favours neither; and the least that each took in any turn
is compared, as for a program that is timed several times. Single turns and their sums are told beside it.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
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
TURNS = 4
WARM_UP = 4
"""Pages of a drawn report a process, before anything is measured: what starting processes and loading models takes is
nobody's."""


def overhead(paths: Sequence[str], work: Path) -> str:
    """By how much the stages take more than their readers: by the least of each, all turns, and from what to what."""
    processes = os.cpu_count() or 1
    warm_up, readers, stages = warm_up_in(work), list[float](), list[float]()

    def read() -> None:
        readers.append(by_readers(paths, warm_up, processes))

    def run() -> None:
        ran = through_the_stages(paths, work / f"turn {len(stages)}", warm_up, PACKAGED)
        ran.session.instance.dispose()
        stages.append(ran.cpu)

    for turn in range(TURNS):
        for each in (read, run) if turn % 2 == 0 else (run, read):
            each()
        print(f"  readers {readers[-1]:.1f}, stages {stages[-1]:.1f} CPU s", file=sys.stderr, flush=True)
    return compared(readers, stages)


def compared(readers: Sequence[float], stages: Sequence[float]) -> str:
    """What as many turns of both, in processor seconds, come to."""
    shares = [run / read - 1 for read, run in zip(readers, stages, strict=True)]
    least, all_turns = min(stages) / min(readers) - 1, sum(stages) / sum(readers) - 1
    single = f"single ones {min(shares):.0%} to {max(shares):.0%}"
    return f"{least:.0%} (the least of {len(shares)} turns each; all turns {all_turns:.0%}, {single})"


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
