"""What a second page process brings, and what the stage costs over the readers themselves, on a drawn scan.

`ocr_text` runs over the same pages with one page process and with two, in turns. Seconds depend on who else uses the
machine; how many page processes are at work at a time, running or ready to run, does not.
"""

import os
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import psutil

from bench.machine import cpu_seconds, described, family
from bench.scans import scanned_report
from ocr_assets.cli.adding import add
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import Launch
from ocr_assets.instance import execute
from ocr_assets.schemas import OCR_TEXT

PAGES = 16
ROUNDS = 2
PROCESSES = (1, 2)
BEFORE, STAGE = ("raw_pdfs", "page_images"), "ocr_text"


class Run(NamedTuple):
    """One run of the stage: seconds, processor seconds, those of them within readers, and processes at work."""

    wall: float
    cpu: float
    readers: float
    busy: float

    @property
    def overhead(self) -> float:
        return self.cpu / self.readers - 1


def measure(pages: int = PAGES, rounds: int = ROUNDS) -> str:
    """Print a line for each number of processes, and what follows; the latter as text."""
    runs: dict[int, list[Run]] = {processes: [] for processes in PROCESSES}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        report = scanned_report(folder / "report.pdf", pages)
        sessions = {processes: opened(folder / f"home {processes}", report, processes) for processes in PROCESSES}
        for turn in range(-1, rounds):  # the first turn loads the models
            for processes in PROCESSES if turn % 2 else reversed(PROCESSES):
                run = one_run(sessions[processes])
                if turn >= 0:
                    runs[processes].append(run)
        for session in sessions.values():
            session.instance.dispose()
    print(f"{STAGE} over {pages} scanned pages, {rounds} rounds; a page")
    print(f"  {'processes':>9} {'s':>15} {'CPU s':>15} {'at work':>9}")
    for processes, found in runs.items():
        walls, cpus = (
            " ".join(f"{value / pages:.2f}" for value in values)
            for values in zip(*(run[:2] for run in found), strict=True)
        )
        print(f"  {processes:>9} {walls:>15} {cpus:>15} {fmean(run.busy for run in found):9.2f}")
    told = conclusions(runs)
    print(told, flush=True)
    return f"{told} ({pages} drawn pages; {described()})"


def conclusions(runs: dict[int, list[Run]]) -> str:
    one, two = (runs[processes] for processes in PROCESSES)
    by_time = min(run.wall for run in one) / min(run.wall for run in two)
    by_work = fmean(run.busy for run in two) / fmean(run.busy for run in one)
    overhead = median(run.overhead for run in one + two)
    return (
        f"With two page processes {by_work:.2f} times as many are at work as with one; here and then the stage was "
        f"{by_time:.2f} times as fast. It takes {overhead:.1%} more processor time than its readers."
    )


def opened(home: Path, report: Path, processes: int) -> Session:
    """A home in which the report is ready for the stage."""
    os.environ["OCR_ASSETS_WORKERS"] = str(processes)
    session = Session.open(home)
    execute(session.job, session.catalog, Launch(tuple(add(session, [str(report)]).documents), BEFORE))
    return Session(session.common)


def one_run(session: Session) -> Run:
    own, samples, watching, end = psutil.Process(), list[int](), list[float](), threading.Event()

    def watch() -> None:
        while not end.wait(0.05):
            samples.append(sum(is_at_work(process) for process in family(own)[1:]))
        watching.append(time.thread_time())

    watcher = threading.Thread(target=watch)
    os.environ["DAGSTER_HOME"] = str(Path(session.settings.home) / "dagster")
    cpu, wall = cpu_seconds(own), time.perf_counter()
    watcher.start()
    execute(session.job, session.catalog, Launch(tuple(session.documents), (STAGE,)))
    wall = time.perf_counter() - wall
    end.set()
    watcher.join()
    cpu = cpu_seconds(own) - cpu - watching[0]
    readers = float(session.lake.read(OCR_TEXT, columns=["seconds"])["seconds"].sum())
    return Run(wall, cpu, readers, fmean(samples))


def is_at_work(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_RUNNING)
    except psutil.Error:
        return False
