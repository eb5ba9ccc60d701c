"""Tables that drawn lines frame, which a layout model misses or cuts short."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, area, bounding, holds, intersection
from ocr_assets.core.rulings import Rulings, Separator, separators

LEAST_LINES: Final = 3
"""Lines each way that a grid has at least: two cells beside and two below each other."""
MOST: Final = 250_000
"""Pairs of lines, looked at: a tenth of a second. Drawings have many more."""
LEAST_FILLED: Final = 0.5
"""The least share of a grid's places with a word in it: charts have lines too."""
FOUND: Final = 0.5
"""The score of a table that only its lines tell of; between what layout models say of sure and unsure ones."""
SAME: Final = 0.5
"""Two regions that share this much of the smaller one are the same."""


def with_ruled_tables(regions: Sequence[Region], rulings: Rulings, words: Sequence[Word]) -> tuple[Region, ...]:
    """The regions of a page, its tables as large as the grids that are drawn around them, and grids that are none yet.

    A figure that a grid takes up most of was one; other regions within a grid go.
    """
    kept = list(regions)
    for grid in _grids(rulings, words):
        inside = [region for region in kept if intersection(region.box, grid) > SAME * (area(region.box) or 1.0)]
        tables = [region for region in kept if region.kind == "table" and _same(region.box, grid)]
        if len(tables) > 1 or any(
            region.kind == "figure" and area(region.box) > 2 * area(grid) for region in kept if _same(region.box, grid)
        ):
            continue  # one frame around several, or a part of a drawing
        score = max((table.score for table in tables), default=FOUND)
        box = bounding([grid, *(table.box for table in tables)])
        if grid.y1 - grid.y0 > SAME * (box.y1 - box.y0):
            box = box._replace(y1=grid.y1)  # what stands below a grid are notes; its head may stand above
        kept = [region for region in kept if region not in inside and region not in tables]
        kept.append(Region("table", box, score))
    return tuple(kept)


def _same(a: Box, b: Box) -> bool:
    return intersection(a, b) > SAME * min(area(a), area(b))


def _grids(rulings: Rulings, words: Sequence[Word]) -> Iterator[Box]:
    """The boxes of lines that cross each other, where these make cells and words stand in them."""
    if not words:
        return
    height = median(word.box.y1 - word.box.y0 for word in words)
    width = median((word.box.x1 - word.box.x0) / len(word.text) for word in words)
    across = [_piece(s, p) for s in separators(rulings.across, height / 4, width) for p in s.pieces]
    down = [_piece(s, p) for s in separators(rulings.down, width / 2, height / 2) for p in s.pieces]
    if len(across) * len(down) > MOST:
        return
    for rows, columns in _connected(across, down, width, height):
        if len(rows) < LEAST_LINES or len(columns) < LEAST_LINES:
            continue
        box = bounding([Box(c.at, r.at, c.at, r.at) for r in rows for c in columns])
        inside = [word for word in words if holds(box, word.box)]
        ys, xs = sorted({r.at for r in rows}), sorted({c.at for c in columns})
        places = {
            (sum(y < (w.box.y0 + w.box.y1) / 2 for y in ys), sum(x < (w.box.x0 + w.box.x1) / 2 for x in xs))
            for w in inside
        }
        if len(places) >= LEAST_FILLED * (len(ys) - 1) * (len(xs) - 1) and len({r for r, _ in places}) > 1:
            yield box


def _piece(separator: Separator, piece: tuple[float, float]) -> Separator:
    return Separator(separator.at, (piece,))


def _connected(
    across: Sequence[Separator], down: Sequence[Separator], width: float, height: float
) -> Iterator[tuple[list[Separator], list[Separator]]]:
    """Groups of lines that cross or touch."""
    left = set(range(len(across)))
    while left:
        rows, columns = {left.pop()}, set[int]()
        waiting = [(True, next(iter(rows)))]
        while waiting:
            is_row, index = waiting.pop()
            if is_row:
                new = {
                    c for c in range(len(down)) if c not in columns and _cross(across[index], down[c], width, height)
                }
                columns |= new
            else:
                new = {r for r in left if _cross(across[r], down[index], width, height)}
                rows |= new
                left -= new
            waiting += [(not is_row, i) for i in new]
        yield [across[r] for r in sorted(rows)], [down[c] for c in sorted(columns)]


def _cross(row: Separator, column: Separator, width: float, height: float) -> bool:
    (x0, x1), (y0, y1) = row.pieces[0], column.pieces[0]
    return x0 - width <= column.at <= x1 + width and y0 - height / 2 <= row.at <= y1 + height / 2
