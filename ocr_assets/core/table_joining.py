"""A table that goes on on the next page."""

from dataclasses import replace
from typing import Final

from ocr_assets.core.document import PageBox
from ocr_assets.core.table_grid import Table
from ocr_assets.core.table_lines import NUMBER
from ocr_assets.core.table_text import parsed_table, table_text

ALIGNED: Final = 0.02
"""By how much, in 0..1 of the page, the sides of two parts may differ."""
LOW: Final = 0.75
HIGH: Final = 0.25
"""A part without a head of its own follows one that ends below the first, and begins above the second."""


def joined_table(upper: str, above: PageBox, lower: str, below: PageBox) -> str | None:
    """Both parts as the text of one table, or None where the lower one is a table of its own.

    It goes on where it stands on the next page, has as many columns and repeats the head; without a head it must follow
    closely, stand between the same sides, and have numbers in the columns that had them.
    """
    first, second = parsed_table(upper), parsed_table(lower)
    if first is None or second is None or below.page != above.page + 1 or first.width != second.width:
        return None
    if _head(first) == _head(second):
        return table_text(_joined(first, second, second.head))
    return table_text(_joined(first, second, 0)) if _is_close(above, below) and _goes_on(first, second) else None


def _head(table: Table) -> list[tuple[int, int, int, int, str]]:
    cells = (cell for cell in table.cells if cell.row < table.head)
    return [(c.row, c.column, c.height, c.width, "".join(c.text.split()).casefold()) for c in cells]


def _joined(first: Table, second: Table, less: int) -> Table:
    """Without the first `less` rows of the second."""
    more = (replace(cell, row=cell.row + first.height - less) for cell in second.cells if cell.row >= less)
    return Table(first.height + second.height - less, first.width, (*first.cells, *more), first.head)


def _is_close(above: PageBox, below: PageBox) -> bool:
    a, b = above.box, below.box
    return a.y1 > LOW and b.y0 < HIGH and abs(a.x0 - b.x0) < ALIGNED and abs(a.x1 - b.x1) < ALIGNED


def _goes_on(first: Table, second: Table) -> bool:
    """Whether the first row of the second has numbers where, and only where, most rows of the first have them."""
    columns = list(zip(*first.rows()[first.head :], strict=True))
    numeric = [
        2 * sum(bool(cell and NUMBER.fullmatch(cell.text)) for cell in column) > len(column) for column in columns
    ]
    row = second.rows()[0]
    found = [bool(cell and NUMBER.fullmatch(cell.text)) for cell in row]
    return any(numeric) and all(
        is_one == was_one for cell, is_one, was_one in zip(row, found, numeric, strict=True) if cell
    )
