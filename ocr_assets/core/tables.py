"""Simple tables from word boxes: rows by lines, columns by the white space that the rows share.

No ruling lines, no model. Where the grid cannot be trusted the answer is None and the caller keeps the plain lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

CELL_GAP: Final = 1.1
"""Words of a line that stand further apart than this many characters are in different cells."""
VALLEY: Final = 0.6
"""The least width, in characters, of the white space between two columns."""
CROSSED: Final = 0.15
"""The share of lines whose words may stand in that white space: headings that span columns, mostly."""
LEAST_FILLED: Final = 0.3
"""The least share of cells with text in a grid that can be trusted."""

LEAST_EXTENT: Final = 0.5
"""The least share of the region's width and height that its words must span."""

CLOSE: Final = 1.3
"""Lines at most this many times as far apart as the closest two may be of one row, in a table that has such rows."""
JUMP: Final = 1.15
"""Where the distances of a table's lines, in order of size, grow at once by this factor, rows begin even sooner."""

NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
THOUSANDS = re.compile(r"\d{3}(?!\d)")


class Span(NamedTuple):
    """An interval of x, in 0..1 of the page."""

    start: float
    end: float

    @property
    def width(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one line that stand close together."""

    words: tuple[Word, ...]

    @property
    def span(self) -> Span:
        return Span(min(word.box.x0 for word in self.words), max(word.box.x1 for word in self.words))

    @property
    def middle(self) -> float:
        return sum(map(_middle, self.words)) / len(self.words)


def markdown_table(words: Sequence[Word], box: Box) -> str | None:
    """The words of a table region as a Markdown table, its first row as the head, or None where no grid is sure.

    Every word of the input is in the table, once; pipes are escaped. A cell that spans columns stands in the first of
    them. `box` is the region that the words were found in: where they fill little of it, most was not read.
    """
    words = [word for word in words if word.text.strip()]
    if len(words) < 4 or not _fill(words, box):
        return None
    character = median((word.box.x1 - word.box.x0) / len(word.text) for word in words)
    lines = [list(_runs(line, character)) for line in _lines(words)]
    valleys = _valleys(lines, character)
    if not valleys:
        return None
    rows = _rows([_cells(line, valleys, character) for line in lines], _row_starts(lines))
    filled = sum(bool(cell) for row in rows for cell in row)
    if len(rows) < 2 or filled < LEAST_FILLED * len(rows) * (len(valleys) + 1):
        return None
    return _markdown(rows)


def _fill(words: Sequence[Word], box: Box) -> bool:
    around = bounding([word.box for word in words])
    across, down = around.x1 - around.x0, around.y1 - around.y0
    return across >= LEAST_EXTENT * (box.x1 - box.x0) and down >= LEAST_EXTENT * (box.y1 - box.y0)


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words by line, top to bottom, each from left to right: a line's words are within half a height of its middle."""
    reach = median(word.box.y1 - word.box.y0 for word in words) / 2
    lines: list[list[Word]] = []
    middle = float("-inf")
    for word in sorted(words, key=_middle):
        if _middle(word) - middle > reach:
            lines.append([])
        lines[-1].append(word)
        middle = sum(map(_middle, lines[-1])) / len(lines[-1])
    return [sorted(line, key=lambda word: word.box.x0) for line in lines]


def _middle(word: Word) -> float:
    return (word.box.y0 + word.box.y1) / 2


def _runs(line: Sequence[Word], character: float) -> Iterator[Run]:
    run = [line[0]]
    for word in line[1:]:
        if word.box.x0 - run[-1].box.x1 > CELL_GAP * character or _are_two_numbers(run[-1].text, word.text):
            yield Run(tuple(run))
            run = []
        run.append(word)
    yield Run(tuple(run))


def _are_two_numbers(left: str, right: str) -> bool:
    """Two numbers side by side are two cells, unless the blank between them parts thousands: 12 500."""
    return bool(NUMBER.fullmatch(left) and NUMBER.fullmatch(right) and not THOUSANDS.match(right))


def _valleys(lines: Sequence[Sequence[Run]], character: float) -> list[Span]:
    """The white space between columns, left to right, from the lines that have more than one run.

    Runs that cross a valley do not close it where they are few; a run that stands alone in one makes its own column.
    """
    voting = [line for line in lines if len(line) > 1]
    if len(voting) < 2:
        return []
    spans = [run.span for line in voting for run in line]
    allowed = int(CROSSED * len(voting))
    valleys = []
    for valley in _uncovered(spans, allowed):
        standing = [span for span in spans if _meets(span, valley) and not _crosses(span, valley)]
        valleys += [gap for gap in _gaps(valley, standing) if gap.width >= VALLEY * character]
    return valleys


def _uncovered(spans: Sequence[Span], allowed: int) -> Iterator[Span]:
    """Where at most `allowed` spans lie over each other, between the first and the last column."""
    depth, since = 0, None
    for x, step in sorted([(span.start, 1) for span in spans] + [(span.end, -1) for span in spans]):
        if depth > allowed >= depth + step:
            since = x
        elif depth <= allowed < depth + step and since is not None:
            yield Span(since, x)
        depth += step


def _meets(span: Span, other: Span) -> bool:
    return span.start < other.end and other.start < span.end


def _crosses(span: Span, valley: Span) -> bool:
    return span.start <= valley.start and valley.end <= span.end


def _gaps(valley: Span, standing: Sequence[Span]) -> Iterator[Span]:
    """What these spans leave free of the valley."""
    start = valley.start
    for span in sorted(standing):
        if span.start > start:
            yield Span(start, span.start)
        start = max(start, span.end)
    if start < valley.end:
        yield Span(start, valley.end)


def _cells(line: Sequence[Run], valleys: Sequence[Span], character: float) -> list[str]:
    """The line's texts by column."""
    borders = [(valley.start + valley.end) / 2 for valley in valleys]
    cells: list[list[str]] = [[] for _ in range(len(valleys) + 1)]
    for run in line:
        for words in _split(run, valleys):
            column = sum(border < words[0].box.x0 + character / 2 for border in borders)
            cells[column] += [word.text for word in words]
    return [" ".join(cell) for cell in cells]


def _row_starts(lines: Sequence[Sequence[Run]]) -> list[bool]:
    """Which lines stand clearly further from the line above than the closest lines of the table do."""
    middles = [sum(run.middle for run in line) / len(line) for line in lines]
    steps = [below - above for above, below in pairwise(middles)]
    within = [step for step in sorted(steps) if step <= CLOSE * min(steps)]
    jump = next((more for less, more in pairwise(within) if more > JUMP * less), float("inf"))
    return [True, *(step > CLOSE * min(steps) or step >= jump for step in steps)]


def _rows(lines: Sequence[list[str]], starts: Sequence[bool]) -> list[list[str]]:
    """Lines of cells as rows: those that continue the row above are merged into it.

    Distance tells the lines of a row where some stand close together, others do not, and no column would get two
    numbers in a cell; else only a line that plainly goes on is merged.
    """
    firsts = [index for index, start in enumerate(starts) if start]
    groups = [lines[first:after] for first, after in pairwise([*firsts, len(lines)])]
    if 1 < len(groups) < len(lines) and not any(_doubles_numbers(group) for group in groups):
        return [_merged(group) for group in groups]
    rows: list[list[str]] = []
    for cells in lines:
        if rows and _continues(rows[-1], cells):
            rows[-1] = _merged([rows[-1], cells])
        else:
            rows.append(cells)
    return rows


def _merged(lines: Sequence[Sequence[str]]) -> list[str]:
    return [" ".join(filter(None, column)) for column in zip(*lines, strict=True)]


def _doubles_numbers(lines: Sequence[Sequence[str]]) -> bool:
    return any(sum(bool(NUMBER.fullmatch(cell)) for cell in column) > 1 for column in zip(*lines, strict=True))


def _split(run: Run, valleys: Sequence[Span]) -> Iterator[list[Word]]:
    """The run cut where a blank of it lies on a valley; a run without such a blank spans the columns."""
    part = [run.words[0]]
    for word in run.words[1:]:
        blank = Span(part[-1].box.x1, word.box.x0)
        if any(blank.start <= valley.start and valley.end <= blank.end for valley in valleys):
            yield part
            part = []
        part.append(word)
    yield part


def _continues(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether this line goes on in cells of the row above: fewer of them, each goes on in lower case, no numbers."""
    going_on = [(first, more) for first, more in zip(above, cells, strict=True) if more]
    return len(going_on) < sum(map(bool, above)) and all(
        first and (more[0].islower() or more[0] == "(") and not NUMBER.fullmatch(first) for first, more in going_on
    )


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
