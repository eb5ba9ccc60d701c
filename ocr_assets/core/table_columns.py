"""The columns of a table, by the white space that its lines share and the lines that are drawn."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from ocr_assets.core.intervals import Interval, white_space
from ocr_assets.core.lattice import Lattice
from ocr_assets.core.table_lines import NUMBER, Run, Scale, TextLine
from ocr_assets.core.underlines import underlined_columns, with_columns

VALLEY: Final = 0.6
"""The least width, in characters, of the white space between two columns."""
CROSSED: Final = 0.15
"""The share of lines whose words may stand in that white space: headings that span columns, mostly."""

HEADINGS: Final = 2
"""Lines at the top of a table in which headings stand over others."""
_SUBHEADING = re.compile(r"[^\W\d_]|\b(?:19|20)\d\d\b")
"""What a heading below another has and a value mostly has not: a letter, or a year."""
STRAY: Final = 2.5
"""A column with a single text is none where that is closer, in characters, to the text on its left."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where columns part, left to right. `valleys` are the white spaces (in x) of those without a line,
    `stripes` counts the columns of each stripe of the lattice. `underlined` is where (in y) the headings of all columns
    are underlined, if they are."""

    borders: tuple[float, ...]
    valleys: tuple[Interval, ...]
    stripes: tuple[int, ...]
    underlined: float | None = None

    def of(self, run: Run, scale: Scale) -> int:
        """The column in which a run begins."""
        return sum(border < run.start + scale.character / 2 for border in self.borders)

    def stripe(self, column: int) -> int:
        """The stripe of the lattice that a column lies in."""
        return next(number for number, end in enumerate(accumulate(self.stripes)) if column < end)

    def split(self, run: Run) -> Iterator[Run]:
        """The run cut where a blank beside a number lies on a valley; else it spans the columns."""
        part = [run.words[0]]
        for word in run.words[1:]:
            numeric = NUMBER.fullmatch(part[-1].text) or NUMBER.fullmatch(word.text)
            blank = part[-1].box.x1, word.box.x0
            if numeric and any(blank[0] <= valley.start and valley.end <= blank[1] for valley in self.valleys):
                yield Run(tuple(part))
                part = []
            part.append(word)
        yield Run(tuple(part))


def columns_of(lines: Sequence[TextLine], lattice: Lattice, scale: Scale) -> Columns:
    """Columns of a table: its drawn lines part them, and the valleys between two of those."""
    borders: list[float] = []
    found: list[Interval] = []
    stripes: list[int] = []
    underlined: float | None = None
    for number, (left, right) in enumerate(lattice.stripes):
        inside = [
            TextLine(tuple(run for run in line.runs if left < run.middle < right and not _crosses_any(run, lattice)))
            for line in lines
        ]
        own = valleys([line for line in inside if line.runs], scale, alone=bool(lattice.down))
        underlines = underlined_columns(inside, lattice, scale)
        own = with_columns(own, underlines, inside, scale)
        underlined = underlined or (underlines[0].at if underlines else None)
        found += own
        stripes.append(len(own) + 1)
        borders += [valley.middle for valley in own]
        if number < len(lattice.down):
            borders.append(right)
    return Columns(tuple(borders), tuple(found), tuple(stripes), underlined)


def _crosses_any(run: Run, lattice: Lattice) -> bool:
    return any(run.start < separator.at < run.end for separator in lattice.down)


def valleys(lines: Sequence[TextLine], scale: Scale, *, alone: bool = False) -> list[Interval]:
    """The white space between columns, left to right, from the lines that have more than one run.

    Runs that cross a valley do not close it where they are few; with `alone`, those that make up their line count too.
    One that stands in it makes its own column, if its line has text in one of the columns beside it too, else it is a
    heading over both.
    """
    voting = [line.runs for line in lines if len(line.runs) > 1]
    if len(voting) < 2:
        return []
    if alone:
        voting = [line.runs for line in lines]
    voting = _without_wide_headings(voting)
    runs = [run for line in voting for run in line]
    wide = list(white_space(((run.start, run.end) for run in runs), int(CROSSED * len(voting))))
    edges = [float("-inf"), *(edge for valley in wide for edge in valley), float("inf")]
    found = []
    for number, valley in enumerate(wide):
        beside = (edges[2 * number], valley.start), (valley.end, edges[2 * number + 3])
        standing = [
            run
            for line in voting
            for run in line
            if _meets(run, valley)
            and not _crosses(run, valley)
            and any(_meets(other, part) for part in beside for other in line if other is not run)
        ]
        found += [gap for gap in _gaps(valley, standing) if gap.length >= VALLEY * scale.character]
    return _without_strays(_around_columns(found, runs), voting, scale)


def _without_wide_headings(lines: Sequence[Sequence[Run]]) -> list[tuple[Run, ...]]:
    """Without runs of the first lines that stand over several headings of the next line: they cross white space."""
    kept: list[tuple[Run, ...]] = []
    for number, line in enumerate(lines):
        below = lines[number + 1] if number < HEADINGS and number + 1 < len(lines) else ()
        kept.append(tuple(run for run in line if len(below) < len(line) or not _is_over(run, below)))
    return kept


def _is_over(run: Run, below: Sequence[Run]) -> bool:
    under = [other for other in below if _meets(other, (run.start, run.end))]
    return len(under) > 1 and any(_SUBHEADING.search(other.text) for other in under)


def _around_columns(found: Sequence[Interval], runs: Sequence[Run]) -> list[Interval]:
    """Of two valleys that no run stands between the wider one: a heading over both sides has parted them."""
    kept: list[Interval] = []
    for valley in found:
        if kept and not any(kept[-1].start <= run.start and run.end <= valley.end for run in runs):
            kept[-1] = max(kept[-1], valley, key=lambda v: v.length)
        else:
            kept.append(valley)
    return kept


def _without_strays(found: Sequence[Interval], lines: Sequence[Sequence[Run]], scale: Scale) -> list[Interval]:
    """Without the valleys before a column with a single text, close to the one on its left: a wide blank in it."""
    kept: list[Interval] = []
    for number, valley in enumerate(found):
        end = found[number + 1].start if number + 1 < len(found) else float("inf")
        inside = [(line, run) for line in lines for run in line if valley.end <= run.start and run.start < end]
        if len(inside) == 1 and len(lines) > 3:
            ((line, run),) = inside
            left = max((other.end for other in line if other.end <= run.start), default=0.0)
            if run.start - left < STRAY * scale.character:
                continue
        kept.append(valley)
    return kept


def _meets(run: Run, part: tuple[float, float]) -> bool:
    return run.start < part[1] and part[0] < run.end


def _crosses(run: Run, valley: Interval) -> bool:
    return run.start <= valley.start and valley.end <= run.end


def _gaps(valley: Interval, standing: Sequence[Run]) -> Iterator[Interval]:
    """What these runs leave free of the valley."""
    start = valley.start
    for run in sorted(standing, key=lambda run: run.start):
        if run.start > start:
            yield Interval(start, run.start)
        start = max(start, run.end)
    if start < valley.end:
        yield Interval(start, valley.end)
