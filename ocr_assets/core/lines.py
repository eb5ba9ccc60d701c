"""Lines of writing from a reader's words.

A reader gives the words of a line mostly one after the other and in logical order, right-to-left scripts included, so
its order is kept within a line; geometry only says where a line ends.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

_SMALL = frozenset("acemnorsuvwxz")
_HANGING = frozenset("gpqy,;")
_WIDEST_BLANK = 3.0
"""In mean letter widths: wider gaps lie between columns, cells or the two sides of a form."""


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand side by side, in logical order. `first` is the place of its first word in the reader's order."""

    words: tuple[Word, ...]
    box: Box
    first: int

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def size(self) -> float:
        """Size of its type in 0..1 of the page's height, not swayed by a slanted line or one tall sign."""
        return median(type_size(word) for word in self.words)


def type_size(word: Word) -> float:
    """Size of the word's type, from its height and whether its letters rise above and hang below the small ones."""
    above = any(c not in _SMALL and c not in _HANGING for c in word.text)
    below = any(c in _HANGING for c in word.text)
    return max(word.box.y1 - word.box.y0, 1e-6) / (0.5 + 0.22 * above + 0.2 * below)


def line(words: Sequence[Word], first: int) -> Line:
    return Line(tuple(words), bounding([word.box for word in words]), first)


def fragments(words: Sequence[tuple[int, Word]]) -> list[Line]:
    """Cuts the words, given with their place in the reader's order, where the next is not beside the last."""
    runs: list[list[tuple[int, Word]]] = []
    for place, word in words:
        if runs and runs[-1][-1][0] == place - 1 and beside(runs[-1][-1][1], word):
            runs[-1].append((place, word))
        else:
            runs.append([(place, word)])
    return [line([word for _, word in run], run[0][0]) for run in runs]


def beside(a: Word, b: Word) -> bool:
    """Whether two words are neighbours in a line, in either direction."""
    gap = max(b.box.x0 - a.box.x1, a.box.x0 - b.box.x1)
    return same_row(a.box, b.box) and gap < _WIDEST_BLANK * max(_letter_width(a), _letter_width(b))


def same_row(a: Box, b: Box) -> bool:
    """Whether at least half of the lower one's height is beside the other."""
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared >= 0.5 * min(a.y1 - a.y0, b.y1 - b.y0)


def rows(parts: Sequence[Line]) -> list[Line]:
    """Joins fragments that follow each other in the reader's order and stand in one row, as in forms and tables."""
    joined: list[list[Line]] = []
    for part in parts:
        if (
            joined
            and all(_apart(part.box, other.box) for other in joined[-1])
            and same_row(joined[-1][-1].box, part.box)
        ):
            joined[-1].append(part)
        else:
            joined.append([part])
    return [_across(row) for row in joined]


def _apart(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) < 0.2 * min(a.x1 - a.x0, b.x1 - b.x0)


def _across(row: Sequence[Line]) -> Line:
    backwards = is_right_to_left(" ".join(part.text for part in row))
    ordered = sorted(row, key=lambda part: part.box.x0, reverse=backwards)
    return line([word for part in ordered for word in part.words], min(part.first for part in row))


def is_right_to_left(text: str) -> bool:
    """Whether most letters are of a script that is written from right to left."""
    directions = [unicodedata.bidirectional(c) for c in text]
    return sum(d in ("R", "AL") for d in directions) > sum(d == "L" for d in directions)


def _letter_width(word: Word) -> float:
    return (word.box.x1 - word.box.x0) / max(2, len(word.text))
