"""Where a second reader looks on a page whose lines the first one has found: on these, without a detector of its own.

A recogniser of lines reads them best with as much room around them as it was trained with, which is what its detector
leaves, and apart where the page has columns.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ocr_assets.core.ink import Ink, grown
from ocr_assets.core.merging import TextLine, mean_confidence
from ocr_assets.core.pages import Box, Word

ROOM: Final = 0.43
"""Heights of capital letters: the room that PP-OCR's detector leaves above and below such lines, and at their ends; the
median of 630 lines on scans of several collections; 0.25 to 0.66 on eight of ten."""
QUARTER: Final = 4
"""One word in so many may be higher than its line: two lines taken for one, or a letter and a speck."""
CUT: Final = 3.0
"""Heights of capital letters between words of a line that are columns, or cells of a table."""
RULING: Final = "|"
"""What a first reader makes of a vertical line between them."""
READABLE: Final = 0.85
"""Confidence of a page's words, below which the first reader's lines are not to be relied on."""
COVERED: Final = 0.9
"""Share of the page's marks that they cover at least."""
NUMBER: Final = 2
"""Letters or figures side by side that they may not leave over: a price or a page number is no longer."""
LETTER: Final = 0.6
"""Height of such a mark at least, of capital letters."""
MOST_CELLS: Final = 2
"""Lines that have a wide gap: with more the page has a table, in which a figure by itself is easily overlooked."""


def found_all_lines(lines: Sequence[TextLine], ink: Ink, aspect: float) -> bool:
    """Whether the first reader's lines will do: it could read them, they are no table's, and it has left nothing over
    that looks like a word.

    `aspect` is the page's height over its width.
    """
    if mean_confidence(lines) < READABLE:
        return False
    wide = CUT * ink.type_height() * aspect
    if sum(len(list(_cut([read.word for read in line], wide))) > 1 for line in lines if line) > MOST_CELLS:
        return False
    left = ink.outside([grown(read.word.box) for line in lines for read in line])
    if len(left.marks) > (1 - COVERED) * len(ink.marks):
        return False
    return not left.higher(LETTER * ink.type_height()).runs(aspect, NUMBER)


def own_lines(lines: Sequence[TextLine], type_height: float, aspect: float) -> list[Box]:
    """The lines in boxes as a detector would give them, in 0..1 of the page.

    `type_height` is that of capital letters in 0..1 of the page; `aspect` the page's height over its width.
    """
    across, down = ROOM * type_height * aspect, ROOM * type_height
    found = []
    for line in lines:
        words = [read.word for read in line if read.word.text.strip(RULING)]
        if not words:
            continue
        top, bottom = _height(words)
        for start, end in _cut(words, CUT * type_height * aspect):
            corners = start - across, top - down, end + across, bottom + down
            found.append(Box(*(min(1.0, max(0.0, corner)) for corner in corners)))
    return found


def _height(words: Sequence[Word]) -> tuple[float, float]:
    """Top and bottom of most of those with a letter, or of all where none has."""
    boxes = [word.box for word in words if any(map(str.isalnum, word.text))] or [word.box for word in words]
    left_out = len(boxes) // QUARTER
    return sorted(box.y0 for box in boxes)[left_out], sorted(box.y1 for box in boxes)[-1 - left_out]


def _cut(words: Sequence[Word], width: float) -> Iterator[tuple[float, float]]:
    """Where the words of a line begin and end, cut where they stand further apart."""
    boxes = sorted(word.box for word in words)
    start, end = boxes[0].x0, boxes[0].x1
    for box in boxes:
        if box.x0 - end > width:
            yield start, end
            start = box.x0
        end = max(end, box.x1)
    yield start, end
