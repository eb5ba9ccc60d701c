import random

import numpy as np
import pytest
from PIL import Image

from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import Box, Turn
from ocr_assets.core.straightening import levelled, skew_of, straightened_box, turned
from tests.page_images import DOCUMENTS

TURNS: tuple[Turn, ...] = (0, 90, 180, 270)


def skew(image: Image.Image) -> float:
    return skew_of(ink_of(image), image.height / image.width)


@pytest.mark.parametrize("degrees", [-11.0, -4.0, -1.0, 0.5, 2.3, 8.7])
def test_a_skewed_page_is_levelled(degrees: float) -> None:
    page = Image.open(DOCUMENTS / "phototest.tif").convert("L")
    askew = levelled(page, degrees)
    assert skew(askew) == pytest.approx(-degrees, abs=0.2)
    assert abs(skew(levelled(askew, skew(askew)))) < 0.25


def test_a_page_with_few_marks_is_taken_as_it_lies() -> None:
    assert skew(Image.new("L", (600, 800), 255)) == 0.0


def test_a_level_page_stays_as_it_is() -> None:
    page = Image.open(DOCUMENTS / "1809_0070.tif").convert("L")
    assert skew(page) == 0.0
    assert levelled(page, 0.0) is page


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("degrees", [0.0, -2.0, 3.0])
def test_a_box_goes_where_its_ink_goes(turn: Turn, degrees: float) -> None:
    page = Image.new("L", (600, 900), 255)
    page.paste(0, (150, 200, 210, 230))
    straight = levelled(turned(page, turn), degrees)
    rows, columns = np.nonzero(np.asarray(straight) < 128)
    box = straightened_box(
        Box(150 / 600, 200 / 900, 210 / 600, 230 / 900), turn, degrees, straight.height / straight.width
    )
    assert (box.x0 + box.x1) / 2 * straight.width == pytest.approx(columns.mean(), abs=1.5)
    assert (box.y0 + box.y1) / 2 * straight.height == pytest.approx(rows.mean(), abs=1.5)


def test_boxes_stay_in_the_page_and_four_quarter_turns_bring_them_back() -> None:
    random.seed(7)
    for _ in range(200):
        x0, y0 = random.random(), random.random()
        box = Box(x0, y0, x0 + (1 - x0) * random.random(), y0 + (1 - y0) * random.random())
        back = box
        for _ in range(4):
            back = straightened_box(back, 90, 0.0, 1.3)
        assert back == pytest.approx(box)
        moved = straightened_box(box, random.choice(TURNS), random.uniform(-5, 5), random.uniform(0.5, 2))
        assert 0 <= moved.x0 <= moved.x1 <= 1
        assert 0 <= moved.y0 <= moved.y1 <= 1
