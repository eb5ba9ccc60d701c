"""Pages are described by their words: `LINES` of prose in rows, numbers left of them."""

from collections.abc import Sequence
from textwrap import wrap

import pytest

from ocr_assets.core.blocks import assembled
from ocr_assets.core.line_numbers import line_numbers
from ocr_assets.core.pages import Box, Word

PROSE = """The court of the United States heard the argument of both sides on the third of March and said at once
that it would not be moved by it. In the view of the clerk, who wrote down every word of it, there was little hope for
the men that had asked for a new trial. """
LINES = wrap(PROSE * 5, 44)[:25]
NAMES = ["the", "of", "and", "to", "a", "in", "is", "it"] * 3
BRANDS = ["eBay", "Dell", "adidas", "Sony", "iRobot"] * 5
PARTS = [
    "hex bolt galvanised M8",
    "washer",
    "Spring ring steel",
    "nut M8",
    "copper pipe 15 mm",
    "Valve with handle",
] * 4
ASKED = ["how often do you go to the harbour", "Do you like the sea", "when did you last sail with your family"] * 7


def word(text: str, x: float, y: float) -> Word:
    return Word(text, Box(x, y, x + 0.012 * len(text), y + 0.012), 1.0)


def line(text: str, y: float, x: float = 0.2) -> list[Word]:
    words = []
    for part in text.split():
        words.append(word(part, x, y))
        x = words[-1].box.x1 + 0.012
    return words


def numbered(lines: Sequence[str], x: float = 0.1, step: float = 0.03) -> list[Word]:
    rows = [[word(str(n), x, 0.1 + step * n), *line(text, 0.1 + step * n)] for n, text in enumerate(lines, 1)]
    return [word for row in rows for word in row]


def test_numbers_of_lines_are_no_text_of_the_page_and_are_kept_beside_it() -> None:
    words = [*line("Official - Subject to Final Review", 0.05), *numbered(LINES), word("7", 0.5, 0.95)]
    reading = assembled("text_layer", words, ())
    (count,) = [block for block in reading.blocks if block.text.startswith("1\n2\n3")]
    assert (count.kind, count.text.split()) == ("header", [str(n) for n in range(1, 26)])
    assert not any(part.isdecimal() for part in reading.text.split())
    assert reading.text.split()[:3] == ["Official", "-", "Subject"]
    assert len(reading.words) == len(words)


def test_a_scan_s_numbers_are_found_though_some_were_not_read() -> None:
    words = [word for word in numbered(LINES) if word.text not in ("4", "17")]
    assert len(line_numbers(words)) == len(LINES) - 2


def test_a_title_page_s_short_and_blank_lines_are_numbered_too() -> None:
    title = ["- - x", "v.", "x", "and others", "", "Washington", "", *LINES[:8], "", ""]
    assert len(line_numbers(numbered(title))) == len(title)
    assert not line_numbers(numbered([text or "Washington" for text in title])), "without blank lines nobody knows"


@pytest.mark.parametrize(
    "words",
    [
        numbered(LINES[:10]),
        numbered([f"Country {n}" for n in range(25)]),
        [*numbered(LINES), *line("beside them", 0.4, x=0.01)],
        numbered(LINES, x=0.9),
        numbered(NAMES),
        numbered(BRANDS),
        numbered(PARTS),
        numbered(ASKED),
        [*numbered(PARTS), *(word(f"{n}.50", 0.8, 0.1 + 0.03 * n) for n in range(1, len(PARTS) + 1))],
    ],
    ids=["few", "names", "text left of them", "right of the text", "words", "brands", "parts", "questions", "invoice"],
)
def test_other_numbers_stay_in_the_text(words: list[Word]) -> None:
    assert line_numbers(words) == frozenset()


def test_rows_of_a_table_are_not_lines_where_some_take_more_room() -> None:
    words = []
    y = 0.1
    for n, text in enumerate(LINES, 1):
        words += [word(str(n), 0.1, y), *line(text, y)]
        y += 0.045 if n % 3 == 0 else 0.02
    assert line_numbers(words) == frozenset()
