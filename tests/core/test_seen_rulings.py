import random

import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.rulings import separators
from ocr_assets.core.seen_rulings import seen_rulings

DPI = 200


def page(shade: int = 0, tone: int = 255) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A grid of three lines each way, in a box of 100..700 by 100..500 pixels, of a page of 800 by 600."""
    image = Image.new("L", (800, 600), tone)
    draw = ImageDraw.Draw(image)
    for x in (100, 400, 700):
        draw.line((x, 100, x, 500), fill=shade, width=2)
    for y in (100, 300, 500):
        draw.line((100, y, 700, y), fill=shade, width=2)
    return image, draw


def places(image: Image.Image) -> tuple[list[int], list[int]]:
    """Where there are lines across and down, in pixels."""
    found = seen_rulings(image, DPI)
    across, down = separators(found.across, 0.01, 0.01), separators(found.down, 0.01, 0.01)
    return [round(s.at * 600) for s in across], [round(s.at * 800) for s in down]


@pytest.mark.parametrize(("shade", "tone"), [(0, 255), (170, 235), (0, 120)])
def test_the_lines_of_a_grid_are_seen_black_or_faint_on_white_or_grey(shade: int, tone: int) -> None:
    image, _ = page(shade, tone)
    assert places(image) == (
        [pytest.approx(y, abs=1) for y in (100, 300, 500)],
        [pytest.approx(x, abs=1) for x in (100, 400, 700)],
    )


def test_lines_survive_the_noise_and_the_breaks_of_a_scan() -> None:
    image, draw = page()
    rng = random.Random(1)
    for _ in range(150):
        x, y = rng.randrange(800), rng.randrange(600)
        draw.rectangle((x, y, x + 1, y + 1), fill=rng.choice((0, 255)))
    across, down = places(image)
    assert (len(across), len(down)) == (3, 3)


def test_writing_areas_and_short_strokes_are_no_lines() -> None:
    image = Image.new("L", (800, 600), 255)
    draw = ImageDraw.Draw(image)
    for row in range(8):
        draw.text(
            (60, 40 + 40 * row), "The quick brown fox ___ jumps over EVERY lazy dog 1234567890", fill=0, font_size=24
        )
    draw.rectangle((100, 400, 700, 560), fill=90)
    assert places(image) == ([], [])


def test_both_lines_of_a_double_one_are_seen() -> None:
    image = Image.new("L", (800, 600), 255)
    draw = ImageDraw.Draw(image)
    draw.line((100, 300, 700, 300), fill=0, width=2)
    draw.line((100, 306, 700, 306), fill=0, width=2)
    assert places(image) == ([pytest.approx(303, abs=1)], [])
