"""Runs whose disk gets full at a named place, and then has room again. Run by tests/test_full_disk.py.

`python -m tests.full_disk_run HOME STAGE:while|after…` in a `FaultySystem` — while: the stage has done its first
document or page; after: its rows are written, and Dagster has not been told. Each case has two documents of its own and
is one process that meets the full disk and one that finds room; what became of the documents is printed.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.cli.main import main as ocr_assets
from ocr_assets.cli.session import Session
from ocr_assets.core.identity import document_id
from ocr_assets.pipeline_state import load_states
from ocr_assets.settlement import Batch
from resources.sources import SeenFile
from tests.faulty_system import tell
from tests.many_writers import at_once
from tests.pipeline import pdf


def fill(full: bool) -> None:
    tell(Path(os.environ["FAULTY_SYSTEM"]), 1, int(full))


class Filler(logging.Handler):
    """Fills the disk at the first document or page of the stage."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.stage = stage

    def emit(self, record: logging.LogRecord) -> None:
        if vars(record)["stage"] == self.stage:
            fill(True)


def prepare(home: Path, case: str) -> list[str]:
    session = Session.open(home)
    files = [pdf(f"{case}, report {number} is due in March.") for number in range(2)]
    arrivals = [Arrival(document_id(file), SeenFile(f"file:///{case}", len(file), "1")) for file in files]
    for arrival, file in zip(arrivals, files, strict=True):
        session.blobs.put(arrival.document, file)
    note_arrivals(session.lake, arrivals)
    documents = [arrival.document for arrival in arrivals]
    register(session.catalog, documents)
    return documents


def meet(home: Path, case: str) -> None:
    """`ocr-assets run` until the disk is full."""
    stage, when = case.split(":")
    if when == "while":
        logging.getLogger("ocr_assets.progress").setLevel(logging.INFO)
        logging.getLogger("ocr_assets.progress").addHandler(Filler(stage))
    else:
        report = Batch.report

        def reporting(batch: Batch) -> None:
            fill(batch.stage == stage)
            report(batch)

        Batch.report = reporting  # type: ignore[assignment,method-assign]
    finish(home)


def finish(home: Path) -> None:
    ocr_assets(["run", "--home", str(home)])


def states(home: Path, documents: list[str]) -> list[dict[str, Any]]:
    session = Session.open(home)
    found = load_states(session.catalog, session.lake, documents).values()
    return [
        {"left": state.next_stage, "own": sum(failure.own for failure in state.failures.values())} for state in found
    ]


def main() -> None:
    home, *cases = Path(sys.argv[1]), *sys.argv[2:]
    found = {}
    for case in cases:
        documents = prepare(home, case)
        (met,) = at_once((meet, home, case))
        fill(False)
        between = states(home, documents)
        (finished,) = at_once((finish, home))
        found[case] = {"met": met, "between": between, "finished": finished, "then": states(home, documents)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
