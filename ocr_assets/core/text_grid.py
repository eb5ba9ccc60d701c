"""Whether words stand in rows and columns: what tells a table from a paragraph."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from ocr_assets.core.intervals import white_space
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

CELL_GAP: Final = 2.0
"""Words of a line that stand further apart than this many characters are in different cells."""
VALLEY: Final = 1.0
"""The least width, in characters, of the white space between two columns."""
CROSSED: Final = 0.15
"""The share of lines whose cells may cross that white space: heads that span columns, mostly."""

FARTHEST: Final = 2.5
"""Lines of a table are not further apart than this many heights of a line."""
HEAD: Final = 1.2
"""A line of type this many times larger is a heading."""
MOST_FILLED: Final = 0.85
"""Two columns of justified text fill more of their lines than this, a table's cells fill less."""

_NUMBER = re.compile(r"[^A-Za-z{}]*\d[^A-Za-z{}]*|[-\u2013\u2014\u2212.*]+|n/?a", re.IGNORECASE)
_LEADERS = frozenset(" .\u2026\u00b7")
_BULLET = re.compile(r"[^\w\s]|\(?\w{1,2}[.)]")


class Line(NamedTuple):
    """Words of one line by cell, from left to right."""

    cells: tuple[tuple[Word, ...], ...]

    @property
    def words(self) -> list[Word]:
        return [word for cell in self.cells for word in cell]

    @property
    def box(self) -> Box:
        return bounding([word.box for word in self.words])

    @property
    def is_tabular(self) -> bool:
        return len(self.cells) > 1

    @property
    def filled(self) -> float:
        """The share of its length that its cells take."""
        box = self.box
        return sum(_width(cell) for cell in self.cells) / max(box.x1 - box.x0, 1e-9)


@dataclass(frozen=True, slots=True)
class Grid:
    """How much the words are set like a table's.

    `lines` of words, of which `tabular` have several cells; `columns` that these lines share; `numbers`, the share of
    numbers among the cells behind the first; `cell`, the median of words a cell.
    """

    lines: int = 0
    tabular: int = 0
    columns: int = 0
    numbers: float = 0.0
    cell: float = 0.0

    @property
    def share(self) -> float:
        """The share of lines that are tabular."""
        return self.tabular / self.lines if self.lines else 0.0


def grid_of(lines: Sequence[Line]) -> Grid:
    """The measures of these lines."""
    tabular = [line for line in lines if line.is_tabular]
    if not tabular:
        return Grid(len(lines))
    behind = [cell for line in tabular for cell in line.cells[1:]]
    numbers = sum(bool(_NUMBER.fullmatch(" ".join(word.text for word in cell))) for cell in behind)
    sizes = [len(cell) for line in tabular for cell in line.cells]
    return Grid(len(lines), len(tabular), _columns(tabular), numbers / len(behind), median(sizes))


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Words by line, top to bottom, each cut into cells at wide blanks. Bullets and leaders are no cells."""
    words = [word for word in words if not set(word.text) <= _LEADERS]
    if not words:
        return []
    width = character_width(words)
    reach = median(word.box.y1 - word.box.y0 for word in words) / 2
    lines: list[list[Word]] = []
    middle = float("-inf")
    for word in sorted(words, key=_middle):
        if _middle(word) - middle > reach:
            lines.append([])
        lines[-1].append(word)
        middle = sum(map(_middle, lines[-1])) / len(lines[-1])
    return [_line(line, CELL_GAP * width) for line in lines]


def groups_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of lines one below the other that begin and end with a tabular one; up to two others may stand between,
    unless they are larger: headings."""
    height = median(map(_height, lines)) if lines else 0.0
    group: list[Line] = []
    last = 0  # how many of the group's lines there are up to its last tabular one
    for line in lines:
        is_row = line.is_tabular and line.filled < MOST_FILLED
        is_head = not line.is_tabular and _height(line) > HEAD * height
        if group and (line.box.y0 - group[-1].box.y1 > FARTHEST * height or len(group) - last > 2 or is_head):
            yield group[:last]
            group, last = [], 0
        if is_row or (group and not is_head):
            group.append(line)
        if is_row:
            last = len(group)
    if group:
        yield group[:last]


def character_width(words: Sequence[Word]) -> float:
    return median((word.box.x1 - word.box.x0) / len(word.text) for word in words)


def _height(line: Line) -> float:
    return median(word.box.y1 - word.box.y0 for word in line.words)


def _width(words: Sequence[Word]) -> float:
    return max(word.box.x1 for word in words) - min(word.box.x0 for word in words)


def _middle(word: Word) -> float:
    return (word.box.y0 + word.box.y1) / 2


def _line(words: Sequence[Word], gap: float) -> Line:
    ordered = sorted(words, key=lambda word: word.box.x0)
    cells = [[ordered[0]]]
    end = ordered[0].box.x1
    for word in ordered[1:]:
        if word.box.x0 - end > gap:
            cells.append([])
        cells[-1].append(word)
        end = max(end, word.box.x1)
    if len(cells) > 1 and len(cells[0]) == 1 and _BULLET.fullmatch(cells[0][0].text):
        cells[:2] = [cells[0] + cells[1]]
    return Line(tuple(map(tuple, cells)))


def _columns(tabular: Sequence[Line]) -> int:
    """One more than the white spaces that nearly all of these lines leave free."""
    spans = ((cell[0].box.x0, max(word.box.x1 for word in cell)) for line in tabular for cell in line.cells)
    least = VALLEY * character_width([word for line in tabular for word in line.words])
    return 1 + sum(space.length >= least for space in white_space(spans, int(CROSSED * len(tabular))))
