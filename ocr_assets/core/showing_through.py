"""Print of the other side that shows through the paper: paler than the page's own."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.box_grid import BoxGrid
from ocr_assets.core.line_places import ON_LINE, on_line
from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import Box, Word

if TYPE_CHECKING:
    from PIL.Image import Image

PALE: Final = 0.3
"""Of the page's own print, in depth of tone. What shows through has 0.1 to 0.25, the palest stamp of 37 scans 0.36."""
SURE: Final = 0.9
"""Confidence of the words that tell how dark it is."""
ENOUGH: Final = 5
"""Such words: fewer tell nothing."""
PAPER, STROKES = 90, 5
"""Percentiles of a word's pixels."""


def without_pale_words(grey: "Image", first: Sequence[TextLine], second: Sequence[TextLine]) -> list[TextLine]:
    """The second reader's lines without words that the first reader did not see and that are paler than the print of
    this page in mode L.
    """
    import numpy as np

    seen = [read.word for line in first for read in line]
    sure = [depth(grey, word.box) for word in seen if word.confidence >= SURE]
    if len(sure) < ENOUGH:
        return list(second)
    least = PALE * float(np.median(sure))
    boxes = [word.box for word in seen]
    grid = BoxGrid(boxes)

    def shows_through(word: Word) -> bool:
        is_written = any(map(str.isalnum, word.text))  # a dash is too thin to tell
        return (
            is_written
            and not _is_over(word.box, map(boxes.__getitem__, grid.near(word.box)))
            and depth(grey, word.box) < least
        )

    kept = ([read for read in line if not shows_through(read.word)] for line in second)
    return [line for line in kept if line]


def depth(grey: "Image", box: Box) -> float:
    """How much darker the strokes of a word are than its paper, of 255."""
    import numpy as np

    width, height = grey.size
    x0, y0 = int(box.x0 * width), int(box.y0 * height)
    pixels = np.asarray(grey.crop((x0, y0, max(x0 + 1, round(box.x1 * width)), max(y0 + 1, round(box.y1 * height)))))
    paper, strokes = np.percentile(pixels, (PAPER, STROKES))
    return float(paper - strokes)


def _is_over(box: Box, others: Iterable[Box]) -> bool:
    return any(min(box.x1, other.x1) > max(box.x0, other.x0) and on_line(box, other) > ON_LINE for other in others)
