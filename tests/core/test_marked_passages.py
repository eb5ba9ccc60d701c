"""A marked page shows the passage in colour and everything as it was."""

from io import BytesIO

import pytest
from PIL import Image

from ocr_assets.core.marked_passages import MARKER, marked_page
from ocr_assets.core.pages import Box


def page(mode: str = "L") -> bytes:
    paper = Image.new(mode, (200, 100), "white")
    paper.paste("black" if mode != "1" else 0, (100, 50, 110, 60))
    out = BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()


def marked(boxes: list[Box], mode: str = "L") -> Image.Image:
    return Image.open(BytesIO(marked_page(page(mode), boxes)))


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_paper_within_is_yellow_ink_stays_and_the_rest_is_untouched(mode: str) -> None:
    picture = marked([Box(0.4, 0.4, 0.7, 0.8)], mode)
    assert picture.size == (200, 100)
    assert picture.getpixel((90, 55)) == MARKER
    assert picture.getpixel((105, 55)) == (0, 0, 0)
    assert picture.getpixel((10, 10)) == picture.getpixel((190, 90)) == (255, 255, 255)


def test_boxes_off_the_page_or_upside_down_are_no_trouble() -> None:
    picture = marked([Box(-1, -1, 2, 2), Box(0.9, 0.9, 0.1, 0.1), Box(0.5, 0.5, 0.5, 0.5)])
    assert picture.getpixel((60, 20)) == MARKER


def test_without_boxes_the_page_is_as_it_was() -> None:
    assert marked([]).getpixel((105, 55)) == (0, 0, 0)
