"""Which lines of a table are one row: by their distances, by numbers, and by how their texts go on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ocr_assets.core.table_columns import Columns
from ocr_assets.core.table_lines import NUMBER, Run, Scale, baseline

CLOSE: Final = 1.3
"""Lines at most this many times as far apart as the closest two may be of one row, in a table that has such rows."""
JUMP: Final = 1.15
"""Where the distances of a table's lines, in order of size, grow at once by this factor, rows begin even sooner."""
MANY: Final = 4
"""Columns; in fewer the texts of all may well be broken."""
LOOSE: Final = 1.8
"""Lines so many times as far apart may be of one row as well, where the next distance grows by the factor `BREAK`."""
BREAK: Final = 1.5
LEAST_JUMP: Final = 0.25
"""Of the height of a word: what is less comes from how well boxes fit."""
_LETTERED = re.compile(r"\(\w{1,2}\)")


@dataclass(frozen=True, slots=True)
class CellLine:
    """What a line has in one column; `crosses` where it goes on over the next ones."""

    text: str
    width: float
    crosses: bool


@dataclass(frozen=True, slots=True)
class RowLine:
    """A line by column, None where it has nothing; `foot` is where its letters stand."""

    cells: tuple[CellLine | None, ...]
    foot: float

    @property
    def filled(self) -> int:
        return sum(cell is not None for cell in self.cells)


def row_line(runs: Mapping[int, Sequence[Run]], columns: Columns, scale: Scale) -> RowLine:
    """From the runs of a line by column; there must be one at least."""
    cells: list[CellLine | None] = []
    for column, border in enumerate((*columns.borders, float("inf"))):
        found = runs.get(column)
        if found:
            text = " ".join(run.text for run in found)
            cells.append(CellLine(text, found[-1].end - found[0].start, found[-1].end > border))
        else:
            cells.append(None)
    return RowLine(
        tuple(cells), baseline([word for found in runs.values() for run in found for word in run.words], scale)
    )


def row_groups(lines: Sequence[RowLine], scale: Scale) -> list[list[int]]:
    """The lines, by number, that make each row.

    Distance tells the lines of a row where some stand close together, others do not, and what it joins could be one
    text; else only a line that plainly goes on is taken along.
    """
    if not lines:
        return []
    columns = zip(*(line.cells for line in lines), strict=True)
    widths = [max((cell.width for cell in cells if cell and not cell.crosses), default=0.0) for cells in columns]
    groups = _grouped(_starts_by_distance([line.foot for line in lines], scale))
    if len(groups) == 1 or not all(_is_one_row([lines[i] for i in group], widths, scale) for group in groups):
        groups = [[index] for index in range(len(lines))]
    rows = groups[:1]
    for group in groups[1:]:
        if _continues([lines[i] for i in rows[-1]], lines[group[0]], widths, scale):
            rows[-1] = [*rows[-1], *group]
        else:
            rows.append(group)
    return rows


def _grouped(starts: Sequence[bool]) -> list[list[int]]:
    firsts = [index for index, start in enumerate(starts) if start]
    return [list(range(first, after)) for first, after in pairwise([*firsts, len(starts)])]


def _starts_by_distance(feet: Sequence[float], scale: Scale) -> list[bool]:
    """Which lines stand clearly further from the line above than the closest lines of the table do."""
    steps = [max(0.0, below - above) for above, below in pairwise(feet)]  # lines that overlap may change places
    if not steps:
        return [True]
    last = _last_within(sorted(steps), scale)
    return [True, *(step > last for step in steps)]


def _last_within(steps: Sequence[float], scale: Scale) -> float:
    """The largest distance of two lines in a row, of distances in order of size."""
    least = LEAST_JUMP * scale.height
    for less, more in pairwise(steps):
        close = less <= CLOSE * steps[0]
        if more > JUMP * less and more - less > least and (close or (more > BREAK * less and less <= LOOSE * steps[0])):
            return less
    return max((step for step in steps if step <= CLOSE * steps[0]), default=steps[0])  # feet may go back up


def doubles_numbers(lines: Sequence[RowLine], least: int = 1) -> bool:
    """Whether at least so many columns have two numbers or more in these lines."""
    columns = zip(*(line.cells for line in lines), strict=True)
    return sum(sum(bool(cell and NUMBER.fullmatch(cell.text)) for cell in cells) > 1 for cells in columns) >= least


def _is_one_row(lines: Sequence[RowLine], widths: Sequence[float], scale: Scale) -> bool:
    """Whether no column has two numbers, and lines that go on in several columns look broken in most of them.

    Two that have nearly all of many columns are two rows.
    """
    full = sum(line.filled >= max(MANY, 0.7 * len(line.cells)) for line in lines)
    if full > 1 or doubles_numbers(lines):
        return False
    for index, line in enumerate(lines[1:], 1):
        broken = [_is_broken(last, cell, width, scale) for last, cell, width in _going_on(lines[:index], line, widths)]
        if len(broken) > 1 and sum(broken) < len(broken) / 2:
            return False
    return True


def _going_on(
    row: Sequence[RowLine], line: RowLine, widths: Sequence[float]
) -> Iterator[tuple[CellLine, CellLine, float]]:
    """The columns that the row and the line both have: the last text there, the line's one, the column's width."""
    for column, cell in enumerate(line.cells):
        last = next((above.cells[column] for above in reversed(row) if above.cells[column]), None)
        if cell and last:
            yield last, cell, widths[column]


def _is_broken(last: CellLine, cell: CellLine, width: float, scale: Scale) -> bool:
    """Whether a text may have been broken between these lines: the next word had no room in the column."""
    first = cell.width * len(cell.text.split()[0]) / len(cell.text)
    return last.width + first + scale.character > width


def _continues(row: Sequence[RowLine], line: RowLine, widths: Sequence[float], scale: Scale) -> bool:
    """Whether a line goes on in cells of the row above, all of them broken texts: in lower case, no numbers.

    It has fewer cells than the row; or the row has a single one, whose text comes to its end beside the others.
    """
    going_on = list(_going_on(row, line, widths))
    above = sum(any(cells) for cells in zip(*(part.cells for part in row), strict=True))
    if not going_on or (len(going_on) < line.filled if above > 1 else line.filled < 2):
        return False
    if above > 1 and line.filled >= above:
        return False
    return all(
        (cell.text[0].islower() or (cell.text[0] == "(" and not _LETTERED.match(cell.text)))
        and not NUMBER.fullmatch(last.text)
        and _is_broken(last, cell, width, scale)
        for last, cell, width in going_on
    )
