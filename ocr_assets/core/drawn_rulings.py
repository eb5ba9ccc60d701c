"""The straight lines that a PDF's page draws; filled areas that are thin are lines too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from ocr_assets.core.glyphs import to_upright
from ocr_assets.core.pages import Box
from ocr_assets.core.rulings import Ruling, Rulings
from ocr_assets.core.tiled_areas import Area, Colour, with_tiles

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage

_OBJECTS: Final = 20_000  # of a page, looked at; maps hold millions
_POINTS: Final = 2_000  # of a path, looked at
_THIN: Final = 3.0  # points: what is filled and not thicker is a line
_LEAST: Final = 4.0  # points: shorter ones are dashes at most
_SLANT: Final = 0.5  # points
_WHITE: Final = 250  # of 255
_SIDES: Final = 4  # of a rectangle

Point = tuple[float, float]

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's coordinates."""


def rulings_of(page: PdfPage) -> Rulings:
    """In the frame of the rendered page.

    Edges of filled areas are left out where these do not lie side by side like tiles: many stand within a cell, behind
    its text, and many cannot be seen.
    """
    upright = to_upright(page)
    across, down, areas = [], [], []
    for rect, colour in _shapes(page):
        box = upright(rect)
        if colour:
            areas.append(Area(box, colour))
        elif box.x1 - box.x0 > box.y1 - box.y0:
            across.append(Ruling((box.y0 + box.y1) / 2, box.x0, box.x1))
        else:
            down.append(Ruling((box.x0 + box.x1) / 2, box.y0, box.y1))
    return with_tiles(Rulings(tuple(across), tuple(down)), areas).within(Box(0, 0, 1, 1))


def _shapes(page: PdfPage) -> Iterator[tuple[Rect, Colour | None]]:
    """Lines, without a colour, and filled rectangles that are not white."""
    from pypdfium2 import raw

    for thing in islice(page.get_objects(), _OBJECTS):
        if thing.type == raw.FPDF_PAGEOBJ_PATH:
            yield from _shapes_of_path(thing)


def _shapes_of_path(path: PdfObject) -> Iterator[tuple[Rect, Colour | None]]:
    from ctypes import c_int

    from pypdfium2 import raw

    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    colour = _fill_colour(path) if fill.value != raw.FPDF_FILLMODE_NONE else None
    if not (stroke.value or colour):
        return
    for part in _parts(path):
        left, right = min(x for x, _ in part), max(x for x, _ in part)
        bottom, top = min(y for _, y in part), max(y for _, y in part)
        if min(right - left, top - bottom) <= _THIN:
            if max(right - left, top - bottom) >= _LEAST:
                yield (left, bottom, right, top), None
            continue
        sides = [side for side in pairwise(part) if _is_level(*side)]
        if stroke.value:
            yield from ((_rect(*side), None) for side in sides)
        if (
            colour
            and min(colour) < _WHITE
            and len(sides) == _SIDES
            and part[0] == part[-1]
            and len(set(part)) == _SIDES
        ):
            yield (left, bottom, right, top), colour


def _is_level(a: Point, b: Point) -> bool:
    across, up = abs(a[0] - b[0]), abs(a[1] - b[1])
    return min(across, up) <= _SLANT and max(across, up) >= _LEAST


def _rect(a: Point, b: Point) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _parts(path: PdfObject) -> Iterator[list[Point]]:
    """The points of each part of a path between moves, in the page's coordinates; parts with curves are left out."""
    from ctypes import c_float

    from pypdfium2 import raw

    matrix = path.get_matrix()
    container = path.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    x, y = c_float(), c_float()
    part: list[Point] = []
    curved = False
    for index in range(min(raw.FPDFPath_CountSegments(path), _POINTS)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(part) > 1 and not curved:
                yield part
            part, curved = [], False
        curved |= kind == raw.FPDF_SEGMENT_BEZIERTO
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        part.append(matrix.on_point(x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            part.append(part[0])
    if len(part) > 1 and not curved:
        yield part


def _fill_colour(path: PdfObject) -> Colour | None:
    """None where it is transparent."""
    from ctypes import c_uint

    from pypdfium2 import raw

    red, green, blue, alpha = (c_uint() for _ in range(4))
    known = raw.FPDFPageObj_GetFillColor(path, red, green, blue, alpha)
    return (red.value, green.value, blue.value) if not known or alpha.value else None
