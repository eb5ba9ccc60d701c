"""Which line of a page a word is on, by their boxes."""

from collections.abc import Sequence
from typing import Final

from ocr_assets.core.box_grid import BoxGrid
from ocr_assets.core.pages import Box

ON_LINE: Final = 0.4
"""Of the lower one's height: a word that has more in common with a line is on it (`on_line`)."""
ASIDE: Final = 0.01
"""Of the page's width, that the middle of a word on a line may be beside it."""


def on_line(box: Box, line: Box) -> float:
    """The share of the lower one's height that they have in common, 0 where the box's middle is not over the line."""
    if not line.x0 - ASIDE <= (box.x0 + box.x1) / 2 <= line.x1 + ASIDE:
        return 0.0
    shared = min(box.y1, line.y1) - max(box.y0, line.y0)
    return max(0.0, shared / max(1e-6, min(box.y1 - box.y0, line.y1 - line.y0)))


class LinesAt:
    """Lines of a page, by their boxes, and which of them a word is on."""

    def __init__(self, lines: Sequence[Box]) -> None:
        self.lines = lines
        self._grid = BoxGrid(lines)

    def best(self, box: Box) -> int | None:
        """The number of the line that the box is most on, the first of several; None where it is on none."""
        near = self._grid.near(box, beside=ASIDE)
        shares = [on_line(box, self.lines[number]) for number in near]
        best = max(range(len(near)), key=shares.__getitem__, default=None)
        return near[best] if best is not None and shares[best] > ON_LINE else None
