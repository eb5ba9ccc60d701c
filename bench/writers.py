"""`python -m bench writers`: processes on overlapping documents, killed at random for a minute, beside maintenance.

On a folder and on S3. Then everything is finished once, and has to equal what an undisturbed run makes. Kills hit at
random times, not only where a test puts them; the seed makes the choice of documents repeatable, not the moments.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from polars.testing import assert_frame_equal

from tests.many_writers import PROCESSES, STAGES_AT_ONCE, Place, at_once, held, maintain_often, prepare, write
from tests.services import s3_server
from tests.services.openai_server import OpenAIServer

SECONDS = 60.0
DOCUMENTS, WRITERS, LONGEST_RANGE = 24, 8, 12
FIRST_KILL, LAST_KILL = 1.0, 20.0  # seconds after the one before: eight processes at once take many to import


def measure(seconds: float = SECONDS) -> None:
    """Print what was killed and that nothing was lost; raises where rows differ."""
    for store in ("folder", "s3"):
        with tempfile.TemporaryDirectory() as folder, OpenAIServer().running() as server, ExitStack() as stack:
            place = Place(Path(folder, "disturbed"), None, server.base_url, {})
            if store == "s3":
                place = stack.enter_context(_on_s3(place, Path(folder)))
            order = prepare(place, DOCUMENTS)
            killed, ended = _disturb(place, order, seconds)
            if at_once((write, place, order, STAGES_AT_ONCE)) != [0]:
                raise RuntimeError("the last run failed")
            found = held(place)
            if at_once((write, place, order, STAGES_AT_ONCE)) != [0]:
                raise RuntimeError("the undisturbed run failed")
            for name, frame in held(place).items():
                assert_frame_equal(found[name], frame)
            rows = sum(frame.height for frame in found.values())
            print(f"{store:7} {killed} killed, {ended} ended, {rows} rows as of an undisturbed run", flush=True)


def _disturb(place: Place, order: list[str], seconds: float) -> tuple[int, int]:
    """Writers on random ranges, each killed after a random time; how many were, and how many had ended before."""
    seeded, until = random.Random(4), time.monotonic() + seconds
    killed = ended = 0
    maintenance = PROCESSES.Process(target=maintain_often, args=(place, 10))
    maintenance.start()
    while time.monotonic() < until:
        writers = []
        for _ in range(WRITERS):
            start = seeded.randrange(len(order))
            documents = order[start : start + seeded.randint(1, LONGEST_RANGE)]
            writers.append(PROCESSES.Process(target=write, args=(place, documents, STAGES_AT_ONCE)))
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(seeded.uniform(FIRST_KILL, LAST_KILL))
            if writer.exitcode is None:
                writer.kill()
                writer.join()
                killed += 1
            elif writer.exitcode == 0:
                ended += 1
            else:
                raise RuntimeError("a writer failed without being killed")
    maintenance.join()
    if maintenance.exitcode != 0:
        raise RuntimeError("maintenance failed")
    return killed, ended


@contextmanager
def _on_s3(place: Place, folder: Path) -> Iterator[Place]:
    (folder / "s3").mkdir()
    with s3_server.running(folder / "s3") as server:
        server.client().create_bucket(Bucket="bench")
        os.environ.update(server.environment)
        yield replace(place, store="s3://bench/store", environment=server.environment)
