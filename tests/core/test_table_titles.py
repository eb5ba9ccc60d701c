"""Titles above tables, on pages whose bold type is that of most of their text."""

import pytest

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.regions import Region

ROWS = [
    ["", "2023", "2022"],
    ["Receivables", "868", "840"],
    ["Inventories", "5,651", "6,043"],
    ["Sum", "6,519", "6,883"],
]
TOP = 0.15


def line(text: str, x: float, y: float, font: str = "Serif") -> list[Word]:
    words = []
    for token in text.split():
        words.append(Word(token, Box(x, y, x + 0.007 * len(token), y + 0.01), 1.0, font))
        x += 0.007 * (len(token) + 1)
    return words


def table(y: float = TOP, font: str = "Serif") -> list[Word]:
    cells = [(cell, 0.1 + 0.35 * c, y + 0.015 * r) for r, row in enumerate(ROWS) for c, cell in enumerate(row) if cell]
    return [word for cell, x0, y0 in cells for word in line(cell, x0, y0, font)]


def blocks(above: list[Word], kind: BlockKind | None = None, font: str = "Serif") -> list[tuple[str, str]]:
    """What stands above the table: kinds and texts. `kind` is what layout has it for, None if it has seen nothing."""
    regions = [Region("table", Box(0.1, TOP - 0.003, 0.85, TOP + 0.06), 0.9)]
    if kind:
        top, bottom = min(word.box.y0 for word in above), max(word.box.y1 for word in above)
        regions.append(Region(kind, Box(0.09, top - 0.002, 0.9, bottom + 0.002), 0.9))
    return [(b.kind, b.text) for b in blocks_of([*above, *table(font=font)], regions) if b.kind != "table"]


@pytest.mark.parametrize("kind", [None, "text", "header"])
def test_a_bold_line_above_a_table_is_its_title_though_nothing_else_is_on_the_page(kind: BlockKind | None) -> None:
    assert blocks(line("Statements of Cash Flows", 0.1, 0.125, "Serif-Bold"), kind) == [
        ("title", "Statements of Cash Flows")
    ]


def test_the_unit_below_a_title_is_none_of_it() -> None:
    above = [*line("Statements of Cash Flows", 0.1, 0.11, "Serif-Bold"), *line("$ in millions (unaudited)", 0.1, 0.122)]
    expected = [("title", "Statements of Cash Flows"), ("text", "$ in millions (unaudited)")]
    assert blocks(above, "header") == expected


def test_capitals_in_the_middle_above_a_table_are_its_title_in_any_type() -> None:
    assert blocks(line("BALANCE SHEETS", 0.42, 0.125)) == [("title", "BALANCE SHEETS")]


@pytest.mark.parametrize(
    "above",
    [
        line("Three Months Ended", 0.6, 0.125, "Serif-Bold"),
        line("(Dollars in millions)", 0.1, 0.125, "Serif-Bold"),
        line("We paid what is said below.", 0.1, 0.125, "Serif-Bold"),
        line("Statements of Cash Flows", 0.1, 0.125),
        [*line("Age group", 0.1, 0.125, "Serif-Bold"), *line("Proportion", 0.3, 0.125, "Serif-Bold")],
    ],
    ids=["head of columns", "unit", "sentence", "type of the table", "heads of two columns"],
)
def test_other_lines_above_a_table_are_no_titles(above: list[Word]) -> None:
    assert "title" not in [kind for kind, _ in blocks(above, "text")]


def test_in_a_bold_table_bold_type_tells_nothing() -> None:
    assert "title" not in [k for k, _ in blocks(line("Total of it all", 0.1, 0.125, "Serif-Bold"), None, "Serif-Bold")]


def test_a_loose_row_between_two_tables_is_no_title_of_the_second() -> None:
    words = [*table(0.085), *line("Equity and others", 0.1, 0.1415, "Serif-Bold"), *table()]
    regions = [Region("table", Box(0.1, y, 0.85, y + 0.06), 0.9) for y in (0.082, TOP - 0.003)]
    assert ("title", "Equity and others") not in [(b.kind, b.text) for b in blocks_of(words, regions)]
