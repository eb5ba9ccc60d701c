"""`page_images.render_page` and `page_readings.read` in trouble: importable, so that page processes can run them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from ocr_assets import page_readings
from ocr_assets.core.pages import Box, PageInput, PageReading
from ocr_assets.core.rendering import RenderedPage
from ocr_assets.errors import PermanentFault
from ocr_assets.page_images import Rendering, render_page
from ocr_assets.page_readings import Reading
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.resources.page_tasks import misbehave

TROUBLE = {2: "hang", 3: "eat memory", 4: "segfault", 5: "defect"}
"""What rendering a page of that number does."""


def render_in_trouble(task: Rendering) -> RenderedPage:
    misbehave(TROUBLE.get(task.page, "behave"))
    return render_page(task)


def refuse_to_render(task: Rendering) -> RenderedPage:
    """Leaves a file beside the document for each page that it was asked for."""
    Path(f"{task.path}.{task.page}").touch()
    raise PermanentFault("corrupt", "cannot be rendered")


def complain_endlessly(_: PageReading) -> PageReading:
    raise ValueError("\udcff\x00" * 5_000_000)


def with_box(*box: float) -> Callable[[PageReading], PageReading]:
    return lambda reading: replace(reading, words=(replace(reading.words[0], box=Box(*box)),))


ANSWERS: Final[dict[int, Callable[[PageReading], Any]]] = {
    2: lambda reading: misbehave("hang") and reading,
    3: lambda reading: misbehave("segfault") and reading,
    4: lambda reading: misbehave("eat memory") and reading,
    5: complain_endlessly,
    6: with_box(float("nan"), 0.1, 0.2, 0.3),
    7: with_box(310, 120, 420, 150),
    8: lambda reading: replace(reading, text=reading.text.encode("latin-1")),
    9: lambda reading: replace(reading, text="again and again " * 700_000),
    10: lambda _: None,
    11: lambda reading: replace(
        reading, text="a\ud800b\x1b[31mc", words=(replace(reading.words[0], text="\x00\udfff"),)
    ),
}
"""What the readers make of their good reading of a page of that number."""

FAILURES: Final = {
    2: "page_timeout",
    3: "page_crash",
    4: "page_memory",
    5: "internal_error",
    **dict.fromkeys((6, 7, 8, 9, 10), "bad_reading"),
}
"""The reasons for which these pages fail."""


def read_in_trouble(task: Reading) -> tuple[PageReading, float]:
    def trouble(page: PageInput, settings: ReaderSettings) -> Any:
        return ANSWERS.get(page.page, lambda reading: reading)(read_page(page, settings))

    with patch.object(page_readings, "read_page", trouble):
        return page_readings.read(task)
