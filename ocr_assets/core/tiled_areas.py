"""Filled areas laid side by side like tiles: the cells of a table whose lines nobody drew."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ocr_assets.core.pages import Box
from ocr_assets.core.regions import area, bounding, holds
from ocr_assets.core.rulings import Ruling, Rulings, separators

GAP: Final = 0.005
"""Tiles are at most so far apart, in 0..1 of the page: 4 points."""
LEAST: Final = 4
"""Tiles that make a table at least."""
COVER: Final = 0.8
"""The least share that they cover of the box around them."""
MOST: Final = 600
"""Filled areas of a page, looked at; drawings have many more."""

Colour = tuple[int, int, int]


class Area(NamedTuple):
    """A filled rectangle."""

    box: Box
    colour: Colour


def with_tiles(lines: Rulings, areas: Sequence[Area]) -> Rulings:
    """The lines, and where tiles part a place into more rows and columns than lines do, the edges of tiles instead."""
    for tiles in _tilings(areas):
        box, edges = bounding(tiles), _edges(tiles)
        drawn = lines.within(_grown(box))
        if _places(edges) > _places(drawn):
            lines = Rulings(
                tuple(ruling for ruling in lines.across if ruling not in drawn.across),
                tuple(ruling for ruling in lines.down if ruling not in drawn.down),
            )
            lines += edges
    return lines


def _tilings(areas: Sequence[Area]) -> Iterator[list[Box]]:
    """Groups of tiles that touch each other. What lies on an area of its own colour is no tile: lines of text do."""
    if len(areas) > MOST:
        return
    left = [
        a.box for a in areas if not any(b is not a and b.colour == a.colour and _contains(b.box, a.box) for b in areas)
    ]
    while left:
        group, waiting = [], [left.pop()]
        while waiting:
            tile = waiting.pop()
            group.append(tile)
            near = [other for other in left if _touch(tile, other)]
            left = [other for other in left if other not in near]
            waiting += near
        if len(group) >= LEAST and sum(map(area, group)) >= COVER * area(bounding(group)):
            yield group


def _contains(outer: Box, inner: Box) -> bool:
    return (
        outer != inner
        and holds(outer, inner)
        and all(
            low - GAP / 4 <= at <= high + GAP / 4
            for low, high, ats in (
                (outer.x0, outer.x1, (inner.x0, inner.x1)),
                (outer.y0, outer.y1, (inner.y0, inner.y1)),
            )
            for at in ats
        )
    )


def _touch(a: Box, b: Box) -> bool:
    """Whether two tiles are beside or below each other, along most of the shorter side."""
    gap_x, gap_y = max(a.x0, b.x0) - min(a.x1, b.x1), max(a.y0, b.y0) - min(a.y1, b.y1)
    width, height = min(a.x1 - a.x0, b.x1 - b.x0), min(a.y1 - a.y0, b.y1 - b.y0)
    return (abs(gap_x) <= GAP and -gap_y > height / 2) or (abs(gap_y) <= GAP and -gap_x > width / 2)


def _edges(tiles: Sequence[Box]) -> Rulings:
    across = [Ruling(y, tile.x0, tile.x1) for tile in tiles for y in (tile.y0, tile.y1)]
    down = [Ruling(x, tile.y0, tile.y1) for tile in tiles for x in (tile.x0, tile.x1)]
    return Rulings(tuple(across), tuple(down))


def _places(rulings: Rulings) -> int:
    """Of the grid that they make; one row or one column of places is none."""
    rows, columns = len(separators(rulings.across, GAP, GAP)) - 1, len(separators(rulings.down, GAP, GAP)) - 1
    return rows * columns if min(rows, columns) > 1 else 0


def _grown(box: Box) -> Box:
    return Box(box.x0 - GAP, box.y0 - GAP, box.x1 + GAP, box.y1 + GAP)
