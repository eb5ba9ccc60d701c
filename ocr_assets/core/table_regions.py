"""Where the tables of a page are: what a layout model saw, checked against words and rules, and what it missed.

A table's words stand in cells; a paragraph's do not, and a chart has bars, curves and images between its labels. The
bounds were read off some 180 tables of reports and papers, and regions that the model took for tables.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ocr_assets.core.captions import labelled_kind
from ocr_assets.core.page_evidence import THIN, WIDE, Evidence
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, area, bounding, holds, intersection, overlap
from ocr_assets.core.rulings import separators
from ocr_assets.core.text_columns import is_text_in_columns
from ocr_assets.core.text_grid import Grid, Line, grid_of, groups_of, lines_of

SURE: Final = 0.4
"""From this score on, what the model saw is there unless its words speak against it; under it, if they speak for it."""
DOUBTFUL: Final = 0.15
SAME: Final = 0.5
"""Of two tables that share this much of the smaller one, one is right."""
RULES: Final = 3
"""Horizontal rules that make a table of words in two columns."""
MANY: Final = 4
"""Columns that nearly all lines share are no accident, whatever most of them hold."""
NUMBERS: Final = 0.5
"""Of the cells behind the first ones of a table that the model did not see, so many are numbers."""
FEW_NUMBERS: Final = 0.3
"""The same for what it took for a text and is of many columns."""
LONGEST_CELL: Final = 4
"""Words of the usual cell of a table that the model did not see."""
LONGEST_LABEL: Final = 5
"""Words a line of a column that the model left out; a paragraph beside the table has more."""
FEWEST: Final = 4
"""Words by which a table can be judged."""
TEXT: Final = 0.7
"""Text scored as high is text, where a table is doubtful; more than `MOST_TEXT` of a table it is not."""
MOST_TEXT: Final = 0.3
HEAD_FROM: Final = 0.25
"""A line over the columns behind the first begins behind this share of the table's width."""
PIECE: Final = 0.4
"""A table that takes less of a table which the model took for a figure is a piece of that: its last rows."""
ALIKE: Final = 0.8
"""Boxes that share so much of what both cover are of one thing."""
REACH: Final = 0.01
"""A rule that ends so near to a table's edge, in 0..1 of the page, ends with it."""

_OPENS: Final = frozenset("(\uff08")
"""What stands in brackets is the unit of a table."""


def table_regions(seen: Sequence[Region], kept: Sequence[Region], evidence: Evidence) -> tuple[Box, ...]:
    """The boxes of the page's tables, none of them over half of another.

    `seen` is all that the model saw, doubtful regions too; `kept` what it is sure of, without overlaps.
    """
    tables: list[Box] = []
    for region in sorted((r for r in seen if r.kind == "table"), key=lambda r: -r.score):
        is_kept = region in kept
        if not is_kept and _is_text(region, kept):
            continue
        if _is_table(region, is_kept, evidence) and not any(overlap(region.box, t) > SAME for t in tables):
            tables.append(region.box)
    for box, is_sure in _of_numbers(kept, evidence):
        same = [table for table in tables if overlap(table, box) > SAME]
        if len(same) < (2 if is_sure else 1):
            tables = [table for table in tables if table not in same]
            tables.append(bounding([*same, box]))
    for region in kept:
        if region.kind == "figure" and _is_table_of_words(region.box, evidence):
            same = [table for table in tables if overlap(region.box, table) > SAME]
            is_piece = len(same) == 1 and area(same[0]) < PIECE * area(region.box)
            if not same or is_piece or any(_is_alike(table, region) for table in seen):
                tables = [table for table in tables if table not in same]
                tables.append(bounding([*same, region.box]))
    completed = (_completed(table, [t for t in tables if t is not table], evidence) for table in tables)
    return tuple(_without_caption(table, evidence) for table in completed)


def _is_alike(table: Region, figure: Region) -> bool:
    """Whether the model wavers between a table and a figure."""
    shared = intersection(table.box, figure.box)
    is_same = shared > ALIKE * (area(table.box) + area(figure.box) - shared)
    return table.kind == "table" and table.score >= SURE and is_same


def _is_table(region: Region, is_kept: bool, evidence: Evidence) -> bool:
    """Whether the words bear out what the model saw. The less sure it is, the more they have to."""
    grid = evidence.grid(region.box)
    has_rules = evidence.rules(region.box) >= RULES
    if not has_rules and is_text_in_columns(evidence.words_in(region.box)):
        return False
    if is_kept:
        return _is_plausible(grid) or has_rules or len(evidence.words_in(region.box)) < FEWEST
    if evidence.is_chart(region.box):
        return False
    if region.score >= SURE and has_rules and _is_plausible(grid):
        return True
    lines = lines_of(evidence.words_in(region.box))
    longest = max(map(len, groups_of(lines)), default=0)
    is_one = longest >= 0.6 * len(lines)
    return region.score >= DOUBTFUL and _is_evident(grid) and is_one and not _is_contents(lines)


def _is_text(region: Region, kept: Sequence[Region]) -> bool:
    """Whether the model is far surer of text in a good part of it: a paragraph beside a box, set wide."""
    texts = [r.box for r in kept if r.kind in ("text", "list", "reference") and r.score >= TEXT]
    return sum(intersection(box, region.box) for box in texts) > MOST_TEXT * area(region.box)


def _is_plausible(grid: Grid) -> bool:
    return grid.share >= 0.35 and grid.columns >= 2 and grid.tabular >= 2


def _is_evident(grid: Grid) -> bool:
    return grid.share >= 0.6 and grid.columns >= 3 and grid.tabular >= 3 and grid.cell <= LONGEST_CELL


def _is_table_of_words(box: Box, evidence: Evidence) -> bool:
    """Whether what the model took for a figure is a table. On a scan, where charts cannot be told, it must be full."""
    grid = evidence.grid(box)
    if grid.columns < 3 or grid.tabular < 4 or grid.cell > LONGEST_CELL or evidence.label(box) == "figure":
        return False
    if evidence.is_over_a_picture(box):
        return False
    if evidence.drawn is None:
        return grid.share >= 0.8 and grid.numbers >= 0.5
    return grid.share >= 0.5 and not evidence.is_chart(box)


# --- what the model missed ------------------------------------------------------------------------------------------


def _of_numbers(kept: Sequence[Region], evidence: Evidence) -> Iterator[tuple[Box, bool]]:
    """Tables made of numbers, by the words that belong to no text, and whether most of their cells are numbers. What
    the model took for text may be one of many columns, as a bank statement, by itself."""
    texts = [r for r in kept if r.kind not in ("table", "figure") and r.score >= 0.5]
    is_prose = [r.kind in ("text", "list", "reference") for r in texts]
    grids = [evidence.grid(r.box) if prose else None for r, prose in zip(texts, is_prose, strict=True)]
    sure = [r for r, grid in zip(texts, grids, strict=True) if grid is None or not _has_numbers(grid, NUMBERS)]
    free = [word for word in evidence.words if not any(holds(r.box, word.box) for r in sure)]
    doubted = [r for r, grid in zip(texts, grids, strict=True) if r in sure and grid and grid.columns >= MANY]
    for words, least in ((free, NUMBERS), *((evidence.words_in(r.box), FEW_NUMBERS) for r in doubted)):
        for group in groups_of(lines_of(words)):
            grid = grid_of(group)
            box = bounding([line.box for line in group])
            is_table = grid.tabular >= 3 and grid.cell <= LONGEST_CELL and _has_numbers(grid, least)
            if is_table and not _is_contents(group) and not evidence.is_chart(box):
                yield box, grid.numbers >= NUMBERS


def _is_contents(lines: Sequence[Line]) -> bool:
    """Whether the lines end in page numbers, which rise, and have no other numbers but those of their headings."""
    rows = [line.cells for line in lines if line.is_tabular]
    pages = [int(cells[-1][0].text) for cells in rows if len(cells[-1]) == 1 and cells[-1][0].text.isdecimal()]
    numbers = [cell for cells in rows for cell in cells[1:-1] if not any(word.text.isalpha() for word in cell)]
    rising = sum(a <= b for a, b in pairwise(pages))
    is_list = len(pages) > 2 and len(pages) >= 0.8 * len(rows) and rising >= 0.9 * (len(pages) - 1)
    return is_list and len(numbers) < 0.1 * len(rows)


def _has_numbers(grid: Grid, least: float) -> bool:
    return grid.share >= 0.5 and grid.columns >= 2 and grid.numbers >= least


def _completed(table: Box, others: Sequence[Box], evidence: Evidence) -> Box:
    """The table with the columns that its rows have on either side of it and that are no text of their own, and as far
    as its rules reach."""
    level = Box(0.0, table.y0, 1.0, table.y1)
    near = [word for word in evidence.words_in(level) if not any(holds(box, word.box) for box in others)]
    lines = lines_of(near)
    is_row = [any(holds(table, word.box) for word in line.words) for line in lines]
    for is_left in (True, False):
        beside = [_beside(line, table, is_left) for line in lines]
        labels = [words for words, of_table in zip(beside, is_row, strict=True) if words and of_table]
        alone = sum(map(bool, beside)) - len(labels)
        is_column = len(labels) >= max(3, 0.6 * sum(is_row)) and alone <= 0.4 * len(labels)
        if is_column and median(map(len, labels)) <= LONGEST_LABEL:
            table = bounding([table, *(word.box for words in labels for word in words)])
    return _with_head(_as_ruled(table, near, evidence), near, evidence)


def _with_head(table: Box, inside: Sequence[Word], evidence: Evidence) -> Box:
    """The table with a line right above it that stands over its columns behind the first: "Three months ended"."""
    cells = [
        line.cells[1][0].box.x0 for line in lines_of([w for w in inside if holds(table, w.box)]) if line.is_tabular
    ]
    if len(cells) < FEWEST:
        return table
    height = median(word.box.y1 - word.box.y0 for word in inside)
    strip = Box(0.0, table.y0 - 2 * height, 1.0, table.y0)
    over = lines_of([word for word in evidence.words_in(strip) if not holds(table, word.box)])
    if not over:
        return table
    head, width = over[-1], table.x1 - table.x0
    box = head.box
    is_behind = max(min(cells) - width / 10, table.x0 + HEAD_FROM * width) < box.x0 and box.x1 < table.x1 + REACH
    is_off = head.is_tabular or abs(box.x0 + box.x1 - table.x0 - table.x1) > 2 * REACH
    is_short = all(len(cell) <= LONGEST_LABEL for cell in head.cells)
    first, last = head.words[0].text, head.words[-1].text
    reads_as_one = is_short and first[0] not in _OPENS and not last.endswith((".", ":"))
    return bounding([table, box]) if is_behind and is_off and reads_as_one else table


def _as_ruled(table: Box, near: Sequence[Word], evidence: Evidence) -> Box:
    """The table as wide as a rule through it, with words above and below it there: the head of an invoice's items is
    underlined as a whole, and the model overlooks the wide column that says what was sold."""
    for rule in separators(evidence.rulings.within(Box(0.0, table.y0, 1.0, table.y1)).across, THIN, THIN):
        for start, end in rule.pieces:
            is_through = min(end, table.x1) - max(start, table.x0) > WIDE * (table.x1 - table.x0)
            for beside in (Box(start, table.y0, table.x0, table.y1), Box(table.x1, table.y0, end, table.y1)):
                words = [word for word in near if holds(beside, word.box)] if beside.x1 - beside.x0 > REACH else []
                if is_through and {word.box.y1 < rule.at + THIN for word in words} == {True, False}:
                    table = bounding([table, *(word.box for word in words)])
    return table


def _beside(line: Line, table: Box, is_left: bool) -> list[Word]:
    return [word for word in line.words if (word.box.x1 <= table.x0 if is_left else word.box.x0 >= table.x1)]


def _without_caption(table: Box, evidence: Evidence) -> Box:
    """The table without a line above or below its cells that begins as a table's caption does."""
    lines = lines_of(evidence.words_in(table))
    if len(lines) > FEWEST and _is_caption(lines[0]):
        return table._replace(y0=max(lines[0].box.y1, table.y0))
    if len(lines) > FEWEST and _is_caption(lines[-1]):
        return table._replace(y1=min(lines[-1].box.y0, table.y1))
    return table


def _is_caption(line: Line) -> bool:
    return not line.is_tabular and labelled_kind(" ".join(word.text for word in line.words)) == "table"
