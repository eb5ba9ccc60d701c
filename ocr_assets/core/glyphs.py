"""The characters of a PDF page as PDFium gives them, in content order and in the frame of the rendered page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ocr_assets.core.pages import Box
from ocr_assets.core.soundness import is_no_text

if TYPE_CHECKING:
    import pypdfium2

_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})  # PDFium's sign for it; no line break follows
_SOFT_HYPHEN = 0xAD  # drawn if it is in the content at all: fonts map the hyphen's glyph to it
_DEVICE = 1 << 24
_LONGEST_NAME = 128


class Character(NamedTuple):
    """A character with its box; `doubtful` where PDFium could not map it. `place` is its number on the page."""

    text: str
    box: Box
    doubtful: bool
    place: int = -1


def characters(page: "pypdfium2.PdfPage", textpage: "pypdfium2.PdfTextPage") -> Iterator[Character | None]:
    """The characters in content order, None standing for a blank."""
    from pypdfium2 import raw

    to_page = to_upright(page)
    handle = textpage.raw
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in _LINE_END_HYPHENS or raw.FPDFText_IsHyphen(handle, index) == 1:
            yield Character("-", to_page(_char_box(handle, index)), False, index)
            yield None
        elif code == 0 or chr(code).isspace():
            yield None
        else:
            text = "-" if code == _SOFT_HYPHEN else chr(code)
            unmapped = raw.FPDFText_HasUnicodeMapError(handle, index) == 1 or is_no_text(text)
            yield Character(text, to_page(_char_box(handle, index)), unmapped, index)


def font_at(textpage: "pypdfium2.PdfTextPage", place: int) -> str:
    """The name of a character's font, "" where the PDF has none."""
    import ctypes

    from pypdfium2 import raw

    buffer = ctypes.create_string_buffer(_LONGEST_NAME)
    raw.FPDFText_GetFontInfo(textpage.raw, place, buffer, _LONGEST_NAME, ctypes.c_int())
    return buffer.value.decode("utf-8", "replace")


def _char_box(handle: object, index: int) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in page space; the font's box where the glyph's own one is empty."""
    import ctypes

    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(handle, index, left, right, bottom, top)
    if right.value > left.value and top.value > bottom.value:
        return left.value, bottom.value, right.value, top.value
    loose = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(handle, index, loose)
    return loose.left, loose.bottom, loose.right, loose.top


class _Upright(NamedTuple):
    """The affine map from page space to 0..1 of the upright page, taken from PDFium's own renderer."""

    origin: tuple[float, float]
    along_x: tuple[float, float]
    along_y: tuple[float, float]

    def __call__(self, rect: tuple[float, float, float, float]) -> Box:
        corners = [self._point(x, y) for x in (rect[0], rect[2]) for y in (rect[1], rect[3])]
        xs, ys = zip(*corners, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.origin[0] + x * self.along_x[0] + y * self.along_y[0],
            self.origin[1] + x * self.along_x[1] + y * self.along_y[1],
        )


def to_upright(page: "pypdfium2.PdfPage") -> _Upright:
    import ctypes

    from pypdfium2 import raw

    def device(x: float, y: float) -> tuple[float, float]:
        dx, dy = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page.raw, 0, 0, _DEVICE, _DEVICE, 0, x, y, dx, dy)
        return dx.value / _DEVICE, dy.value / _DEVICE

    span = 100.0  # points: far enough apart that rounding to device units does not show
    origin, right, up = device(0, 0), device(span, 0), device(0, span)
    return _Upright(
        origin,
        ((right[0] - origin[0]) / span, (right[1] - origin[1]) / span),
        ((up[0] - origin[0]) / span, (up[1] - origin[1]) / span),
    )
