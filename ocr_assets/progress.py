"""How far long work has come, for whoever draws a progress bar."""

import logging

progress = logging.getLogger("ocr_assets.progress")
"""One record a finished document or page, with `stage`, `done` and `total`, for whoever draws a progress bar."""


def advance(stage: str, done: int, total: int, unit: str = "documents") -> None:
    """Tell whoever listens that `done` of `total` documents or pages are finished."""
    progress.info("%s %d/%d %s", stage, done, total, unit, extra={"stage": stage, "done": done, "total": total})
