"""Footnotes: small type at the foot of a column, behind a mark."""

import re
from collections.abc import Sequence
from typing import Final

from ocr_assets.core.block_kinds import PageType
from ocr_assets.core.pages import Box
from ocr_assets.core.pieces import Piece

SMALL: Final = 0.92
"""Notes are set in type of at most this share of the body's size."""
HIGHEST: Final = 0.3
"""No note begins further up than this, in 0..1 of the page."""

_MARK = re.compile(r"\W{0,2}(?:\d{1,3}(?!\d)|[*†‡§¶]+|[a-z]\))\s*\S")


def begins_note(text: str) -> bool:
    """Whether the text begins with the mark of a note."""
    return _MARK.match(text) is not None


def notes(pieces: Sequence[Piece], titles: set[int], outside: set[int], page: PageType) -> set[int]:
    """Places of the footnotes. `titles` are headings, `outside` headers and footers, whose places are passed over.

    Small type below a heading is no note but a list of references, and below a table it belongs to that.
    """
    inside = [i for i in range(len(pieces)) if i not in outside]
    tail: set[int] = set()
    for i in sorted(inside, key=lambda i: -pieces[i].box.y0):
        if i not in titles and _is_small(pieces[i], page) and tail.issuperset(_below(i, inside, pieces)):
            tail.add(i)
    found: set[int] = set()
    for i in sorted(tail, key=lambda i: pieces[i].box.y0):
        above = _above(i, inside, pieces)
        if above in found or (begins_note(pieces[i].text) and above is not None and _is_body(above, pieces, titles)):
            found.add(i)
    return found


def _is_small(piece: Piece, page: PageType) -> bool:
    if not piece.lines or piece.kind not in ("text", "list", "reference", "title"):
        return False
    return piece.size < SMALL * page.size and piece.box.y0 > HIGHEST


def _below(i: int, inside: Sequence[int], pieces: Sequence[Piece]) -> list[int]:
    return [j for j in inside if j != i and _one_column(pieces[i].box, pieces[j].box) and _is_over(i, j, pieces)]


def _above(i: int, inside: Sequence[int], pieces: Sequence[Piece]) -> int | None:
    """The nearest piece above in the column."""
    over = [j for j in inside if j != i and _one_column(pieces[i].box, pieces[j].box) and _is_over(j, i, pieces)]
    return max(over, key=lambda j: pieces[j].box.y1, default=None)


def _is_body(i: int, pieces: Sequence[Piece], titles: set[int]) -> bool:
    return i not in titles and pieces[i].kind not in ("table", "figure")


def _is_over(i: int, j: int, pieces: Sequence[Piece]) -> bool:
    a, b = pieces[i].box, pieces[j].box
    return a.y0 + a.y1 < b.y0 + b.y1


def _one_column(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) > max(a.x0, b.x0)
