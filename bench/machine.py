"""What a measurement was made on: date, versions, processor. And how much of it a process and its children took."""

import os
import platform
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import psutil

PACKAGES = ("dagster", "deltalake", "lancedb", "onnxruntime", "pillow", "polars", "pypdfium2", "tesserocr")
MB = 1 << 20


def described() -> str:
    """Date, processor with its load, and versions, in a line that can stand under a table."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    day = datetime.now(UTC).date().isoformat()
    cores = f"{len(os.sched_getaffinity(0))} cores of {processor()} at a load of {os.getloadavg()[0]:.1f}"
    return f"{day}, {cores}, Python {platform.python_version()}, {versions}"


def processor() -> str:
    """The model's name where the system tells it."""
    told = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


class Sample(NamedTuple):
    """At `time` (seconds since 1970): CPU seconds spent so far, and memory that is not shared twice (PSS) in bytes."""

    time: float
    cpu: float
    memory: int


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process and of all that it started, also of those that ended."""
    return sum(sum(each.cpu_times()[:4]) for each in family(process))


def sample(process: psutil.Process) -> Sample:
    """What the process and all that it started take now."""
    cpu, memory = 0.0, 0
    for each in family(process):
        try:
            cpu += sum(each.cpu_times()[:4])
            memory += each.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return Sample(time.time(), cpu, memory)


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


class Watch:
    """Samples a process in the background: `with Watch(pid) as watch: …`, then `watch.samples`."""

    def __init__(self, pid: int, every: float = 0.25) -> None:
        self.samples: list[Sample] = []
        self._process = psutil.Process(pid)
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._end.wait(self._every):
            try:
                self.samples.append(sample(self._process))
            except psutil.Error:
                return

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def cpu_between(self, begin: float, end: float) -> float:
        """Processor seconds spent meanwhile, as of the samples nearest to both."""
        first, last = (min(self.samples, key=lambda sample: abs(sample.time - moment)) for moment in (begin, end))
        return last.cpu - first.cpu

    def most_memory(self, begin: float, end: float) -> int:
        """The largest sample in between, in bytes."""
        return max((sample.memory for sample in self.samples if begin <= sample.time <= end), default=0)
