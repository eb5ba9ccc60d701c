"""The tables of an evaluation set whose cells are known: ICDAR 2013 and PubTabNet."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.table_grid import Cell, Table
from ocr_assets.core.table_text import parsed_table


@dataclass(frozen=True, slots=True)
class TrueTable:
    """A table as people drew it. `words` are those of its cells where their boxes are known."""

    path: Path
    page: int
    box: Box
    table: Table
    words: tuple[Word, ...] = ()


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def icdar(path: Path, truth: Path) -> Iterator[TrueTable]:
    """Points from the bottom left; the truth knows no heads."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        sizes = [document.get_page_size(index) for index in range(len(document))]
    for given in json.loads(truth.read_text("utf-8"))["tables"]:
        (width, height), box = sizes[given["page"] - 1], given["bbox"]
        if box is None:
            continue
        cells = [
            Cell(c["r0"], c["c0"], c["text"], c["r1"] - c["r0"] + 1, c["c1"] - c["c0"] + 1)
            for c in sorted(given["cells"], key=lambda c: (c["r0"], c["c0"]))
        ]
        size = max(c.row + c.height for c in cells), max(c.column + c.width for c in cells)
        table = Table(*size, tuple(cells), head=0).without_empty()  # the truth counts the gap of a double line
        region = Box(box["x1"] / width, 1 - box["y2"] / height, box["x2"] / width, 1 - box["y1"] / height)
        yield TrueTable(path, given["page"], region, table)


def pubtabnet(path: Path, truth: Path) -> TrueTable:
    """The picture of one table; its words are spread evenly over the box of their cell."""
    from PIL import Image

    table = parsed_table(_without_styles(truth.with_suffix(".html").read_text("utf-8")))
    assert table is not None, truth
    with Image.open(path) as picture:
        width, height = picture.size
    cells = [
        cell for cell in json.loads(truth.with_suffix(".json").read_text("utf-8"))["html"]["cells"] if "bbox" in cell
    ]
    line = min(cell["bbox"][3] - cell["bbox"][1] for cell in cells)
    words = [word for cell in cells for word in _set("".join(cell["tokens"]), cell["bbox"], line)]
    boxes = [Box(b.x0 / width, b.y0 / height, b.x1 / width, b.y1 / height) for b in (word.box for word in words)]
    return TrueTable(path, 1, WHOLE, table, tuple(replace(w, box=b) for w, b in zip(words, boxes, strict=True)))


def _without_styles(html: str) -> str:
    return re.sub(r"</?(?:b|i|sup|sub|overline|underline|strike)>", "", html)


def _set(tokens: str, bbox: Sequence[float], line: float) -> Iterator[Word]:
    """The words of a cell in its box, in pixels, broken into as many lines as it has room for."""
    x0, y0, x1, y1 = bbox
    text = " ".join(_without_styles(tokens).split())
    count = max(1, round((y1 - y0) / line))
    lines = textwrap.wrap(text, next(n for n in range(1, len(text) + 2) if len(textwrap.wrap(text, n)) <= count))
    pitch = (x1 - x0) / max(map(len, lines), default=1)
    for number, content in enumerate(lines):
        top = y0 + number * (y1 - y0) / count
        for found in re.finditer(r"\S+", content):
            yield Word(
                found[0],
                Box(x0 + found.start() * pitch, top, x0 + found.end() * pitch, top + 0.7 * (y1 - y0) / count),
                1.0,
            )
