"""The words of a PDF page as its own text layer gives them, in the frame of the rendered page."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ocr_assets.core.accents import with_accents
from ocr_assets.core.fixed_pitch import advances
from ocr_assets.core.glyphs import Character, characters, font_at, type_at
from ocr_assets.core.ligatures import with_ligatures
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.right_to_left import in_reading_order

if TYPE_CHECKING:
    import pypdfium2

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # the category Cc, without tab and line feed

_SIGN = re.compile("[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")
_LAM = "\u0644"
_ALEFS = frozenset("\u0622\u0623\u0625\u0627")
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc]")


def words_of(page: "pypdfium2.PdfPage") -> tuple[Word, ...]:
    """Words in content order, which is logical order for right-to-left scripts.

    Boxes are in the frame of the rendered page: rotation and CropBox applied, words outside of it left out.
    Ligatures are spelled out, accents that are drawn over their letters joined with them, a hyphen at a line's end is
    "-". Control characters are U+FFFD. Confidence is the share of characters that PDFium could map to Unicode.
    """
    textpage = page.get_textpage()
    try:
        read = _logical(characters(page, textpage))
        read = with_ligatures(read, lambda character: type_at(textpage, character.place))
        runs = list(_runs(with_accents(read)))
        fonts = [font_at(textpage, run[0].place) for run in runs]
        widths = advances(page, textpage, runs, fonts)
        words = [_word(run, font, width) for run, font, width in zip(runs, fonts, widths, strict=True)]
    finally:
        textpage.close()
    return tuple(in_reading_order([word for word in words if word is not None]))


def without_controls(text: str) -> str:
    """The text with U+FFFD for its control characters but tab and line feed: a terminal would obey some of them."""
    return _CONTROLS.sub("\ufffd", text)


def _logical(characters: Iterable[Character | None]) -> list[Character | None]:
    """Mends what PDFium leaves in visual order where it turns right-to-left lines around.

    The ligature of lam and alef, one glyph and so one box, comes backwards when the font maps it to two characters; a
    vowel sign comes before the letter that it stands on, and sometimes a blank before it.
    """
    mended: list[Character | None] = []
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


def _touches(right: Character | None, left: Character) -> bool:
    """Whether there is no room for a blank between two letters of a right-to-left line."""
    return right is not None and right.box.x0 - left.box.x1 < 0.1 * (left.box.x1 - left.box.x0)


def _runs(characters: Iterable[Character | None]) -> Iterator[list[Character]]:
    """Characters between blanks; a jump or a turn ends a run too, since PDFium does not always put a blank."""
    run: list[Character] = []
    for character in characters:
        if character is None or (run and _ends(run[-1], character)):
            if run:
                yield run
            run = []
        if character is not None:
            run.append(character)
    if run:
        yield run


def _ends(last: Character, character: Character) -> bool:
    return last.writing != character.writing or _jumps(last.box, character.box)


def _jumps(last: Box, box: Box) -> bool:
    reach = 3 * max(last.x1 - last.x0, last.y1 - last.y0, box.x1 - box.x0, box.y1 - box.y0)
    gap_x = max(box.x0 - last.x1, last.x0 - box.x1)
    gap_y = max(box.y0 - last.y1, last.y0 - box.y1)
    return max(gap_x, gap_y) > reach


def _word(run: Sequence[Character], font: str, advance: float) -> Word | None:
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
    writing = "columns" if _is_column(run) else run[0].writing
    return Word(text, clipped, 1 - sum(c.doubtful for c in run) / len(run), font, writing, advance)


def _is_column(run: Sequence[Character]) -> bool:
    """Whether upright signs stand below each other, as in Chinese and Japanese."""
    if len(run) < 2 or run[0].writing != "across" or not any(map(_is_sign, run)):
        return False
    steps = [(abs(b.x0 + b.x1 - a.x0 - a.x1), b.y0 + b.y1 - a.y0 - a.y1) for a, b in pairwise(c.box for c in run)]
    return sum(down > across for across, down in steps) > 0.5 * len(steps)


def _is_sign(character: Character) -> bool:
    """Whether it is of a script that is written in columns too."""
    return bool(_SIGN.match(character.text))
