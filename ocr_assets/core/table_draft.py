"""A table in the making: rows of cells that still know their words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ocr_assets.core.lattice import Lattice
from ocr_assets.core.pages import Word
from ocr_assets.core.table_cells import cell_text
from ocr_assets.core.table_columns import Columns
from ocr_assets.core.table_grid import Cell, Table
from ocr_assets.core.table_lines import Run, Scale
from ocr_assets.core.table_rows import RowLine, row_line
from ocr_assets.core.underlines import underlined_lines

Line = dict[int, list[Run]]
"""The runs of a line by column."""
Row = dict[int, list[list[Run]]]
"""The cells of a row by column, each as its lines."""


@dataclass(slots=True)
class TableDraft:
    """`firsts` are the first row of each band of the lattice and the number of rows; `spans` height and width of cells
    that span, by row and column."""

    lattice: Lattice
    columns: Columns
    scale: Scale
    rows: list[Row] = field(default_factory=list)
    firsts: list[int] = field(default_factory=lambda: [0])
    spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return len(self.columns.borders) + 1

    def lines(self, words: Sequence[Word]) -> list[Line]:
        """Top to bottom."""
        lines = []
        for line in underlined_lines(words, self.lattice, self.scale):
            cells: Line = {}
            for run in line.runs:
                for part in self.columns.split(run):
                    cells.setdefault(self.columns.of(part, self.scale), []).append(part)
            lines.append(cells)
        return lines

    def add_row(self, lines: Sequence[Line]) -> None:
        row: Row = {}
        for line in lines:
            for column, runs in line.items():
                row.setdefault(column, []).append(runs)
        self.rows.append(row)

    def as_line(self, row: int) -> RowLine:
        """The row as if it were one line."""
        cells = self.rows[row].items()
        return row_line(
            {column: [run for line in lines for run in line] for column, lines in cells}, self.columns, self.scale
        )

    def words(self, row: int) -> Iterator[Word]:
        return (word for lines in self.rows[row].values() for line in lines for run in line for word in run.words)

    def is_covered(self, row: int, columns: range) -> bool:
        """Whether a cell that spans stands in one of these places."""
        return any(
            first <= row < first + height and column < columns.stop and columns.start < column + width
            for (first, column), (height, width) in self.spans.items()
        )

    def table(self, head: int) -> Table:
        """The first `head` rows being headings, whose lines are always joined."""
        widths = [self._width(column) for column in range(self.width)]
        cells = []
        for r, row in enumerate(self.rows):
            for c, lines in sorted(row.items()):
                spans = self.spans.get((r, c), (1, 1))
                width = 0.0 if r < head or spans[1] > 1 else widths[c]
                cells.append(Cell(r, c, cell_text(lines, width, self.scale), *spans))
        return Table(len(self.rows), self.width, tuple(cells), head)

    def _width(self, column: int) -> float:
        """The room that the column has: up to its lines, less the margin on the left, or that of its widest text."""
        rows = [row[column] for r, row in enumerate(self.rows) if column in row and (r, column) not in self.spans]
        texts = [(line[0].start, line[-1].end) for lines in rows for line in lines]
        if not texts:
            return 0.0
        widest = max(end - start for start, end in texts)
        number = self.columns.stripe(column)
        left, right = self.lattice.stripes[number]
        if self.columns.stripes[number] > 1 or not 0 < number < len(self.lattice.down):
            return widest
        return max(widest, right - left - 2 * (min(start for start, _ in texts) - left))
