"""Check boxes and radio buttons on the image of a form: closed squares and rings that stand by themselves, and whether
they are marked.

What they may be is found by their shape; here it is told whether they are, from what else there is. A ring, as round as
an "O", counts only among several of one size that are higher than the capitals beside them, empty or with a dot; with
anything else in it, where one like it is empty: a tick, and not ② or ©.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ocr_assets.core.box_shapes import MARKED, MOST, Shape, box_shapes
from ocr_assets.core.form_words import place_among
from ocr_assets.core.forms import OFF, ON
from ocr_assets.core.lines import same_row
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.regions import holds

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_assets.core.ink import Ink

ROUND: Final = ("radio", "ringed")
HIGHER: Final = 1.12
"""Times as high as the capitals beside it a ring is that cannot be an "O"."""
FULL: Final = 0.4
"""Share of ink in the squares at the corners of a QR code, at least."""
FINDERS: Final = 1.9
"""Times their side they are apart, at least."""
SAME_PLACE: Final = 0.2
"""Of their side, what they may be out of line."""
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


def seen_boxes(grey: Image, ink: Ink) -> tuple[SeenBox, ...]:
    """The boxes on a level page in mode L, dark on light."""
    found = list(box_shapes(grey, ink))
    if len(found) > MOST:
        return ()  # a pattern
    shapes = [shape for shape in _without_finders(found) if not _is_hole(shape, grey)]
    known = [*_squares(shapes), *_buttons([shape for shape in shapes if shape.kind in ROUND])]
    if not any(shape.capitals for shape in known):
        return ()  # nothing is to be chosen: signs at the ends of proofs
    return tuple(_box(shape, grey) for shape in sorted(known, key=lambda s: (s.y0, s.x0)))


def _is_hole(shape: Shape, grey: Image) -> bool:
    """Whether it is a hole that was punched for a binder."""
    width = min(grey.size)
    margin = min(shape.x1, shape.y1, grey.width - shape.x0, grey.height - shape.y0)
    return shape.kind in ROUND and shape.side > HOLE * width and margin < EDGE * width


def _without_finders(shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes without the squares at three corners of a QR code: full, of one size, as far apart across as down."""
    full = [shape for shape in shapes if shape.kind not in ROUND and shape.inside > FULL]
    corners: set[Shape] = set()
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


def _surrounds(shape: Shape, inner: Shape) -> bool:
    return shape.x0 <= inner.x0 and shape.y0 <= inner.y0 and inner.x1 <= shape.x1 and inner.y1 <= shape.y1


def _squares(shapes: Sequence[Shape]) -> Iterator[Shape]:
    """Empty frames, and the marked or filled ones that are like them or higher than letters."""
    empty = [shape for shape in shapes if shape.kind == "checkbox" and shape.inside < MARKED[0]]
    for shape in shapes:
        alike = [other for other in empty if _alike(shape, other)]
        is_high = shape.side > HIGHER * shape.capitals > 0
        is_filled = any(other.capitals for other in alike)  # else it is a bullet
        if {"checkbox": bool(alike) or is_high, "solid": is_filled}.get(shape.kind):
            yield shape


def _alike(a: Shape, b: Shape) -> bool:
    return 1 / ALIKE < a.side / b.side < ALIKE


def is_as_large(a: SeenBox, b: SeenBox) -> bool:
    """Whether two boxes of a page are of one size."""
    return 1 / ALIKE < (a.box.y1 - a.box.y0) / (b.box.y1 - b.box.y0) < ALIKE


def _buttons(rings: Sequence[Shape]) -> Iterator[Shape]:
    """Rings of which there are several, and that are no letters; where nothing stands beside one, others tell."""
    sure = [ring for ring in rings if ring.side > HIGHER * ring.capitals > 0]
    for ring in rings:
        group = [other for other in sure if _alike(ring, other)]
        is_told = ring.kind == "radio" or any(o.kind == "radio" and o.inside < MARKED[0] for o in group)
        if is_told and len(group) > 1 and (ring in group or not ring.capitals):
            yield ring


def _box(shape: Shape, grey: Image) -> SeenBox:
    empty, marked = MARKED
    doubt = min(1.0, abs(shape.inside - (empty + marked) / 2) / (marked - empty))
    place = Box(shape.x0 / grey.width, shape.y0 / grey.height, shape.x1 / grey.width, shape.y1 / grey.height)
    kind: Literal["checkbox", "radio"] = "radio" if shape.kind in ROUND else "checkbox"
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
