"""The entries of a table of contents without leaders, whose chapters stand out as headings do."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr_assets.core.lines import fragments, same_row
from ocr_assets.core.pieces import Piece

FEWEST: Final = 3
"""Entries with a page number that stands apart, at least."""
OTHERS: Final = 0.5
"""Lines without a page number between the first entry and the last, an entry, at most: titles of parts, first lines of
long titles. Below headings with a number, of articles or of points in an exam, stands their text."""


def contents_entries(pieces: Sequence[Piece]) -> frozenset[int]:
    """The places of the pieces of one line at whose end, or right of which, a page number stands apart; none where the
    numbers fall or text stands between."""
    lines = [(i, piece) for i, piece in enumerate(pieces) if len(piece.lines) == 1]
    alone = [piece for _, piece in lines if _is_page(piece.text)]
    found = [(piece.box.y0, page, i) for i, piece in lines if (page := _page_of(piece, alone)) is not None]
    found.sort()
    rises = all(a[1] <= b[1] for a, b in pairwise(found))
    is_contents = rises and len(found) >= FEWEST and _lines_between(found, pieces) <= OTHERS * len(found)
    return frozenset(i for _, _, i in found) if is_contents else frozenset()


def _lines_between(found: Sequence[tuple[float, int, int]], pieces: Sequence[Piece]) -> int:
    """How many lines without a page number stand between the first and the last of these entries."""
    top, bottom, entries = found[0][0], found[-1][0], {i for _, _, i in found}
    between = (piece for i, piece in enumerate(pieces) if i not in entries and top < piece.box.y0 < bottom)
    return sum(not _is_page(line.words[-1].text) for piece in between for line in piece.lines)


def _page_of(piece: Piece, alone: Sequence[Piece]) -> int | None:
    if _is_page(piece.text):
        return None
    parts = fragments(list(enumerate(piece.lines[0].words)))
    if len(parts) > 1:
        return int(parts[-1].text) if _is_page(parts[-1].text) else None
    beside = (other for other in alone if other.box.x0 > piece.box.x1 and same_row(piece.box, other.box))
    return next((int(other.text) for other in beside), None)


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4
