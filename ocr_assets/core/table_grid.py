"""A table as its cells: the value between finding them in a page's words and lines, and writing them as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at its first row and column (from 0), with how many it spans. `text` may hold several lines."""

    row: int
    column: int
    text: str
    height: int = 1
    width: int = 1

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Row and column of every place of the grid that the cell covers."""
        for row in range(self.row, self.row + self.height):
            for column in range(self.column, self.column + self.width):
                yield row, column


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in reading order, none over another; a place without one is empty. The first `head` rows are headings."""

    height: int
    width: int
    cells: tuple[Cell, ...]
    head: int = 1

    @property
    def has_spans(self) -> bool:
        return any(cell.height > 1 or cell.width > 1 for cell in self.cells)

    def without_empty(self) -> "Table":
        """The same without rows and columns in which no cell begins."""
        rows, columns = sorted({c.row for c in self.cells}), sorted({c.column for c in self.cells})
        cells = (
            Cell(
                rows.index(c.row),
                columns.index(c.column),
                c.text,
                sum(c.row <= row < c.row + c.height for row in rows),
                sum(c.column <= column < c.column + c.width for column in columns),
            )
            for c in self.cells
        )
        return Table(len(rows), len(columns), tuple(cells), sum(row < self.head for row in rows))

    def rows(self) -> list[list[Cell | None]]:
        """The grid, height x width: the cell that covers each place, or None."""
        grid: list[list[Cell | None]] = [[None] * self.width for _ in range(self.height)]
        for cell in self.cells:
            for row, column in cell.places:
                grid[row][column] = cell
        return grid


def plain_table(rows: Sequence[Sequence[str]], head: int = 1) -> Table:
    """A table without spans from its texts, row by row; empty texts become no cell."""
    cells = (Cell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text)
    return Table(len(rows), max(map(len, rows), default=0), tuple(cells), head)
