"""The marks of a bitmap: its connected groups of pixels, found row by row with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """`boxes` is n x 4 of x0, y0, x1, y1 in pixels, the last two exclusive; `areas` n counts of pixels."""

    boxes: Integers
    areas: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of set pixels in a row, in raster order: places in the flattened mask, whose rows are `stride` apart.

    A row has a blank at its end, so that no run goes on in the next.
    """

    starts: Integers
    ends: Integers
    stride: int


def marks_of(mask: Mask) -> Marks:
    """The marks of a bitmap (height x width), in raster order; pixels that touch at a corner belong together."""
    import numpy as np

    runs = runs_of(mask)
    first = _joined(*_touching(runs), len(runs.starts))
    firsts = np.flatnonzero(first == np.arange(len(first)))
    mark = np.searchsorted(firsts, first)
    y, x0 = np.divmod(runs.starts, runs.stride)
    lengths = runs.ends - runs.starts
    boxes = np.zeros((len(firsts), 4), np.int64)
    boxes[:, 0] = runs.stride
    np.minimum.at(boxes[:, 0], mark, x0)
    boxes[:, 1] = y[firsts]
    np.maximum.at(boxes[:, 2], mark, x0 + lengths)
    np.maximum.at(boxes[:, 3], mark, y + 1)
    areas = np.zeros(len(firsts), np.int64)
    np.add.at(areas, mark, lengths)
    return Marks(boxes, areas)


def runs_of(mask: Mask) -> Runs:
    import numpy as np

    height, width = mask.shape
    flat = np.zeros(height * (width + 1) + 1, bool)
    flat[1:].reshape(height, width + 1)[:, :width] = mask
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return Runs(changes[::2], changes[1::2], width + 1)


def _touching(runs: Runs) -> tuple[Integers, Integers]:
    """The pairs of runs that touch: one of a row, one of the row below."""
    import numpy as np

    first = np.searchsorted(runs.ends, runs.starts + runs.stride)
    after = np.searchsorted(runs.starts, runs.ends + runs.stride, "right")
    counts = after - first
    upper = np.repeat(np.arange(len(counts)), counts)
    lower = np.arange(len(upper)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    return upper, lower


def _joined(upper: Integers, lower: Integers, count: int) -> Integers:
    """For each of `count` runs the first run of its mark.

    Both ends of a pair look up the first runs known so far and the later of these is joined to the earlier, for all
    pairs at once, until no pair differs: four to nine rounds on a page of text.
    """
    import numpy as np

    first = np.arange(count)
    while True:
        one, other = first[upper], first[lower]
        differ = one != other
        if not differ.any():
            return first
        upper, lower, one, other = upper[differ], lower[differ], one[differ], other[differ]
        first[np.maximum(one, other)] = np.minimum(one, other)
        while not np.array_equal(first, further := first[first]):
            first = further
