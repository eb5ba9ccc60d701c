"""Words that readers make of specks: single dots and dashes smaller than any that are printed."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from ocr_assets.core.lines import line
from ocr_assets.core.pages import Word

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
    kept = []
    for word in words:
        longer = max((word.box.x1 - word.box.x0) * width, (word.box.y1 - word.box.y0) * height)
        is_print = longer >= SMALLEST * usual or any(map(str.isalnum, word.text))
        if is_print or _is_full_stop(word, words, (usual / width, usual / height)):
            kept.append(word)
    return kept


def _is_full_stop(word: Word, words: Sequence[Word], type_size: tuple[float, float]) -> bool:
    """Whether it stands on the foot of its line, amid it. `type_size` is the height of words, over the page's width and
    its height."""
    if word.text != ".":
        return False
    across, down = type_size
    level = [w.box for w in words if w is not word and abs(_foot(w) - word.box.y1) < OFF * down]
    is_behind = any(0 <= word.box.x0 - box.x1 < BESIDE * across for box in level)
    return is_behind and any(0 <= box.x0 - word.box.x1 < BESIDE * across for box in level)


def _foot(word: Word) -> float:
    return line([word], 0).base
