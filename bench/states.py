"""How long it takes to know what is left to do, where 100,000 documents are registered and all but 200 are settled."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from bench.registered import definitions, documents, open_home, pretend_all_settled
from ocr_assets.core.continuation import Launch, plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute
from ocr_assets.pipeline_state import in_flight, load_states, registered
from resources.lake import Lake
from sensors.unfinished_documents import next_stages

SIZE = 100_000
LEFT = 200

T = TypeVar("T")


def measure(size: int = SIZE) -> None:
    """Print the seconds of a sensor's tick, part by part, and of `ocr-assets status` for all and for one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        names = documents(size)
        with open_home(home, names) as instance:
            execute(definitions(home), instance, Launch((names[0],), STAGES))
            pretend_all_settled(home, names[0], names[-LEFT:])
            lake = Lake(root=f"{home}/lake")
            print(f"{size:,} documents, {LEFT} of them unfinished; seconds")
            order = timed("registered documents", lambda: registered(instance))
            timed("documents in flight", lambda: in_flight(instance, order))
            states = timed("states of all", lambda: load_states(instance, lake, order))
            launches = timed("launches", lambda: plan_launches(order, next_stages(states, time.time()), 64))
            assert sum(len(launch.documents) for launch in launches) == LEFT
        for options in [], ["--failed"], [names[5]]:
            timed(f"ocr-assets status {''.join(options)[:12]}", partial(status, folder, options))


def status(home: str, options: list[str]) -> None:
    program = "from ocr_assets.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", program, "status", "--home", home, *options], check=True, capture_output=True)


def timed(what: str, action: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = action()
    print(f"  {what:<32} {time.perf_counter() - began:6.2f}", flush=True)
    return result
