"""The words of a PDF page as its own text layer gives them, in the frame of the rendered page."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.soundness import is_no_text

if TYPE_CHECKING:
    import pypdfium2

_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})  # PDFium's sign for it; no line break follows
_SOFT_HYPHEN = 0xAD  # drawn if it is in the content at all: fonts map the hyphen's glyph to it

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # the category Cc, without tab and line feed

_DEVICE = 1 << 24
_LAM = "\u0644"
_ALEFS = frozenset("\u0622\u0623\u0625\u0627")
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc]")


class _Character(NamedTuple):
    text: str
    box: Box
    doubtful: bool


def words_of(page: "pypdfium2.PdfPage") -> tuple[Word, ...]:
    """Words in content order, which is logical order for right-to-left scripts.

    Boxes are in the frame of the rendered page: rotation and CropBox applied, words outside of it left out.
    Ligatures are spelled out, a hyphen at a line's end is "-". Control characters are U+FFFD. Confidence is the
    share of characters that PDFium could map to Unicode.
    """
    textpage = page.get_textpage()
    try:
        runs = list(_runs(_logical(_characters(page, textpage))))
    finally:
        textpage.close()
    words = (_word(run) for run in runs)
    return tuple(word for word in words if word is not None)


def without_controls(text: str) -> str:
    """The text with U+FFFD for its control characters but tab and line feed: a terminal would obey some of them."""
    return _CONTROLS.sub("\ufffd", text)


def _characters(page: "pypdfium2.PdfPage", textpage: "pypdfium2.PdfTextPage") -> Iterator[_Character | None]:
    """The characters in content order, None standing for a blank."""
    from pypdfium2 import raw

    to_page = to_upright(page)
    handle = textpage.raw
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in _LINE_END_HYPHENS or raw.FPDFText_IsHyphen(handle, index) == 1:
            yield _Character("-", to_page(_char_box(handle, index)), doubtful=False)
            yield None
        elif code == 0 or chr(code).isspace():
            yield None
        else:
            text = "-" if code == _SOFT_HYPHEN else chr(code)
            unmapped = raw.FPDFText_HasUnicodeMapError(handle, index) == 1 or is_no_text(text)
            yield _Character(text, to_page(_char_box(handle, index)), unmapped)


def _logical(characters: Iterable[_Character | None]) -> list[_Character | None]:
    """Mends what PDFium leaves in visual order where it turns right-to-left lines around.

    The ligature of lam and alef, one glyph and so one box, comes backwards when the font maps it to two characters; a
    vowel sign comes before the letter that it stands on, and sometimes a blank before it.
    """
    mended: list[_Character | None] = []
    for character in characters:
        last = mended[-1] if mended else None
        mended.append(character)
        if character is None or last is None or not _is_rtl(character.text):
            continue
        ligature = character.text == _LAM and last.text in _ALEFS and character.box == last.box
        sign = bool(unicodedata.combining(last.text)) and _stands_on(last.box, character.box)
        if ligature or sign:
            mended[-2:] = [character, last]
        if sign and len(mended) > 3 and mended[-3] is None and _touches(mended[-4], character):
            del mended[-3]
    return mended


def _is_rtl(text: str) -> bool:
    return unicodedata.bidirectional(text) in ("R", "AL", "NSM")


def _stands_on(mark: Box, letter: Box) -> bool:
    return letter.x0 <= (mark.x0 + mark.x1) / 2 <= letter.x1


def _touches(right: _Character | None, left: _Character) -> bool:
    """Whether there is no room for a blank between two letters of a right-to-left line."""
    return right is not None and right.box.x0 - left.box.x1 < 0.1 * (left.box.x1 - left.box.x0)


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


def _runs(characters: Iterable[_Character | None]) -> Iterator[list[_Character]]:
    """Characters between blanks; a jump across the page ends a run too, since PDFium does not always put a blank."""
    run: list[_Character] = []
    for character in characters:
        if character is None or (run and _jumps(run[-1].box, character.box)):
            if run:
                yield run
            run = []
        if character is not None:
            run.append(character)
    if run:
        yield run


def _jumps(last: Box, box: Box) -> bool:
    reach = 3 * max(last.x1 - last.x0, last.y1 - last.y0, box.x1 - box.x0, box.y1 - box.y0)
    gap_x = max(box.x0 - last.x1, last.x0 - box.x1)
    gap_y = max(box.y0 - last.y1, last.y0 - box.y1)
    return max(gap_x, gap_y) > reach


def _word(run: Sequence[_Character]) -> Word | None:
    """The run as a word, None where it lies outside of the page or has nothing to show."""
    text = "".join(c.text for c in run)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _PRESENTATION_FORMS.sub(lambda form: unicodedata.normalize("NFKC", form.group()), text)
    text = without_controls(text)
    box = Box(
        min(c.box.x0 for c in run), min(c.box.y0 for c in run), max(c.box.x1 for c in run), max(c.box.y1 for c in run)
    )
    if not (0 <= (box.x0 + box.x1) / 2 <= 1 and 0 <= (box.y0 + box.y1) / 2 <= 1):
        return None
    clipped = Box(*(min(1.0, max(0.0, edge)) for edge in box))
    return Word(text, clipped, 1 - sum(c.doubtful for c in run) / len(run))
