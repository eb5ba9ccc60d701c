"""Check boxes and radio buttons that are drawn on a page."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr_assets.core.forms import OFF, ON
from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.seen_boxes import SeenBox, seen_boxes, with_boxes, without_boxes

LABELS = ("Single", "Married", "Widowed", "Divorced", "Do not know", "None of these")
SIDE = 30
MARKS = ("tick", "cross", "filled", "empty", "sticking out", "empty")


def form(*, shape: str = "square", marks: tuple[str, ...] = MARKS, side: int = SIDE) -> Image.Image:
    """At 200 dots to the inch: one box a line before a label, two sentences around them."""
    page = Image.new("L", (1400, 900), 250)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    draw.text((100, 60), "Please tell us about yourself, O reader of D and Q, as it is on this day.", 20, font)
    for number, (mark, label) in enumerate(zip(marks, LABELS, strict=False)):
        y = 160 + 90 * number
        draw.text((100 + side + 24, y - 6), label, 20, font)
        outline = draw.ellipse if shape == "round" else draw.rectangle
        outline((100, y, 100 + side, y + side), None, 20, 2)
        a, b, c = (100 + side * share for share in (0.2, 0.45, 0.8))
        if mark == "tick":
            draw.line(((a, y + 0.5 * side), (b, y + 0.8 * side), (c, y + 0.2 * side)), 20, 4)
        elif mark == "cross":
            draw.line(((a, y + 0.2 * side), (c, y + 0.8 * side)), 20, 4)
            draw.line(((a, y + 0.8 * side), (c, y + 0.2 * side)), 20, 4)
        elif mark == "sticking out":
            draw.line(((a, y + 0.5 * side), (b, y + 0.8 * side), (102 + side, y - 6)), 20, 4)
        elif mark == "filled":
            draw.rectangle((106, y + 6, 94 + side, y + side - 6), 20)
        elif mark == "dot":
            draw.ellipse((100 + side * 0.25, y + side * 0.25, 100 + side * 0.75, y + side * 0.75), 20)
    draw.text((100, 780), "The keeper of the harbour light wrote every evening into a large book.", 20, font)
    return page


def as_it_is(page: Image.Image) -> Image.Image:
    return page


def noisy(page: Image.Image) -> Image.Image:
    noise = np.random.default_rng(2).normal(0, 8, page.size[::-1])
    return Image.fromarray((np.asarray(page, float) + noise).clip(0, 255).astype(np.uint8))


def blurred(page: Image.Image) -> Image.Image:
    return page.filter(ImageFilter.GaussianBlur(1))


def askew(page: Image.Image) -> Image.Image:
    return page.rotate(0.3, Image.Resampling.BICUBIC, fillcolor=250)


def coarse(page: Image.Image) -> Image.Image:
    """150 dots to the inch, in black and white."""
    return page.resize((1050, 675), Image.Resampling.LANCZOS).point(lambda value: 255 * (value > 150))


STATES = (as_it_is, noisy, blurred, askew, coarse)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_boxes_are_found_and_told_marked_from_empty(state: Callable[[Image.Image], Image.Image]) -> None:
    page = state(form())
    boxes = seen_boxes(page, ink_of(page))
    assert [box.kind for box in boxes] == ["checkbox"] * 6
    assert [box.is_on for box in boxes] == [mark != "empty" for mark in MARKS]
    assert all(abs(box.box.x0 * 1400 - 100) < 6 for box in boxes)


def test_round_buttons_are_found() -> None:
    marks = ("empty", "dot", "empty", "empty")
    page = form(shape="round", marks=marks)
    boxes = seen_boxes(page, ink_of(page))
    assert [(box.kind, box.is_on) for box in boxes] == [("radio", mark == "dot") for mark in marks]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_ticks_and_crosses_in_round_buttons_are_marks(state: Callable[[Image.Image], Image.Image]) -> None:
    marks = ("tick", "empty", "cross", "empty")
    page = state(form(shape="round", marks=marks))
    boxes = seen_boxes(page, ink_of(page))
    assert [(box.kind, box.is_on) for box in boxes] == [("radio", mark != "empty") for mark in marks]


def test_numbers_in_rings_are_no_buttons() -> None:
    page = form(shape="round", marks=("",) * 4)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    for number in range(4):
        draw.text((108, 160 + 90 * number), str(number + 1), 20, font)
    assert seen_boxes(page, ink_of(page)) == ()


def test_letters_are_no_boxes() -> None:
    page = Image.new("L", (1400, 900), 250)
    for row, size in enumerate((24, 32, 44, 60)):
        text = "O  D  B  Q  0  8  H  N  U  C  G  X  o  e  a  @  O  O"
        ImageDraw.Draw(page).text((80, 60 + 120 * row), text, 20, ImageFont.load_default(size))
    assert seen_boxes(page, ink_of(page)) == ()


def test_the_cells_of_a_table_and_of_a_comb_are_no_boxes() -> None:
    page = form(marks=())
    draw = ImageDraw.Draw(page)
    for column in range(9):
        for row in range(4):
            draw.rectangle((100 + 36 * column, 200 + 36 * row, 136 + 36 * column, 236 + 36 * row), None, 20, 2)
        draw.rectangle((700 + 40 * column, 200, 734 + 40 * column, 234), None, 20, 2)  # beside each other
    assert seen_boxes(page, ink_of(page)) == ()


def test_solid_bullets_and_one_sign_at_the_end_of_a_proof_are_no_boxes() -> None:
    page = form(marks=())
    draw = ImageDraw.Draw(page)
    for y in (200, 260, 320):
        draw.rectangle((100, y, 100 + SIDE, y + SIDE), 20)
        draw.text((160, y - 4), "An item of a list", 20, ImageFont.load_default(32))
    draw.rectangle((1300, 600, 1300 + SIDE, 600 + SIDE), None, 20, 2)
    assert seen_boxes(page, ink_of(page)) == ()


def test_a_pattern_of_squares_is_no_form() -> None:
    page = Image.new("L", (1400, 1400), 250)
    for x in range(20, 1360, 50):
        for y in range(20, 1360, 50):
            ImageDraw.Draw(page).rectangle((x, y, x + 24, y + 24), None, 20, 2)
    assert seen_boxes(page, ink_of(page)) == ()


@pytest.mark.parametrize("size", [(1, 1), (40, 40), (1200, 1600)])
def test_a_page_without_ink_has_no_boxes(size: tuple[int, int]) -> None:
    page = Image.new("L", size, 255)
    assert seen_boxes(page, ink_of(page)) == ()


def test_the_corners_of_a_qr_code_are_no_marked_boxes() -> None:
    page = form(marks=("empty", "tick"))
    draw = ImageDraw.Draw(page)
    module = 6
    for x, y in ((0, 0), (18, 0), (0, 18)):
        left, top = 300 + x * module, 400 + y * module
        draw.rectangle((left, top, left + 7 * module - 1, top + 7 * module - 1), None, 20, module)
        draw.rectangle((left + 2 * module, top + 2 * module, left + 5 * module - 1, top + 5 * module - 1), 20)
    draw.text((460, 406), "Payable to", 20, ImageFont.load_default(32))
    assert [box.is_on for box in seen_boxes(page, ink_of(page))] == [False, True]


def test_a_table_of_choices_with_filled_boxes_at_its_corners_keeps_them() -> None:
    page = form(marks=())
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    for x, y in ((100, 200), (400, 200), (100, 500), (400, 500)):
        draw.rectangle((x, y, x + SIDE, y + SIDE), None, 20, 2)
        draw.text((x + 50, y - 6), "Yes", 20, font)
        if (x, y) != (400, 500):
            draw.rectangle((x + 6, y + 6, x + SIDE - 6, y + SIDE - 6), 20)
    assert [box.is_on for box in seen_boxes(page, ink_of(page))] == [True, True, True, False]


def test_boxes_are_wiped_out_and_all_else_stays() -> None:
    page = form()
    boxes = seen_boxes(page, ink_of(page))
    wiped = without_boxes(page, boxes)
    assert seen_boxes(wiped, ink_of(wiped)) == ()
    apart = np.asarray(wiped) != np.asarray(page)
    assert apart[:, 100 + SIDE + 15 :].sum() == 0
    assert without_boxes(page, ()) is page


def test_a_box_takes_the_place_of_what_was_read_there_before_its_label() -> None:
    box = SeenBox("checkbox", Box(0.1, 0.2, 0.12, 0.215), True, 0.9)
    empty = box._replace(box=Box(0.3, 0.2, 0.32, 0.215), is_on=False)
    words = [
        Word("Sex", Box(0.02, 0.2, 0.08, 0.215), 0.9),
        Word("[X]", Box(0.1, 0.2, 0.12, 0.215), 0.5),
        Word("not", Box(0.13, 0.2, 0.17, 0.215), 0.9),
        Word("told", Box(0.18, 0.2, 0.22, 0.215), 0.9),
        Word("male", Box(0.33, 0.2, 0.37, 0.215), 0.9),
        Word("O", Box(0.5, 0.2, 0.51, 0.215), 0.9),
    ]
    merged, fields = with_boxes(words, [box, empty])
    assert " ".join(word.text for word in merged) == f"Sex {ON} not told {OFF} male O"
    assert [word.confidence for word in merged if word.text in (ON, OFF)] == [0.9, 0.9]
    assert fields == (
        FormField("checkbox", "", "not told", ON, box.box),
        FormField("checkbox", "", "male", OFF, empty.box),
    )


def test_holes_for_a_binder_are_no_buttons() -> None:
    page = form(marks=())
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    for n in range(4):
        draw.ellipse((60, 200 + 130 * n, 106, 246 + 130 * n), None, 60, 3)
        draw.text((160, 206 + 130 * n), "and what ships had passed and how the weather had been", 20, font)
    assert seen_boxes(page, ink_of(page)) == ()
