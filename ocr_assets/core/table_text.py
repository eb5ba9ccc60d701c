"""Tables as text and back: Markdown where every cell is one place of the grid and one line, else HTML.

Both are written so that one line of the text is one row, which lets others cut a table without parsing it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from typing import Final

from ocr_assets.core.table_grid import Cell, Table, plain_table

RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
"""The line below the head of a Markdown table."""
HTML: Final = "<table>"
"""What a table in HTML begins with."""
_PIPE = re.compile(r"(?<!\\)\|")


def table_text(table: Table) -> str:
    """The table as Markdown where that can hold it, else as HTML."""
    simple = not table.has_spans and table.head == 1 and not any("\n" in cell.text for cell in table.cells)
    return table_markdown(table) if simple else table_html(table)


def table_markdown(table: Table) -> str:
    """One head row; a cell that spans stands in its first place, the others stay empty. Pipes are escaped."""
    lines = []
    for r, row in enumerate(table.rows()):
        texts = [cell.text if cell and (cell.row, cell.column) == (r, c) else "" for c, cell in enumerate(row)]
        lines.append(_line(texts))
    return "\n".join([lines[0], "|" + " --- |" * table.width, *lines[1:]])


def _line(texts: list[str]) -> str:
    return "| " + " | ".join(" ".join(text.split()).replace("|", "\\|") for text in texts) + " |"


def table_html(table: Table) -> str:
    """A row a line, head rows in `thead` with `th`; lines of a cell are parted by `<br>`."""
    lines = [HTML]
    for r, row in enumerate(table.rows()):
        if r == 0:
            lines.append("<thead>" if table.head else "<tbody>")
        elif r == table.head:
            lines += ["</thead>", "<tbody>"]
        tag = "th" if r < table.head else "td"
        lines.append("<tr>" + "".join(_row_html(row, r, tag)) + "</tr>")
    lines.append("</thead>" if table.head >= table.height else "</tbody>")
    return "\n".join([*lines, "</table>"])


def _row_html(row: list[Cell | None], number: int, tag: str) -> Iterator[str]:
    for c, cell in enumerate(row):
        if cell is None:
            yield f"<{tag}></{tag}>"
        elif (cell.row, cell.column) == (number, c):
            spans = f' rowspan="{cell.height}"' * (cell.height > 1) + f' colspan="{cell.width}"' * (cell.width > 1)
            text = "<br>".join(escape(line.strip(), quote=False) for line in cell.text.splitlines())
            yield f"<{tag}{spans}>{text}</{tag}>"


def parsed_table(text: str) -> Table | None:
    """The table that this module wrote as this text; None for any other text."""
    if text.startswith(HTML):
        return _from_html(text)
    lines = text.splitlines()
    if len(lines) < 2 or not lines[0].startswith("|") or not RULE.fullmatch(lines[1]):
        return None
    rows = [[cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)[1:-1]] for line in [lines[0], *lines[2:]]]
    cells = (Cell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text)
    return Table(len(rows), max(map(len, rows)), tuple(cells))


def _from_html(text: str) -> Table:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    width = max((cell.column + cell.width for cell in parser.cells), default=0)
    height = parser.row + 1
    cells = (replace(cell, height=min(cell.height, height - cell.row)) for cell in parser.cells)
    return Table(height, width, tuple(c for c in cells if c.text or c.height > 1 or c.width > 1), parser.head)


class _Parser(HTMLParser):
    """Lays the cells out as a browser does: each in the first free place of its row."""

    def __init__(self) -> None:
        super().__init__()
        self.row, self.head = -1, 0
        self.cells: list[Cell] = []
        self._taken: set[tuple[int, int]] = set()
        self._span = (1, 1)
        self._text: list[str] | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "thead":
            self._in_head = True
        elif tag == "tr":
            self.row += 1
            self.head += self._in_head
        elif tag in ("td", "th"):
            stated = {name: int(value) for name, value in attrs if value and value.isdecimal()}
            self._span = (max(1, stated.get("rowspan", 1)), max(1, stated.get("colspan", 1)))
            self._text = []
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "thead":
            self._in_head = False
        if tag not in ("td", "th") or self._text is None:
            return
        column = 0
        while (self.row, column) in self._taken:
            column += 1
        cell = Cell(self.row, column, "".join(self._text).strip(), *self._span)
        self._taken.update(cell.places)
        self.cells.append(cell)
        self._text = None


def plain_lines(text: str) -> str:
    """The words of a table's text, a row a line, cells parted by blanks; any other text as it is."""
    table = parsed_table(text)
    if table is None:
        return text
    rows: list[list[str]] = [[] for _ in range(table.height)]
    for cell in table.cells:
        rows[cell.row].append(" ".join(cell.text.split()))
    return "\n".join(" ".join(row) for row in rows if row)


def by_rows(text: str) -> str:
    """The text with its HTML table, if it has one, as Markdown of one head row, in which each row says all it means.

    A cell over several rows is repeated in each, one over several columns stands in the first; headings over a column
    are put together. It is for passages that hold a part of the table.
    """
    start, end = text.find(HTML), text.find("</table>")
    table = parsed_table(text[start : end + len("</table>")]) if 0 <= start < end else None
    if table is None or not table.width:
        return text
    rows = table.rows()
    head = [
        " ".join(dict.fromkeys(cell.text for cell in cells if cell)) for cells in zip(*rows[: table.head], strict=True)
    ]
    body = [
        [cell.text if cell and cell.column == c else "" for c, cell in enumerate(row)] for row in rows[table.head :]
    ]
    return text[:start] + table_markdown(plain_table([head, *body])) + text[end + len("</table>") :]
