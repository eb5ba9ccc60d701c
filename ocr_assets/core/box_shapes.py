"""Closed squares, rings and filled squares among the marks of a page, which stand by themselves: what a box may be.

A square has four straight sides of one length, which no letter has. A ring is as round as an "O".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from ocr_assets.core.marks import runs_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from ocr_assets.core.ink import Ink
    from ocr_assets.core.marks import Mask

    Floats = npt.NDArray[np.floating[Any]]

SIZES: Final = (0.9, 3.2)
"""Heights of a page's capitals that a box is high, what sticks out of it included."""
UNEQUAL: Final = 1.9
"""Times as wide as high, or as high as wide: a tick may stick out of a box."""
APART: Final = 0.2
"""Of its height: closer to the side of it are the letters of a word, or the next cell of a comb."""
MARGIN: Final = 2
"""Pixels to each side that are looked at too."""
LEAST_SIDE: Final = 10
"""Pixels: an "o" of fewer is as square as a box."""
SQUARE: Final = 1.14
"""Times as wide as high, or the other way round, a frame may be."""
CLOSED: Final = 0.88
"""Share of each side that is dark."""
CROSSED: Final = 0.3
"""Share of each side beyond which there is more ink: a tick that sticks out, a cross."""
THICKEST: Final = 0.25
"""Of a frame's side, its line; what is thicker is an area."""
DARK: Final = 0.25
"""Of the way from the paper's tone to that of the ink, from which a pixel is ink."""
MARKED: Final = (0.035, 0.07)
"""Share of the inside that is ink: empty up to the first, sure to be marked from the second."""
ROUND: Final = 0.07
"""The most that the outline of a ring strays from a circle, over its radius."""
SECTORS: Final = 24
DOT: Final = (0.3, 0.8)
"""Of a ring's radius, the least that a dot has, and the share of ink in it; an "@" has less."""
MOST: Final = 500
"""Squares and rings of a page, and of the marks that may be one three times as many: more are a pattern."""


class Shape(NamedTuple):
    """In pixels of the page; `inside` is the share of ink in it, `capitals` their height behind it, 0 if none.

    A ring is "radio" if it is empty or holds a dot, "ringed" if it holds anything else: a tick, a number.
    """

    kind: Literal["checkbox", "radio", "ringed", "solid"]
    x0: int
    y0: int
    x1: int
    y1: int
    inside: float
    capitals: float

    @property
    def side(self) -> float:
        return (self.x1 - self.x0 + self.y1 - self.y0) / 2


def box_shapes(grey: Image, ink: Ink) -> Iterator[Shape]:
    """The shapes on a level page in mode L, dark on light."""
    import numpy as np

    marks = ink.marks * np.array([*grey.size, *grey.size])
    capitals = ink.type_height() * grey.height
    for place in _apart(marks, capitals):
        x0, y0, x1, y1 = np.round(marks[place]).astype(int).tolist()
        left, top = max(0, x0 - MARGIN), max(0, y0 - MARGIN)
        dark = _dark(np.asarray(grey.crop((left, top, min(grey.width, x1 + MARGIN), min(grey.height, y1 + MARGIN)))))
        if dark is None:
            continue
        frame = _frame(dark)
        if frame:
            a, b, c, d = frame
            if c - a < SIZES[0] * capitals:
                continue
            inside = _inside(dark[b:d, a:c])
            kind: Literal["checkbox", "solid"] = "solid" if inside is None else "checkbox"
            share = 1.0 if inside is None else inside
            yield Shape(kind, left + a, top + b, left + c, top + d, share, _capitals(marks, place, capitals))
        elif (ring := _ring(dark)) is not None:
            inner, is_plain = ring
            yield Shape("radio" if is_plain else "ringed", x0, y0, x1, y1, inner, _capitals(marks, place, capitals))


def _apart(marks: Floats, capitals: float) -> list[int]:
    """The marks of a box's size and shape beside which nothing else stands."""
    import numpy as np

    if not len(marks):
        return []
    widths, heights = marks[:, 2] - marks[:, 0], marks[:, 3] - marks[:, 1]
    larger, smaller = np.maximum(widths, heights), np.minimum(widths, heights)
    fits = (smaller >= max(LEAST_SIDE, SIZES[0] * capitals)) & (larger <= SIZES[1] * capitals)
    places = np.flatnonzero(fits & (larger <= UNEQUAL * smaller))
    if not len(places):
        return []
    alone = places[~_beside_others(marks, places, capitals)]
    return [int(place) for place in alone] if len(alone) <= 3 * MOST else []


def _beside_others(marks: Floats, places: npt.NDArray[np.intp], capitals: float) -> Mask:
    """For each of these marks, whether another begins or ends close to the side of it. Looked up in order of place, for
    pages have thousands of marks.
    """
    import numpy as np

    step, far = capitals / 2, float(marks.max()) + 1
    rows = np.floor((marks[:, 1] + marks[:, 3]) / 2 / step) * far
    begins, ends = np.sort(rows + marks[:, 0]), np.sort(rows + marks[:, 2])
    x0, y0, x1, y1 = marks[places].T
    reach = APART * (y1 - y0)
    first, last = np.floor(y0 / step), np.floor(y1 / step)
    beside = np.zeros(len(places), bool)
    for more in range(math.ceil(2 * SIZES[1]) + 1):
        row = np.minimum(first + more, last) * far
        beside |= np.searchsorted(begins, row + x1 - 1) < np.searchsorted(begins, row + x1 + reach)
        beside |= np.searchsorted(ends, row + x0 - reach) < np.searchsorted(ends, row + x0 + 1, "right")
    return beside


def _capitals(marks: Floats, place: int, usual: float) -> float:
    """Height of the capitals in the row of a mark, 0 where nothing follows it there."""
    import numpy as np

    own = marks[place]
    height = own[3] - own[1]
    others = marks[(np.abs(marks[:, 1] + marks[:, 3] - own[1] - own[3]) < height) & (np.arange(len(marks)) != place)]
    others = others[(others[:, 0] > own[2]) & (others[:, 0] < own[2] + 12 * height)]
    heights = others[:, 3] - others[:, 1]
    return float(max(usual, np.percentile(heights, 80))) if len(heights) else 0.0


def _dark(crop: npt.NDArray[np.uint8]) -> Mask | None:
    """Which pixels are ink; None where there is hardly any."""
    import numpy as np

    paper, black = np.percentile(crop, (90, 2)).tolist()
    return crop < paper - max(14.0, DARK * (paper - black)) if paper - black > 24 else None


def _frame(dark: Mask) -> tuple[int, int, int, int] | None:
    """The largest square whose four sides are dark, its line included: first and past-last column and row."""
    least = max(LEAST_SIDE, 0.5 * min(dark.shape))
    runs = runs_of(dark)
    long = runs.ends - runs.starts >= least
    rows, starts = (runs.starts[long] // runs.stride).tolist(), (runs.starts[long] % runs.stride).tolist()
    lengths = (runs.ends - runs.starts)[long].tolist()
    lines = list(zip(rows, starts, lengths, strict=True))
    for top, x0, length in lines:
        off = max(2, 0.1 * length)
        for bottom, other, other_length in reversed(lines):
            side = bottom - top + 1
            if side * SQUARE < length:
                break
            x1 = x0 + length
            if side > length * SQUARE or abs(other - x0) > off or abs(other + other_length - x1) > off:
                continue
            if _is_closed(dark, x0, top, x1, bottom + 1):
                return x0, top, x1, bottom + 1
    return None


def _is_closed(dark: Mask, x0: int, top: int, x1: int, bottom: int) -> bool:
    """Whether there is a straight dark line on each side of the square, and little beyond it."""
    reach, beyond = max(1, round(0.07 * (x1 - x0))), round(0.3 * (x1 - x0))
    for turned, start, end, left, right in ((dark, top, bottom, x0, x1), (dark.T, x0, x1, top, bottom)):
        rows = turned[start:end]
        for line in (rows[:, max(0, left - reach) : left + reach + 1], rows[:, right - reach - 1 : right + reach]):
            if line.any(axis=1).mean() < CLOSED:
                return False
        for outside in (
            rows[:, max(0, left - beyond) : max(0, left - reach)],
            rows[:, right + reach : right + beyond],
        ):
            if outside.any(axis=1).mean() > CROSSED:
                return False
    return True


def _inside(square: Mask) -> float | None:
    """The share of ink within a frame; None where there is no frame, for all is ink."""
    import numpy as np

    side = min(square.shape)
    limit = max(2, round(THICKEST * side))
    lines = [
        int((~(edge[:limit].mean(axis=1) > 0.8)).argmax()) if not (edge[:limit].mean(axis=1) > 0.8).all() else limit
        for edge in (square, square[::-1], square.T, square.T[::-1])
    ]
    if min(lines) >= limit:
        return None
    line = max(1, round(float(np.median(lines)))) + max(1, round(0.06 * side))
    inner = square[line:-line, line:-line]
    return float(inner.mean()) if inner.size else None


def _ring(dark: Mask) -> tuple[float, bool] | None:
    """The share of ink inside of a ring that fills the mask but for its margin, and whether it is empty or holds a dot;
    None where there is no ring."""
    import numpy as np

    y, x = np.nonzero(dark)
    if len(x) < 3 * LEAST_SIDE or not 1 / SQUARE < dark.shape[0] / dark.shape[1] < SQUARE:
        return None
    around = (
        (x.mean(), y.mean()),
        ((x.min() + x.max()) / 2, (y.min() + y.max()) / 2),
    )  # a mark in it draws the mean away
    for middle_x, middle_y in around:
        across, down = x - middle_x, y - middle_y
        radius = np.hypot(across, down)
        sector = ((np.arctan2(down, across) / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
        outline = np.zeros(SECTORS)
        np.maximum.at(outline, sector, radius + 0.5)
        outer = float(np.median(outline))
        if outer < LEAST_SIDE / 2 or (np.abs(outline / outer - 1) > ROUND + 0.5 / outer).mean() > 1 - CLOSED:
            continue
        inside, middle = (float((radius < r).sum() / (np.pi * r**2)) for r in (outer / 2, max(1.5, DOT[0] * outer)))
        return inside, inside < MARKED[0] or middle > DOT[1]
    return None
