"""Where a PDF page shows embedded images. Calls PDFium: in a page process, one at a time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.pages import Box
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import area, bounding

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage

DEVICE: Final = 1 << 24
"""PDFium maps points to whole device units; on a device this large the rounding does not show."""
SEAM: Final = 0.002
"""Images closer than this, in 0..1 of the page, are strips of one picture."""


def embedded_images(path: str, page: int, passwords: Sequence[str] = ()) -> tuple[Box, ...]:
    """Boxes of the images that the page (from 1) draws, also within form XObjects, in the order they are drawn.

    Boxes are in 0..1 of the upright page, clipped to it; what lies outside is left out. Strips of one picture, as
    scanners and word processors write them, are joined. Raises as `pdf_page` does; an object that PDFium cannot
    locate is passed over.
    """
    from pypdfium2 import PdfiumError, raw

    boxes = []
    with pdf_page(path, page, passwords) as opened:
        for image in opened.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
            try:
                box = _upright(opened, list(_corners(image)))
            except PdfiumError:
                continue
            if area(box) > 0:
                boxes.append(box)
    return _joined(boxes)


def _corners(image: "PdfObject") -> Iterator[tuple[float, float]]:
    """The image's corners in points of the page, through the matrices of the forms that hold it."""
    left, bottom, right, top = image.get_bounds()
    for corner in ((left, bottom), (right, bottom), (right, top), (left, top)):
        holder = image.container
        while holder is not None:
            corner = holder.get_matrix().on_point(*corner)
            holder = holder.container
        yield corner


def _upright(page: "PdfPage", corners: Sequence[tuple[float, float]]) -> Box:
    """The box around these points as the page is rendered: rotation and crop box applied, clipped."""
    from ctypes import c_int

    from pypdfium2 import raw

    xs, ys = [], []
    for x, y in corners:
        column, row = c_int(), c_int()
        raw.FPDF_PageToDevice(page, 0, 0, DEVICE, DEVICE, 0, x, y, column, row)
        xs.append(min(1.0, max(0.0, column.value / DEVICE)))
        ys.append(min(1.0, max(0.0, row.value / DEVICE)))
    return Box(min(xs), min(ys), max(xs), max(ys))


def _joined(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes with strips joined: neighbours of equal width or height that touch, and repetitions."""
    joined: list[Box] = []
    for box in boxes:
        while (strip := next((other for other in joined if _one_picture(box, other)), None)) is not None:
            joined.remove(strip)
            box = bounding([box, strip])
        joined.append(box)
    return tuple(joined)


def _one_picture(a: Box, b: Box) -> bool:
    same_columns = abs(a.x0 - b.x0) < SEAM and abs(a.x1 - b.x1) < SEAM
    same_rows = abs(a.y0 - b.y0) < SEAM and abs(a.y1 - b.y1) < SEAM
    touch_down = max(a.y0, b.y0) - min(a.y1, b.y1) < SEAM
    touch_across = max(a.x0, b.x0) - min(a.x1, b.x1) < SEAM
    return (same_columns and touch_down) or (same_rows and touch_across)
