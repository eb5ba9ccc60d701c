"""Tables from the words and the drawn lines of a region, no model: its rows, columns and spans.

Lines part what they part; the white space that lines of text share parts the rest. Where the grid cannot be trusted
the answer is None and the caller keeps the plain lines.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from ocr_assets.core.lattice import Frame, Lattice, lattice_of
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding
from ocr_assets.core.rulings import NO_RULINGS, Rulings
from ocr_assets.core.table_columns import columns_of
from ocr_assets.core.table_draft import Line, TableDraft
from ocr_assets.core.table_grid import Table
from ocr_assets.core.table_heads import MOST_LINES, join_head, join_underlined, mark_head
from ocr_assets.core.table_lines import scale_of
from ocr_assets.core.table_rows import RowLine, doubles_numbers, row_groups, row_line
from ocr_assets.core.underlines import underlined_lines

LEAST_FILLED: Final = 0.3
"""The least share of cells with text in a grid that can be trusted."""
LEAST_EXTENT: Final = 0.5
"""The least share of the region's width and height that its words must span."""
RULED_ROWS: Final = 1.5
"""Where the text tells at most so many rows for each band between lines, the lines are taken to part the rows."""
_NEAR: Final = 0.002  # of the page, half a millimetre
_BARS: Final = frozenset("|¦[]{}")
_DASHES: Final = frozenset("_-=\u2013\u2014")


def find_table(words: Sequence[Word], box: Box, rulings: Rulings = NO_RULINGS) -> Table | None:
    """The table of a region, or None where no grid is sure. Every word is in it, once, but lines that were read as one.

    `box` is the region that the words were found in: where they fill little of it, most was not read.
    """
    words = [_without_bars(word, rulings) for word in words if not _is_drawn(word, rulings)]
    words = [word for word in words if word.text.strip()]
    if len(words) < 4 or not _fill(words, box):
        return None
    scale = scale_of(words)
    lattice = lattice_of(rulings, words, box, scale)
    columns = columns_of(underlined_lines(words, lattice, scale), lattice, scale)
    if not columns.borders:
        return None
    draft = TableDraft(lattice, columns, scale)
    _fill_draft(draft, words)
    table = draft.table(mark_head(draft)).without_empty()
    if table.height < 2 or len(table.cells) < LEAST_FILLED * table.height * table.width or _is_list(table):
        return None
    return table


def _is_drawn(word: Word, rulings: Rulings) -> bool:
    """Whether a reader took a piece of a line for a bar or a dash."""
    if not set(word.text) <= _BARS | _DASHES:
        return False
    x0, y0, x1, y1 = word.box
    if set(word.text) <= _BARS:
        return _is_ruled(rulings, word.box)
    return any(y0 - _NEAR < at < y1 + _NEAR and start < x1 and x0 < end for at, start, end in rulings.across)


def _without_bars(word: Word, rulings: Rulings) -> Word:
    """The word without the bar at its end that is a line beside it."""
    text, box = word.text, word.box
    character = (box.x1 - box.x0) / max(1, len(text))
    if len(text) > 1 and text[-1] in _BARS and _is_ruled(rulings, box._replace(x0=box.x1 - character)):
        text, box = text[:-1], box._replace(x1=box.x1 - character)
    if len(text) > 1 and text[0] in _BARS and _is_ruled(rulings, box._replace(x1=box.x0 + character)):
        text, box = text[1:], box._replace(x0=box.x0 + character)
    return word if text == word.text else replace(word, text=text, box=box)


def _is_ruled(rulings: Rulings, box: Box) -> bool:
    return any(
        box.x0 - _NEAR < at < box.x1 + _NEAR and start < box.y1 and box.y0 < end for at, start, end in rulings.down
    )


def _fill(words: Sequence[Word], box: Box) -> bool:
    around = bounding([word.box for word in words])
    across, down = around.x1 - around.x0, around.y1 - around.y0
    return across >= LEAST_EXTENT * (box.x1 - box.x0) and down >= LEAST_EXTENT * (box.y1 - box.y0)


def _is_list(table: Table) -> bool:
    """Whether all that its first column has are the marks of items."""
    marks = [cell.text for cell in table.cells if cell.column == 0]
    return table.width == 2 and bool(marks) and all(item_mark(f"{mark} text") == mark for mark in marks)


def _fill_draft(draft: TableDraft, words: Sequence[Word]) -> None:
    """Puts every word into a cell: by the frames of the lattice, by its bands, by lines of text."""
    frames = draft.lattice.frames()
    tall: dict[Frame, list[Word]] = {frame: [] for frame in frames if frame.height > 1}
    home = {place: frame for frame in tall for place in frame.places}
    bands: list[list[Word]] = [[] for _ in draft.lattice.bands]
    for word in words:
        place = draft.lattice.place(word)
        (tall[home[place]] if place in home else bands[place[0]]).append(word)
    for frame in list(tall):
        if any(sum(map(len, line.values())) > 1 for line in draft.lines(tall[frame])):  # several cells side by side
            for word in tall.pop(frame):
                bands[draft.lattice.place(word)[0]].append(word)
    _add_bands(draft, [draft.lines(band) for band in bands])
    if len(bands) > 1 and draft.firsts[1] <= MOST_LINES:
        join_head(draft)
    join_underlined(draft)
    for frame in frames:
        _add_frame(draft, frame, tall.get(frame, []))


def _add_bands(draft: TableDraft, bands: Sequence[Sequence[Line]]) -> None:
    """The rows of each band of the lattice: one, unless its lines of text tell more."""
    found = [[row_line(line, draft.columns, draft.scale) for line in band] for band in bands]
    groups = [row_groups(lines, draft.scale) for lines in found]
    ruled = len(bands) > 2 and sum(map(len, groups)) <= RULED_ROWS * len(bands)
    for band, lines, apart in zip(bands, found, groups, strict=True):
        if not draft.rows and len(bands) > 1 and len(lines) <= MOST_LINES:
            rows = [[index] for index in range(len(lines))]  # to be joined when those below are known
        elif not doubles_numbers(lines, 2) if ruled else _is_one_row(draft.lattice, lines, apart):
            rows = [list(range(len(lines)))]
        else:
            rows = apart
        for row in rows:
            draft.add_row([band[index] for index in row])
        if not rows:
            draft.add_row([])
        draft.firsts.append(len(draft.rows))


def _is_one_row(lattice: Lattice, lines: Sequence[RowLine], groups: Sequence[Sequence[int]]) -> bool:
    """Whether a band with lines on all sides is one row: its groups of lines do not each begin like a row."""
    if not (lattice.down and lattice.across) or doubles_numbers(lines):
        return False
    cells = [list(zip(*(lines[index].cells for index in group), strict=True)) for group in groups]
    keyed = all(any(group[0]) for group in cells)
    wide = sum(sum(map(any, group)) > 1 for group in cells)
    return not keyed or wide <= len(groups) / 2


def _add_frame(draft: TableDraft, frame: Frame, words: Sequence[Word]) -> None:
    """A cell that spans places of the lattice, where it holds one text."""
    lefts = [0, *accumulate(draft.columns.stripes)]
    row, column = draft.firsts[frame.row], lefts[frame.column]
    height, width = draft.firsts[frame.row + frame.height] - row, lefts[frame.column + frame.width] - column
    for line in draft.lines(words):
        for runs in line.values():
            draft.rows[row].setdefault(column, []).append(runs)
    inside = [(r, c) for r in range(row, row + height) for c in range(column, column + width) if c in draft.rows[r]]
    if len(inside) == 1 and (words or (frame.width > 1 and height == 1)) and (height > 1 or width > 1):
        ((r, c),) = inside
        draft.rows[row][column] = draft.rows[r].pop(c)
        draft.spans[row, column] = (height, width)
