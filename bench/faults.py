"""`python -m bench faults`: the daemon with its sensors over real files, while everything around it fails at times.

A real S3 server holds the files; everything of the pipeline lies on a small disk. Runs, the daemon and the machine are
killed, the server goes away, the disk is full, the clock jumps, objects are rewritten. Then it is left alone until it
has nothing left to do, and every object has to be accounted for, and every row as an undisturbed run makes it.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from bench import fault_audit
from bench.fault_files import Waves, waves
from bench.faulted import BUCKET, Faulted, faulted, settled
from bench.machine import described
from ocr_assets.cli.session import Session
from ocr_assets.core.stages import STAGES
from sensors.alerts import error_of

FILES = 500
MINUTES = 120.0
"""Within which it has to come to rest. Two quiet processors need a quarter of that."""
DISK_MB = 1_500
LOOK = 3.0
KILL_EVERY = (25.0, 75.0)
"""Seconds between two kills of a run, by chance."""
KILLS = 8
_VARYING = re.compile(r"[0-9a-f]{8,}|/\S+|\d+")


@dataclass
class Fault:
    """Done when this share of all stages of documents is settled; undone so many seconds later."""

    share: float
    name: str
    begin: Callable[[], object]
    seconds: float = 0.0
    end: Callable[[], object] | None = None


@dataclass
class Course:
    """What happened when, in seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)

    def tell(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:6.0f} s  {what}", flush=True)


def measure(files: int = FILES, evaluation: Path | None = None, minutes: float = MINUTES) -> None:
    """Print what happened and what became of every object; raises where one is not accounted for."""
    objects = waves(files, evaluation)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with faulted(folder / "faulted", DISK_MB) as pipeline:
            (course := Course()).tell(f"{len(objects.final)} objects, {len(objects.contents)} contents, {described()}")
            session = Session(pipeline.settings)
            with pipeline.instance() as session.instance:
                _disturb(pipeline, session, objects, course, minutes)
                pipeline.cut_power()
                for told, times in seen_by_operator(session.instance).most_common():
                    print(f"{times:4} x {told}")
                found = fault_audit.audit(session, objects, BUCKET)
                course.tell("the same files without faults")
                reference = fault_audit.undisturbed(folder / "undisturbed", objects)
                fault_audit.compare(found, session, reference)
    for what, count in sorted(found.counts.items()):
        print(f"{count:6,} {what}")
    for problem in found.problems:
        print(f"NOT HELD: {problem}", flush=True)
    if found.problems:
        raise RuntimeError(f"{len(found.problems)} things are not as they should be")


def schedule(pipeline: Faulted, objects: Waves) -> list[Fault]:
    """The faults in their order."""
    put_clock = pipeline.system.put_clock

    def more_and_away() -> None:
        pipeline.put(objects.later)
        pipeline.stop_s3()

    faults = [
        Fault(0.03, "the daemon is killed", pipeline.kill_daemon),
        Fault(0.22, "more objects come, and S3 goes away for 60 s", more_and_away, 60.0, pipeline.start_s3),
        Fault(0.35, "the clock jumps ten minutes ahead", lambda: put_clock(600)),
        Fault(0.45, "the clock is put back by a minute", lambda: put_clock(540)),
        Fault(0.55, "the power is cut", pipeline.cut_power),
        Fault(0.12, "the disk is full for 60 s", pipeline.fill_disk, 60.0, pipeline.free_disk),
        Fault(0.65, "the disk is full for 45 s", pipeline.fill_disk, 45.0, pipeline.free_disk),
    ]
    return sorted(faults, key=lambda fault: fault.share)


def _disturb(pipeline: Faulted, session: Session, objects: Waves, course: Course, minutes: float) -> None:
    """Until all faults have happened and nothing is left to do. Raises where that takes too long."""
    pipeline.put(objects.first)
    pipeline.start_daemon()
    waiting, current, undo_at = schedule(pipeline, objects), None, 0.0
    total, until = len(objects.contents) * len(STAGES), course.began + 60 * minutes
    kills, next_kill, told, done = KILLS, 0.0, -1, 0
    while True:
        time.sleep(LOOK)
        now = time.monotonic()
        if now > until:
            raise RuntimeError(f"not at rest after {minutes:.0f} minutes")
        if pipeline.see_to_daemon():
            course.tell("the daemon is started again")
        if current and now >= undo_at:
            if current.end:
                current.end()
                course.tell(f"over: {current.name}")
            current = None
        done = done if (found := settled(session.instance)) is None else found
        if done * 20 // total != told:
            told = done * 20 // total
            course.tell(f"{done:,} of {total:,} stages are settled")
        if current is None and waiting and done >= waiting[0].share * total:
            current = waiting.pop(0)
            course.tell(current.name)
            current.begin()
            undo_at = time.monotonic() + current.seconds
        if kills and now >= next_kill:
            if next_kill and pipeline.kill_a_run():
                kills -= 1
                course.tell("a run is killed")
            next_kill = now + pipeline.random.uniform(*KILL_EVERY)
        if not waiting and current is None and fault_audit.is_at_rest(session, objects.final, BUCKET):
            course.tell("nothing is left to do")
            return


def seen_by_operator(instance: dg.DagsterInstance) -> Counter[str]:
    """What runs and ticks said that failed, by how often."""
    told: Counter[str] = Counter()
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])):
        told[f"run: {_VARYING.sub('…', error_of(instance, run.run_id))[:160]}"] += 1
    for state in instance.all_instigator_state():
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id):
            if tick.error is not None:
                message = (tick.error.cause or tick.error).message.strip().splitlines()[-1]
                told[f"{state.instigator_name}: {_VARYING.sub('…', message)[:160]}"] += 1
    return told
