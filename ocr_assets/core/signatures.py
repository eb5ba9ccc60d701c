"""Signatures on scanned pages: strokes much larger than the print, beside a word that says that somebody signs here.

Without such a word handwriting is not told from drawings, and is left as it is.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.marks import marks_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pixels import darker_than_around, reduced
from ocr_assets.core.regions import area, bounding, holds, intersection

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_assets.core.marks import Mask

ABOVE: Final = 6.0
BELOW: Final = 4.0
BEFORE: Final = 4.0
BEHIND: Final = 30.0
"""How far from its word a signature is looked for. These and the next are in heights of the word."""
TALL: Final = (1.6, 8.0)
"""Height of a signature's stroke, all that hangs together."""
WIDE: Final = (1.6, 30.0)
LEAST_WIDTH: Final = 3.0
"""Width of all its strokes."""
THIN: Final = 0.35
"""Share of its box that a stroke covers at most."""
SURE: Final = 0.9
"""Confidence of words that are print."""
CONTRAST: Final = 40
AROUND: Final = 15

_CUE = re.compile(r"(?:signatures?|signed|sign[ée]e?s?|unterschrift(?:en)?|unterzeichnet)\W*", re.IGNORECASE)


def signatures_on(grey: "Image", words: Sequence[Word]) -> tuple[Box, ...]:
    """Where somebody signed on a page in mode L, dark on light, with these words."""
    cues = [word for word in words if _CUE.fullmatch(word.text)]
    if not cues:
        return ()
    small = reduced(grey)
    width, height = small.size
    ink = darker_than_around(small, AROUND, CONTRAST)
    marks = marks_of(ink)
    boxes = (Box(*edges) for edges in marks.boxes.tolist())
    strokes = [box for box, dark in zip(boxes, marks.areas, strict=True) if dark <= THIN * area(box)]
    printed = [_scaled(word.box, width, height) for word in words if word.confidence >= SURE]
    strokes = [stroke for stroke in strokes if not _is_print(stroke, printed)]
    found = [_beside(_scaled(cue.box, width, height), strokes, ink) for cue in cues]
    return tuple(dict.fromkeys(_scaled(box, 1 / width, 1 / height) for box in found if box))


def _scaled(box: Box, across: float, down: float) -> Box:
    return Box(box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down)


def _is_print(stroke: Box, printed: Sequence[Box]) -> bool:
    """Whether it is a word, or holds words, as the frame of a field or a table does."""
    held = sum(holds(stroke, word) for word in printed)
    return held > 1 or any(intersection(stroke, word) > 0.5 * area(stroke) for word in printed)


def _beside(cue: Box, strokes: Sequence[Box], ink: "Mask") -> Box | None:
    """What was signed at this word, in pixels."""
    unit = cue.y1 - cue.y0
    zone = Box(cue.x0 - BEFORE * unit, cue.y0 - ABOVE * unit, cue.x1 + BEHIND * unit, cue.y1 + BELOW * unit)
    near = [box for box in strokes if holds(zone, box) and _is_large(box, unit) and not _is_framed(box, ink)]
    if not near:
        return None
    whole = bounding(near)
    return whole if LEAST_WIDTH * unit <= whole.x1 - whole.x0 else None


def _is_framed(box: Box, ink: "Mask") -> bool:
    """Whether it has a line above and below: the frame of a field."""
    x0, y0, x1, y1 = map(int, box)
    return all(edge.any(axis=0).mean() > 0.7 for edge in (ink[y0 : y0 + 3, x0:x1], ink[y1 - 3 : y1, x0:x1]))


def _is_large(box: Box, unit: float) -> bool:
    return all(
        low * unit <= side <= high * unit for side, (low, high) in ((box.y1 - box.y0, TALL), (box.x1 - box.x0, WIDE))
    )
