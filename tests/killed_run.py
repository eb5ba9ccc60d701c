"""A run of the pipeline that kills its own process, as `kill -9` or Ctrl-C would. Run by tests/test_kill.py.

`python -m tests.killed_run HOME STAGE while|interrupt|after FILE…` — while, interrupt: the stage has done its first
document or page; after: its rows are written, and Dagster has not been told. Without a stage (`-`) the run goes
through, and prints how many pages each stage had to do.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from ocr_assets.cli import adding, running
from ocr_assets.cli.session import Session
from ocr_assets.settlement import Batch


def die(how: signal.Signals = signal.SIGKILL) -> None:
    os.kill(os.getpid(), how)


class Watch(logging.Handler):
    """Sees every finished document and page; kills at the first of the named stage."""

    def __init__(self, stage: str | None, how: signal.Signals) -> None:
        super().__init__()
        self.stage = stage
        self.how = how
        self.totals: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        stage, total = str(vars(record)["stage"]), int(vars(record)["total"])
        if "pages" in record.getMessage():
            self.totals[stage] = total
        if stage == self.stage:
            die(self.how)


def dying_report(stage: str, report: Callable[[Batch], None]) -> Callable[[Batch], None]:
    def wrapped(batch: Batch) -> None:
        if batch.stage == stage:
            die()
        report(batch)

    return wrapped


def main() -> None:
    home, stage, when, *files = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background lets be ignored
    how = signal.SIGINT if when == "interrupt" else signal.SIGKILL
    watch = Watch(stage if when != "after" else None, how)
    logger = logging.getLogger("ocr_assets.progress")
    logger.setLevel(logging.INFO)
    logger.addHandler(watch)
    if when == "after" and stage != "-":
        Batch.report = dying_report(stage, Batch.report)  # type: ignore[method-assign]
    session = Session.open(Path(home))
    documents = adding.add(session, files).documents
    running.continue_documents(session, documents, batch_size=64)
    print(json.dumps(watch.totals))


if __name__ == "__main__":
    main()
