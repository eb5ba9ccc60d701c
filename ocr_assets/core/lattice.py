"""The grid that drawn lines make of a table, with the cells that span where a line is missing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final, NamedTuple

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding
from ocr_assets.core.rulings import Ruling, Rulings, Separator, separators
from ocr_assets.core.table_lines import Scale

MOST: Final = 500
"""Lines of a table; a drawing has many more."""
_SEAM: Final = 0.001
"""Pieces of one line that touch, in 0..1 of the page."""
_WHOLE: Final = 0.9
"""Of the table's width: a longer line is below no heading alone."""
_COVER: Final = 0.5
"""The share of the table's extent that a line has to run along to part its rows or columns wherever it ends."""


class Frame(NamedTuple):
    """A rectangle of the grid whose four sides are drawn, or are the table's own."""

    row: int
    column: int
    height: int
    width: int

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        return (
            (r, c)
            for r in range(self.row, self.row + self.height)
            for c in range(self.column, self.column + self.width)
        )


@dataclass(frozen=True, slots=True)
class Lattice:
    """Lines that part a table's rows (`across`) and columns (`down`), in order, within `box`; its edges are none.

    `partial` are further lines across that are too short for it: below a heading, above a total. `underlines` are all
    lines across that are shorter than it, piece by piece, also those that the edge of a shading continues.
    """

    box: Box
    across: tuple[Separator, ...]
    down: tuple[Separator, ...]
    partial: tuple[Separator, ...] = ()
    underlines: tuple[Ruling, ...] = ()

    @property
    def bands(self) -> list[tuple[float, float]]:
        """From where to where each row goes, in y."""
        return list(pairwise([self.box.y0, *(s.at for s in self.across), self.box.y1]))

    @property
    def stripes(self) -> list[tuple[float, float]]:
        """From where to where each column goes, in x."""
        return list(pairwise([self.box.x0, *(s.at for s in self.down), self.box.x1]))

    def place(self, word: Word) -> tuple[int, int]:
        """In which band and which stripe a word stands."""
        x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
        return sum(s.at < y for s in self.across), sum(s.at < x for s in self.down)

    def frames(self) -> list[Frame]:
        """Places between which no line is drawn, where together they make a rectangle."""
        bands, stripes = self.bands, self.stripes
        open_right = [[not line.covers(*band) for line in self.down] for band in bands]
        open_below = [[not line.covers(*stripe) for stripe in stripes] for line in self.across]

        def beside(r: int, c: int) -> Iterator[tuple[int, int]]:
            if c and open_right[r][c - 1]:
                yield r, c - 1
            if c < len(self.down) and open_right[r][c]:
                yield r, c + 1
            if r and open_below[r - 1][c]:
                yield r - 1, c
            if r < len(self.across) and open_below[r][c]:
                yield r + 1, c

        found, seen = [], set[tuple[int, int]]()
        for place in product(range(len(bands)), range(len(stripes))):
            if place not in seen:
                group = _reached(place, beside)
                seen |= group
                rows, columns = {r for r, _ in group}, {c for _, c in group}
                frame = Frame(min(rows), min(columns), max(rows) - min(rows) + 1, max(columns) - min(columns) + 1)
                if frame.height * frame.width == len(group):
                    found.append(frame)
        return found


def _reached(start: tuple[int, int], beside: Callable[[int, int], Iterator[tuple[int, int]]]) -> set[tuple[int, int]]:
    group, waiting = {start}, [start]
    while waiting:
        new = set(beside(*waiting.pop())) - group
        group |= new
        waiting += new
    return group


def lattice_of(rulings: Rulings, words: Sequence[Word], box: Box, scale: Scale) -> Lattice:
    """The lattice of a table with these words; `box` is where it was found, which may be too small for its edges."""
    inner = bounding([word.box for word in words])
    outer = bounding([inner, box])
    room_x, room_y = 2 * scale.character, scale.height
    near = rulings.within(Box(outer.x0 - room_x, outer.y0 - room_y, outer.x1 + room_x, outer.y1 + room_y))
    across = separators(near.across, scale.height / 2, scale.character)
    down = separators(near.down, scale.character, scale.height / 2)
    if len(across) + len(down) > MOST:
        return Lattice(inner, (), ())
    width, height = inner.x1 - inner.x0, inner.y1 - inner.y0
    rows = [s for s in across if s.length >= _COVER * width or _is_held(s, down, scale.character)]
    columns = [s for s in down if s.length >= _COVER * height or _is_held(s, across, scale.height / 2)]
    middles_y = [(word.box.y0 + word.box.y1) / 2 for word in words]
    middles_x = [(word.box.x0 + word.box.x1) / 2 for word in words]
    return Lattice(
        inner,
        tuple(s for s in rows if min(middles_y) < s.at < max(middles_y)),
        tuple(s for s in columns if min(middles_x) < s.at < max(middles_x)),
        tuple(s for s in across if s not in rows and min(middles_y) < s.at < max(middles_y)),
        tuple(
            Ruling(s.at, *piece)
            for s in separators([line for line in near.across if line.length < _WHOLE * width], _SEAM, _SEAM)
            for piece in s.pieces
            if piece[1] - piece[0] < _WHOLE * width
        ),
    )


def _is_held(separator: Separator, others: Sequence[Separator], tolerance: float) -> bool:
    """Whether each of its pieces ends at lines that cross its way on both sides."""
    return all(
        all(
            any(
                abs(other.at - end) <= tolerance
                and any(start - tolerance <= separator.at <= stop + tolerance for start, stop in other.pieces)
                for other in others
            )
            for end in piece
        )
        for piece in separator.pieces
    )
