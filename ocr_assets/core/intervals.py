"""Intervals along one side of a page, and the white space that many of them leave free."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Interval(NamedTuple):
    """From where to where, in 0..1."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    @property
    def length(self) -> float:
        return self.end - self.start


def white_space(intervals: Iterable[tuple[float, float]], allowed: int = 0) -> Iterator[Interval]:
    """Where, between the first and the last of them, at most `allowed` lie over each other; in order."""
    covered, since = 0, None
    ends = [(at, step) for start, end in intervals for at, step in ((start, 1), (end, -1))]
    for at, step in sorted(ends):
        if covered > allowed >= covered + step:
            since = at
        elif covered <= allowed < covered + step and since is not None:
            yield Interval(since, at)
        covered += step
