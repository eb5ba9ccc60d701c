from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from ocr_assets.core.blocks import assembled, blocks_of
from ocr_assets.core.pages import Block, Box, Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import Region
from ocr_assets.core.text_layer import words_of

DOCUMENTS = Path(__file__).parents[1] / "documents"


def line(text: str, x: float, y: float, size: float = 0.012) -> list[Word]:
    """Words of a line in Helvetica's proportions: 0.008 a letter, as high as they come."""
    words = []
    for token in text.split():
        width = 0.6 * size * len(token)
        words.append(Word(token, Box(x, y, x + width, y + 0.72 * size), 0.9))
        x += width + 0.4 * size
    return words


def paragraph(text: str, x: float, y: float, lines: int = 4) -> list[Word]:
    return [word for n in range(lines) for word in line(f"{text} line {n} goes on", x, y + 0.018 * n)]


def bag(blocks: tuple[Block, ...]) -> Counter[str]:
    return Counter(token for block in blocks for token in block.text.split())


@pytest.mark.parametrize("name", ["multi_page.pdf", "right_to_left_01.pdf", "us-006.pdf", "rotated-page-90.pdf"])
@pytest.mark.parametrize("regions", ["none", "misplaced", "crossing"])
def test_every_word_is_in_exactly_one_block(name: str, regions: str) -> None:
    with pdf_page(str(DOCUMENTS / name), 1) as page:
        words = words_of(page)
    found = {
        "none": [],
        "misplaced": [Region("text", Box(0.15, 0.13, 0.6, 0.32), 0.9), Region("figure", Box(0.3, 0.6, 0.8, 0.9), 0.9)],
        "crossing": [Region("text", Box(0.1, 0.1, 0.5, 0.6), 0.9), Region("title", Box(0.4, 0.3, 0.9, 0.7), 0.5)],
    }[regions]
    assert words
    assert bag(blocks_of(words, found)) == Counter(word.text for word in words)


def test_words_in_random_order_are_kept_too() -> None:
    with pdf_page(str(DOCUMENTS / "multi_page.pdf"), 2) as page:
        words = list(words_of(page))
    Random(7).shuffle(words)
    region = Region("text", Box(0.3, 0.1, 0.7, 0.5), 0.9)
    assert bag(blocks_of(words, [region])) == Counter(word.text for word in words)


def test_two_columns_given_row_by_row_are_put_in_order() -> None:
    left, right = (paragraph(side, x, 0.2) for side, x in (("left", 0.1), ("right", 0.55)))
    regions = [Region("text", Box(0.09, 0.19, 0.45, 0.28), 0.9), Region("text", Box(0.54, 0.19, 0.9, 0.28), 0.9)]
    rows = [word for n in range(4) for word in (*left[5 * n : 5 * n + 5], *right[5 * n : 5 * n + 5])]
    first, second = blocks_of(rows, regions)
    assert first.text.splitlines() == [f"left line {n} goes on" for n in range(4)]
    assert second.text.splitlines() == [f"right line {n} goes on" for n in range(4)]


def test_headers_and_footers_are_kept_but_not_in_the_text() -> None:
    words = [*line("Annual report", 0.1, 0.03), *paragraph("body", 0.1, 0.2), *line("17", 0.5, 0.96)]
    regions = [Region("header", Box(0.09, 0.02, 0.4, 0.05), 0.9), Region("text", Box(0.09, 0.19, 0.6, 0.28), 0.9)]
    reading = assembled("text_layer", words, regions)
    assert [(block.kind, block.text.split()[0]) for block in reading.blocks] == [
        ("header", "Annual"),
        ("text", "body"),
        ("footer", "17"),
    ]
    assert reading.text == reading.blocks[1].text


def test_a_heading_right_over_the_body_is_no_header() -> None:
    words = [*line("An early heading", 0.1, 0.09), *paragraph("body", 0.1, 0.11)]
    reading = assembled("tesseract", words, [Region("header", Box(0.09, 0.085, 0.4, 0.105), 0.8)])
    assert reading.text.startswith("An early heading")


def test_a_page_of_nothing_but_a_header_has_its_text() -> None:
    reading = assembled("text_layer", line("Potato 7", 0.1, 0.03), [Region("header", Box(0, 0, 1, 0.1), 0.9)])
    assert reading.text == "Potato 7"


def test_titles_have_levels_by_size_and_others_have_none() -> None:
    words = [
        *line("Great", 0.1, 0.1, size=0.03),
        *line("Middle", 0.1, 0.2, size=0.017),
        *line("Small", 0.1, 0.3),
        *paragraph("body", 0.1, 0.4, lines=12),
    ]
    regions = [Region("title", Box(0.05, y, 0.5, y + 0.03), 0.9) for y in (0.1, 0.195, 0.295)]
    assert [(block.kind, block.level) for block in blocks_of(words, regions)] == [
        ("title", 1),
        ("title", 2),
        ("title", 3),
        ("text", None),
    ]


def test_a_figure_without_words_stays_in_its_place() -> None:
    words = [*paragraph("above", 0.1, 0.1), *paragraph("below", 0.1, 0.6)]
    blocks = blocks_of(
        words, [Region("figure", Box(0.1, 0.25, 0.6, 0.5), 0.9), Region("title", Box(0, 0, 1, 0.05), 0.9)]
    )
    assert [(block.kind, block.text[:5]) for block in blocks] == [("text", "above"), ("figure", ""), ("text", "below")]


def test_a_figure_full_of_text_is_text() -> None:
    words = paragraph("a receipt whose words reach from one side of the page nearly to the other, so", 0.1, 0.1, 40)
    assert {block.kind for block in blocks_of(words, [Region("figure", Box(0.08, 0.09, 0.9, 0.83), 0.9)])} == {"text"}


@pytest.mark.parametrize(
    ("below", "gap", "texts"),
    [
        ("went out as it had burned all night", 0.018, 1),
        ("However the keeper did not see it", 0.018, 2),
        ("went out as it had burned all night", 0.06, 2),
    ],
    ids=["the sentence goes on", "another sentence", "further down"],
)
def test_a_sentence_that_a_region_cuts_in_two_stays_one_paragraph(below: str, gap: float, texts: int) -> None:
    first = line("When the storm had passed over the harbour the light", 0.1, 0.2)
    second = [*line(below, 0.1, 0.2 + gap), *line("and nobody in the town had noticed.", 0.1, 0.218 + gap)]
    region = Region("title", Box(0.09, 0.195 + gap, 0.6, 0.235 + gap), 0.9)
    blocks = blocks_of([*first, *second], [region])
    assert len(blocks) == texts
    assert bag(blocks) == Counter(word.text for word in [*first, *second])


def test_slanted_lines_stay_lines() -> None:
    words = [
        replace(word, box=Box(x0, y0 + 0.02 * x0, x1, y1 + 0.02 * x0))
        for n in range(5)
        for word in line(f"row {n} runs from the left side to the right one and sinks on its way", 0.1, 0.2 + 0.018 * n)
        for x0, y0, x1, y1 in [word.box]
    ]
    (block,) = blocks_of(words, [])
    assert [text.split()[1] for text in block.text.splitlines()] == list("01234")


def test_bullets_make_a_list() -> None:
    words = [*line("• first point", 0.1, 0.3), *line("• second point", 0.1, 0.318)]
    assert [block.kind for block in blocks_of(words, [])] == ["list"]


def test_confidence_is_weighted_by_length() -> None:
    words = [Word("aaaaaaaaa", Box(0.1, 0.1, 0.2, 0.12), 1.0), Word("b", Box(0.21, 0.1, 0.22, 0.12), 0.0)]
    assert assembled("tesseract", words, []).confidence == pytest.approx(0.9)
    assert assembled("tesseract", [], []).confidence == 0.0
