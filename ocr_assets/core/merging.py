"""Two readers' words of one page made one reading: word by word where they differ, in the first one's order.

The second reader may have read only the lines on which the first was in doubt. The weights of the choice are fitted by
`bench/merging.py` on pages with known text.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ocr_assets.core import confidence
from ocr_assets.core.line_places import LinesAt
from ocr_assets.core.lines import is_right_to_left
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

UNREADABLE = math.log(1 - 0.5)
"""Doubt of the first reader in a page beyond which it is no proof that both read a word alike: of scrawl they do, too.
No page of the 37 scans has as much."""
MISSING, PIECE = 2, 0.75
"""Letters that a piece of a word lacks at least, and how wide it is at most, of the whole. On 64 scans one of two
different words is such a piece 35 times; the whole is the right one 23 times, the piece once."""
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class ReadWord(NamedTuple):
    """A word as a reader gave it; `known` where the reader found it in its dictionary."""

    word: Word
    known: bool = False


TextLine = Sequence[ReadWord]


@dataclass(frozen=True, slots=True)
class MergeWeights:
    """Log odds that the second reader's word is the right one of two that differ.

    `bias` plus each weight times its measure: the doubt of the first (`first`) and second reader (`second`) in this
    word and of the first in the whole page (`page`), as the logarithm of 1 - confidence, whether the first reader
    knows the word (`known`), and which word is only a piece of the other (`piece`): 1 the first one's, -1 the second's.
    That weight is no fit: such words are too few.
    """

    bias: float = 3.28
    first: float = 0.83
    second: float = -0.62
    known: float = -1.37
    page: float = 1.15
    piece: float = 4.0

    def log_odds(self, measures: "Measures") -> float:
        """For the second reader's word."""
        first, second, known, page, piece = measures
        doubts = self.first * first + self.second * second + self.page * page
        return self.bias + doubts + self.known * known + self.piece * piece


@dataclass(frozen=True, slots=True)
class MergeLimits:
    """What is dropped as noise where only one reader saw it, by confidence (0..1).

    `line` and `word` of the first reader where the second, asked, saw nothing at all; `beside` of words of the first
    there on a line of which the second read others, `added` of words of the second there; `new` of lines of the second
    alone.
    """

    line: float = 0.5
    word: float = 0.3
    beside: float = 0.6
    added: float = 0.7
    new: float = 0.8


def merged(
    first: Sequence[TextLine],
    second: Sequence[TextLine],
    asked: Sequence[Box],
    weights: MergeWeights = MergeWeights(),
    limits: MergeLimits = MergeLimits(),
    found: Sequence[Box] = (),
) -> list[Word]:
    """The words of both, each once, with the confidence that the evidence for them is worth.

    `asked` are the lines, or parts of them, that the second reader looked at; `found` all those that it knows of.
    """
    doubt = math.log(_doubt(mean_confidence(first)))
    homes, loose = _homes(first, _without_strays(first, second))
    asked_of, found_at = LinesAt(asked), LinesAt(found)

    def is_open(read: ReadWord) -> bool:
        """Whether it is a word that the second reader could have read, and was not asked for."""
        if not any(map(str.isalnum, read.word.text)):
            return False
        return asked_of.best(read.word.box) is None and found_at.best(read.word.box) is not None

    lines: list[list[Word]] = []
    for line, others in zip(first, homes, strict=True):
        if others:
            lines.append(list(_chosen(line, others, is_open, weights, limits, doubt)))
        else:
            lines.append([_first(read) for read in line if not _is_noise(read, line, asked_of, limits)])
    new = [line for line in loose if mean_confidence([line]) >= limits.new]
    return [word for line in _with_new(lines, new) for word in line]


def well_read(lines: Sequence[TextLine]) -> list[Word]:
    """The words of a page that needs no second reader, with the confidence that the evidence for them is worth."""
    return [replace(word, confidence=confidence.of_well(word.confidence)) for line in lines for word, _ in line]


Measures = tuple[float, float, bool, float, int]
"""Of a choice: the doubts of the first and second reader, whether the first knows the word, its doubt in the page, and
whose word is a piece of the other's."""


def differing(first: Sequence[TextLine], second: Sequence[TextLine]) -> Iterator[tuple[TextLine, TextLine, Measures]]:
    """The places where the two read different words, and the measures by which one is chosen."""
    homes, _ = _homes(first, second)
    doubt = math.log(_doubt(mean_confidence(first)))
    for line, others in zip(first, homes, strict=True):
        for mine, theirs in _matched(line, others):
            if mine and theirs and _text(mine) != _text(theirs):
                yield mine, theirs, _measures(mine, theirs, doubt)


def advantage(first: Sequence[TextLine], second: Sequence[TextLine], weights: MergeWeights = MergeWeights()) -> float:
    """The mean log odds for the second reader's words where the two differ, 0 where they do not."""
    odds = [weights.log_odds(measures) for _, _, measures in differing(first, second)]
    return sum(odds) / len(odds) if odds else 0.0


def mean_confidence(lines: Sequence[TextLine]) -> float:
    """Over the words, weighted by their length; 0 where there are none."""
    letters = sum(len(read.word.text) for line in lines for read in line)
    weighted = sum(len(read.word.text) * read.word.confidence for line in lines for read in line)
    return weighted / letters if letters else 0.0


def _homes(first: Sequence[TextLine], second: Sequence[TextLine]) -> tuple[list[list[ReadWord]], list[TextLine]]:
    """For each line of the first reader the second's words on it, and the parts of the second's lines on none."""
    lines = LinesAt([_box(line) for line in first])
    homes: list[list[ReadWord]] = [[] for _ in first]
    loose: list[TextLine] = []
    for line in second:
        rest: list[ReadWord] = []
        for read in line:
            home = _home(lines, read.word.box)
            (rest if home is None else homes[home]).append(read)
        if rest:
            loose.append(rest)
    return homes, loose


def _home(lines: LinesAt, box: Box) -> int | None:
    """The line that the word is on, or that ends within it: the first reader may have seen only a piece of it."""
    home, piece = lines.best(box), (box.x1 - box.x0) / 4
    if home is not None:
        return home
    for end in (box._replace(x1=box.x0 + piece), box._replace(x0=box.x1 - piece)):
        home = lines.best(end)
        if home is not None and lines.lines[home].x0 < (end.x0 + end.x1) / 2 < lines.lines[home].x1:
            return home
    return None


def _chosen(
    line: TextLine,
    others: TextLine,
    is_open: Callable[[ReadWord], bool],
    weights: MergeWeights,
    limits: MergeLimits,
    page_doubt: float,
) -> Iterator[Word]:
    for mine, theirs in _matched(line, others):
        if not theirs:
            kept = (read for read in mine if read.word.confidence >= limits.beside or is_open(read))
            yield from (_first(read) for read in kept)
        elif not mine:
            yield from (_second(read) for read in theirs if read.word.confidence >= limits.added)
        elif _text(mine) == _text(theirs):
            alike = confidence.of_first if page_doubt > UNREADABLE else confidence.of_both
            yield from (replace(word, confidence=alike(word.confidence)) for word, _ in mine)
        else:
            odds = weights.log_odds(_measures(mine, theirs, page_doubt))
            sure = confidence.of_choice(odds, min(_confidences(theirs)))
            yield from (replace(word, confidence=sure) for word, _ in (theirs if odds > 0 else mine))


def _without_strays(first: Sequence[TextLine], second: Sequence[TextLine]) -> list[TextLine]:
    """The second reader's lines without lone ideographs on a page that has none else: it takes specks and ditto marks
    for them."""
    if any(_is_ideograph(read) for line in first for read in line) or any(
        _is_ideograph(read) and len(read.word.text) > 1 for line in second for read in line
    ):
        return list(second)
    kept = ([read for read in line if not _is_ideograph(read)] for line in second)
    return [line for line in kept if line]


def _is_ideograph(read: ReadWord) -> bool:
    return _IDEOGRAPH.match(read.word.text) is not None


def _first(read: ReadWord) -> Word:
    return replace(read.word, confidence=confidence.of_first(read.word.confidence))


def _second(read: ReadWord) -> Word:
    return replace(read.word, confidence=confidence.of_second(read.word.confidence))


def _measures(mine: TextLine, theirs: TextLine, page_doubt: float) -> Measures:
    first, second = (math.log(_doubt(min(_confidences(reads)))) for reads in (mine, theirs))
    known = all(read.known for read in mine)
    # A known word is whole: what the second reader has beside it may be print that shows through.
    piece = (not known and _is_piece(mine, theirs)) - _is_piece(theirs, mine)
    return first, second, known, page_doubt, piece


def _is_piece(part: TextLine, whole: TextLine) -> bool:
    """Whether one reader has overlooked letters at the beginning or end of what the other has read."""
    few, all_of = _letters(part), _letters(whole)
    if not few or len(all_of) - len(few) < MISSING or not (all_of.startswith(few) or all_of.endswith(few)):
        return False
    short, long = _box(part), _box(whole)
    return short.x1 - short.x0 < PIECE * (long.x1 - long.x0)


def _letters(reads: TextLine) -> str:
    return "".join(filter(str.isalnum, _text(reads)))


def _matched(line: TextLine, others: TextLine) -> list[tuple[list[ReadWord], list[ReadWord]]]:
    """Words of both that stand over each other, in the line's direction."""
    reads = sorted([(read, 0) for read in line] + [(read, 1) for read in others], key=lambda item: item[0].word.box.x0)
    groups: list[tuple[list[ReadWord], list[ReadWord]]] = []
    end = last = 0.0
    for read, reader in reads:
        box = read.word.box
        width = box.x1 - box.x0
        if not groups or box.x0 >= end - 0.25 * min(width, last):
            groups.append(([], []))
            end = box.x1
        groups[-1][reader].append(read)
        end, last = max(end, box.x1), width
    return groups[::-1] if is_right_to_left(_text(line)) else groups


def _doubt(confidence: float) -> float:
    return max(1e-3, 1 - confidence)


def _confidences(reads: TextLine) -> list[float]:
    return [read.word.confidence for read in reads]


def _text(reads: TextLine) -> str:
    return " ".join(read.word.text for read in reads)


def _box(line: TextLine) -> Box:
    return bounding([read.word.box for read in line])


def _is_noise(read: ReadWord, line: TextLine, asked: LinesAt, limits: MergeLimits) -> bool:
    """Whether a word that the first reader doubts, on a line that it doubts, stands where the second saw nothing."""
    if mean_confidence([line]) >= limits.line and read.word.confidence >= limits.word:
        return False
    return asked.best(read.word.box) is not None


def _with_new(lines: Sequence[list[Word]], new: Sequence[TextLine]) -> list[list[Word]]:
    """The lines, and each of the new ones behind the last that ends above it and is not beside it."""
    import numpy as np

    placed, count = list(lines), len(lines)
    x0, x1, y1 = np.full((3, count + len(new)), np.inf)  # an empty line ends above nothing
    for number, words in enumerate(lines):
        if words:
            x0[number], _, x1[number], y1[number] = bounding([word.box for word in words])
    for line in new:
        box = _box(line)
        beside = np.minimum(x1[:count], box.x1) - np.maximum(x0[:count], box.x0)
        above = np.flatnonzero((y1[:count] <= box.y1) & (beside > -0.05))
        place = int(above[-1]) + 1 if len(above) else 0
        placed.insert(place, [_second(read) for read in line])
        for edges, edge in ((x0, box.x0), (x1, box.x1), (y1, box.y1)):
            edges[place + 1 : count + 1] = edges[place:count]
            edges[place] = edge
        count += 1
    return placed
