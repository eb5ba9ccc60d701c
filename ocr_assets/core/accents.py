"""Letters and the accents that a PDF draws over them as glyphs of their own, as TeX's older fonts make it do."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from ocr_assets.core.glyphs import Character
from ocr_assets.core.pages import Box

NEAR: Final = 200
"""PDFium may put an accent up to a line away from its letter: this many characters before and behind it are tried."""

_SPACING = "`\u00b4\u02c6\u02dc\u00a8\u00af\u02d8\u02d9\u02da\u02c7\u02dd\u00b8\u02db"
_COMBINING = dict(
    zip(_SPACING, "\u0300\u0301\u0302\u0303\u0308\u0304\u0306\u0307\u030a\u030c\u030b\u0327\u0328", strict=True)
)
_BELOW = frozenset("\u00b8\u02db")
_DOTLESS = {"\u0131": "i", "\u0237": "j"}


def with_accents(characters: Sequence[Character | None]) -> list[Character | None]:
    """The characters, in their order, accents joined with the letters that they stand over.

    A blank that PDFium put in only because of an accent goes too. An accent over no letter stays as it is.
    """
    joined = list(characters)
    used = set[int]()
    for place, accent in enumerate(characters):
        if accent is None or accent.text not in _COMBINING:
            continue
        for letter in sorted(range(max(0, place - NEAR), min(len(joined), place + NEAR)), key=lambda i: abs(i - place)):
            character = joined[letter]
            if character is None or letter in used or not _stands_over(accent, character.box):
                continue
            base = _DOTLESS.get(character.text, character.text)
            composed = unicodedata.normalize("NFC", base + _COMBINING[accent.text])
            if len(composed) == 1:
                joined[letter] = character._replace(text=composed)
                used.add(place)
                break
    return _without(joined, used) if used else joined


def _stands_over(accent: Character, letter: Box) -> bool:
    """Whether the accent's middle is over the letter, or under it for a cedilla, and the two nearly touch."""
    box = accent.box
    if not letter.x0 <= (box.x0 + box.x1) / 2 <= letter.x1:
        return False
    gap = box.y0 - letter.y1 if accent.text in _BELOW else letter.y0 - box.y1
    height = letter.y1 - letter.y0
    return -0.5 * height < gap < 0.5 * height


def _without(characters: Sequence[Character | None], used: set[int]) -> list[Character | None]:
    """The characters without the used accents; of the blanks around one only those stay that have room."""
    kept: list[Character | None] = []
    last: Character | None = None
    blank = mended = False
    for place, character in enumerate(characters):
        if place in used:
            mended = True
        elif character is None:
            blank = True
        else:
            if blank and not (mended and last and _adjoins(last.box, character.box)):
                kept.append(None)
            kept.append(character)
            last, blank, mended = character, False, False
    return kept


def _adjoins(left: Box, right: Box) -> bool:
    """Whether there is no room for a blank between two characters of a line."""
    widths = left.x1 - left.x0 + right.x1 - right.x0
    beside = min(left.y1, right.y1) > max(left.y0, right.y0)
    return beside and abs(right.x0 - left.x1) < 0.125 * widths
