"""Numbers in the margin that count the lines of a page, as transcripts, pleadings, bills and drafts have them.

They are no text, and beside the lines they look like the first column of a table.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ocr_assets.core.pages import Word

FEWEST: Final = 15
"""Lines that are numbered, at least."""
READ: Final = 0.8
"""Of the numbers in the range, so many must be there: a scan's are not all read."""
UNEVEN: Final = 0.25
"""Of the distance between two lines: rows of a table, some with more lines than one, are less even than this."""
COLUMN: Final = 0.02
"""Their right edges, in 0..1 of the page, differ by less."""
WRAPPED: Final = 3
"""Lines with which a sentence goes on, at least."""
MOSTLY: Final = 0.7
"""Of the lines that begin with a small letter, at least."""
BLANK: Final = 2
"""Numbers with nothing beside them, from which it is enough that sentences go on at all: a title page has lines of
its own, and no list has rows without a word."""
WORDS: Final = 4
"""Of a full line, at least: names of one word are all nearly as long as the longest."""
SPACE: Final = 0.5
"""Between words, over their height, in 0..1 of the page."""
GAP: Final = 3.0
"""Wider than this it parts columns."""

_COUNT = re.compile(r"[1-9]\d?")


def line_numbers(words: Sequence[Word]) -> frozenset[int]:
    """The places of the words that number the page's lines: whole numbers one by one, evenly below each other, left of
    all text beside them, which is prose."""
    counts = [i for i, word in enumerate(words) if word.writing == "across" and _COUNT.fullmatch(word.text)]
    if len(counts) < FEWEST:
        return frozenset()
    edge = min(words[i].box.x1 for i in counts)
    column = [i for i in counts if words[i].box.x1 - edge < COLUMN]
    column.sort(key=lambda i: words[i].box.y0)
    if len(column) < FEWEST or not _counts_evenly([words[i] for i in column]):
        return frozenset()
    top, bottom = words[column[0]].box.y0, words[column[-1]].box.y1
    numbers = frozenset(column)
    beside = [word for i, word in enumerate(words) if i not in numbers and word.box.y1 > top and word.box.y0 < bottom]
    is_margin = all(word.box.x0 > edge for word in beside)
    return numbers if is_margin and _is_prose([words[i] for i in column], beside) else frozenset()


def _counts_evenly(column: Sequence[Word]) -> bool:
    """Whether the numbers rise as evenly as they stand, some perhaps missing."""
    values = [int(word.text) for word in column]
    steps = [b - a for a, b in pairwise(values)]
    if min(steps) < 1 or len(values) < READ * (values[-1] - values[0] + 1):
        return False
    places = [(word.box.y0 + word.box.y1) / 2 for word in column]
    heights = [(b - a) / step for (a, b), step in zip(pairwise(places), steps, strict=True)]
    usual = median(heights)
    return all(abs(height - usual) < UNEVEN * usual for height in heights)


def _is_prose(column: Sequence[Word], beside: Sequence[Word]) -> bool:
    """Whether the numbered lines that begin with a small letter go on with a sentence: the line before has no room for
    their first word. In the rows of a list or a table it has, or stands in columns."""
    lines = [_line(number, beside) for number in column]
    ends = sorted(line[-1].box.x1 for line in lines if line)
    if not ends:
        return False
    edge = ends[-2:][0]  # one may reach into the margin
    small = [(above, line) for above, line in pairwise(lines) if line and line[0].text[:1].islower()]
    wrapped = sum(_goes_on(above, line, edge) for above, line in small)
    has_blanks = lines.count([]) >= BLANK
    return wrapped >= WRAPPED and (has_blanks or wrapped >= MOSTLY * len(small))


def _line(number: Word, beside: Sequence[Word]) -> list[Word]:
    """What stands beside a number, from the left."""
    middle = (number.box.y0 + number.box.y1) / 2
    return sorted((w for w in beside if w.box.y0 < middle < w.box.y1), key=lambda word: word.box.x0)


def _goes_on(above: Sequence[Word], line: Sequence[Word], edge: float) -> bool:
    """Whether the first word of a line had no room behind the line above, which like it is set without gaps."""
    if len(above) < WORDS:
        return False
    first, size = line[0].box, line[0].box.y1 - line[0].box.y0
    is_full = above[-1].box.x1 + SPACE * size + first.x1 - first.x0 > edge
    return is_full and not any(b.box.x0 - a.box.x1 > GAP * size for row in (above, line) for a, b in pairwise(row))
