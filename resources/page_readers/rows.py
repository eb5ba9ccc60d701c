"""Rows of marks cut out of a page, for a reader of lines."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.floating[Any]]

PADDED = 0.15  # of a row's height, above and below


def longest(rows: "Sequence[Floats]", count: int) -> "list[Floats]":
    """So many of them, the longest first."""
    return sorted(rows, key=lambda row: row[0, 0] - row[-1, 2])[:count]


def cut_row(grey: "Image", marks: "Floats", heights: float = math.inf) -> "Image":
    """The part of a level page where these marks stand, n x 4 in 0..1 of it; no longer than so many of its heights."""
    (x0, y0), (x1, y1) = marks[:, :2].min(axis=0), marks[:, 2:].max(axis=0)
    margin = PADDED * (y1 - y0)
    top, bottom = math.floor((y0 - margin) * grey.height), math.ceil((y1 + margin) * grey.height)
    left, right = math.floor(x0 * grey.width), math.ceil(x1 * grey.width)
    return grey.crop((left, top, math.ceil(min(right, left + heights * (bottom - top))), bottom))
