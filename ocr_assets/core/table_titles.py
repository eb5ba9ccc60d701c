"""Titles right above tables: "CONSOLIDATED BALANCE SHEETS", on a page that has hardly anything but its table.

Layout takes them for headers or text, and on such a page their bold type is that of most of its text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ocr_assets.core.block_kinds import LONGEST_HEADING, reads_as_heading
from ocr_assets.core.captions import is_labelled
from ocr_assets.core.lines import Line, same_row
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.pages import Box
from ocr_assets.core.paragraphs import ends_sentence
from ocr_assets.core.pieces import Piece
from ocr_assets.core.regions import bounding
from ocr_assets.core.text_grid import lines_of

NEAR: Final = 3.0
"""Between a title and its table, or what leads to that, there are fewer sizes of its type."""
BETWEEN: Final = 2
"""Pieces between them: the unit, the head of some columns."""
MOST_LINES: Final = 3
ALIGNED: Final = 0.015
"""A title begins where its table does or has the same middle, in 0..1 of the page's width."""
BOLD: Final = 0.8


def with_table_titles(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, each that begins with the title of a table parted into that and the rest."""
    titled = {i: n for table in pieces if table.kind == "table" and table.lines for i, n in _titled(table, pieces)}
    return [part for i, piece in enumerate(pieces) for part in _parted(piece, titled.get(i, 0))]


def _titled(table: Piece, pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """The piece above the table that begins with its title, if any, and the lines of that."""
    is_over = (p.lines and p.box.y0 < table.box.y0 and p.box.y1 < table.box.y0 + p.size / 2 for p in pieces)
    over = sorted((i for i, one in enumerate(is_over) if one), key=lambda i: -pieces[i].box.y1)
    edge = table.box.y0
    for i in over[: BETWEEN + 1]:
        piece = pieces[i]
        if piece.kind in ("table", "title") or edge - piece.box.y1 > NEAR * piece.size:
            return
        if count := _title_lines(piece, table):
            is_row = any(same_row(piece.box, other.box) for other in pieces if other not in (piece, table))
            if not is_row and not _follows_table(piece, pieces):
                yield i, count
            return
        if len(piece.lines) > MOST_LINES or ends_sentence(piece.text):
            return
        edge = piece.box.y0


def _title_lines(piece: Piece, table: Piece) -> int:
    """How many lines it begins with that are set as a title, and not as the table is; 0 where these read as none."""
    if piece.kind not in ("text", "header") or item_mark(piece.text):
        return 0
    count = next((n for n, line in enumerate(piece.lines) if not _stands_out(line, table)), len(piece.lines))
    lines = piece.lines[:count]
    text = " ".join(line.text for line in lines)
    if any(row.is_tabular for row in lines_of([word for line in lines for word in line.words])):
        return 0
    if not 0 < count <= MOST_LINES or len(text) > LONGEST_HEADING or len(text.split()) < 2 or is_labelled(text):
        return 0
    is_one = reads_as_heading(text) and not text.startswith("(") and not text.endswith((".", ":", "!"))
    return count if is_one and _is_aligned(bounding([line.box for line in lines]), table.box) else 0


def _stands_out(line: Line, table: Piece) -> bool:
    letters = sum(len(row.text) for row in table.lines)
    is_bold = line.bold > BOLD and 2 * sum(row.bold * len(row.text) for row in table.lines) < letters
    return is_bold or (line.text.isupper() and 2 * sum(row.text.isupper() for row in table.lines) < len(table.lines))


def _is_aligned(title: Box, table: Box) -> bool:
    off = (title.x0 - table.x0, (title.x0 + title.x1 - table.x0 - table.x1) / 2)
    return min(map(abs, off)) < ALIGNED


def _follows_table(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether it stands so close below a table that it is rather a loose row of that."""
    return any(p.kind == "table" and -piece.size < piece.box.y0 - p.box.y1 < piece.size for p in pieces)


def _parted(piece: Piece, count: int) -> Iterator[Piece]:
    if not count:
        yield piece
        return
    yield replace(_of_lines(piece, piece.lines[:count]), kind="title")
    if count < len(piece.lines):
        yield replace(_of_lines(piece, piece.lines[count:]), kind="text")


def _of_lines(piece: Piece, lines: tuple[Line, ...]) -> Piece:
    text = "\n".join(line.text for line in lines)
    return replace(piece, lines=lines, text=text, box=bounding([line.box for line in lines]))
