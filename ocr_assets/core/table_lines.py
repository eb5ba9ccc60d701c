"""The words of a table as lines, and the runs of words in a line that stand close together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, stdev
from typing import Final, NamedTuple

from ocr_assets.core.lines import is_right_to_left
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding
from ocr_assets.core.rulings import Separator

CELL_GAP: Final = 1.1
"""Words of a line that stand further apart than this many characters are in different cells: blanks measure 0.9."""
TYPEWRITER_GAP: Final = 1.8
"""The same where all characters are as wide: blanks measure 1.3 there, two of them 2.3."""
_TYPEWRITER: Final = 0.04
"""Widths of a character differ by this share (standard deviation) from word to word at most; by 0.06 in other type."""

NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
CURRENCIES = frozenset("$€£¥₹")
_GOES_ON = frozenset(",;:([±~<>=/")
_ADDS = frozenset("([±")
_HANGING = frozenset("gjpqy,;()[]{}|/@")
_FLAT = frozenset("acegmnopqrsuvwxyz,;.")
_AFTER_NUMBER = frozenset(("%", ")", ")%", "%)"))


class Scale(NamedTuple):
    """What distances in a table are measured by: the median width of a character and height of a word, in 0..1.

    `gap`: words of a line that stand further apart are in different cells. `tight`: boxes are as high as the letters,
    so that g hangs out of a line and e is lower than l.
    """

    character: float
    height: float
    gap: float
    tight: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one line that stand close together."""

    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return min(word.box.x0 for word in self.words)

    @property
    def end(self) -> float:
        return max(word.box.x1 for word in self.words)

    @property
    def middle(self) -> float:
        """In x."""
        return (self.start + self.end) / 2

    @property
    def text(self) -> str:
        return joined_text([word.text for word in self.words])


def joined_text(texts: Sequence[str]) -> str:
    """The texts that stand side by side, from left to right, in the direction in which they are read."""
    backwards = is_right_to_left(" ".join(texts))
    return " ".join(reversed(texts) if backwards else texts)


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words side by side, as runs from left to right."""

    runs: tuple[Run, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for run in self.runs for word in run.words)

    @property
    def middle(self) -> float:
        words = self.words
        return sum(map(middle, words)) / len(words)

    @property
    def box(self) -> Box:
        return bounding([word.box for word in self.words])


def scale_of(words: Sequence[Word]) -> Scale:
    widths = [(word.box.x1 - word.box.x0) / len(word.text) for word in words]
    character = median(widths)
    long = [width for width, word in zip(widths, words, strict=True) if len(word.text) > 3]
    typewritten = len(long) > 9 and stdev(long) < _TYPEWRITER * character
    gap = (TYPEWRITER_GAP if typewritten else CELL_GAP) * character
    return Scale(character, median(map(_height, words)), gap, _are_tight(words))


def _are_tight(words: Sequence[Word]) -> bool:
    hanging = [_height(word) for word in words if _hangs(word) and _rises(word)]
    standing = [_height(word) for word in words if not _hangs(word) and _rises(word)]
    return bool(hanging and standing) and median(hanging) > 1.1 * median(standing)


def _height(word: Word) -> float:
    return word.box.y1 - word.box.y0


def _hangs(word: Word) -> bool:
    return any(c in _HANGING for c in word.text)


def _rises(word: Word) -> bool:
    return any(c not in _FLAT for c in word.text)


def middle(word: Word) -> float:
    return (word.box.y0 + word.box.y1) / 2


def baseline(words: Sequence[Word], scale: Scale) -> float:
    """Where the letters of a line stand."""
    feet = [_foot(word, scale) for word in words if any(map(str.isalnum, word.text))]
    return median(feet or (_foot(word, scale) for word in words))


def _foot(word: Word, scale: Scale) -> float:
    """Letters hang by 0.2 of the size of type; without them a word has 0.5 of it, with one that rises 0.7."""
    hanging = 0.2 / (0.9 if _rises(word) else 0.7) if scale.tight and _hangs(word) else 0.0
    return word.box.y1 - hanging * _height(word)


def text_lines(words: Sequence[Word], scale: Scale, down: Sequence[Separator] = ()) -> list[TextLine]:
    """Top to bottom; a line's words are within half a height of its middle. Runs do not cross the rulings `down`."""
    lines: list[list[Word]] = []
    mean = float("-inf")
    for word in sorted(words, key=middle):
        if middle(word) - mean > scale.height / 2:
            lines.append([])
        lines[-1].append(word)
        mean = sum(map(middle, lines[-1])) / len(lines[-1])
    return [TextLine(tuple(_runs(sorted(line, key=lambda word: word.box.x0), scale, down))) for line in lines]


def _runs(line: Sequence[Word], scale: Scale, down: Sequence[Separator]) -> Iterator[Run]:
    run = [line[0]]
    for word in line[1:]:
        if _is_ruled_between(run[-1], word, down) or _stands_apart(run, word, scale):
            yield Run(tuple(run))
            run = []
        run.append(word)
    yield Run(tuple(run))


def _is_ruled_between(left: Word, right: Word, down: Sequence[Separator]) -> bool:
    y0, y1 = min(left.box.y0, right.box.y0), max(left.box.y1, right.box.y1)
    first, last = (left.box.x0 + left.box.x1) / 2, (right.box.x0 + right.box.x1) / 2
    return any(first < separator.at < last and separator.covers(y0, y1) for separator in down)


def _stands_apart(run: Sequence[Word], word: Word, scale: Scale) -> bool:
    left, right = run[-1].text, word.text
    gap = word.box.x0 - run[-1].box.x1
    if (left in CURRENCIES and NUMBER.fullmatch(right)) or (right in _AFTER_NUMBER and NUMBER.fullmatch(left)):
        return gap > 8 * scale.character  # a column of signs, set apart from the numbers that they belong to
    return gap > scale.gap or _are_two_numbers(left, right)


def _are_two_numbers(left: str, right: str) -> bool:
    """Two numbers side by side are two cells, unless they make one text: 12 500; 394 (58 %); [1, 0]."""
    return bool(
        NUMBER.fullmatch(left)
        and NUMBER.fullmatch(right)
        and left[-1] not in _GOES_ON
        and right[0] not in _ADDS
        and not _THOUSANDS.match(right)
    )
