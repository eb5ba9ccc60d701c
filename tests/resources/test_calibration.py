"""Pages that are said to be sure are right, and those that are hard to read are not said to be."""

from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from ocr_assets.core.confidence import of_page
from ocr_assets.core.pages import PageReading
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.page_images import DOCUMENTS, page_input

SURE = 0.95


def as_image(folder: Path, name: str, shrink: int) -> str:
    """The page of a born-digital document as an image file, of fewer dots."""
    path = folder / f"{shrink}.png"
    page = page_input(DOCUMENTS / name)
    (folder / "whole.png").write_bytes(page.image)
    with Image.open(folder / "whole.png") as image:
        image.reduce(shrink).save(path, dpi=(page.dpi / shrink,) * 2)
    return str(path)


def read(path: Path | str) -> PageReading:
    return read_page(page_input(path), ReaderSettings())


@cache
def stated(name: str) -> str:
    """What the document's own text layer says."""
    return read(DOCUMENTS / name).text


def errors(reading: PageReading, truth: str) -> float:
    text, truth = " ".join(reading.text.split()), " ".join(truth.split())
    return Levenshtein.distance(truth, text) / len(truth)


def test_pages_in_clear_print_are_sure_and_right(tmp_path: Path) -> None:
    reading = read(as_image(tmp_path, "multi_page.pdf", 1))
    assert reading.reader == "tesseract"
    assert reading.confidence >= SURE
    assert errors(reading, stated("multi_page.pdf")) < 0.02
    assert read(DOCUMENTS / "phototest.tif").confidence >= SURE


@pytest.mark.parametrize("shrink", [3, 4])
def test_a_page_of_few_dots_is_sure_only_where_it_is_right(tmp_path: Path, shrink: int) -> None:
    reading = read(as_image(tmp_path, "multi_page.pdf", shrink))
    assert reading.confidence < SURE or errors(reading, stated("multi_page.pdf")) < 0.02


def test_old_print_with_mistakes_is_not_sure() -> None:
    reading = read(DOCUMENTS / "1809_0070.tif")
    assert errors(reading, (DOCUMENTS / "1809_0070.txt").read_text("utf-8")) > 0.02
    assert reading.confidence < SURE


def test_what_is_said_of_pages_grows_with_what_is_known_of_their_words() -> None:
    steps = [of_page(n / 100) for n in range(101)]
    assert steps == sorted(steps)
    assert (steps[0], steps[100]) == (0.0, 1.0)
