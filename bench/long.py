"""A long scanned report through all nine stages by `ocr-assets run`: seconds, CPU seconds and memory, stage by stage.

The report is drawn here: dense pages, about 550 words each. The command runs in a process of its own; it and its page
processes are watched from outside, four times a second. Memory is PSS: what processes share counts once.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import dagster as dg

from bench.machine import MB, Watch, described
from bench.scans import FULL, scanned_report
from ocr_assets.core.stages import STAGES
from ocr_assets.schemas import OCR_TEXT
from resources.lake import Lake

PAGES = 100


class Cost(NamedTuple):
    """Seconds, processor seconds, and the most memory in MB."""

    wall: float
    cpu: float
    memory: float


class Span(NamedTuple):
    """When a stage began and ended, in seconds since 1970."""

    begin: float
    end: float


def measure(pages: int = PAGES, lines: int = FULL) -> str:
    """Print a line a stage; the totals as text."""
    with tempfile.TemporaryDirectory() as folder:
        home, report = Path(folder) / "home", scanned_report(Path(folder) / "report.pdf", pages, lines)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "OCR_"))}
        command = [sys.executable, "-c", "from ocr_assets.cli.main import main; main()"]
        command += ["run", str(report), "--home", str(home), "--json"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        with process, Watch(process.pid) as watch:
            process.wait()
        if process.returncode:
            raise RuntimeError(f"the run ended with exit code {process.returncode}")
        print(f"{pages} scanned pages of {lines} lines, {report.stat().st_size / MB:.0f} MB, by `ocr-assets run`")
        parts = costs(watch, spans(home))
        readers = float(Lake(root=f"{home}/lake").read(OCR_TEXT, columns=["seconds"])["seconds"].sum())
    print(f"  {'stage':<16} {'s':>7} {'CPU s':>7} {'s a page':>9} {'CPU s a page':>13} {'most MB':>8}")
    for name, (seconds, cpu, memory) in parts.items():
        print(f"  {name:<16} {seconds:7.1f} {cpu:7.1f} {seconds / pages:9.3f} {cpu / pages:13.3f} {memory:8.0f}")
    told = conclusions(pages, lines, parts, readers)
    print(told, flush=True)
    return f"{told} ({described()})"


def costs(watch: Watch, stages: dict[str, Span]) -> dict[str, Cost]:
    """Of each stage, of what comes before the first, and of all."""
    first, last = watch.samples[0].time, watch.samples[-1].time
    spans = {"start": Span(first, min(stages.values()).begin), **stages}
    parts = {
        name: Cost(end - begin, watch.cpu_between(begin, end), watch.most_memory(begin, end) / MB)
        for name, (begin, end) in spans.items()
    }
    return parts | {"all": Cost(last - first, watch.samples[-1].cpu, watch.most_memory(first, last) / MB)}


def conclusions(pages: int, lines: int, parts: dict[str, Cost], readers: float) -> str:
    total = parts["all"]
    most = sorted((name for name in parts if name != "all"), key=lambda name: -parts[name].cpu)[:4]
    made_of = ", ".join(f"{name} {parts[name].cpu:.0f}" for name in most)
    kind = "dense pages" if lines >= FULL else f"pages of {lines} lines"
    return (
        f"A scanned report of {pages:,} {kind} goes through all nine stages in {total.wall:.0f} s, "
        f"with {total.cpu:.0f} processor seconds ({made_of}; {readers:.0f} of them within the readers) "
        f"and at most {total.memory:,.0f} MB in all its processes together."
    )


def spans(home: Path) -> dict[str, Span]:
    """Begin and end of each stage, from Dagster's events of the run."""
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    with dg.DagsterInstance.get() as instance:
        [run] = instance.get_runs()
        steps = {step.step_key: step for step in instance.get_run_step_stats(run.run_id)}
    return {name: Span(steps[name].start_time or 0.0, steps[name].end_time or 0.0) for name in STAGES}
