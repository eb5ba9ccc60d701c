"""Words that a reader gave as lines of their own, before the line in which they stand."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from ocr_assets.core.lines import is_right_to_left, same_row
from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import Box

BLANK: Final = 2.0
"""In widths of a letter: words of one line are not further apart."""
LIKE_HEIGHT: Final = 2.0
"""Times as high: the one with a letter that rises and one that hangs, the other without."""


def with_lone_words_in_place(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines, each of a single word that stands between two words of one row, and was read before the left of them,
    moved into that one's line. Rows from right to left stay.
    """
    words = sorted(
        (
            (_middle(read.word.box), place, number)
            for place, line in enumerate(lines)
            for number, read in enumerate(line)
        ),
    )
    middles = [middle for middle, _, _ in words]
    moved: dict[int, tuple[int, int]] = {}
    for place, line in enumerate(lines):
        if len(line) != 1 or is_right_to_left(line[0].word.text):
            continue
        box, letters = line[0].word.box, len(line[0].word.text)
        reach = box.y1 - box.y0
        left = right = None
        near = words[bisect_left(middles, _middle(box) - reach) : bisect_right(middles, _middle(box) + reach)]
        for _, other, number in near:
            beside = lines[other][number].word
            if other == place or not _alike(box, beside.box):
                continue
            room = BLANK * max(_letter(box, letters), _letter(beside.box, len(beside.text)))
            if -room / 2 < box.x0 - beside.box.x1 < room:
                left = other, number
            elif -room / 2 < beside.box.x0 - box.x1 < room:
                right = other, number
        if left and right and left[0] > place and len(lines[left[0]]) + len(lines[right[0]]) > 2:
            moved[place] = left
    joined = [list(line) for line in lines]
    home = list(range(len(lines)))
    for place, (other, number) in sorted(moved.items(), reverse=True):  # what it goes to, which comes later, first
        home[place] = home[other]
        line = joined[home[place]]
        line.insert(line.index(lines[other][number]) + 1, lines[place][0])
        joined[place] = []
    return [line for line in joined if line]


def _alike(a: Box, b: Box) -> bool:
    heights = sorted((a.y1 - a.y0, b.y1 - b.y0))
    return heights[1] < LIKE_HEIGHT * heights[0] and same_row(a, b)


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _letter(box: Box, letters: int) -> float:
    return (box.x1 - box.x0) / max(1, letters)
