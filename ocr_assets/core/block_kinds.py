"""What kind of block a piece of a page is, where the layout model does not tell or often errs.

It takes headings at the top of a page for headers, pages of text for figures, headings for text, and knows neither
lists nor footnotes. The bounds were read off the regions that it finds in some 200 pages of reports, papers and books.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ocr_assets.core.captions import is_labelled
from ocr_assets.core.lines import fragments, is_turned, main_font, rows, type_size
from ocr_assets.core.list_items import is_bullet, item_mark
from ocr_assets.core.pages import BlockKind, Word
from ocr_assets.core.parts import Part
from ocr_assets.core.pieces import Piece
from ocr_assets.core.regions import Region, area, holds

LARGE: Final = 1.2
"""Type this many times the body's size makes a heading of a short text."""
SMALL: Final = 0.9
"""Bold type smaller than this is no heading."""
LONGEST_HEADING: Final = 120
"""Characters of a text that its type alone makes a heading; what layout takes for a title may have twice as many."""

SAME_SIZE: Final = 0.06
"""Sizes that differ by less than this share are one, measured on different lines."""
FEW_LINES: Final = 3
"""A font that more lines of the page are set in is not that of its titles."""
LEAST_TEXT: Final = 0.05
"""Share of a page's letters that must be running text for its type to be the page's: a lone page number's is not."""
LEAST_LETTERS: Final = 0.6
"""Share of letters in a heading: formulas and rows of figures have less."""

_WORD = re.compile(r"[^\W\d_]{3}")
_LETTERS = re.compile(r"[^\W\d_]")
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[A-Z]\.|[IVX]+\.)\s+[^\W\d_]")
_CITES = re.compile(r"\b(?:1[6-9]|20)\d\d\b|\bet al\b|\bdoi\b|https?://|\bpp?\.|\bS\.|\bVol\b", re.IGNORECASE)
_OPENERS = frozenset("\"'([§¿¡\u201c\u201e\u00ab\u2018\u201a")


@dataclass(frozen=True, slots=True)
class PageType:
    """The type that most of a page's text is set in: `size` in 0..1 of the page's height, whether it is bold, its font.

    `titles` are the fonts and sizes of what layout takes for titles on this page.
    """

    size: float
    bold: bool
    font: str = ""
    titles: frozenset[tuple[str, float]] = frozenset()


def page_type(parts: Sequence[Part]) -> PageType:
    """What most of the running text is set in, else most of what there is; there must be words."""
    choices = (("text",), ("list", "reference", "table", "equation", "figure_caption", "table_caption"))
    every = [line for part in parts for line in part.lines]
    least = LEAST_TEXT * sum(len(line.text) for line in every)
    told = ([line for part in parts if part.kind in kinds for line in part.lines] for kinds in choices)
    lines = next((lines for lines in told if lines and sum(len(line.text) for line in lines) >= least), every)
    letters = sum(len(line.text) for line in lines)
    bold = sum(line.bold * len(line.text) for line in lines) > 0.5 * letters
    used = Counter(main_font([line]) for part in parts if part.kind != "title" for line in part.lines)
    titles = frozenset(
        (font, line.size)
        for part in parts
        if part.kind == "title"
        for line in part.lines
        if used[font := main_font([line])] <= FEW_LINES
    )
    return PageType(median(type_size(word) for line in lines for word in line.words), bold, main_font(lines), titles)


def kind_of(piece: Piece, page: PageType) -> BlockKind:
    """The kind of a piece that is neither in the margin nor a note."""
    if not piece.lines or piece.kind in ("table", "figure", "figure_caption", "table_caption", "equation", "code"):
        return piece.kind
    mark = item_mark(piece.text)
    if mark == "*" and sum(item_mark(line.text) == "*" for line in piece.lines) == 1:
        mark = None  # of a note
    if piece.kind == "title":
        if mark and is_bullet(mark):
            return "list"
        return "title" if _may_be_title(piece, page) else "text"
    if is_heading(piece, page):
        return "title"
    if mark:
        return "list"
    return "reference" if piece.kind == "reference" and _CITES.search(piece.text) else "text"


def is_heading(piece: Piece, page: PageType) -> bool:
    """A short text in larger or bold type, in that of the page's titles, or, of unknown type, in capitals."""
    text = " ".join(piece.text.split())
    if not reads_as_heading(text) or len(piece.lines) > 3 or len(text) > LONGEST_HEADING or text.endswith((".", "!")):
        return False
    if is_turned(piece.lines):
        return False
    mark = item_mark(text)
    if is_labelled(text) or (mark and not _NUMBERED.match(text)):
        return False
    size = piece.size / page.size
    if size > LARGE or (size > SMALL and piece.bold and not page.bold):
        return True
    font = main_font(piece.lines)
    if font:
        return font != page.font and any(font == name and _is_size(piece.size, of) for name, of in page.titles)
    return size > SMALL and len(piece.lines) == 1 and len(text.split()) > 1 and text.isupper()


def _is_size(size: float, other: float) -> bool:
    return abs(size - other) < SAME_SIZE * other


def _may_be_title(piece: Piece, page: PageType) -> bool:
    """Not a paragraph in body type, as which layout now and then takes the last lines of one for a title."""
    text = " ".join(piece.text.split())
    if not reads_as_heading(text) or len(text) > 2 * LONGEST_HEADING:
        return False
    stands_out = piece.size > LARGE * page.size or (piece.bold and not page.bold)
    return stands_out or (len(text) <= LONGEST_HEADING and not (len(piece.lines) > 1 and text.endswith(".")))


def reads_as_heading(text: str) -> bool:
    """Whether it has words, begins like a sentence or with a number, and does not go on."""
    words = text.lstrip("0123456789. ")
    if not _WORD.search(words) or len(_LETTERS.findall(words)) < LEAST_LETTERS * len(words):
        return False
    return text[0] in _OPENERS or (text[0].isalnum() and not text[0].islower() and not text.endswith((",", ";", "-")))


def level_of(size: float) -> int:
    """Level of a title, 1..3, by the size of its type as a multiple of the body's."""
    return 1 if size >= 1.6 else 2 if size >= 1.25 else 3


def is_writing(region: Region, words: Sequence[Word]) -> bool:
    """Whether a "figure" or "table" is as full of words as only text is: a receipt, a page of formulas.

    Words take 1 to 20 % of a figure's area, up to 33 % of a table's, and more than that of a paragraph's.
    """
    inside = [(i, word) for i, word in enumerate(words) if holds(region.box, word.box)]
    if region.kind not in ("figure", "table") or not inside:
        return False
    most = 0.15 if area(region.box) > 0.5 else 0.35
    full = sum(area(word.box) for _, word in inside) > most * area(region.box)
    return full and (region.kind == "figure" or not _is_tabular(inside))


def _is_tabular(words: Sequence[tuple[int, Word]]) -> bool:
    """Whether more than a fifth of the rows have gaps as between cells."""
    lines = rows(fragments(words))
    return sum(len(fragments(list(enumerate(line.words)))) > 1 for line in lines) > 0.2 * len(lines)
