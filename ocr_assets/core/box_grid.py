"""Boxes by where they lie on the page: a page of thousands is not asked box by box for those near a place."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ocr_assets.core.pages import Box

MOST: Final = 100
"""Cells along each side of the page."""
WIDE: Final = 4
"""Times as many cells as along a side: boxes over more are near to everything."""


class BoxGrid:
    """These boxes, in 0..1 of the page, by the cells of a grid that they lie in."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._side = min(MOST, max(1, math.isqrt(len(boxes))))
        self._cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._wide: list[int] = []
        for number, box in enumerate(boxes):
            columns, rows = self._cells_of(box)
            if len(columns) * len(rows) > WIDE * self._side:
                self._wide.append(number)
                continue
            for column in columns:
                for row in rows:
                    self._cells[column, row].append(number)

    def near(self, box: Box, beside: float = 0.0) -> list[int]:
        """The numbers, in order, of all boxes that touch this one or stand so far to its left or right at most, and of
        some that do not.
        """
        columns, rows = self._cells_of(Box(box.x0 - beside, box.y0, box.x1 + beside, box.y1))
        found = set(self._wide)
        for column in columns:
            for row in rows:
                found.update(self._cells.get((column, row), ()))
        return sorted(found)

    def _cells_of(self, box: Box) -> tuple[range, range]:
        x0, y0, x1, y1 = (min(self._side - 1, max(0, math.floor(edge * self._side))) for edge in box)
        return range(x0, x1 + 1), range(y0, y1 + 1)
