"""The order in which the parts of a page are read.

The reader's own order is kept where it is sane. Where it jumps back up too often, geometry decides, by the two rules of
T. Breuel, "High performance document layout analysis" (2003): of two parts one above the other the upper comes first;
of two beside each other the left one does, unless something between them spans both.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ocr_assets.core.pages import Box

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST: Final = 5_000
"""Boxes of which each is held against each: more are signs of a map, in no columns. 13,000 would take 2 GB."""
_TOLERANCE = 0.3
"""Share of the smaller extent that two boxes may overlap and still count as apart."""


def is_sane(boxes: Sequence[Box], max_jumps: float = 0.1) -> bool:
    """Whether boxes in this order are read downwards: at most this share of steps goes back up in the same column."""
    steps = list(pairwise(boxes))
    jumps = sum(_over(b, a) and _overlap_x(a, b) for a, b in steps)
    return jumps <= max_jumps * len(steps)


def downwards(boxes: Sequence[Box]) -> list[int]:
    """Places of the boxes in this order, but those moved that stand below one that comes later in their column.

    Readers give first or last what was drawn first or last: page footers, formulas, notes. The boxes that disagree with
    most others go to their place among these. More than `MOST` stay as they are.
    """
    import numpy as np

    if len(boxes) > MOST:
        return list(range(len(boxes)))
    over, one_column = _relations(boxes)
    upper = over & one_column
    disagree = np.tril(upper).T  # i comes before j, and j is over i
    disagree = disagree | disagree.T
    counts = disagree.sum(axis=0)
    moved = np.zeros(len(boxes), dtype=bool)
    while counts.any():
        # Of several the last: what was drawn late is mostly what is out of place.
        worst = len(boxes) - 1 - int(np.argmax(counts[::-1]))
        counts -= disagree[worst]
        disagree[:, worst] = False
        counts[worst], moved[worst] = 0, True
    order = np.flatnonzero(~moved).tolist()
    tops, bottoms = np.array([box.y0 for box in boxes]), np.array([box.y1 for box in boxes])
    for i in sorted(np.flatnonzero(moved).tolist(), key=lambda i: boxes[i].y0):
        over_it, under_it = np.flatnonzero(upper[:, i] & ~moved), np.flatnonzero(upper[i] & ~moved)
        above = int(over_it[np.argmax(bottoms[over_it])]) if len(over_it) else None
        below = int(under_it[np.argmin(tops[under_it])]) if len(under_it) else None
        if above is not None and (below is None or _likeness(boxes, above, i) >= _likeness(boxes, below, i)):
            order.insert(order.index(above) + 1, i)
        else:
            order.insert(len(order) if below is None else order.index(below), i)
        moved[i] = False
    return order


def _likeness(boxes: Sequence[Box], i: int, j: int) -> float:
    """How far two boxes have the same sides, 0..1: blocks of one column have, a heading over it has not."""
    a, b = boxes[i], boxes[j]
    return (min(a.x1, b.x1) - max(a.x0, b.x0)) / (max(a.x1, b.x1) - min(a.x0, b.x0) or 1.0)


def by_geometry(boxes: Sequence[Box], *, right_to_left: bool = False) -> list[int]:
    """Places of the boxes in reading order; columns go from left to right unless told otherwise. More than `MOST` go by
    their tops.
    """
    import numpy as np

    if right_to_left:
        boxes = [Box(1 - b.x1, b.y0, 1 - b.x0, b.y1) for b in boxes]
    if len(boxes) > MOST:
        return sorted(range(len(boxes)), key=lambda i: (boxes[i].y0, boxes[i].x0))
    before = _before(boxes)
    earlier = before.sum(axis=0)
    order: list[int] = []
    waiting = np.ones(len(boxes), dtype=bool)
    for _ in boxes:
        # Ties, and the cycles that odd layouts give, go to the topmost and then leftmost.
        ready = np.flatnonzero(waiting & (earlier == earlier[waiting].min()))
        chosen = min(ready.tolist(), key=lambda j: (boxes[j].y0, boxes[j].x0))
        waiting[chosen] = False
        earlier -= before[chosen]
        order.append(chosen)
    return order


def _before(boxes: Sequence[Box]) -> "npt.NDArray[np.bool_]":
    """Whether box i must come before box j, n x n."""
    import numpy as np

    over, one_column = _relations(boxes)
    over = over & one_column
    separated = over.astype(np.float32) @ over.astype(np.float32) > 0  # a third one stands between the two
    x0, y0, x1, y1 = np.array(boxes, dtype=np.float32).reshape(-1, 4).T
    middle = y0 + y1
    upper = np.less.outer(middle, middle) | (np.equal.outer(middle, middle) & np.less.outer(x0, x0))
    left = np.less.outer(x0 + x1, x0 + x1)
    return np.asarray(np.where(one_column, upper, left & ~separated & ~separated.T))


def _relations(boxes: Sequence[Box]) -> "tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]":
    """Whether box i is over box j, and whether they share a column, n x n each."""
    import numpy as np

    x0, y0, x1, y1 = np.array(boxes, dtype=np.float32).reshape(-1, 4).T
    width, height = x1 - x0, y1 - y0
    shared = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0)
    one_column = shared > _TOLERANCE * np.minimum.outer(width, width)
    over = np.subtract.outer(y1, y0) <= _TOLERANCE * np.minimum.outer(height, height)
    np.fill_diagonal(over, val=False)
    return over, one_column


def _over(a: Box, b: Box) -> bool:
    return a.y1 - b.y0 <= _TOLERANCE * min(a.y1 - a.y0, b.y1 - b.y0)


def _overlap_x(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > _TOLERANCE * min(a.x1 - a.x0, b.x1 - b.x0)
