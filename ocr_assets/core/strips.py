"""Marks of a letter's size that stand below each other: where a page may have writing that runs up or down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ocr_assets.core.pages import Box
from ocr_assets.core.regions import bounding

if TYPE_CHECKING:
    from ocr_assets.core.ink import Ink

FEWEST: Final = 4
"""Marks of a strip."""
LONG: Final = 2.5
"""Times as long as wide."""
GAP: Final = 1.3
"""Between marks, in widths of the strip."""
MOST_MARKS: Final = 3_000
"""Not yet read; a page with more is written in a script that nobody reads, or a picture."""
MOST: Final = 60
"""Strips, the longest."""


@dataclass(slots=True)
class _Run:
    """Marks, by their numbers, that go on in one direction: `end` along it, `middle` and `size` across."""

    end: float
    middle: float
    size: float
    marks: list[int] = field(default_factory=list)

    def takes(self, start: float, middle: float, size: float) -> bool:
        alike = 0.4 < size / self.size < 2.5
        return alike and abs(middle - self.middle) < 0.5 * self.size and start - self.end < GAP * self.size


def strips(ink: "Ink", words: Sequence[Box], aspect: float) -> list[Box]:
    """Strips of marks that lie in none of these words; `aspect` is the page's height over its width."""
    left = [Box(x0, y0 * aspect, x1, y1 * aspect) for x0, y0, x1, y1 in ink.outside(words).marks.tolist()]
    if not FEWEST <= len(left) <= MOST_MARKS:
        return []
    down = _runs([(m.y0, m.y1, (m.x0 + m.x1) / 2, m.x1 - m.x0) for m in left])
    across = _runs([(m.x0, m.x1, (m.y0 + m.y1) / 2, m.y1 - m.y0) for m in left])
    level = {mark: len(run.marks) for run in across for mark in run.marks}
    found = []
    for run in down:
        upright = [mark for mark in run.marks if level[mark] <= len(run.marks)]
        if len(upright) >= max(FEWEST, len(run.marks) / 2):
            box = bounding([left[mark] for mark in run.marks])
            if box.y1 - box.y0 > LONG * (box.x1 - box.x0):
                found.append(Box(box.x0, box.y0 / aspect, box.x1, box.y1 / aspect))
    return sorted(found, key=lambda box: box.y0 - box.y1)[:MOST]


def _runs(marks: Sequence[tuple[float, float, float, float]]) -> list[_Run]:
    """Marks, as start, end, middle and size, joined with the run that they continue."""
    runs: list[_Run] = []
    open_runs: list[_Run] = []
    for number in sorted(range(len(marks)), key=lambda number: marks[number][0]):
        start, end, middle, size = marks[number]
        open_runs = [run for run in open_runs if start - run.end < GAP * run.size]
        run = next((run for run in open_runs if run.takes(start, middle, size)), None)
        if run is None:
            run = _Run(end, middle, size)
            runs.append(run)
            open_runs.append(run)
        run.end, run.size = max(run.end, end), max(run.size, size)
        run.marks.append(number)
    return runs
