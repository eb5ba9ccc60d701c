"""What a PDF page holds, told from its objects and its ink: text, a scan, both, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from ocr_assets.core.glyphs import sign_of
from ocr_assets.core.pages import PageKind

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage

BLANK_INK: Final = 2e-5
"""Below this share of ink a page is blank: a lone page number in small print has three times as much (measured)."""
SCAN_COVER: Final = 0.5
"""An image page without visible text is a scan from this share of its area on."""
MIXED_COVER: Final = 0.1
"""A page with visible text is mixed when images take this share of its area."""

_GRID: Final = 100
_OBJECTS: Final = 20_000  # of a page, looked at; maps hold millions
_CHARACTERS: Final = 200  # of a page, sampled
_INVISIBLE: Final = (3, 7)  # text render modes: of an OCR layer, and clipping only


@dataclass(frozen=True, slots=True)
class PageContent:
    """`image_cover` is the share of the page that images take, `image_dpi` the resolution of the largest or 0,
    `visible_text` whether the page shows characters: drawn, and not beneath a page-filling image.
    """

    image_cover: float
    image_dpi: float
    visible_text: bool

    @property
    def is_scan(self) -> bool:
        return not self.visible_text and self.image_cover >= SCAN_COVER

    def kind(self, ink: float) -> PageKind:
        if ink < BLANK_INK and not self.visible_text:  # without its font, text may leave no ink
            return "blank"
        if self.visible_text:
            return "mixed" if self.image_cover >= MIXED_COVER else "digital"
        return "scanned" if self.is_scan else "digital"


@dataclass(frozen=True, slots=True)
class _Picture:
    """An image on the page: its area in grid cells, where it stands in drawing order, its resolution."""

    columns: range
    rows: range
    order: int
    dpi: float

    @property
    def cells(self) -> int:
        return len(self.columns) * len(self.rows)


def content_of(page: PdfPage) -> PageContent:
    """What the objects of a page say; forms (XObjects) are looked into."""
    import numpy as np

    order: dict[int, int] = {}
    pictures = list(_pictures(page, order))
    grid = np.zeros((_GRID, _GRID), dtype=bool)
    for picture in pictures:
        grid[np.ix_(picture.rows, picture.columns)] = True
    largest = max(pictures, key=lambda picture: picture.cells, default=None)
    return PageContent(
        image_cover=float(grid.mean()),
        image_dpi=largest.dpi if largest else 0.0,
        visible_text=any(_shown(page, order, _covered_until(pictures))),
    )


def hides_its_text(page: PdfPage) -> bool:
    """Whether most characters are not drawn, or beneath a page-filling image, as on a scan with a line added."""
    order: dict[int, int] = {}
    pictures = list(_pictures(page, order))
    shown = list(_shown(page, order, _covered_until(pictures)))
    return sum(shown) < 0.5 * len(shown)


def has_undecodable_image(page: PdfPage) -> bool:
    """Whether one of the page's images has no bitmap; PDFium leaves such an image out when it renders."""
    from pypdfium2 import PdfImage, PdfiumError

    for thing in islice(page.get_objects(), _OBJECTS):
        if isinstance(thing, PdfImage):
            try:
                thing.get_bitmap()
            except PdfiumError:
                return True
    return False


def _pictures(page: PdfPage, order: dict[int, int]) -> Iterator[_Picture]:
    """The images of a page; fills `order` with the addresses of its text objects in drawing order."""
    from ctypes import c_void_p, cast

    from pypdfium2 import PdfImage, PdfTextObj

    box = page.get_bbox()
    for number, thing in enumerate(islice(page.get_objects(), _OBJECTS)):
        if isinstance(thing, PdfTextObj):
            order[cast(thing.raw, c_void_p).value or 0] = number
        elif isinstance(thing, PdfImage):
            picture = _picture(thing, box, number)
            if picture is not None:
                yield picture


def _picture(image: PdfObject, page_box: tuple[float, float, float, float], order: int) -> _Picture | None:
    """None for an image outside of the page or without extent."""
    from pypdfium2 import PdfiumError

    try:
        left, bottom, right, top = _bounds(image)
        pixels = max(image.get_px_size())
    except PdfiumError:
        return None
    width, height = page_box[2] - page_box[0], page_box[3] - page_box[1]
    if width <= 0 or height <= 0 or right <= left or top <= bottom:
        return None
    columns = _cells((left - page_box[0]) / width, (right - page_box[0]) / width)
    rows = _cells((bottom - page_box[1]) / height, (top - page_box[1]) / height)
    if not (columns and rows):
        return None
    return _Picture(columns, rows, order, 72 * pixels / max(right - left, top - bottom))


def _bounds(thing: PdfObject) -> tuple[float, float, float, float]:
    """In the page's coordinates; PDFium gives an object within a form in the form's own."""
    bounds = thing.get_bounds()
    container = thing.container
    while container is not None:
        bounds = container.get_matrix().on_rect(*bounds)
        container = container.container
    left, bottom, right, top = bounds
    return left, bottom, right, top


def _cells(low: float, high: float) -> range:
    return range(max(0, round(low * _GRID)), min(_GRID, round(high * _GRID)))


def _covered_until(pictures: Sequence[_Picture]) -> int:
    """Where in drawing order the last page-filling image stands; -1 without one."""
    return max((p.order for p in pictures if p.cells >= SCAN_COVER * _GRID**2), default=-1)


def _shown(page: PdfPage, order: dict[int, int], covered_until: int) -> Iterator[bool]:
    """Whether each of a sample of the characters is drawn, by an object that comes after the covering image if any."""
    from ctypes import c_void_p, cast

    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        for index in range(0, count, max(1, count // _CHARACTERS)):
            if (
                raw.FPDFText_IsGenerated(textpage, index) == 1
                or sign_of(raw.FPDFText_GetUnicode(textpage, index)).isspace()
            ):
                continue
            thing = raw.FPDFText_GetTextObject(textpage, index)
            if not thing or raw.FPDFTextObj_GetTextRenderMode(thing) in _INVISIBLE:
                yield False
            else:
                yield order.get(cast(thing, c_void_p).value or 0, _OBJECTS) > covered_until
    finally:
        textpage.close()
