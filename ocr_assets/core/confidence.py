"""What a reader's own confidence is worth: the share of words right, of those that it gave that confidence.

Read off the words of 37 scanned pages with known text (`python -m bench merging` prints them anew, and tries them on
the pages of each collection fitted without it). All values 0..1.
"""

import math
from bisect import bisect
from collections.abc import Sequence
from typing import Final

FIRST: Final = ((0.0, 0.2), (0.3, 0.36), (0.5, 0.48), (0.7, 0.62), (0.8, 0.7), (0.9, 0.82), (0.95, 0.96), (0.97, 0.99))
"""Tesseract's confidence in a word, and how often it is right, on pages that it does not read well as a whole."""
WELL: Final = (
    (0.0, 0.3),
    (0.62, 0.44),
    (0.77, 0.73),
    (0.87, 0.86),
    (0.92, 0.93),
    (0.94, 0.97),
    (0.957, 0.985),
    (1.0, 0.989),
)
"""The same on pages that it reads well: there a word of 0.9 is right as often as elsewhere one of 0.93. The last two
are lower than what was seen, 0.994 and 0.999: 0.99 and more is for words that a file states."""
SECOND: Final = ((0.0, 0.0), (0.5, 0.5), (0.9, 0.7), (1.0, 0.9))
"""PP-OCR's, of words that Tesseract did not see."""
AGREED: Final = 0.963
"""Of a word that both have read alike: they share some mistakes, of accents and worn type."""
PAGE: Final = ((0.0, 0.0), (0.9, 0.9), (0.967, 0.95), (1.0, 1.0))
"""The mean of a page's words, and what is said of the page: 0.95 where nine in ten such pages have a CER under 2 %."""
CHOSEN: Final = 0.6
"""Of the odds of a choice between two words: both may be wrong."""


def of_first(confidence: float) -> float:
    """Of a word that Tesseract alone has read."""
    return _between(FIRST, confidence)


def of_well(confidence: float) -> float:
    """Of a word on a page that Tesseract alone reads well."""
    return _between(WELL, confidence)


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


def of_page(mean: float) -> float:
    """Of a page whose words have this mean, weighted by their length."""
    return _between(PAGE, mean)


def _between(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between the points, constant beyond them."""
    place = bisect(points, (x, 2.0))
    if place == 0 or place == len(points):
        return points[max(0, place - 1)][1]
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
