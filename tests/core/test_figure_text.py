"""Paragraphs within the box of a figure, and the labels that are its own."""

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.drawings import Drawn
from ocr_assets.core.figure_text import without_paragraphs
from ocr_assets.core.page_regions import page_regions
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region
from tests.page_making import line, lines

SIZE = (800, 1000)
FIGURE = Box(0.1, 0.2, 0.7, 0.8)
CURVE = (0.15, 0.35, 0.65, 0.55)
TEXT = ("the position of a car along a line", "is shown above in metres and seconds", "until it stops.")
AXIS = [*line("0 10 20", 0.2, 0.56), *line("Time in seconds", 0.3, 0.58)]


def shown(words: Sequence[Word], *drawings: tuple[float, float, float, float]) -> Image.Image:
    """The ink of a page: its words, and curves from corner to corner."""
    page = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(page)
    for word in words:
        draw.rectangle([c * s for c, s in zip(word.box, SIZE * 2, strict=True)], fill=255)
    for drawing in drawings:
        draw.line([c * s for c, s in zip(drawing, SIZE * 2, strict=True)], fill=255, width=3)
    return page


def test_a_paragraph_below_a_curve_and_its_labels_is_none_of_the_figure() -> None:
    words = [*AXIS, *lines(*TEXT, x=0.15, y=0.65)]
    found = without_paragraphs(FIGURE, words, shown(words, CURVE))
    assert found == FIGURE._replace(y1=pytest.approx(min(word.box.y0 for word in words[6:])))


def test_a_paragraph_above_a_curve_is_none_of_the_figure_either() -> None:
    words = [*lines(*TEXT[:2], x=0.15, y=0.25), *AXIS]
    assert 0.26 < without_paragraphs(FIGURE, words, shown(words, CURVE)).y0 < 0.35


def test_labels_and_a_line_of_notes_stay_with_their_figure() -> None:
    words = [*AXIS, *line("measured on a dry road in May", 0.15, 0.65), *lines("Speed", "Way", "Slope", x=0.2, y=0.7)]
    assert without_paragraphs(FIGURE, words, shown(words, CURVE)) == FIGURE


def test_a_text_beside_or_over_a_drawing_stays_with_it() -> None:
    words = lines(*TEXT, *TEXT, x=0.15, y=0.4)
    assert without_paragraphs(FIGURE, words, shown(words, CURVE)) == FIGURE


def test_a_figure_of_nothing_but_words_stays() -> None:
    words = lines(*TEXT, *TEXT, x=0.15, y=0.4)
    assert without_paragraphs(FIGURE, words, shown(words)) == FIGURE


@pytest.mark.parametrize("drawn", [Drawn(images=(Box(*CURVE),)), None])
def test_it_is_told_by_the_pixels_on_digital_pages_and_scans(drawn: Drawn | None) -> None:
    words = [*AXIS, *lines(*TEXT, x=0.15, y=0.65)]
    page = shown(words, CURVE).point([255 - tone for tone in range(256)])
    [figure] = page_regions([Region("figure", FIGURE, 0.9)], words, drawn, page)
    assert figure.kind == "figure"
    assert 0.58 < figure.box.y1 < 0.66


COLUMN = (
    "the bolt and locks the nut in",
    "position, so that only a wrench",
    "that is put to the nut loosens",
    "it, which can be removed again",
    "and reused by all.",
)


def test_a_paragraph_in_a_column_beside_a_drawing_is_read_in_the_order_of_the_page() -> None:
    before = lines("The two sections are held by a", "spring that pushes the part of", x=0.1, y=0.2)
    column, labels = lines(*COLUMN, x=0.1, y=0.24), [*line("Nut case", 0.6, 0.3), *line("Key way", 0.65, 0.4)]
    after = lines("All nuts are made of steel or", "of bronze that does not rust.", x=0.1, y=0.6)
    regions = [Region("figure", Box(0.08, 0.235, 0.9, 0.5), 0.9)]
    blocks = blocks_of([*before, *column, *labels, *after], regions)
    body = " ".join(block.text for block in blocks if block.kind == "text").split()
    assert body == [word.text for word in [*before, *column, *after]]
    assert [block.text for block in blocks if block.kind == "figure"] == ["Nut case\nKey way"]


def test_rows_of_signs_and_labels_of_a_few_lines_are_no_paragraph() -> None:
    signs, label = lines(*["o o o o o o o".replace("o", "+")] * 6, x=0.2, y=0.3), lines(*COLUMN[:3], x=0.5, y=0.3)
    [figure] = blocks_of([*signs, *label], [Region("figure", Box(0.08, 0.2, 0.95, 0.5), 0.9)])
    assert figure.kind == "figure"
