"""Where on a line a second reader is wanted: a reader's time goes with the width it reads, and most words are sure.

On 25 scans that need a second reader, a quarter to a third of the width of the lines with a doubtful word is doubtful.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise, repeat
from typing import Final

from ocr_assets.core.box_grid import BoxGrid
from ocr_assets.core.ink import Ink, grown
from ocr_assets.core.line_places import ASIDE, ON_LINE, on_line
from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import Box, Word

BESIDE: Final = 1
"""Words to each side that are read too: a reader finds the ends of a word by its neighbours."""
UNSEEN: Final = 1.5
"""Heights of the line: a wider gap between words may hold one that was overlooked."""
JOINED: Final = 0.3
"""Heights of the line: parts no further apart are one."""
LETTERS: Final = 2
"""Marks in a gap between words from which it holds an overlooked one, however narrow it is."""
LETTER: Final = 0.3
"""Height of such a mark, of the line's box, which has room around the letters."""
WHOLE: Final = 0.8
"""Share of the line from which it is read as a whole."""


def doubtful_parts(
    found: Sequence[Box], lines: Sequence[TextLine], sure: float, aspect: float, ink: Ink | None = None
) -> Iterator[list[Box]]:
    """For each of these lines (boxes in 0..1 of the page) the parts that the first reader did not see or is less than
    `sure` of; none where all is sure.

    `lines` is what it read on the page; `aspect` the page's height over its width; `ink` shows what it overlooked
    between words that stand close.
    """
    words = [read.word for line in lines for read in line]
    grid = BoxGrid([word.box for word in words])
    left = ink.outside([grown(word.box) for word in words]).along(found, LETTER) if ink else repeat(())
    for line, marks in zip(found, left, strict=False):
        near = (words[number] for number in grid.near(line, beside=ASIDE))
        on_it = [word for word in near if on_line(word.box, line) > ON_LINE]
        yield _parts(line, on_it, sure, aspect, marks)


def _parts(line: Box, on_it: Sequence[Word], sure: float, aspect: float, left: Sequence[float]) -> list[Box]:
    words = sorted(on_it, key=lambda word: word.box.x0)
    if not words:
        return [line]
    height = (line.y1 - line.y0) * aspect
    doubts = [*_around_doubts(line, words, sure, left), *_gaps(line, words, UNSEEN * height)]
    parts = list(_joined(sorted(doubts), height))
    if sum(end - start for start, end in parts) > WHOLE * (line.x1 - line.x0):
        return [line]
    return [Box(start, line.y0, end, line.y1) for start, end in parts]


def _around_doubts(
    line: Box, words: Sequence[Word], sure: float, left: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """From the middle of one gap between words to that of another; none where no word is doubtful and no gap holds
    what is `left`, the places of marks along the line, from its beginning.
    """
    middles = [(a.box.x1 + b.box.x0) / 2 for a, b in pairwise(words)]
    edges = [line.x0, *(min(max(x, line.x0), line.x1) for x in middles), line.x1]
    for number, word in enumerate(words):
        if word.confidence < sure:
            yield edges[max(0, number - BESIDE)], edges[min(len(words), number + 1 + BESIDE)]
    ends = [line.x0, *(word.box.x1 for word in words)]
    starts = [*(word.box.x0 for word in words), line.x1]
    for number, (start, end) in enumerate(zip(ends, starts, strict=True)):
        if bisect(left, end) - bisect(left, start) >= LETTERS:
            yield edges[max(0, number - BESIDE)], edges[min(len(words), number + BESIDE)]


def _gaps(line: Box, words: Sequence[Word], width: float) -> Iterator[tuple[float, float]]:
    seen = line.x0
    for start, end in [*((word.box.x0, word.box.x1) for word in words), (line.x1, line.x1)]:
        if start - seen > width:
            yield seen, start
        seen = max(seen, end)


def _joined(parts: Sequence[tuple[float, float]], height: float) -> Iterator[tuple[float, float]]:
    """Sorted parts, those that touch made one."""
    last: tuple[float, float] | None = None
    for part in parts:
        if last and part[0] <= last[1] + JOINED * height:
            last = last[0], max(last[1], part[1])
            continue
        if last:
            yield last
        last = part
    if last:
        yield last
