"""Words that readers make of specks: single dots and dashes smaller than any that are printed."""

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median
from typing import Final

from ocr_assets.core.lines import line
from ocr_assets.core.pages import Box, Word

SMALLEST: Final = 0.18
"""Of the height of a page's words, the longer side of a sign that is printed: a full stop has 0.29, a hyphen 0.4."""
BESIDE: Final = 1.5
"""Of that height: as near on both sides of a lone full stop is the rest of its line, as in "3 . 14" and ". . ."."""
OFF: Final = 0.12
"""Of that height, what it may be off the foot of the letters beside it."""
LETTERS: Final = 3
"""Of a word by whose height others are measured."""


def without_specks(words: Sequence[Word], size: tuple[int, int]) -> list[Word]:
    """The words, less those without a letter or figure that are too small. `size` is the page's in pixels."""
    width, height = size
    heights = [w.box.y1 - w.box.y0 for w in words if len(w.text) >= LETTERS and w.text.isalnum()]
    usual = height * median(heights) if heights else 0.0

    def is_print(word: Word) -> bool:
        longer = max((word.box.x1 - word.box.x0) * width, (word.box.y1 - word.box.y0) * height)
        return longer >= SMALLEST * usual or any(map(str.isalnum, word.text))

    small = [word for word in words if not is_print(word)]
    feet = _feet(words) if any(word.text == "." for word in small) else []
    specks = {id(word) for word in small if not _is_full_stop(word, feet, (usual / width, usual / height))}
    return [word for word in words if id(word) not in specks]


def _feet(words: Sequence[Word]) -> list[tuple[float, Box]]:
    """The lines that words stand on, with their boxes, from the top."""
    return sorted((line([word], 0).base, word.box) for word in words)


def _is_full_stop(word: Word, feet: Sequence[tuple[float, Box]], type_size: tuple[float, float]) -> bool:
    """Whether it stands on the foot of its line, amid it. `type_size` is the height of words, over the page's width and
    its height."""
    if word.text != ".":
        return False
    (across, down), bottom = type_size, word.box.y1
    first, last = (bisect_left(feet, (edge,)) for edge in (bottom - OFF * down, bottom + OFF * down))
    level = [box for _, box in feet[first:last] if box is not word.box]
    is_behind = any(0 <= word.box.x0 - box.x1 < BESIDE * across for box in level)
    return is_behind and any(0 <= box.x0 - word.box.x1 < BESIDE * across for box in level)
