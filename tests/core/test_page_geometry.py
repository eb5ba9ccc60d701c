"""Where things stand on the upright page: the same for the text layer's boxes as for the rendered ink, however the page
is turned and cropped, and for boxes that are turned with a scan."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.pages import Box, Turn
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.core.straightening import levelled, straightened_box, turned
from ocr_assets.core.text_layer import words_of
from tests.pdf_making import text, write_pdf

TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
DPI = 100


def ink_box(image: Image.Image) -> Box:
    """Around all that is dark."""
    rows, columns = np.nonzero(np.asarray(image.convert("L")) < 128)
    height, width = image.height, image.width
    return Box(columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)


def off_by(a: Box, b: Box, size: tuple[int, int]) -> float:
    """The largest distance of two edges in pixels."""
    return max(abs(x - y) * size[n % 2] for n, (x, y) in enumerate(zip(a, b, strict=True)))


def random_box(dice: random.Random) -> Box:
    x0, y0 = dice.uniform(0, 0.8), dice.uniform(0, 0.8)
    return Box(x0, y0, x0 + dice.uniform(0.02, 0.2), y0 + dice.uniform(0.02, 0.2))


@pytest.mark.parametrize("rotation", TURNS)
def test_a_word_s_box_is_where_its_ink_is_rendered(tmp_path: Path, rotation: int) -> None:
    dice = random.Random(rotation)
    for number in range(6):
        width, height = dice.uniform(300, 900), dice.uniform(300, 900)
        left, bottom, right, top = (dice.uniform(0, 60) for _ in range(4))
        crop = (left, bottom, width - right, height - top)
        x, y = dice.uniform(left + 20, width - right - 160), dice.uniform(bottom + 20, height - top - 60)
        path = write_pdf(
            tmp_path / f"{number}.pdf",
            text("Hamburg", x=round(x), y=round(y), size=dice.randint(12, 36)),
            size=(width, height),
            page=b"/Rotate %d/CropBox[%g %g %g %g]" % (rotation, *crop),
        )
        image = Image.open(io.BytesIO(render(path, 1, RenderSettings(dpi=DPI)).png))
        with pdf_page(path, 1) as page:
            [word] = words_of(page)
        assert word.text == "Hamburg"
        assert all(0 <= edge <= 1 for edge in word.box)
        assert off_by(word.box, ink_box(image), image.size) < 2


@pytest.mark.parametrize("turn", TURNS)
def test_a_box_turns_with_its_page(turn: Turn) -> None:
    dice = random.Random(turn)
    for _ in range(20):
        size, box = (dice.randint(300, 600), dice.randint(300, 600)), random_box(dice)
        page = turned(page_with(box, size), turn)
        assert off_by(straightened_box(box, turn, 0.0, page.height / page.width), ink_box(page), page.size) < 2


def test_turning_a_box_back_gives_the_box() -> None:
    dice = random.Random(7)
    for _ in range(100):
        box, aspect = random_box(dice), dice.uniform(0.3, 3)
        for turn in TURNS:
            back: Turn = TURNS[-TURNS.index(turn)]
            there = straightened_box(box, turn, 0.0, aspect)
            assert straightened_box(there, back, 0.0, 1 / aspect) == pytest.approx(box)


def test_a_box_moves_with_a_page_that_is_levelled_and_stays_on_it() -> None:
    dice = random.Random(8)
    for _ in range(20):
        size, skew = (dice.randint(300, 600), dice.randint(300, 600)), dice.uniform(-5, 5)
        x, y = dice.uniform(0.2, 0.8), dice.uniform(0.2, 0.8)
        box = Box(x - 0.01, y - 0.01, x + 0.01, y + 0.01)
        page = levelled(page_with(box, size), skew)
        assert off_by(straightened_box(box, 0, skew, page.height / page.width), ink_box(page), page.size) < 3
        moved = straightened_box(random_box(dice), dice.choice(TURNS), skew, size[1] / size[0])
        assert 0 <= moved.x0 <= moved.x1 <= 1
        assert 0 <= moved.y0 <= moved.y1 <= 1


def page_with(box: Box, size: tuple[int, int]) -> Image.Image:
    """A white page with a black box."""
    image = Image.new("L", size, 255)
    corners = [edge * size[n % 2] for n, edge in enumerate(box)]
    ImageDraw.Draw(image).rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), fill=0)
    return image
