"""PP-OCR's reading of a page: lines of words, wherever on the page it is asked to look."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, Word
from resources.page_readers.ppocr import Character, columns_of, detector, recogniser

if TYPE_CHECKING:
    from PIL.Image import Image

    from resources.page_readers.ppocr import Integers

TYPE_HEIGHT = 12  # pixels of capital letters at which lines are best found; below, they run together
MOST_LOOKED_AT = (
    20_000_000  # pixels of a page, about 20 s of a processor: a large sheet in tiny type would be 96 million
)
LARGE = 1 / 3  # of the page's width and height: a single sign of that size is a drawing, such as a circle
SQUARE = 1.2  # times as wide as high: less is one sign
LEAST_PIXELS = 4  # of a line's width and height
COLUMNS_A_SECOND = 2_500
"""Columns of the recogniser's input for each second that a page may take: about a quarter of what a processor reads."""
COLUMNS = 120 * COLUMNS_A_SECOND
"""The fullest of 37 scans takes 41,000, a map of 3,000 names half a million."""


@dataclass
class Room:
    """What a page may still take of the recogniser's time, in columns of its input, and the lines left out so far.

    Counted, not timed: the same page is read alike on a busy machine.
    """

    columns: int = COLUMNS
    left_out: int = 0

    def taken(self, grey: "Image", boxes: Iterable[Box]) -> list[Box]:
        """Those of these lines of the page for which there is room, the first ones first."""
        fitting = []
        for box in boxes:
            wanted = columns_of((box.x1 - box.x0) * grey.width, max(1.0, (box.y1 - box.y0) * grey.height))
            if wanted <= self.columns:
                self.columns -= wanted
                fitting.append(box)
            else:
                self.left_out += 1
        return fitting


def widest_first(boxes: Iterable[Box]) -> list[Box]:
    """The lines that say most before those for which there may be no room."""
    return sorted(boxes, key=lambda box: box.x0 - box.x1)


def find_lines(grey: "Image", type_height: float) -> list[Box]:
    """Where lines stand on a level page in mode L whose capital letters are so many pixels high."""
    small = sized_to_type(grey, type_height)
    return lines_at(detector().boxes(small), small)


def sized_to_type(grey: "Image", type_height: float) -> "Image":
    """The page at the size at which its lines are best found."""
    scale = min(2.0, TYPE_HEIGHT / max(1.0, type_height), math.sqrt(MOST_LOOKED_AT / max(1, grey.width * grey.height)))
    return grey.resize((max(1, round(grey.width * scale)), max(1, round(grey.height * scale))))


def lines_at(found: "Integers", small: "Image") -> list[Box]:
    """The boxes that the detector has found on that page, without drawings."""
    import numpy as np

    sizes = found[:, 2:] - found[:, :2]
    drawn = (sizes > LARGE * np.array(small.size)).all(axis=1) & (sizes[:, 0] < SQUARE * sizes[:, 1])
    return [Box(*box) for box in (found[~drawn] / [*small.size, *small.size]).tolist()]


def read_lines(grey: "Image", boxes: Iterable[Box]) -> list[TextLine]:
    """What these lines of the page say; those without text are left out."""
    cut_out = ((box, cut_line(grey, box)) for box in boxes)
    lines = (line_of(recogniser().read(image), box) for box, image in cut_out if image is not None)
    return [line for line in lines if line]


def cut_line(grey: "Image", box: Box) -> "Image | None":
    """The line's part of the page, None where it is too small to be one."""
    width, height = grey.size
    x0, y0, x1, y1 = round(box.x0 * width), round(box.y0 * height), round(box.x1 * width), round(box.y1 * height)
    if x1 - x0 < LEAST_PIXELS or y1 - y0 < LEAST_PIXELS:
        return None
    return grey.crop((x0, y0, x1, y1))


def line_of(characters: Sequence[Character], box: Box) -> TextLine:
    """The words that these characters of a line make."""
    return list(_words(characters, box))


def _words(characters: Sequence[Character], box: Box) -> Iterator[ReadWord]:
    word: list[Character] = []
    for character in (*characters, None):
        if character is not None and not character.text.isspace():
            word.append(character)
        elif word:
            yield ReadWord(_word(word, box))
            word = []


def _word(characters: Sequence[Character], line: Box) -> Word:
    """As sure as its least sure character."""
    width = line.x1 - line.x0
    place = Box(line.x0 + characters[0].start * width, line.y0, line.x0 + characters[-1].end * width, line.y1)
    return Word("".join(c.text for c in characters), place, min(c.confidence for c in characters))
