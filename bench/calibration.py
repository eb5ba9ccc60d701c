"""How often words and pages are right, by how sure the reader is of them.

What `core/confidence.py` says of words is read off these tables. Whether the page's confidence holds on other pages is
told by leaving out one collection at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple
from unittest.mock import patch

from ocr_assets.core import confidence

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.96, 1.01)
MARK = confidence.AGREED + 1e-9  # in its place: tells the words that have it because two readers read them alike
SURE, MOST_ERRORS = 0.95, 0.02


class Judged(NamedTuple):
    """A word of a page that one reader read well, with its confidence, or (None) one that two readers read alike."""

    confidence: float | None
    is_right: float


Points = tuple[tuple[float, float], ...]
Result = Mapping[str, Any]


def curve(words: Sequence[Judged]) -> Points:
    """Mean confidence and share right of each bin, never falling; a right and a wrong word are added to each."""
    bins = defaultdict(list)
    for word in words:
        if word.confidence is not None:
            bins[max(lower for lower in BINS if lower <= word.confidence)].append(word)
    points: list[tuple[float, float]] = []
    for lower in sorted(bins):
        found = bins[lower]
        right = (sum(word.is_right for word in found) + 1) / (len(found) + 2)
        highest = points[-1][1] if points else 0.0
        points.append((fmean(word.confidence or 0.0 for word in found), min(0.989, max(highest, right))))
    return tuple(points)


def agreed(words: Sequence[Judged]) -> float:
    """The share right of words that two readers read alike."""
    return fmean(word.is_right for word in words if word.confidence is None)


def print_calibration(
    words: Mapping[str, Sequence[Judged]], collections: Mapping[str, str], play: Callable[[str], Result]
) -> None:
    """`words` by the name of their page, `collections` by the same; `play` reads a page anew."""
    everything = [word for page in words.values() for word in page]
    print("words of pages read well, confidence and share right:", *(f"{x:.3f} {y:.3f}," for x, y in curve(everything)))
    print(f"share right of words read alike: {agreed(everything):.3f}")
    rows = []
    for collection in sorted(set(collections.values())):
        others = [word for name, page in words.items() if collections[name] != collection for word in page]
        with patch.multiple(confidence, WELL=curve(others), AGREED=agreed(others)):
            rows += [play(name) for name in words if collections[name] == collection]
    report([play(name) for name in words], "fitted on all pages")
    report(rows, "each collection fitted without itself")


def report(results: Sequence[Result], label: str) -> None:
    """How many of the pages said to be sure are right, and how many right ones are not said to be."""
    results = [result for result in results if result["ordered"]]
    sure = [result for result in results if result["confidence"] >= SURE]
    good = [result for result in results if result["cer"] < MOST_ERRORS]
    right = sum(result["cer"] < MOST_ERRORS for result in sure)
    print(
        f"{label}: of {len(sure)} pages said to be {SURE} and surer {right} have a CER under {MOST_ERRORS:.0%};",
        end=" ",
    )
    print(f"{len(good) - right} of {len(good)} such pages are said to be less sure")
