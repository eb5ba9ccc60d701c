"""Answers in DeepSeek-OCR's format, as its public examples show them, and as they come out broken."""

import pytest

from ocr_assets.core.grounding import grounded_answer
from ocr_assets.core.pages import Box

END = "<\uff5cend\u2581of\u2581sentence\uff5c>"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in grounded_answer(text).blocks]


def test_a_page_becomes_its_blocks_with_their_places() -> None:
    answer = grounded_answer(
        "<|ref|>title<|/ref|><|det|>[[100, 50, 899, 99]]<|/det|>\n# The Tide Tables of 1911\n\n"
        "<|ref|>text<|/ref|><|det|>[[0, 120, 999, 300]]<|/det|>\nHigh water at the bridge\ncame **late**.\n\n"
        "<|ref|>sub_title<|/ref|><|det|>[[100, 310, 500, 340]]<|/det|>\n## Method\n" + END
    )
    assert [(b.kind, b.text, b.level) for b in answer.blocks] == [
        ("title", "The Tide Tables of 1911", 1),
        ("text", "High water at the bridge\ncame late.", None),
        ("title", "Method", 2),
    ]
    assert answer.blocks[1].boxes == (Box(0.0, 120 / 999, 1.0, 300 / 999),)
    assert (answer.boxes, answer.wrong_boxes) == (3, 0)


def test_several_boxes_in_one_tag_are_several_pictures() -> None:
    answer = grounded_answer(
        "<|ref|>image<|/ref|><|det|>[[10, 10, 400, 400], [500, 10, 900, 400]]<|/det|>\n"
        "<|ref|>image_caption<|/ref|><|det|>[[10, 410, 900, 440]]<|/det|>\n<center>Fig. 1: two harbours</center>\n"
    )
    assert [(block.kind, len(block.boxes)) for block in answer.blocks] == [
        ("figure", 1),
        ("figure", 1),
        ("figure_caption", 1),
    ]
    assert answer.blocks[2].text == "Fig. 1: two harbours"


def test_a_tag_that_begins_within_another_loses_its_place_and_not_the_text() -> None:
    text = (
        "<|ref|>text<|ref|>title<|/ref|><|det|>[[1, 1, 90, 20]]<|/det|>\n# Heading\n"
        "<|ref|>text<|/ref|>\nwithout a place\n"
    )
    assert kinds(text) == [("title", "Heading"), ("text", "without a place")]


@pytest.mark.parametrize(
    "broken",
    [
        "<|ref|>text<|/ref|><|det|>[[1, 2, 300, 400]]\nKept.",
        "<|ref|>text<|/ref|><|det|>[[1, 2, 300, 400], [5, 6\nKept.",
        "<|ref|>text<|det|>[[1, 2, 300, 400]]<|/det|>\nKept.",
        "<|ref|>text<|/ref|><|det|>[1, 2, 300, 400]<|/det|>\nKept.",
    ],
)
def test_a_missing_end_costs_nothing_of_the_text(broken: str) -> None:
    [block] = grounded_answer(broken).blocks
    assert (block.kind, block.text) == ("text", "Kept.")
    assert block.boxes in ((), (Box(1 / 999, 2 / 999, 300 / 999, 400 / 999),))


def test_coordinates_off_the_page_are_counted_and_the_others_cut_to_it() -> None:
    answer = grounded_answer(
        "<|ref|>text<|/ref|><|det|>[[10, 10, 1005, 99]]<|/det|>\nslightly over the edge\n"
        "<|ref|>text<|/ref|><|det|>[[10, 100, 1500, 200]]<|/det|>\nfar over it\n"
        "<|ref|>text<|/ref|><|det|>[[500, 500, 400, 510]]<|/det|>\nturned round\n"
        "<|ref|>text<|/ref|><|det|>__import__('os')<|/det|>\nno list at all\n"
    )
    assert [len(block.boxes) for block in answer.blocks] == [1, 0, 0, 0]
    assert answer.blocks[0].boxes[0].x1 == 1.0
    assert (answer.boxes, answer.wrong_boxes) == (4, 3)


def test_tables_as_html_and_formulas_are_written_as_everywhere_here() -> None:
    text = (
        "<|ref|>table<|/ref|><|det|>[[10, 10, 900, 300]]<|/det|>\n"
        "<table border=1><tr><td>Port</td><td>Rise</td></tr><tr><td>Hull</td><td>6.9</td></tr></table>\n"
        "<|ref|>equation<|/ref|><|det|>[[10, 310, 900, 350]]<|/det|>\n\\[ h = a \\cos \\omega t \\]\n"
    )
    assert kinds(text) == [
        ("table", "| Port | Rise |\n| --- | --- |\n| Hull | 6.9 |"),
        ("equation", "h = a \\cos \\omega t"),
    ]


def test_cells_that_span_stay_and_no_answer_makes_a_table_without_end() -> None:
    text = (
        "<|ref|>table<|/ref|><|det|>[[10, 10, 900, 300]]<|/det|>\n"
        '<table><tr><td rowspan="99999999" colspan=99999999>all</td></tr><tr><td>b</td></tr></table>'
    )
    [(kind, table)] = kinds(text)
    assert kind == "table"
    assert 'rowspan="2"' in table
    assert len(table) < 5_000


def test_lines_with_their_places_are_text() -> None:
    text = (
        "<|ref|>Dear Sir,<|/ref|><|det|>[[50, 60, 200, 80]]<|/det|>\n"
        "<|ref|>thank you<|/ref|><|det|>[[50, 90, 260, 110]]<|/det|>"
    )
    assert kinds(text) == [("text", "Dear Sir,"), ("text", "thank you")]


def test_an_answer_without_tags_is_markdown() -> None:
    assert kinds("# A\n\nb c\n\n- d\n- e") == [("title", "A"), ("text", "b c"), ("list", "- d\n- e")]
