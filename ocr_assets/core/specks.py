"""Words that readers make of specks: single dots and dashes smaller than any that are printed."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from ocr_assets.core.pages import Word

SMALLEST: Final = 0.18
"""Of the height of a page's words, the longer side of a sign that is printed: a full stop has 0.29, a hyphen 0.4."""
LETTERS: Final = 3
"""Of a word by whose height others are measured."""


def without_specks(words: Sequence[Word], size: tuple[int, int]) -> list[Word]:
    """The words, less those without a letter or figure that are too small. `size` is the page's in pixels."""
    width, height = size
    heights = [w.box.y1 - w.box.y0 for w in words if len(w.text) >= LETTERS and w.text.isalnum()]
    least = SMALLEST * height * median(heights) if heights else 0.0
    return [
        word
        for word in words
        if any(map(str.isalnum, word.text))
        or max((word.box.x1 - word.box.x0) * width, (word.box.y1 - word.box.y0) * height) >= least
    ]
