"""What a PDF page draws besides its text: images and shapes, each where the page shows it.

Calls PDFium: in a page process, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ocr_assets.core.drawn_bounds import (
    SEGMENTS,
    Point,
    around,
    box_on_page,
    clip_bounds,
    matrix_of,
    meet,
    shared,
    visible_bounds,
)
from ocr_assets.core.glyphs import to_upright
from ocr_assets.core.pages import Box
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import area

if TYPE_CHECKING:
    from pypdfium2 import PdfMatrix, PdfPage

OBJECTS: Final = 5_000
"""Objects of a page, looked at: a tenth of a second. Maps hold millions."""
DEPTH: Final = 8
"""Forms within forms."""
PAPER: Final = 0.9
"""A filled shape over this share of the page is its paper: what has the same colour does not show."""
ROUNDED: Final = 0.3
"""The corners of a rounded rectangle, over its sides."""
LEVEL: Final = 0.1
"""Points by which a level or upright line may lean."""

WHITE: Final = (255, 255, 255)


class Shape(NamedTuple):
    """A path as the page shows it. `is_plain` where all its sides are level or upright: rules, frames, bars, cells."""

    box: Box
    is_filled: bool
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """Boxes of images and shapes in the order they are drawn, clipped to what is visible. Gradients count as images."""

    images: tuple[Box, ...] = ()
    shapes: tuple[Shape, ...] = ()


class _Path(NamedTuple):
    """The colour of its fill or None, and its bounds; `parts` are its pieces where all of their sides are plain."""

    fill: tuple[int, int, int] | None
    box: Box
    parts: tuple[Box, ...] | None


def drawn_on(path: str, page: int, passwords: Sequence[str] = ()) -> Drawn:
    """What the page (from 1) draws, also within form XObjects. Boxes are in 0..1 of the upright page.

    Invisible shapes are left out, and objects that PDFium cannot locate. Raises as `pdf_page` does.
    """
    with pdf_page(path, page, passwords) as opened:
        found = list(_found(opened))
    images = tuple(box for box in found if isinstance(box, Box))
    paths = [thing for thing in found if isinstance(thing, _Path)]
    paper = next((p.fill for p in reversed(paths) if p.fill and area(p.box) > PAPER), WHITE)
    shapes = (
        Shape(box, path.fill is not None, path.parts is not None)
        for path in paths
        if path.fill != paper
        for box in path.parts or (path.box,)
    )
    return Drawn(images, tuple(shapes))


def _found(page: PdfPage) -> Iterator[Box | _Path]:
    """Images and visible paths."""
    from pypdfium2 import PdfMatrix, raw

    upright = to_upright(page)
    to_page = PdfMatrix(*upright.along_x, *upright.along_y, *upright.origin)
    for thing, matrix in _objects(page):
        kind = raw.FPDFPageObj_GetType(thing)
        bounds = clip_bounds(thing) if kind == raw.FPDF_PAGEOBJ_SHADING else visible_bounds(thing)
        frame = matrix.multiply(to_page)
        box = box_on_page(bounds, frame) if bounds else None
        if not box:
            continue
        if kind == raw.FPDF_PAGEOBJ_PATH:
            path = _path(thing, box, frame)
            if path:
                yield path
        elif area(box) > 0:
            yield box


def _objects(page: PdfPage) -> Iterator[tuple[Any, PdfMatrix]]:
    """Images, paths and shadings, with the matrix of the forms around them."""
    from pypdfium2 import PdfMatrix, raw

    left = OBJECTS

    def walk(count: int, get: Callable[[int], Any], matrix: PdfMatrix, depth: int) -> Iterator[tuple[Any, PdfMatrix]]:
        nonlocal left
        for index in range(count):
            if not left:
                return
            left -= 1
            thing = get(index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_FORM and depth < DEPTH:
                inner = raw.FPDFFormObj_CountObjects(thing)
                get_inner = lambda number, form=thing: raw.FPDFFormObj_GetObject(form, number)  # noqa: E731
                yield from walk(inner, get_inner, matrix_of(thing).multiply(matrix), depth + 1)
            elif kind in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
                yield thing, matrix

    count = raw.FPDFPage_CountObjects(page)
    yield from walk(count, lambda index: raw.FPDFPage_GetObject(page, index), PdfMatrix(), 0)


def _path(thing: Any, box: Box, frame: PdfMatrix) -> _Path | None:
    """None where it is transparent or only there to clip."""
    from ctypes import c_int

    from pypdfium2 import raw

    fills, strokes = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(thing, fills, strokes)
    fill = _colour(raw.FPDFPageObj_GetFillColor, thing) if fills.value else None
    if fill is None and not (strokes.value and _colour(raw.FPDFPageObj_GetStrokeColor, thing)):
        return None
    pieces = _pieces(thing, is_filled=fill is not None)
    if pieces is None or len(pieces) < 2:
        return _Path(fill, box, None if pieces is None else (box,))
    own = matrix_of(thing).multiply(frame)
    parts = (box_on_page(around(piece), own) for piece in pieces)
    return _Path(fill, box, tuple(Box(*shared(part, box)) for part in parts if part and meet(part, box)))


def _colour(get: Callable[..., int], thing: Any) -> tuple[int, int, int] | None:
    """None where it is transparent."""
    from ctypes import c_uint

    red, green, blue, alpha = (c_uint(255) for _ in range(4))
    get(thing, red, green, blue, alpha)
    return (red.value, green.value, blue.value) if alpha.value else None


def _pieces(path: Any, *, is_filled: bool) -> list[list[Point]] | None:
    """The points of each piece of a plain path: a filled outline, or a single line. None where it is not plain."""
    from ctypes import c_float

    from pypdfium2 import raw

    count = raw.FPDFPath_CountSegments(path)
    if not 0 < count <= SEGMENTS:
        return None
    outlines: list[list[Point]] = []
    x, y = c_float(), c_float()
    straight, leaning = 0.0, 0.0
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (x.value, y.value)
        if kind == raw.FPDF_SEGMENT_MOVETO or not outlines:
            outlines.append([point])
            continue
        across, down = (abs(a - b) for a, b in zip(point, outlines[-1][-1], strict=True))
        if kind == raw.FPDF_SEGMENT_LINETO and min(across, down) <= LEVEL:
            straight += max(across, down)
        else:
            leaning += max(across, down)
        outlines[-1].append(point)
    if leaning > ROUNDED * straight:
        return None
    outlines = [outline for outline in outlines if len(outline) > 1]
    if is_filled or leaning or len(outlines) < 2:
        return outlines
    return [[a, b] for outline in outlines for a, b in pairwise(outline)]
