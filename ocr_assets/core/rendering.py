"""A page as an upright image, of a PDF or of an image file, at a resolution that fits its content and the limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from ocr_assets.core import pixels, png
from ocr_assets.core.flattening import flattened
from ocr_assets.core.images import PAGE_INCHES, load_frame
from ocr_assets.core.opening import media_type_of
from ocr_assets.core.page_kind import BLANK_INK, PageContent, content_of, has_undecodable_image
from ocr_assets.core.pages import PageKind, Turn
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.previews import Size, shrunk
from ocr_assets.core.straightening import Straightened, turned
from ocr_assets.core.text_turn import text_turn
from ocr_assets.errors import PermanentFault

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

ENOUGH_DPI: Final = 200.0
"""A scan of less than this is rendered at it all the same, unless the page is larger than A4."""
MAX_SIDE: Final = 32_000
"""Pixels; Tesseract refuses images of 32,768 and more."""


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """`max_pixels` bounds width times height: an A3 page at 300 dpi has 17 million."""

    dpi: float = 200
    max_pixels: int = 24_000_000

    def __post_init__(self) -> None:
        if not (10 <= self.dpi <= 2400 and self.max_pixels >= 10_000):
            raise ValueError(f"{self}: dpi must be in 10..2400 and max_pixels at least 10,000")


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page, upright. `png` is grey where the page has no colour, else RGB; `width` and `height` are its pixels.

    `dpi` is the resolution it really has; `rotation` is what the file asks for, in degrees clockwise, applied already;
    `turned` and `skew` are what it was straightened by besides. `ink` is the share (0..1) of pixels that stand out
    from their surroundings. `thumbnail` is what fits into the size that was asked for, if one was.
    """

    png: bytes
    width: int
    height: int
    dpi: float
    rotation: int
    kind: PageKind
    ink: float
    grey: bool
    turned: Turn = 0
    skew: float = 0.0
    thumbnail: Image | None = None


Straighten = Callable[["Image"], Straightened]


def as_it_is(image: Image) -> Straightened:
    """Leaves a page as it lies."""
    return Straightened(image)


def render(
    path: str,
    page: int,
    settings: RenderSettings = RenderSettings(),
    passwords: Sequence[str] = (),
    straighten: Straighten = as_it_is,
    thumbnail: Size | None = None,
) -> RenderedPage:
    """Render one page (from 1) of the document at `path`; `straighten` is asked about scans that are not blank.

    `thumbnail` is the size of a small one to be made too: made later, it would be of a page to be decoded first.

    Raises PermanentFault `corrupt` for a page that cannot be rendered and as opening does; IndexError for a page that
    the document does not have. To be called in a page process: a hostile page can hang, crash or take all memory.
    """
    if media_type_of(path) != "application/pdf":
        return _render_frame(path, page, settings, straighten, thumbnail)
    with pdf_page(path, page, passwords) as opened:
        return _render_pdf(opened, page, settings, straighten, thumbnail)


def _render_pdf(
    opened: PdfPage, page: int, settings: RenderSettings, straighten: Straighten, thumbnail: Size | None
) -> RenderedPage:
    from pypdfium2 import PdfiumError

    try:
        content = content_of(opened)
        dpi = _pdf_dpi(opened.get_size(), content, settings)
        bitmap = opened.render(scale=dpi / 72, prefer_bgrx=True, rev_byteorder=True)  # RGBX, as Pillow stores colours
    except PdfiumError as error:
        raise PermanentFault("corrupt", f"page {page} cannot be rendered ({error}); repair the PDF") from error
    try:
        image = bitmap.to_pil()
        if content.is_scan and not _says_more(opened):
            image = flattened(image)
        measured = _measured(image, straighten if content.is_scan else partial(_upright, opened), thumbnail)
    finally:
        bitmap.close()
    if content.is_scan and measured.ink == 0 and has_undecodable_image(opened):
        raise PermanentFault("corrupt", f"the image that fills page {page} cannot be decoded; repair the PDF")
    return _page(measured, dpi, opened.get_rotation(), content.kind(measured.ink))


def _says_more(opened: PdfPage) -> bool:
    """Whether the page has text or annotations, whose places would no longer be those on a flattened image."""
    from pypdfium2 import raw

    textpage = opened.get_textpage()
    try:
        return bool(textpage.count_chars() or raw.FPDFPage_GetAnnotCount(opened))
    finally:
        textpage.close()


def _upright(opened: PdfPage, image: Image) -> Straightened:
    """A page with text of its own, turned if most of that stands on its side or head."""
    turn = text_turn(opened)
    return Straightened(turned(image, turn), turn)


def _pdf_dpi(points: tuple[float, float], content: PageContent, settings: RenderSettings) -> float:
    """The wanted resolution, less what a scan does not have, within the pixel limits."""
    width, height = (max(side, 0.01) / 72 for side in points)  # in inches; PDFium lets pages without extent pass
    dpi = float(settings.dpi)
    if content.is_scan:
        enough = ENOUGH_DPI * min(1.0, PAGE_INCHES / max(width, height))
        dpi = min(dpi, max(content.image_dpi, enough))
    return min(dpi, _dpi_within(width, height, settings))


def _dpi_within(width: float, height: float, settings: RenderSettings) -> float:
    """The resolution at which a page of so many inches has at most the allowed pixels, sides being rounded up."""
    by_side = (MAX_SIDE - 1) / max(width, height)
    half = (width + height) / 2  # (w·d + 1)(h·d + 1) = max_pixels, solved for d
    by_area = (math.sqrt(half**2 + width * height * (settings.max_pixels - 1)) - half) / (width * height)
    return min(by_side, by_area)


def _render_frame(
    path: str, page: int, settings: RenderSettings, straighten: Straighten, thumbnail: Size | None
) -> RenderedPage:
    from PIL.Image import Resampling

    frame = load_frame(path, page)
    image = _without_needless_colour(frame.image)
    scale = _frame_scale(image.size, frame.dpi, frame.dpi_is_stated, settings)
    if scale < 1:
        size = (max(1, math.floor(image.width * scale)), max(1, math.floor(image.height * scale)))
        image = image.resize(size, Resampling.LANCZOS, reducing_gap=2.0)
    measured = _measured(flattened(image), straighten, thumbnail)
    kind: PageKind = "blank" if measured.ink < BLANK_INK else "scanned"
    return _page(measured, frame.dpi * min(scale, 1.0), frame.rotation, kind)


def _frame_scale(size: tuple[int, int], dpi: float, dpi_is_stated: bool, settings: RenderSettings) -> float:
    """At most 1. A resolution that is only assumed, or would leave less than a page's worth, takes nothing away."""
    wanted = 1.0
    if dpi_is_stated:
        wanted = max(settings.dpi / dpi, settings.dpi * PAGE_INCHES / max(size))
    allowed = min(math.sqrt(settings.max_pixels / (size[0] * size[1])), MAX_SIDE / max(size))
    return min(1.0, wanted, allowed)


class _Measured(NamedTuple):
    png: bytes
    ink: float
    grey: bool
    straightened: Straightened
    thumbnail: Image | None


def _measured(image: Image, straighten: Straighten, thumbnail: Size | None) -> _Measured:
    """The image straight and as PNG, grey where it has no colour, its ink, and how it looks small."""
    small = pixels.reduced(image)
    image, ink = _without_needless_colour(image, small), pixels.ink_share(small.convert("L"))
    straightened = straighten(image) if ink >= BLANK_INK else as_it_is(image)
    shown = None
    if thumbnail is not None:
        looks_alike = straightened.image is image
        shown = shrunk(small if looks_alike else straightened.image, thumbnail).convert(image.mode.rstrip("X"))
    return _Measured(png.encoded(straightened.image), ink, image.mode == "L", straightened, shown)


def _without_needless_colour(image: Image, small: Image | None = None) -> Image:
    """In mode L where nothing is coloured. `small` is the image as it is measured, made here if not given."""
    if image.mode == "L" or pixels.has_colour(small or pixels.reduced(image)):
        return image
    return image.convert("L")


def _page(measured: _Measured, dpi: float, rotation: int, kind: PageKind) -> RenderedPage:
    image, turned, skew = measured.straightened
    facts = dpi, rotation, kind, measured.ink, measured.grey, turned, skew
    return RenderedPage(measured.png, image.width, image.height, *facts, measured.thumbnail)
