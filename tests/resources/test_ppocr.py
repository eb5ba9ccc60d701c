"""PP-OCR's networks on pages larger than they are shown at once."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from resources.page_readers import bands, ppocr

SIZE, STEP, HEADING = (800, 1500), 32, 900


def page() -> Image.Image:
    """Lines of text every 32 pixels, so that bands end among them, and a large heading."""
    grey = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(grey)
    for y in range(20, SIZE[1] - STEP, STEP):
        if not HEADING - STEP < y < HEADING + 120:
            draw.text((60, y), "It was the best of times, it was the worst of times", 0, ImageFont.load_default(22))
    draw.text((60, HEADING), "Foolishness", 0, ImageFont.load_default(90))
    return grey


def test_a_page_looked_at_in_bands_has_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "MOST_PIXELS", SIZE[0] * SIZE[1])
    whole = ppocr.detector().boxes(page())
    monkeypatch.setattr(bands, "MOST_PIXELS", SIZE[0] * 400)
    banded = ppocr.detector().boxes(page())
    assert len(whole) == len(banded) > 35
    assert abs(whole - banded).max() < STEP / 4


def test_an_image_without_rows_has_no_lines() -> None:
    assert len(ppocr.detector().boxes(Image.new("L", (40, 1), 255))) == 0
