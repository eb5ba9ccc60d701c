"""The entries of a table of contents without leaders, whose chapters stand out as headings do."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr_assets.core.lines import fragments, same_row
from ocr_assets.core.pieces import Piece

FEWEST: Final = 3
"""Entries with a page number that stands apart, at least."""


def contents_entries(pieces: Sequence[Piece]) -> frozenset[int]:
    """The places of the pieces of one line at whose end, or right of which, a page number stands apart; none where the
    numbers fall."""
    lines = [(i, piece) for i, piece in enumerate(pieces) if len(piece.lines) == 1]
    alone = [piece for _, piece in lines if _is_page(piece.text)]
    found = [(piece.box.y0, page, i) for i, piece in lines if (page := _page_of(piece, alone)) is not None]
    found.sort()
    rises = all(a[1] <= b[1] for a, b in pairwise(found))
    return frozenset(i for _, _, i in found) if rises and len(found) >= FEWEST else frozenset()


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
