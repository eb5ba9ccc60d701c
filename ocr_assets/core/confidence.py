"""What a reader's own confidence is worth: the share of words right, of those that it gave that confidence.

Read off the words of 38 scanned pages with known text (`python -m bench merging` prints them anew). All values 0..1.
"""

import math
from bisect import bisect
from collections.abc import Sequence
from typing import Final

FIRST: Final = ((0.0, 0.2), (0.3, 0.36), (0.5, 0.48), (0.7, 0.62), (0.8, 0.7), (0.9, 0.82), (0.95, 0.96), (0.97, 0.99))
"""Tesseract's confidence in a word, and how often it is right."""
SECOND: Final = ((0.0, 0.0), (0.5, 0.5), (0.9, 0.7), (1.0, 0.9))
"""PP-OCR's, of words that Tesseract did not see."""
AGREED: Final = 0.97
CHOSEN: Final = 0.6
"""Of the odds of a choice between two words: both may be wrong."""


def of_first(confidence: float) -> float:
    """Of a word that Tesseract alone has read."""
    return _between(FIRST, confidence)


def of_second(confidence: float) -> float:
    """Of a word that PP-OCR alone has read."""
    return _between(SECOND, confidence)


def of_both(first: float) -> float:
    """Of a word that both have read alike."""
    return max(AGREED, of_first(first))


def of_choice(log_odds: float, second: float) -> float:
    """Of the word that was taken of two different ones; positive odds speak for PP-OCR's, `second` sure."""
    chosen = 1 / (1 + math.exp(-CHOSEN * abs(log_odds)))
    return min(chosen, of_second(second)) if log_odds > 0 else chosen


def _between(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between the points, constant beyond them."""
    place = bisect(points, (x, 2.0))
    if place == 0 or place == len(points):
        return points[max(0, place - 1)][1]
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
