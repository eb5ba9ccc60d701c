"""Footnotes: small type at the foot of a column, behind a mark."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.block_kinds import PageType
from ocr_assets.core.pieces import Piece

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
    column = _Column(pieces, outside)
    tail: set[int] = set()
    for i in sorted(column.inside, key=lambda i: -pieces[i].box.y0):
        if i not in titles and _is_small(pieces[i], page) and tail.issuperset(column.below(i)):
            tail.add(i)
    found: set[int] = set()
    for i in sorted(tail, key=lambda i: pieces[i].box.y0):
        above = column.above(i)
        if above in found or (begins_note(pieces[i].text) and above is not None and _is_body(above, pieces, titles)):
            found.add(i)
    return found


class _Column:
    """What stands below and above a piece, among those that are `inside`: of a map's signs there are thousands."""

    def __init__(self, pieces: Sequence[Piece], outside: Collection[int]) -> None:
        import numpy as np

        self.inside = [i for i in range(len(pieces)) if i not in outside]
        self._x0, y0, self._x1, self._bottoms = np.array([piece.box for piece in pieces]).reshape(-1, 4).T
        self._middles = y0 + self._bottoms
        self._is_inside = np.isin(np.arange(len(pieces)), self.inside)

    def below(self, i: int) -> list[int]:
        return self._in_column(i, self._middles > self._middles[i])

    def above(self, i: int) -> int | None:
        """The nearest piece above."""
        over = self._in_column(i, self._middles < self._middles[i])
        return max(over, key=self._bottoms.__getitem__, default=None)

    def _in_column(self, i: int, chosen: "npt.NDArray[np.bool_]") -> list[int]:
        import numpy as np

        shares = np.minimum(self._x1, self._x1[i]) > np.maximum(self._x0, self._x0[i])
        found: list[int] = np.flatnonzero(shares & chosen & self._is_inside).tolist()
        return found


def _is_small(piece: Piece, page: PageType) -> bool:
    if not piece.lines or piece.kind not in ("text", "list", "reference", "title"):
        return False
    return piece.size < SMALL * page.size and piece.box.y0 > HIGHEST


def _is_body(i: int, pieces: Sequence[Piece], titles: set[int]) -> bool:
    return i not in titles and pieces[i].kind not in ("table", "figure")
