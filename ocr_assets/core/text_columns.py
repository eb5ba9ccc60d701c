"""Running text in columns, as newspapers and directories have it, which the layout model may take for a table.

A reader finds the columns of such a page, and reads down the first before it begins with the second. It may read down
the columns of a table as well; but their lines are shorter than a table's column is wide, or of a word or a number.
"""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from ocr_assets.core.lines import Line, fragments, same_row
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

LINES: Final = 12
"""Of a column at least: cells of a table in which text runs on have fewer."""
WORDS: Final = 3
"""Of its usual line at least."""
FILLED: Final = 0.7
"""Of its width by the usual line: lines of an entry, or of prose, break where the column ends."""
MOSTLY: Final = 0.5
"""Share of the words that stand in such columns."""
ALIKE: Final = 0.8
"""Share of what both cover that a piece of a column and what is over it have in common."""
FARTHEST: Final = 2.5
"""Heights of a line from one line to the next."""
APART: Final = 0.01
"""So far two columns may run into each other, in 0..1 of the page's width."""
BESIDE: Final = 0.5
"""Share of the lower one's height that two columns are beside each other."""


def is_text_in_columns(words: Sequence[Word]) -> bool:
    """Whether most of these words, in the reader's order, run down columns of text that stand beside each other."""
    columns = [column for column in _columns(fragments(list(enumerate(words)))) if _is_text(column)]
    boxes = [_box(column) for column in columns]
    beside = [
        column
        for column, box in zip(columns, boxes, strict=True)
        if any(_is_beside(box, other) for other in boxes if other is not box)
    ]
    return sum(len(line.words) for column in beside for line in column) > MOSTLY * len(words)


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines read one after the other and below each other, and further ones a line's distance below these."""
    columns: list[list[Line]] = []
    for run in sorted(_runs(lines), key=lambda run: run[0].box.y0):
        box = _box(run)
        for column in columns:
            over, last = _box(column), column[-1].box
            wide = min(over.x1, box.x1) - max(over.x0, box.x0)
            alike = wide > ALIKE * (max(over.x1, box.x1) - min(over.x0, box.x0))
            if alike and abs(box.y0 - last.y1) < last.y1 - last.y0:
                column.extend(run)
                break
        else:
            columns.append(list(run))
    return columns


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    run: list[Line] = []
    for line in lines:
        if run and not _goes_down(run[-1].box, line.box):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _goes_down(a: Box, b: Box) -> bool:
    below = not same_row(a, b) and 0 < b.y0 - a.y0 < FARTHEST * (a.y1 - a.y0)
    return below and min(a.x1, b.x1) > max(a.x0, b.x0)


def _is_text(column: Sequence[Line]) -> bool:
    if len(column) < LINES:
        return False
    box = _box(column)
    filled = median((line.box.x1 - line.box.x0) / (box.x1 - box.x0) for line in column)
    return median(len(line.words) for line in column) >= WORDS and filled >= FILLED


def _is_beside(a: Box, b: Box) -> bool:
    apart = min(a.x1, b.x1) <= max(a.x0, b.x0) + APART
    return apart and min(a.y1, b.y1) - max(a.y0, b.y0) > BESIDE * min(a.y1 - a.y0, b.y1 - b.y0)


def _box(lines: Sequence[Line]) -> Box:
    return bounding([line.box for line in lines])
