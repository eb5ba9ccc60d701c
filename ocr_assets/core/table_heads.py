"""The head of a table: which of its rows are headings, and which of these stand over several columns or rows."""

import re
from typing import Final

from ocr_assets.core.heading_spans import Below, Span, heading_spans
from ocr_assets.core.intervals import Interval
from ocr_assets.core.rulings import Separator
from ocr_assets.core.table_cells import cell_text
from ocr_assets.core.table_draft import Row, TableDraft
from ocr_assets.core.table_lines import NUMBER, Run
from ocr_assets.core.table_rows import doubles_numbers

MOST_ROWS: Final = 5
"""Rows that a head has at most."""
MOST_LINES: Final = 9
"""Lines of text that a head has at most."""
AMOUNT = re.compile(r"[^A-Za-z]*\d[\d.,\u00a0 ]*[.,%]\d*[^A-Za-z]*|[^A-Za-z\d]*\d{5,}[^A-Za-z]*")
"""A number that is no year: with a fraction, a percent sign, or many digits."""
CURRENCY = re.compile("[$€£¥₹]")
"""Of a column by itself: with a number in the next one it begins a row of amounts."""
WHOLE: Final = 0.9
"""A line that runs along this share of the table's width is below the whole row, not below headings of it."""


def join_head(draft: TableDraft) -> None:
    """Makes the lines above the first line across one row, up to one that stands over several columns or has values.

    They must be rows of their own.
    """
    row, last = 0, draft.firsts[1] - 1
    while row < last:
        wide = any(first < stop for first, stop in _heading_spans(draft, row).values())
        if wide or doubles_numbers([draft.as_line(row), draft.as_line(row + 1)]) or _underlines(draft, row):
            row += 1
            continue
        if _is_body(draft, row + 1):
            return
        _join_rows(draft, row)
        last -= 1


def join_underlined(draft: TableDraft) -> None:
    """Makes lines of headings one row, up to one with an underline."""
    row = 0
    while row < _underlined_rows(draft) - 1:
        if _lines_below(draft, row):
            row += 1
        else:
            _join_rows(draft, row)


def _underlined_rows(draft: TableDraft) -> int:
    """Rows above the underlines of the columns, none if values are among them."""
    foot = (draft.columns.underlined or 0.0) + draft.scale.height / 2
    rows = 0
    while rows < len(draft.rows) - 1 and max((word.box.y1 for word in draft.words(rows)), default=1.0) < foot:
        rows += 1
    return 0 if rows > MOST_LINES or any(_is_body(draft, row) for row in range(rows)) else rows


def _join_rows(draft: TableDraft, row: int) -> None:
    """Puts the next row into this one."""
    for column, lines in draft.rows.pop(row + 1).items():
        draft.rows[row].setdefault(column, []).extend(lines)
    draft.firsts = [first - (first > row) for first in draft.firsts]


def mark_head(draft: TableDraft) -> int:
    """Lets headings span, and says how many rows are headings: the first, those below one that spans columns, and
    those above the first line across."""
    head = 0
    while head < min(MOST_ROWS, len(draft.rows) - 1):
        _widen(draft, head)
        wide = any(row == head and width > 1 for (row, _), (_, width) in draft.spans.items())
        head += 1
        if not wide or _is_body(draft, head):
            break
    if head < draft.firsts[1] <= MOST_ROWS and draft.firsts[1] < len(draft.rows):
        head = next((row for row in range(head, draft.firsts[1]) if _is_body(draft, row)), draft.firsts[1])
    head = max(head, _underlined_rows(draft))
    if any(row < head and width > 1 for (row, _), (_, width) in draft.spans.items()):
        _stretch(draft, head)
    return max(head, 1)


def _is_body(draft: TableDraft, row: int) -> bool:
    """Whether a row holds values: a currency stands before a number, or most are amounts or stand below once
    more. The first column does not tell."""
    texts = {column: cell_text(lines) for column, lines in draft.rows[row].items() if column}
    below = [
        {cell_text(later[column]) for later in draft.rows[row + 1 :] if column in later}
        for column in range(draft.width)
    ]
    if any(CURRENCY.fullmatch(text) and NUMBER.fullmatch(texts.get(column + 1, "")) for column, text in texts.items()):
        return True
    values = sum(bool(AMOUNT.fullmatch(text)) or text in below[column] for column, text in texts.items())
    return 2 * values > len(texts)


def _widen(draft: TableDraft, row: int) -> None:
    widened: Row = {}
    for column, (first, last) in _heading_spans(draft, row).items():
        place = column
        if last > first and not draft.is_covered(row, range(first, last + 1)):
            place = first
            draft.spans[row, first] = (1, last - first + 1)
        widened.setdefault(place, []).extend(draft.rows[row][column])
    draft.rows[row] = widened


def _stretch(draft: TableDraft, head: int) -> None:
    """Headings of a single column go over all rows of a head in which others go over several columns.

    One in two parts is put together, unless a part is a number: that stands for itself.
    """
    for column in range(draft.width):
        rows = [row for row in range(head) if column in draft.rows[row]]
        texts = [cell_text(draft.rows[row][column]) for row in rows]
        if len(rows) > 1 and any(map(NUMBER.fullmatch, texts)):
            continue
        if any(_is_ruled(draft, row, column) for row in range(head - 1)):
            continue
        if rows and not any(draft.is_covered(row, range(column, column + 1)) for row in range(head)):
            draft.rows[0][column] = [line for row in rows for line in draft.rows[row].pop(column)]
            draft.spans[0, column] = (head, 1)


def _is_ruled(draft: TableDraft, row: int, column: int) -> bool:
    """Whether a line is drawn below the place, as between two cells of a grid."""
    if row + 1 not in draft.firsts or not draft.lattice.down:
        return False
    stripe = draft.columns.stripe(column)
    return draft.lattice.across[draft.firsts.index(row + 1) - 1].covers(*draft.lattice.stripes[stripe])


def _heading_spans(draft: TableDraft, row: int) -> dict[int, Span]:
    runs = {
        column: Run(tuple(word for line in lines for run in line for word in run.words))
        for column, lines in draft.rows[row].items()
    }
    extents = [_extent(draft, row + 1, column) for column in range(draft.width)]
    return heading_spans(runs, Below(extents, frozenset(draft.rows[row + 1]), _underlines(draft, row), draft.scale))


def _extent(draft: TableDraft, first: int, column: int) -> Interval | None:
    """Of a column's texts from this row on, without those that go on over other columns, such as notes."""
    end = (*draft.columns.borders, float("inf"))[column]
    runs = [
        run
        for row in range(first, len(draft.rows))
        if draft.spans.get((row, column), (1, 1))[1] == 1
        for line in draft.rows[row].get(column, ())
        for run in line
        if run.end <= end
    ]
    return Interval(min(run.start for run in runs), max(run.end for run in runs)) if runs else None


def _underlines(draft: TableDraft, row: int) -> list[Separator]:
    """Lines drawn between a row and the next one, but not across the whole table."""
    width = draft.lattice.box.x1 - draft.lattice.box.x0
    return [line for line in _lines_below(draft, row) if line.length < WHOLE * width]


def _lines_below(draft: TableDraft, row: int) -> list[Separator]:
    bottom = max((word.box.y1 for word in draft.words(row)), default=0.0)
    top = min((word.box.y0 for word in draft.words(row + 1)), default=0.0)
    room = draft.scale.height / 2
    lines = (*draft.lattice.partial, *draft.lattice.across)
    return [line for line in lines if bottom - room < line.at < top + room]
