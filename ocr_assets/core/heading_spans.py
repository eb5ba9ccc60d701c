"""Over which columns headings stand: by the lines drawn below them, by their middles, and all of a row together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ocr_assets.core.intervals import Interval
from ocr_assets.core.rulings import Separator
from ocr_assets.core.table_lines import Run, Scale

UNCOVERED: Final = 2.0
"""What it costs, in characters that a heading is off the middle of its columns, to leave a column without one between
two headings, or behind them where others go over several."""
LEFT: Final = 1.0
"""The same for a heading that begins or ends where its columns do and is off their middle."""
UNLIKELY: Final = 100.0

Span = tuple[int, int]
"""First and last column."""


@dataclass(frozen=True, slots=True)
class Below:
    """What is below a row of headings: from where to where in x the texts of each column go, None for one without
    text; the columns with a text in the next row; the lines drawn between."""

    extents: Sequence[Interval | None]
    filled: frozenset[int]
    underlines: Sequence[Separator]
    scale: Scale


class _Choice(NamedTuple):
    """Columns of the headings so far, and how badly these stand over them."""

    cost: float
    spans: tuple[Span, ...]


def heading_spans(runs: Mapping[int, Run], below: Below) -> dict[int, Span]:
    """The columns of each heading of a row, by the column that it begins in; no two overlap."""
    choices = [_Choice(0.0, ())]
    columns = sorted(runs)
    ends = [*columns[1:], len(below.extents)]
    for before, column, end in zip([-1, *columns], columns, ends, strict=False):
        ways = [way for way in _possible(column, runs[column], below) if before < way[1][0] and way[1][1] < end]
        choices = list(_extended(choices, ways, below))
    best = min(choices, key=lambda choice: choice.cost + _left_over(choice, below))
    return dict(zip(columns, best.spans, strict=True))


def _extended(choices: Sequence[_Choice], ways: Sequence[tuple[float, Span]], below: Below) -> Iterator[_Choice]:
    """For each way in which the next heading can stand the best choice for those before it."""
    for cost, span in ways:
        found = []
        for choice in choices:
            last = choice.spans[-1][1] if choice.spans else span[0] - 1
            if last < span[0]:
                uncovered = len(below.filled.intersection(range(last + 1, span[0])))
                found.append(_Choice(choice.cost + cost + UNCOVERED * uncovered, (*choice.spans, span)))
        if found:
            yield min(found, key=lambda choice: choice.cost)


def _left_over(choice: _Choice, below: Below) -> float:
    if not any(last > first for first, last in choice.spans):
        return 0.0
    return UNCOVERED * sum(column > choice.spans[-1][1] for column in below.filled)


def _possible(column: int, run: Run, below: Below) -> Iterator[tuple[float, Span]]:
    """Ways in which a heading can stand, with their costs; one is over its own column."""
    if ruled := _ruled(run, below):
        yield 0.0, ruled
        yield UNLIKELY, (column, column)
        return
    extents = {c: extent for c, extent in enumerate(below.extents) if extent}
    covered = [c for c, extent in extents.items() if _covers(run, extent)] or [column]
    own = extents.get(column)
    yield (_off(run, own, own, below.scale) if own and len(covered) == 1 else UNLIKELY), (column, column)
    for left, start in extents.items():
        for right, end in extents.items():
            if (
                left <= covered[0]
                and covered[-1] <= right
                and left < right
                and start.start <= run.middle <= end.end
                and below.filled.issuperset(range(left, right + 1))
            ):
                yield _off(run, start, end, below.scale), (left, right)


def _ruled(run: Run, below: Below) -> Span | None:
    """The columns over which the line below the heading goes."""
    room = below.scale.character
    for start, end in (piece for line in below.underlines for piece in line.pieces):
        if start - room <= run.start and run.end <= end + room:
            columns = [c for c, extent in enumerate(below.extents) if extent and start < extent.middle < end]
            if columns:
                return columns[0], columns[-1]
    return None


def _covers(run: Run, extent: Interval) -> bool:
    shared = min(run.end, extent.end) - max(run.start, extent.start)
    return shared > 0.3 * min(run.end - run.start, extent.end - extent.start)


def _off(run: Run, first: Interval, last: Interval, scale: Scale) -> float:
    """How far, in characters, a heading is off the middle or the ends of these columns."""
    middle = abs(run.middle - (first.start + last.end) / 2)
    ends = min(abs(run.start - first.start), abs(run.end - last.end) if first is last else float("inf"))
    return min(middle / scale.character, ends / scale.character + LEFT)
