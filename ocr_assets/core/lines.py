"""Lines of writing from a reader's words.

A reader gives the words of a line mostly one after the other and in logical order, right-to-left scripts included, so
its order is kept within a line; geometry only says where a line ends.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

_SMALL = frozenset("acemnorsuvwxz")
_HANGING = frozenset("gjpqy,;()[]{}|§")
_BOLD = re.compile(r"bold|black|heavy|demi|medi$|[ecsf]bx\d|^sfsx\d|,bd", re.IGNORECASE)
"""Names of bold fonts, TeX's and URW's among them. The weight that a PDF states is often made up."""
_DROP_CAP = 1.8
_NO_BEGINNING = re.compile(r"(?![bcfgkps][lr]|[dt][rw]|[cpstw]h|s[ckmnpqtw]|kn|gn|wr)[b-df-hj-np-tv-xz]{2}")
SAME_ROW = 0.5  # of the lower one's height
_AROUND = 3
_WIDEST_BLANK = 3.0
"""In mean letter widths: wider gaps lie between columns, cells or the two sides of a form."""


@dataclass(frozen=True)
class Line:
    """Words that stand side by side, in logical order. `first` is the place of its first word in the reader's order."""

    words: tuple[Word, ...]
    box: Box
    first: int

    @cached_property
    def text(self) -> str:
        """Its words with blanks between them, but after the large letter that begins a chapter in some books."""
        first, *others = self.words
        whole = " ".join(word.text for word in others)
        return f"{first.text}{whole}" if others and _is_drop_cap(first, others) else f"{first.text} {whole}".rstrip()

    @cached_property
    def size(self) -> float:
        """Size of its type in 0..1 of the page's height, not swayed by a slanted line or one tall sign."""
        told = [word for word in self.words if any(map(str.isalnum, word.text))]
        return median(type_size(word) for word in told or self.words)

    @cached_property
    def base(self) -> float:
        """The line that its letters stand on, in 0..1 of the page's height."""
        return median(word.box.y1 - 0.2 * type_size(word) * _hangs(word) for word in self.words)

    @cached_property
    def bold(self) -> float:
        """Share of its letters in a bold font; 0 where the reader knows no fonts."""
        letters = sum(len(word.text) for word in self.words)
        return sum(len(word.text) for word in self.words if is_bold(word)) / letters if letters else 0.0


def _is_drop_cap(first: Word, others: Sequence[Word]) -> bool:
    """A capital of several lines' height before the rest of its word; "A" and "I" may be words themselves."""
    rest = others[0].text
    if len(first.text) != 1 or not first.text.isupper() or not rest[:1].islower():
        return False
    if type_size(first) < _DROP_CAP * median(map(type_size, others)):
        return False
    return first.text not in "AIO" or len(rest) == 1 or _NO_BEGINNING.match(rest) is not None


def main_font(lines: Sequence[Line]) -> str:
    """The font of most of the letters, "" where it is not known."""
    letters = Counter[str]()
    for line in lines:
        for word in line.words:
            letters[word.font] += len(word.text)
    return max(letters, key=letters.__getitem__, default="")


def is_bold(word: Word) -> bool:
    return bool(_BOLD.search(word.font))


def type_size(word: Word) -> float:
    """Size of the word's type, from its height and whether its letters rise above and hang below the small ones.

    Of turned writing by its width, as if the page were square.
    """
    above = any(c not in _SMALL and c not in _HANGING for c in word.text)
    x0, y0, x1, y1 = word.box
    return max(y1 - y0 if word.writing == "across" else x1 - x0, 1e-6) / (0.5 + 0.22 * above + 0.2 * _hangs(word))


def _hangs(word: Word) -> bool:
    return any(c in _HANGING for c in word.text)


def is_turned(lines: Sequence[Line]) -> bool:
    """Whether the writing runs up or down: most words of three letters and more are taller than wide."""
    words = [word for line in lines for word in line.words if len(word.text) > 2 or word.writing != "across"]
    return sum(word.writing != "across" or _is_tall(word.box) for word in words) > 0.5 * len(words)


def _is_tall(box: Box) -> bool:
    return box.y1 - box.y0 > 1.2 * (box.x1 - box.x0)


def line(words: Sequence[Word], first: int) -> Line:
    return Line(tuple(words), bounding([word.box for word in words]), first)


def fragments(words: Sequence[tuple[int, Word]]) -> list[Line]:
    """Cuts the words, given with their place in the reader's order, where the next is not beside the last.

    A raised or lowered word, such as the mark of a note, does not end the line, nor do the dots of a leader.
    """
    runs: list[list[tuple[int, Word]]] = []
    letter = 0.0
    for place, word in words:
        if runs and runs[-1][-1][0] == place - 1 and _goes_on([w for _, w in runs[-1][-_AROUND:]], word, letter):
            runs[-1].append((place, word))
            letter = max(letter, _letter_width(word))
        else:
            runs.append([(place, word)])
            letter = _letter_width(word)
    return [line([word for _, word in run], run[0][0]) for run in runs]


def _goes_on(last: Sequence[Word], word: Word, letter: float) -> bool:
    """Whether the word is a neighbour of the last one, in either direction; `letter` is how wide letters are here."""
    before = last[-1]
    if before.writing != "across" or word.writing != "across":
        return False
    gap = max(word.box.x0 - before.box.x1, before.box.x0 - word.box.x1) / max(letter, _letter_width(word), 1e-6)
    if same_row(before.box, word.box):
        return gap < _WIDEST_BLANK
    heights = [w.box.y1 - w.box.y0 for w in (before, word)]
    raised = min(heights) < 0.8 * max(heights) and any(_shared(w.box, word.box) > 0.3 for w in last)
    return raised and gap < 2


def same_row(a: Box, b: Box) -> bool:
    """Whether at least half of the lower one's height is beside the other."""
    return _shared(a, b) >= SAME_ROW


def _shared(a: Box, b: Box) -> float:
    """How much of the lower one's height is beside the other."""
    return (min(a.y1, b.y1) - max(a.y0, b.y0)) / (min(a.y1 - a.y0, b.y1 - b.y0) or 1.0)


def rows(parts: Sequence[Line]) -> list[Line]:
    """Joins fragments that follow each other in the reader's order and stand in one row, as in forms and tables."""
    joined: list[list[Line]] = []
    for part in parts:
        if (
            joined
            and _is_level(part)
            and _is_level(joined[-1][-1])
            and all(_apart(part.box, other.box) for other in joined[-1])
            and same_row(joined[-1][-1].box, part.box)
        ):
            joined[-1].append(part)
        else:
            joined.append([part])
    return [_across(row) for row in joined]


def _is_level(part: Line) -> bool:
    return part.words[0].writing == "across"


def by_rows(words: Sequence[tuple[int, Word]]) -> list[Line]:
    """Lines of one column by the places of the words alone, whatever their order."""
    reach = 0.5 * median(word.box.y1 - word.box.y0 for _, word in words)
    found: list[list[tuple[int, Word]]] = []
    middle = float("-inf")
    for place, word in sorted(words, key=lambda numbered: numbered[1].box.y0 + numbered[1].box.y1):
        if (word.box.y0 + word.box.y1) / 2 - middle > reach:
            found.append([])
        found[-1].append((place, word))
        middle = sum(w.box.y0 + w.box.y1 for _, w in found[-1]) / (2 * len(found[-1]))
    return [_across([line([word], place) for place, word in row]) for row in found]


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
