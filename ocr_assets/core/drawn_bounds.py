"""Where the objects of a PDF page are: their bounds and clips, and the same in 0..1 of the page.

Calls PDFium: in a page process, one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.pages import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfMatrix

SEGMENTS: Final = 200
"""Segments of a path, looked at; longer paths count as curved."""

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""


def visible_bounds(thing: Any) -> Rectangle | None:
    """The object's bounds within its clip, in the coordinates of what holds it."""
    from ctypes import c_float

    from pypdfium2 import raw

    left, bottom, right, top = (c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return None
    bounds = left.value, bottom.value, right.value, top.value
    clip = clip_bounds(thing)
    return shared(bounds, clip) if clip else bounds


def clip_bounds(thing: Any) -> Rectangle | None:
    """The rectangle around the object's clip, or None where it has none."""
    from ctypes import c_float

    from pypdfium2 import raw

    clip = raw.FPDFPageObj_GetClipPath(thing)
    found: Rectangle | None = None
    x, y = c_float(), c_float()
    for number in range(raw.FPDFClipPath_CountPaths(clip) if clip else 0):
        points = []
        for index in range(min(SEGMENTS, raw.FPDFClipPath_CountPathSegments(clip, number))):
            if raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, number, index), x, y):
                points.append((x.value, y.value))
        if points:
            found = shared(found, around(points)) if found else around(points)
    return found


def around(points: Sequence[Point]) -> Rectangle:
    """The smallest rectangle that holds the points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def shared(a: Rectangle, b: Rectangle) -> Rectangle:
    """What both cover; turned inside out where that is nothing."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def box_on_page(rectangle: Rectangle, to_page: PdfMatrix) -> Box | None:
    """The rectangle as the page shows it, clipped to the page; None where nothing is left."""
    left, bottom, right, top = rectangle
    if left > right or bottom > top:
        return None
    x0, y0, x1, y1 = shared(to_page.on_rect(left, bottom, right, top), (0.0, 0.0, 1.0, 1.0))
    return Box(x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None


def meet(a: Box, b: Box) -> bool:
    """Whether the boxes overlap or touch."""
    return a.x0 <= b.x1 and b.x0 <= a.x1 and a.y0 <= b.y1 and b.y0 <= a.y1


def matrix_of(thing: Any) -> PdfMatrix:
    """By which the object's coordinates become those of what holds it."""
    from pypdfium2 import PdfMatrix, raw

    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(thing, matrix)
    return PdfMatrix.from_raw(matrix)
