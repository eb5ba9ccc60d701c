"""Which way up the text of a PDF's page stands: tables that are wider than their page are often set on their side."""

from collections import Counter
from typing import TYPE_CHECKING, Final

from ocr_assets.core.glyphs import sign_of
from ocr_assets.core.pages import Turn

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

SAMPLE: Final = 400
"""Characters of a page, looked at."""
LEAST: Final = 40
"""Fewer letters do not turn a page: the label of a diagram's axis may be all its text."""
MOST: Final = 0.75
"""Share of the letters that must stand the same way for the page to be turned."""
_INVISIBLE: Final = 3  # text render mode of an OCR layer


def text_turn(page: "PdfPage") -> Turn:
    """Degrees clockwise by which the page, as it is shown, must be turned for most of its visible text to be read."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        turns = Counter[Turn]()
        matrix = raw.FS_MATRIX()
        for index in range(0, count, max(1, count // SAMPLE)):
            if not sign_of(raw.FPDFText_GetUnicode(textpage.raw, index)).isalnum():
                continue
            thing = raw.FPDFText_GetTextObject(textpage.raw, index)
            if thing and raw.FPDFTextObj_GetTextRenderMode(thing) != _INVISIBLE:
                raw.FPDFText_GetMatrix(textpage.raw, index, matrix)
                turns[_levelling(matrix.a, matrix.b, matrix.c, matrix.d, page.get_rotation())] += 1
    finally:
        textpage.close()
    turn, letters = max(turns.items(), key=lambda item: item[1], default=(0, 0))
    share = max(1, count // SAMPLE)
    return turn if letters * share >= LEAST and letters >= MOST * turns.total() else 0


def _levelling(a: float, b: float, c: float, d: float, rotation: int) -> Turn:
    """What levels letters with this matrix; 0 for slanted and mirrored ones."""
    slant = 0.2 * max(abs(a), abs(b))
    if a * d - b * c <= 0 or min(abs(a), abs(b)) > slant:
        return 0
    clockwise = (270 if b > 0 else 90) if abs(b) > abs(a) else (0 if a > 0 else 180)
    turns: dict[int, Turn] = {0: 0, 90: 270, 180: 180, 270: 90}
    return turns[(clockwise + rotation) % 360]
