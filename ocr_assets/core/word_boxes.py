"""Words whose boxes reach over their neighbours: Tesseract gives some the place of the next words too, or of those in
the lines above and below.

Such a word is taken for what another reader has read there, and both are lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box

FEWEST: Final = 3
"""Words of a line that tell its height."""
DOUBTFUL: Final = 0.5
"""Confidence below which a box's height is not trusted; large initials are read with more."""
BEYOND, ROOM = 0.75, 0.5
"""Of the height of the line's words: what is further above or below them is not the word's, and what is left of it."""


def with_boxes_cut(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines, each word cut to its own place in its line."""
    return [_narrowed(_lowered(line)) for line in lines]


def _lowered(line: TextLine) -> TextLine:
    """Doubtful words cut to the height of the line."""
    if len(line) < FEWEST or all(read.word.confidence >= DOUBTFUL for read in line):
        return line
    boxes = [read.word.box for read in line]
    top, bottom = median(box.y0 for box in boxes), median(box.y1 for box in boxes)
    height = median(box.y1 - box.y0 for box in boxes)

    def lowered(read: ReadWord) -> ReadWord:
        box = read.word.box
        if read.word.confidence >= DOUBTFUL or max(top - box.y0, box.y1 - bottom) <= BEYOND * height:
            return read
        y0, y1 = max(box.y0, top - ROOM * height), min(box.y1, bottom + ROOM * height)
        return _with_box(read, box._replace(y0=y0, y1=y1)) if y0 < y1 else read

    return [lowered(read) for read in line]


def _narrowed(line: TextLine) -> TextLine:
    """Of two words that stand over each other the one that is wider for its letters ends where the other begins."""
    reads = list(line)
    for a, b in pairwise(sorted(range(len(reads)), key=lambda number: reads[number].word.box.x0)):
        left, right = reads[a].word.box, reads[b].word.box
        if left.x1 <= right.x0:
            continue
        if _letter(reads[a]) > _letter(reads[b]):
            if left.x0 < right.x0:
                reads[a] = _with_box(reads[a], left._replace(x1=right.x0))
        elif left.x1 < right.x1:
            reads[b] = _with_box(reads[b], right._replace(x0=left.x1))
    return reads


def _with_box(read: ReadWord, box: Box) -> ReadWord:
    return read._replace(word=replace(read.word, box=box))


def _letter(read: ReadWord) -> float:
    return (read.word.box.x1 - read.word.box.x0) / len(read.word.text)
