"""Columns of prices or other numbers that belong to the lines on their left, as catalogues and price lists have them.

Readers of images give such a column behind the text, and the layout model takes it for one of its own.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from ocr_assets.core.lines import Line, by_rows, fragments, same_row
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.regions import Region, area, bounding, intersection

LEAST: Final = 4
"""Numbers of a column: fewer may stand below each other by chance."""
IN_ROWS: Final = 0.8
"""Share of them that stand beside the end of a line."""
RAGGED: Final = 0.5
"""Share of these lines that end well before the longest: those of a column of prose do not."""
APART: Final = 0.5
"""Share of them that the reader does not give right behind their line."""
SHORT: Final = 0.1
"""How much shorter than the longest they are."""
FARTHEST: Final = 0.12
"""Between the name of an entry and a number before it, in 0..1 of the page's width."""
MOSTLY: Final = 0.5
SLIGHTLY: Final = 0.1
"""Shares of a region's area: it goes into the listing or has nothing to do with it; else there is none."""
NEAR: Final = 0.03
"""Middles of what stands in one row are not further apart, in 0..1 of the page's height."""
EDGE: Final = 0.02
"""In 0..1 of the page's width: so far the edges of one column differ."""
INDENT: Final = 0.01
"""Likewise: lines of one column that begin so near to each other begin at one edge."""
MOST_LISTINGS: Final = 8
MOST: Final = 2_000
"""Fragments of lines: a page with more is a map or a plan."""

_MONEY = r"(?:Fr|Mk|M|£|\$|€)\.?"
_NUMBER = re.compile(rf"(?:{_MONEY}\s?)?\d[\d.,' ]{{0,9}}(?:\s?[-\u2013\u2014]{{1,3}})?(?:\s?{_MONEY})?")
_WORD = re.compile(r"[^\W\d_]{2}")
_KEPT: Final[frozenset[BlockKind]] = frozenset({"table", "figure", "code", "equation"})


def with_price_columns(words: Sequence[Word], regions: Sequence[Region]) -> tuple[Sequence[Word], Sequence[Region]]:
    """The words, numbers of such columns behind their lines, and the regions, with one for all of each listing.

    What stands in tables and figures stays, and all that a text layer gives.
    """
    if any(word.font for word in words):
        return words, regions
    for _ in range(MOST_LISTINGS):
        places = _listing(words, regions)
        if not places:
            break
        inside, box = set(places), bounding([words[i].box for i in places])
        rows = [word for row in by_rows([(i, words[i]) for i in places]) for word in row.words]
        after = [word for i, word in enumerate(words) if i > places[0] and i not in inside]
        words = [*words[: places[0]], *rows, *after]
        regions = [*(r for r in regions if intersection(r.box, box) < MOSTLY * area(r.box)), Region("text", box, 1.0)]
    return words, regions


def _listing(words: Sequence[Word], regions: Sequence[Region]) -> list[int]:
    """Places of the words of a listing, if there is one whose numbers stand apart: those that a column of numbers
    belongs to, the numbers, and what stands between.
    """
    lines = fragments(list(enumerate(words)))
    if len(lines) > MOST:
        return []
    kept = [region.box for region in regions if region.kind in _KEPT]
    rows = _Rows(lines)
    numbers = [
        line
        for line, around in zip(lines, _neighbours(lines), strict=True)
        if _NUMBER.fullmatch(line.text) and not _meets(line.box, kept) and not any(_goes_with(line, o) for o in around)
    ]
    for column in _columns(numbers):
        held = _held(column, rows)
        if not held:
            continue
        box = bounding([line.box for line in held])
        cut = any(SLIGHTLY < intersection(box, r.box) / (area(r.box) or 1.0) < MOSTLY for r in regions)
        places = sorted(line.first + n for line in held for n in range(len(line.words)))
        if not cut and not _meets(box, kept) and not _reads_on(places, words, len(column)):
            return places
    return []


def _neighbours(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """What the reader gives right before and right after each of the lines."""
    for i in range(len(lines)):
        yield [*lines[max(0, i - 1) : i], *lines[i + 1 : i + 2]]


def _goes_with(number: Line, other: Line) -> bool:
    """Whether a number is a line of the same text as the line read before or after it, as where an entry of a directory
    breaks before the number of its house: it begins below or above the beginning of that line.
    """
    wider = other.box.x1 - other.box.x0 > number.box.x1 - number.box.x0
    begins_there = abs(other.box.x0 - number.box.x0) < INDENT and not same_row(other.box, number.box)
    return wider and begins_there and _WORD.search(other.text) is not None


def _columns(numbers: Sequence[Line]) -> Iterator[list[Line]]:
    """Numbers that end at one edge."""
    column: list[Line] = []
    for number in sorted(numbers, key=lambda line: line.box.x1):
        if column and number.box.x1 - column[-1].box.x1 > EDGE:
            yield column
            column = []
        column.append(number)
    yield column


def _held(column: Sequence[Line], rows: "_Rows") -> list[Line]:
    """The lines of the listing that the column of numbers belongs to, if it is one."""
    texts = [(number, text) for number in column if (text := _beside(number, rows))]
    apart = sum(number.first != text.first + len(text.words) for number, text in texts)
    if len(texts) < max(LEAST, IN_ROWS * len(column)) or apart < APART * len(texts):
        return []
    right, left = max(text.box.x1 for _, text in texts), min(text.box.x0 for _, text in texts)
    if sum(text.box.x1 < right - SHORT * (right - left) for _, text in texts) < RAGGED * len(texts):
        return []
    begins = min(start for _, text in texts for start in _starts(text, rows))
    box = bounding([line.box for pair in texts for line in pair])
    box = Box(begins, box.y0, box.x1, box.y1)
    held = [line for line in rows.lines if _middle_within(line.box, box)]
    crosses = any(line.box.x0 < box.x0 - EDGE or line.box.x1 > box.x1 + EDGE for line in held)
    return [] if crosses or any(line.words[0].writing != "across" for line in held) else held


class _Rows:
    """The lines of a page, and which of them stand beside one."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = sorted(lines, key=lambda line: line.box.y0 + line.box.y1)
        self._middles = [(line.box.y0 + line.box.y1) / 2 for line in self.lines]

    def of(self, box: Box) -> list[Line]:
        middle = (box.y0 + box.y1) / 2
        first, last = bisect_left(self._middles, middle - NEAR), bisect_right(self._middles, middle + NEAR)
        return [line for line in self.lines[first:last] if same_row(line.box, box)]


def _beside(number: Line, rows: _Rows) -> Line | None:
    """The nearest text left of it in its row."""
    left = (line for line in rows.of(number.box) if line.box.x1 <= number.box.x0)
    nearest = max(left, key=lambda line: line.box.x1, default=None)
    return nearest if nearest and _WORD.search(nearest.text) else None


def _starts(text: Line, rows: _Rows) -> Iterator[float]:
    """Where it begins, and the number before it."""
    yield text.box.x0
    for line in rows.of(text.box):
        if 0 <= text.box.x0 - line.box.x1 < FARTHEST and _NUMBER.fullmatch(line.text):
            yield line.box.x0


def _middle_within(box: Box, around: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return around.x0 <= x <= around.x1 and around.y0 <= y <= around.y1


def _meets(box: Box, others: Sequence[Box]) -> bool:
    return any(intersection(box, other) > 0 for other in others)


def _reads_on(places: Sequence[int], words: Sequence[Word], rows: int) -> bool:
    """Whether the reader often goes on in the same row beyond the listing: then it is a part of a wider table."""
    inside = set(places)
    edges = (i for i in range(len(words) - 1) if (i in inside) != (i + 1 in inside))
    return sum(same_row(words[i].box, words[i + 1].box) for i in edges) > (1 - IN_ROWS) * rows
