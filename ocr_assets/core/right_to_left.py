"""Lines of a right-to-left page that PDFium takes for left-to-right ones, since most of their letters are Latin."""

import unicodedata
from collections.abc import Sequence
from itertools import groupby, pairwise

from ocr_assets.core.lines import fragments, is_right_to_left
from ocr_assets.core.pages import Word


def in_reading_order(words: Sequence[Word]) -> list[Word]:
    """The words in logical order. Of a right-to-left page, lines with more words of its script than others that come as
    they stand, from the left, are turned around; runs of other words within them keep their order.
    """
    ordered = list(words)
    if not is_right_to_left(" ".join(word.text for word in words)):
        return ordered
    for line in fragments(list(enumerate(words))):
        if _is_backwards(line.words):
            ordered[line.first : line.first + len(line.words)] = _turned_around(line.words)
    return ordered


def _is_backwards(line: Sequence[Word]) -> bool:
    backwards = sum(_is_of_script(word.text) for word in line)
    latin = sum(sum(map(str.isalpha, word.text)) > 1 and not _is_of_script(word.text) for word in line)
    from_the_left = all(a.box.x0 < b.box.x0 for a, b in pairwise(line))
    return len(line) > 1 and backwards > latin and from_the_left


def _is_of_script(text: str) -> bool:
    """Whether it has letters or digits of a right-to-left script; Persian digits count as European in Unicode."""
    return any(unicodedata.bidirectional(c) in ("R", "AL", "AN") or "\u06f0" <= c <= "\u06f9" for c in text)


def _turned_around(line: Sequence[Word]) -> list[Word]:
    runs = [list(run) for _, run in groupby(line, key=_is_latin)]
    return [word for run in reversed(runs) for word in (run if _is_latin(run[0]) else reversed(run))]


def _is_latin(word: Word) -> bool:
    return any(c.isascii() and c.isalpha() for c in word.text)
