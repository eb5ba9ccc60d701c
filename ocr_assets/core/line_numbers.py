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
"""Lines that begin with a small letter, which sentences have that go on, and the rows of a list have not."""

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
    """Whether some of the numbered lines begin with a small letter."""
    wrapped = 0
    for number in column:
        middle = (number.box.y0 + number.box.y1) / 2
        line = [word for word in beside if word.box.y0 < middle < word.box.y1]
        wrapped += bool(line) and min(line, key=lambda word: word.box.x0).text[:1].islower()
    return wrapped >= WRAPPED
