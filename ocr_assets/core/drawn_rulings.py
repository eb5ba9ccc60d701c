"""The straight lines that a PDF's page draws; filled areas that are thin are lines too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from ocr_assets.core.glyphs import to_upright
from ocr_assets.core.pages import Box
from ocr_assets.core.rulings import Ruling, Rulings

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage

_OBJECTS: Final = 20_000  # of a page, looked at; maps hold millions
_POINTS: Final = 2_000  # of a path, looked at
_THIN: Final = 3.0  # points: what is filled and not thicker is a line
_LEAST: Final = 4.0  # points: shorter ones are dashes at most
_SLANT: Final = 0.5  # points

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's coordinates."""


def rulings_of(page: PdfPage) -> Rulings:
    """In the frame of the rendered page.

    Edges of filled areas are left out: many stand within a cell, behind its text, and many cannot be seen.
    """
    upright = to_upright(page)
    across, down = [], []
    for rect in _lines(page):
        box = upright(rect)
        if box.x1 - box.x0 > box.y1 - box.y0:
            across.append(Ruling((box.y0 + box.y1) / 2, box.x0, box.x1))
        else:
            down.append(Ruling((box.x0 + box.x1) / 2, box.y0, box.y1))
    return Rulings(tuple(across), tuple(down)).within(Box(0, 0, 1, 1))


def _lines(page: PdfPage) -> Iterator[Rect]:
    from pypdfium2 import raw

    for thing in islice(page.get_objects(), _OBJECTS):
        if thing.type == raw.FPDF_PAGEOBJ_PATH:
            yield from _lines_of_path(thing)


def _lines_of_path(path: PdfObject) -> Iterator[Rect]:
    from ctypes import c_int

    from pypdfium2 import raw

    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    if not stroke.value and (fill.value == raw.FPDF_FILLMODE_NONE or _is_transparent(path)):
        return
    for part in _parts(path):
        left, right = min(x for x, _ in part), max(x for x, _ in part)
        bottom, top = min(y for _, y in part), max(y for _, y in part)
        if min(right - left, top - bottom) <= _THIN:
            if max(right - left, top - bottom) >= _LEAST:
                yield left, bottom, right, top
        elif stroke.value:
            for (x0, y0), (x1, y1) in pairwise(part):
                if min(abs(x1 - x0), abs(y1 - y0)) <= _SLANT and max(abs(x1 - x0), abs(y1 - y0)) >= _LEAST:
                    yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _parts(path: PdfObject) -> Iterator[list[tuple[float, float]]]:
    """The points of each part of a path between moves, in the page's coordinates; parts with curves are left out."""
    from ctypes import c_float

    from pypdfium2 import raw

    matrix = path.get_matrix()
    container = path.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    x, y = c_float(), c_float()
    part: list[tuple[float, float]] = []
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


def _is_transparent(path: PdfObject) -> bool:
    from ctypes import c_uint

    from pypdfium2 import raw

    red, green, blue, alpha = (c_uint() for _ in range(4))
    return bool(raw.FPDFPageObj_GetFillColor(path, red, green, blue, alpha)) and alpha.value == 0
