from collections.abc import Callable, Sequence

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.ink import ink_of
from ocr_assets.core.seen_boxes import SeenBox, seen_boxes
from resources.page_readers.lettered_boxes import without_lettered
from tests.core.test_seen_boxes import MARKS, STATES, form

STEPS = ("Switch it off", "Open the valve", "Drain the tank", "Close the valve", "Switch it on", "Go home")


def squares(texts: Sequence[str], *, filled: bool = False) -> Image.Image:
    """At 200 dots to the inch: squares with these texts before `STEPS`."""
    page = Image.new("L", (1400, 900), 250)
    draw, large, font = ImageDraw.Draw(page), ImageFont.load_default(26), ImageFont.load_default(32)
    for number, (text, step) in enumerate(zip(texts, STEPS, strict=False)):
        y = 100 + 90 * number
        draw.rectangle((100, y, 138, y + 38), 20 if filled else None, 20, 2)
        draw.text((120, y + 20), text, 250 if filled else 20, large, "mm")
        draw.text((160, y), step, 20, font)
    draw.text((100, 780), "The keeper of the harbour light wrote every evening into a large book.", 20, font)
    return page


def found(page: Image.Image) -> tuple[SeenBox, ...]:
    return without_lettered(page, seen_boxes(page, ink_of(page)))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_boxes_with_marks_are_kept(state: Callable[[Image.Image], Image.Image]) -> None:
    assert [box.is_on for box in found(state(form()))] == [mark != "empty" for mark in MARKS]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_squares_with_numbers_or_keys_are_no_boxes(state: Callable[[Image.Image], Image.Image]) -> None:
    assert found(state(squares("123456"))) == ()
    assert found(state(squares("ACVXZP"))) == ()


def test_an_empty_box_beside_codes_is_kept_and_a_pattern_of_numbers_is_none() -> None:
    assert len(found(squares(("B", "", "D", "", "", "")))) == 4
    assert found(squares(("12", "13", "", "15", "16", "17"))) == ()


def test_white_numbers_on_filled_squares_are_no_marks() -> None:
    page = squares("234", filled=True)
    page.paste(squares(("", "", "")).crop((90, 90, 200, 350)), (690, 90))
    kept = found(page)
    assert all(box.box.x0 > 0.4 for box in kept)
    assert not any(box.is_on for box in kept)
