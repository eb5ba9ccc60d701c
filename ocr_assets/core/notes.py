"""Footnotes: small type at the foot of a column, behind a mark.

They are read behind the body, so that what is wrongly taken for one tears the text apart, while a note that is missed
stands where it is printed. Where more of the body would be read before it, a mark and small type are therefore not
enough: entries of lists and catalogues, and advertisements, have both.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Final

from ocr_assets.core.block_kinds import PageType
from ocr_assets.core.pieces import Piece
from ocr_assets.core.rulings import NO_RULINGS, Rulings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SMALL: Final = 0.92
"""Notes are set in type of at most this share of the body's size."""
HIGHEST: Final = 0.3
"""No note begins further up than this, in 0..1 of the page."""

MOST: Final = 0.5
"""Notes below a rule are at most so high, as a share of the column's text above it: more is the next article."""

_MARK = re.compile(r"\W{0,2}?(?P<mark>\d{1,3}(?!\d)|[*†‡§¶]+|[a-z]\))\s*\S")
_NUMBER = re.compile(r"\W{0,2}\d+[.,:]\d")
"""A price, a time, a share: no mark."""
_CLOSING = r"[.,;:!?\"'\u00bb\u201d\u2019)]"


def begins_note(text: str) -> bool:
    """Whether the text begins with the mark of a note."""
    return _MARK.match(text) is not None


def notes(
    pieces: Sequence[Piece], titles: set[int], outside: set[int], page: PageType, rulings: Rulings = NO_RULINGS
) -> set[int]:
    """Places of the footnotes among the pieces, which are in reading order. `titles` are headings, `outside` headers
    and footers, whose places are passed over.

    Small type below a heading is no note but a list of references, and below a table it belongs to that.
    """
    column = _Column(pieces, outside)
    tail: set[int] = set()
    for i in sorted(column.inside, key=lambda i: -pieces[i].box.y0):
        if i not in titles and _is_small(pieces[i], page) and tail.issuperset(column.below(i)):
            tail.add(i)
    groups: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    for i in sorted(tail, key=lambda i: pieces[i].box.y0):
        above = column.above(i)
        if above in first:
            first[i] = first[above]
            groups[first[i]].append(i)
        elif above is not None and _is_body(above, pieces, titles) and _begins(i, column, pieces):
            first[i] = i
            groups[i] = [i]
    return set(first).difference(*_unproven(groups, column, pieces, rulings))


def _unproven(
    groups: Mapping[int, Sequence[int]], column: "_Column", pieces: Sequence[Piece], rulings: Rulings
) -> Iterator[Sequence[int]]:
    """Those of the groups of notes, by their first one, that reach up beside text that would be read before them, with
    neither a mark in the body nor a rule above them."""
    candidates = {i for group in groups.values() for i in group}
    body = [i for i in column.inside if i not in candidates and pieces[i].lines]
    text = "\n".join(pieces[i].text for i in body)
    reach = 0.0  # down, of what is read later
    for i in reversed(column.inside):
        if i not in candidates and pieces[i].lines:
            reach = max(reach, pieces[i].box.y1)
        elif i in groups and pieces[i].box.y0 < reach:
            over = [j for j in column.all_above(i) if j not in candidates]
            if not (_is_referred_to(pieces[i], text) or _is_ruled_off(groups[i], over, pieces, rulings)):
                reach = max(reach, *(pieces[j].box.y1 for j in groups[i]))
                yield groups[i]


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
        return max(self.all_above(i), key=self._bottoms.__getitem__, default=None)

    def all_above(self, i: int) -> list[int]:
        return self._in_column(i, self._middles < self._middles[i])

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


def _begins(i: int, column: _Column, pieces: Sequence[Piece]) -> bool:
    """Whether it begins with a mark, in smaller type than what stands above it in its own column."""
    text = pieces[i].text
    if not begins_note(text) or _NUMBER.match(text):
        return False
    return pieces[i].size < SMALL * median(line.size for j in column.all_above(i) for line in pieces[j].lines)


def _is_referred_to(note: Piece, body: str) -> bool:
    """Whether its mark stands behind a word of the body."""
    match = _MARK.match(note.text)
    if not match:
        return False
    mark = re.escape(match["mark"])
    # A bare number stands close behind its word: "of 12 men" refers to nothing.
    raised = rf"{mark}(?![\w%])|\s?[(\[]{mark}[)\]]|\s{mark}\)" if mark.isdigit() else rf"\s?\(?{mark}(?!\w)"
    return re.search(rf"[^\W\d_]{_CLOSING}{{0,2}}(?:{raised})", body) is not None


def _is_ruled_off(group: Sequence[int], over: Sequence[int], pieces: Sequence[Piece], rulings: Rulings) -> bool:
    """Whether a rule parts few notes from much text."""
    note = pieces[group[0]].box
    foot = max((pieces[i].box.y1 for i in over), default=0.0)
    body = sum(line.size for i in over for line in pieces[i].lines)
    height = sum(line.size for i in group for line in pieces[i].lines)
    room = 0.5 * pieces[group[0]].size
    is_between = any(
        foot - room < rule.at < note.y0 + room and rule.start < note.x1 and rule.end > note.x0
        for rule in rulings.across
    )
    return is_between and height < MOST * body
