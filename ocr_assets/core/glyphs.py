"""The characters of a PDF page as PDFium gives them, in content order and in the frame of the rendered page."""

import math
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr_assets.core.pages import Box, Writing
from ocr_assets.core.soundness import is_no_text

if TYPE_CHECKING:
    import pypdfium2

_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})  # PDFium's sign for it; no line break follows
_SOFT_HYPHEN = 0xAD  # drawn if it is in the content at all: fonts map the hyphen's glyph to it
_DEVICE = 1 << 24
_LONGEST_NAME = 128
_QUARTER = math.pi / 2
_SLANT = 0.1  # of a quarter turn: nine degrees
_WRITINGS: tuple[Writing, ...] = ("across", "down", "across", "up")  # by quarters clockwise
_SUBSET = re.compile(r"^[A-Z]{6}\+")


class Character(NamedTuple):
    """A character with its box; `doubtful` where PDFium could not map it. `place` is its number on the page.

    `writing` is how its own letters are turned: upright signs below each other run "across", one by one.
    """

    text: str
    box: Box
    doubtful: bool
    place: int = -1
    writing: Writing = "across"


def sign_of(code: int) -> str:
    """The character of a code that PDFium gives; U+FFFD where Unicode has none: fonts map to any number of 32 bits."""
    return chr(code) if code <= sys.maxunicode else "\ufffd"


def characters(page: "pypdfium2.PdfPage", textpage: "pypdfium2.PdfTextPage") -> Iterator[Character | None]:
    """The characters in content order, None standing for a blank."""
    from pypdfium2 import raw

    to_page = to_upright(page)
    handle, boxes, turned = textpage.raw, _CharBoxes(textpage), _turned(page)
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        sign = sign_of(code)
        if sign.isalnum():
            unmapped = raw.FPDFText_HasUnicodeMapError(handle, index) == 1
            yield Character(sign, to_page(boxes.at(index)), unmapped, index, turned(handle, index))
        elif code in _LINE_END_HYPHENS or raw.FPDFText_IsHyphen(handle, index) == 1:
            yield Character("-", to_page(boxes.at(index)), False, index, turned(handle, index))
            yield None
        elif code == 0 or sign.isspace():
            yield None
        else:
            text = "-" if code == _SOFT_HYPHEN else sign
            unmapped = raw.FPDFText_HasUnicodeMapError(handle, index) == 1 or is_no_text(text)
            yield Character(text, to_page(boxes.at(index)), unmapped, index, turned(handle, index))


def _turned(page: "pypdfium2.PdfPage") -> Callable[[Any, int], Writing]:
    """How a character (of a text page's handle, by its number) is turned on the page as it is shown.

    On their head, or at an angle, letters count as level.
    """
    from pypdfium2 import raw

    angle_of, rotation = raw.FPDFText_GetCharAngle, page.get_rotation() // 90

    def turned(handle: Any, index: int) -> Writing:
        quarters: float = angle_of(handle, index) / _QUARTER + rotation
        nearest = round(quarters)
        return _WRITINGS[nearest % 4] if abs(quarters - nearest) < _SLANT else "across"

    return turned


def font_at(textpage: "pypdfium2.PdfTextPage", place: int) -> str:
    """The name of a character's font, without the mark of a subset; "" where the PDF has none."""
    import ctypes

    from pypdfium2 import raw

    buffer = ctypes.create_string_buffer(_LONGEST_NAME)
    raw.FPDFText_GetFontInfo(textpage.raw, place, buffer, _LONGEST_NAME, ctypes.c_int())
    return _SUBSET.sub("", buffer.value.decode("utf-8", "replace"))


def type_at(textpage: "pypdfium2.PdfTextPage", place: int) -> tuple[str, float] | None:
    """A character's font and its size in points; None for a font without a name and for turned or slanted type."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(textpage.raw, place, matrix)
    name = font_at(textpage, place)
    if not name or abs(matrix.b) + abs(matrix.c) > 0.01 * abs(matrix.a):
        return None
    return name, round(raw.FPDFText_GetFontSize(textpage.raw, place), 1)


class _CharBoxes:
    """Boxes of characters in page space; the values that PDFium fills in are made once, since a page has thousands."""

    def __init__(self, textpage: "pypdfium2.PdfTextPage") -> None:
        import ctypes

        from pypdfium2 import raw

        self._raw, self._handle = raw, textpage.raw
        self._edges = tuple(ctypes.c_double() for _ in range(4))
        self._pointers = tuple(map(ctypes.byref, self._edges))
        self._loose = raw.FS_RECTF()

    def at(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right, top; the font's box where the glyph's own one is empty."""
        self._raw.FPDFText_GetCharBox(self._handle, index, *self._pointers)
        left, right, bottom, top = self._edges
        if right.value > left.value and top.value > bottom.value:
            return left.value, bottom.value, right.value, top.value
        loose = self._loose
        self._raw.FPDFText_GetLooseCharBox(self._handle, index, loose)
        return loose.left, loose.bottom, loose.right, loose.top


class _Upright(NamedTuple):
    """The affine map from page space to 0..1 of the upright page, taken from PDFium's own renderer."""

    origin: tuple[float, float]
    along_x: tuple[float, float]
    along_y: tuple[float, float]

    def __call__(self, rect: tuple[float, float, float, float]) -> Box:
        left, bottom, right, top = rect
        (x, y), (ax, ay), (bx, by) = self
        xs, ys = (x + left * ax, x + right * ax), (y + left * ay, y + right * ay)
        dx, dy = (bottom * bx, top * bx), (bottom * by, top * by)
        return Box(min(xs) + min(dx), min(ys) + min(dy), max(xs) + max(dx), max(ys) + max(dy))


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
