"""The order in which the parts of a page are read.

The reader's own order is kept where it is sane. Where it jumps back up too often, geometry decides, by the two rules of
T. Breuel, "High performance document layout analysis" (2003): of two parts one above the other the upper comes first;
of two beside each other the left one does, unless something between them spans both.
"""

from collections.abc import Sequence
from itertools import pairwise

from ocr_assets.core.pages import Box

_TOLERANCE = 0.3
"""Share of the smaller extent that two boxes may overlap and still count as apart."""


def is_sane(boxes: Sequence[Box], max_jumps: float = 0.1) -> bool:
    """Whether boxes in this order are read downwards: at most this share of steps goes back up in the same column."""
    steps = list(pairwise(boxes))
    jumps = sum(_over(b, a) and _overlap_x(a, b) for a, b in steps)
    return jumps <= max_jumps * len(steps)


def by_geometry(boxes: Sequence[Box], *, right_to_left: bool = False) -> list[int]:
    """Places of the boxes in reading order; columns go from left to right unless told otherwise."""
    if right_to_left:
        boxes = [Box(1 - b.x1, b.y0, 1 - b.x0, b.y1) for b in boxes]
    waiting_for = {j: {i for i in range(len(boxes)) if i != j and _before(boxes, i, j)} for j in range(len(boxes))}
    order: list[int] = []
    while waiting_for:
        # Ties, and the cycles that odd layouts give, go to the topmost and then leftmost.
        fewest = min(len(earlier) for earlier in waiting_for.values())
        ready = (j for j, earlier in waiting_for.items() if len(earlier) == fewest)
        chosen = min(ready, key=lambda j: (boxes[j].y0, boxes[j].x0))
        del waiting_for[chosen]
        for earlier in waiting_for.values():
            earlier.discard(chosen)
        order.append(chosen)
    return order


def _before(boxes: Sequence[Box], i: int, j: int) -> bool:
    a, b = boxes[i], boxes[j]
    if _overlap_x(a, b):
        return (a.y0 + a.y1, a.x0) < (b.y0 + b.y1, b.x0)
    if (a.x0 + a.x1) >= (b.x0 + b.x1):
        return False
    top, bottom = min(a.y0, b.y0), max(a.y1, b.y1)
    between = (c for c in boxes if top < (c.y0 + c.y1) / 2 < bottom and c is not a and c is not b)
    return not any(_overlap_x(c, a) and _overlap_x(c, b) and _separates(c, a, b) for c in between)


def _separates(c: Box, a: Box, b: Box) -> bool:
    return (_over(a, c) and _over(c, b)) or (_over(b, c) and _over(c, a))


def _over(a: Box, b: Box) -> bool:
    return a.y1 - b.y0 <= _TOLERANCE * min(a.y1 - a.y0, b.y1 - b.y0)


def _overlap_x(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > _TOLERANCE * min(a.x1 - a.x0, b.x1 - b.x0)
