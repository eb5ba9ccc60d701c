"""Progress bars of long work, a bar a stage, on stderr."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@contextmanager
def shown_progress(shown: bool) -> Iterator[None]:
    """Draw a bar a stage while the block runs, from the records of the `ocr_assets.progress` logger."""
    logger = logging.getLogger("ocr_assets.progress")
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, disable=not (shown and screen.is_terminal), transient=True) as bars:
        handler, before = _Bars(bars), (logger.level, logger.propagate)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(before[0])
            logger.propagate = before[1]


class _Bars(logging.Handler):
    def __init__(self, bars: Progress) -> None:
        super().__init__()
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        stage, done, total = (getattr(record, name) for name in ("stage", "done", "total"))
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage)
        self.bars.update(self.tasks[stage], completed=done, total=total)
