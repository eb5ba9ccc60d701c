"""Spellings that only differ in print, made one; the words of a page keep what the reader saw."""

import re
import unicodedata
from typing import Final

_CHARACTERS: Final = (
    {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # ligatures: ff, fi, fl…
    | dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F), " ")
    | dict.fromkeys((0x200B, 0x2060, 0xFEFF))  # invisible; not the joiners, which Persian needs
)
_OPENING = re.compile("(?<!\\w)(?:\u2018\u2018|``)(?=[\\w\u2026\\[(])")
_QUOTED = re.compile("(\u201c[^\u201c\u201d]*\\d)\u2019\u2019")
_OPENING_LOW = re.compile("(?<!\\w)(?:\u201a\u201a|,,)(?=[^\\W\\d])")
_CLOSING = re.compile(
    "(?<=[^\\W\\d_]{2}|[^\\s\\w][^\\W\\d_]|\\w[.,;:!?)\u2026])(?:[\u2018\u2019]{2}|'')(?![^\\W\\d]|')"
)
"""Not behind a figure, where they are inches or seconds, nor behind a letter by itself: the primes of a formula."""


def tidied(text: str) -> str:
    """Ligatures spelled out, two single quotes as the double one that they stand for, all blanks alike, nothing
    invisible, accents composed."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_CHARACTERS))
    text = _OPENING_LOW.sub("\u201e", _OPENING.sub("\u201c", text))
    text = _QUOTED.sub("\\1\u201d", text)
    # German quotes close as English ones open.
    return _CLOSING.sub(lambda found: "\u201c" if found[0][0] == "\u2018" else "\u201d", text)
