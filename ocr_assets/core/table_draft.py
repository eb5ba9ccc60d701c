"""A table in the making: rows of cells that still know their words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ocr_assets.core.lattice import Lattice
from ocr_assets.core.pages import Word
from ocr_assets.core.table_columns import Columns
from ocr_assets.core.table_grid import Cell, Table
from ocr_assets.core.table_lines import Run, Scale, text_lines
from ocr_assets.core.table_rows import RowLine, row_line

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
        for line in text_lines(words, self.scale, self.lattice.down):
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
        cells = (
            Cell(r, c, cell_text(row[c]), *self.spans.get((r, c), (1, 1)))
            for r, row in enumerate(self.rows)
            for c in sorted(row)
        )
        return Table(len(self.rows), self.width, tuple(cells), head)


def cell_text(lines: Sequence[Sequence[Run]]) -> str:
    return " ".join(run.text for line in lines for run in line)
