"""What kind of block a region holds, where the layout model does not tell or often errs.

It takes headings at the top of a page for headers, pages of text for figures, and knows neither lists nor page numbers.
The bounds were read off the regions that it finds in some 200 pages of reports, papers and books.
"""

import re
from collections.abc import Sequence

from ocr_assets.core.lines import fragments, rows
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.regions import Region, area, holds

_LIST_ITEM = re.compile(r"^(?:[•▪●○◦‣∙·■□*\u2013\u2014-]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of)\s*\d{1,4})?\W*$", re.IGNORECASE)
_MARGIN = 0.07
_OUTER = 0.15
_APART = 1.75
_LARGE = 1.3


def refined(kind: BlockKind, box: Box, text: str, size: float, gap: float) -> BlockKind:
    """The kind of a block, from what the layout model says and what it looks like.

    `size` of its type and `gap` to the body under it are multiples of the body's size of type.
    """
    if kind == "header" and not _is_header(box, text, size, gap):
        kind = "title" if size > _LARGE else "text"
    if kind == "footer" and box.y1 < 1 - _OUTER:
        kind = "text"
    if kind != "text":
        return kind
    if _PAGE_NUMBER.match(text) and (box.y1 < _MARGIN or box.y0 > 1 - _MARGIN):
        return "header" if box.y1 < _MARGIN else "footer"
    return "list" if _LIST_ITEM.match(text) else "text"


def _is_header(box: Box, text: str, size: float, gap: float) -> bool:
    """Running heads are not larger than the body, and stand in the margin or well apart from the body."""
    if _PAGE_NUMBER.match(text):
        return box.y0 < _OUTER
    set_off = box.y0 < _MARGIN or (box.y0 < _OUTER and gap >= _APART)
    return set_off and size <= _LARGE and not _LIST_ITEM.match(text)


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
