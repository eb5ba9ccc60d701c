"""Check boxes and radio buttons on the image of a form: closed squares and rings that stand by themselves, and whether
they are marked.

A square has four straight sides of one length, which no letter has. A ring is as round as an "O": it counts only among
several of one size that are higher than the capitals beside them, empty or with a dot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from ocr_assets.core.form_words import place_among
from ocr_assets.core.forms import OFF, ON
from ocr_assets.core.lines import same_row
from ocr_assets.core.marks import runs_of
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.regions import holds

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
HIGHER: Final = 1.12
"""Times as high as the capitals beside it a ring is that cannot be an "O"."""
FULL: Final = 0.4
"""Share of ink in the squares at the corners of a QR code, at least."""
FINDERS: Final = 1.9
"""Times their side they are apart, at least."""
SAME_PLACE: Final = 0.2
"""Of their side, what they may be out of line."""
MOST: Final = 500
"""Squares and rings of a page, and of the marks that may be one three times as many: more are a pattern."""
HOLE: Final = 0.024
"""Of the page's width, at least: 5 mm of 210; they have 5.5 or 6, or 7."""
EDGE: Final = 0.1
"""Of the page's width: so close to its edge all of a hole lies."""
PAPER: Final = 95
"""Percentile of the tones around a box that is the paper's."""
GAP: Final = 1.5
"""Times a box's width: what stands further behind it, or behind a word of its label, is not of the label."""
ALIKE: Final = 1.18
"""Times as large as each other boxes of one form are."""


class SeenBox(NamedTuple):
    """`box` is in 0..1 of the page; `confidence`, 0..1, that of its being marked or not."""

    kind: Literal["checkbox", "radio"]
    box: Box
    is_on: bool
    confidence: float


class _Shape(NamedTuple):
    """In pixels of the page; `inside` is the share of ink in it, `capitals` their height behind it, 0 if none."""

    kind: Literal["checkbox", "radio", "solid"]
    x0: int
    y0: int
    x1: int
    y1: int
    inside: float
    capitals: float

    @property
    def side(self) -> float:
        return (self.x1 - self.x0 + self.y1 - self.y0) / 2


def seen_boxes(grey: Image, ink: Ink) -> tuple[SeenBox, ...]:
    """The boxes on a level page in mode L, dark on light."""
    found = list(_shapes(grey, ink))
    if len(found) > MOST:
        return ()  # a pattern
    shapes = [shape for shape in _without_finders(found) if not _is_hole(shape, grey)]
    known = [*_squares(shapes), *_buttons([shape for shape in shapes if shape.kind == "radio"])]
    if not any(shape.capitals for shape in known):
        return ()  # nothing is to be chosen: signs at the ends of proofs
    return tuple(_box(shape, grey) for shape in sorted(known, key=lambda s: (s.y0, s.x0)))


def _is_hole(shape: _Shape, grey: Image) -> bool:
    """Whether it is a hole that was punched for a binder."""
    width = min(grey.size)
    margin = min(shape.x1, shape.y1, grey.width - shape.x0, grey.height - shape.y0)
    return shape.kind == "radio" and shape.side > HOLE * width and margin < EDGE * width


def _without_finders(shapes: Sequence[_Shape]) -> list[_Shape]:
    """The shapes without the squares at three corners of a QR code: full, of one size, as far apart across as down."""
    full = [shape for shape in shapes if shape.kind != "radio" and shape.inside > FULL]
    corners: set[_Shape] = set()
    for corner in full:
        near, far = SAME_PLACE * corner.side, FINDERS * corner.side
        alike = [s for s in full if _alike(s, corner)]
        beside = [s for s in alike if abs(s.y0 - corner.y0) < near and abs(s.x0 - corner.x0) > far]
        below = [s for s in alike if abs(s.x0 - corner.x0) < near and abs(s.y0 - corner.y0) > far]
        for a, b in ((a, b) for a in beside for b in below):
            if abs(abs(a.x0 - corner.x0) - abs(b.y0 - corner.y0)) < near:
                corners |= {corner, a, b}
    around = [s for s in shapes if any(_surrounds(s, corner) for corner in corners)]
    empty = [shape for shape in shapes if shape.kind == "checkbox" and shape.inside < MARKED[0]]
    if any(_alike(box, shape) for box in empty for shape in around):
        return list(shapes)  # a table of choices
    return [shape for shape in shapes if shape not in around]


def _surrounds(shape: _Shape, inner: _Shape) -> bool:
    return shape.x0 <= inner.x0 and shape.y0 <= inner.y0 and inner.x1 <= shape.x1 and inner.y1 <= shape.y1


def _squares(shapes: Sequence[_Shape]) -> Iterator[_Shape]:
    """Empty frames, and the marked or filled ones that are like them or higher than letters."""
    empty = [shape for shape in shapes if shape.kind == "checkbox" and shape.inside < MARKED[0]]
    for shape in shapes:
        alike = [other for other in empty if _alike(shape, other)]
        is_high = shape.side > HIGHER * shape.capitals > 0
        is_filled = any(other.capitals for other in alike)  # else it is a bullet
        if {"checkbox": bool(alike) or is_high, "solid": is_filled, "radio": False}[shape.kind]:
            yield shape


def _alike(a: _Shape, b: _Shape) -> bool:
    return 1 / ALIKE < a.side / b.side < ALIKE


def is_as_large(a: SeenBox, b: SeenBox) -> bool:
    """Whether two boxes of a page are of one size."""
    return 1 / ALIKE < (a.box.y1 - a.box.y0) / (b.box.y1 - b.box.y0) < ALIKE


def _buttons(rings: Sequence[_Shape]) -> Iterator[_Shape]:
    """Rings of which there are several, and that are no letters; where nothing stands beside one, others tell."""
    sure = [ring for ring in rings if ring.side > HIGHER * ring.capitals > 0]
    for ring in rings:
        group = [other for other in sure if _alike(ring, other)]
        if len(group) > 1 and (ring in group or not ring.capitals):
            yield ring


def _box(shape: _Shape, grey: Image) -> SeenBox:
    empty, marked = MARKED
    doubt = min(1.0, abs(shape.inside - (empty + marked) / 2) / (marked - empty))
    place = Box(shape.x0 / grey.width, shape.y0 / grey.height, shape.x1 / grey.width, shape.y1 / grey.height)
    kind: Literal["checkbox", "radio"] = "radio" if shape.kind == "radio" else "checkbox"
    return SeenBox(kind, place, shape.inside > (empty + marked) / 2, 0.5 + 0.48 * doubt)


def without_boxes(grey: Image, boxes: Sequence[SeenBox]) -> Image:
    """The page with its boxes wiped out, so that no reader takes one for a letter."""
    import numpy as np

    if not boxes:
        return grey
    wiped = grey.copy()
    for box in boxes:
        x0, y0, x1, y1 = _pixels(box.box, grey)
        margin = round(0.12 * (y1 - y0)) + 1
        area = (max(0, x0 - margin), max(0, y0 - margin), min(grey.width, x1 + margin), min(grey.height, y1 + margin))
        wiped.paste(round(float(np.percentile(np.asarray(grey.crop(area)), PAPER))), area)
    return wiped


def with_boxes(words: Sequence[Word], boxes: Sequence[SeenBox]) -> tuple[tuple[Word, ...], tuple[FormField, ...]]:
    """The words with a ballot box at each box's place, instead of what was read there; and the boxes as fields.

    A field's label is what stands behind its box, up to a gap or the next box.
    """
    signs = [Word(ON if box.is_on else OFF, box.box, box.confidence) for box in boxes]
    merged = [word for word in words if not any(holds(box.box, word.box) for box in boxes)]
    fields = []
    for box, sign in zip(boxes, signs, strict=True):
        label = _label(sign, [*merged, *signs])
        fields.append(FormField(box.kind, "", " ".join(word.text for word in label), sign.text, box.box))
        place = next((merged.index(word) for word in label), None)
        if place is None:
            place = place_among(sign.box, merged)
        merged.insert(place, sign)
    return tuple(merged), tuple(fields)


def _label(sign: Word, words: Sequence[Word]) -> list[Word]:
    behind = (word for word in words if word.box.x0 >= sign.box.x1 and same_row(word.box, sign.box))
    label: list[Word] = []
    end, gap = sign.box.x1, GAP * (sign.box.x1 - sign.box.x0)
    for word in sorted(behind, key=lambda word: word.box.x0):
        if word.text in (ON, OFF) or word.box.x0 - end > gap:
            break
        label.append(word)
        end = word.box.x1
    return label


def _pixels(box: Box, grey: Image) -> tuple[int, int, int, int]:
    x0, x1 = (round(x * grey.width) for x in (box.x0, box.x1))
    y0, y1 = (round(y * grey.height) for y in (box.y0, box.y1))
    return x0, y0, x1, y1


def _shapes(grey: Image, ink: Ink) -> Iterator[_Shape]:
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
            yield _Shape(kind, left + a, top + b, left + c, top + d, share, _capitals(marks, place, capitals))
        elif (ring := _ring(dark)) is not None:
            yield _Shape("radio", x0, y0, x1, y1, ring, _capitals(marks, place, capitals))


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


def _ring(dark: Mask) -> float | None:
    """The share of ink inside of a ring that fills the mask but for its margin; None where there is none."""
    import numpy as np

    y, x = np.nonzero(dark)
    if len(x) < 3 * LEAST_SIDE or not 1 / SQUARE < dark.shape[0] / dark.shape[1] < SQUARE:
        return None
    across, down = x - x.mean(), y - y.mean()
    radius = np.hypot(across, down)
    sector = ((np.arctan2(down, across) / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
    outline = np.zeros(SECTORS)
    np.maximum.at(outline, sector, radius + 0.5)
    outer = float(np.median(outline))
    if outer < LEAST_SIDE / 2 or (np.abs(outline / outer - 1) > ROUND + 0.5 / outer).mean() > 1 - CLOSED:
        return None
    inside, middle = (float((radius < r).sum() / (np.pi * r**2)) for r in (outer / 2, max(1.5, DOT[0] * outer)))
    return inside if inside < MARKED[0] or middle > DOT[1] else None
