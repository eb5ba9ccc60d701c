"""The lines that are drawn on a page, which rule its tables, whoever found them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ocr_assets.core.pages import Box


class Ruling(NamedTuple):
    """A straight line along one axis, or the edge of a filled area: `at` is its place on the other axis. All 0..1."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Rulings:
    """Those that run across the page, `at` being y, and those that run down, `at` being x."""

    across: tuple[Ruling, ...] = ()
    down: tuple[Ruling, ...] = ()

    def __add__(self, other: "Rulings") -> "Rulings":
        return Rulings(self.across + other.across, self.down + other.down)

    def within(self, box: Box) -> "Rulings":
        """What of them lies in the box."""
        across = _clipped(self.across, box.y0, box.y1, box.x0, box.x1)
        down = _clipped(self.down, box.x0, box.x1, box.y0, box.y1)
        return Rulings(tuple(across), tuple(down))


NO_RULINGS: Final = Rulings()


def _clipped(rulings: Iterable[Ruling], low: float, high: float, start: float, end: float) -> Iterator[Ruling]:
    for ruling in rulings:
        if low <= ruling.at <= high and ruling.start < end and ruling.end > start:
            yield Ruling(ruling.at, max(ruling.start, start), min(ruling.end, end))


class Separator(NamedTuple):
    """Rulings at nearly one place, which part rows or columns of a table: their mean place, and where there are any."""

    at: float
    pieces: tuple[tuple[float, float], ...]

    def covers(self, start: float, end: float, least: float = 0.6) -> bool:
        """Whether at least this share of the interval is ruled."""
        ruled = sum(max(0.0, min(end, last) - max(start, first)) for first, last in self.pieces)
        return ruled >= least * (end - start)

    @property
    def length(self) -> float:
        return sum(last - first for first, last in self.pieces)


def separators(rulings: Iterable[Ruling], apart: float, gap: float) -> list[Separator]:
    """In order of place. Rulings less than `apart` from each other are one: double lines, the edges of two fills.

    Pieces less than `gap` apart are joined: dashes.
    """
    groups: list[list[Ruling]] = []
    for ruling in sorted(rulings):
        if groups and ruling.at - groups[-1][-1].at < apart:
            groups[-1].append(ruling)
        else:
            groups.append([ruling])
    return [_separator(group, gap) for group in groups]


def _separator(group: Sequence[Ruling], gap: float) -> Separator:
    pieces: list[tuple[float, float]] = []
    for start, end in sorted((ruling.start, ruling.end) for ruling in group):
        if pieces and start - pieces[-1][1] < gap:
            pieces[-1] = (pieces[-1][0], max(pieces[-1][1], end))
        else:
            pieces.append((start, end))
    weight = sum(ruling.length for ruling in group) or 1.0
    return Separator(sum(ruling.at * ruling.length for ruling in group) / weight, tuple(pieces))
