"""Ways to get the tables of a page: this project's, and libraries for comparison where they are installed.

None of them is a dependency: `pip install pdfplumber camelot-py img2table pymupdf` into an environment of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from bench.table_truth import TrueTable
from ocr_assets.core.drawn_rulings import rulings_of
from ocr_assets.core.pages import Box, PageInput, PageReading
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import area, holds
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.core.rulings import Rulings
from ocr_assets.core.seen_rulings import seen_rulings
from ocr_assets.core.table_grid import Table, plain_table
from ocr_assets.core.table_text import parsed_table
from ocr_assets.core.tables import find_table
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.layout import grey_page


class FoundTable(NamedTuple):
    """A table that was found on a page, and where."""

    box: Box
    table: Table


Read = Callable[[Path, int, Box | None], list[FoundTable]]
"""Tables of a page (from 1) of a PDF; with a box, in 0..1 of the page, the one table within it."""


@dataclass(frozen=True, slots=True)
class TableReader:
    """`read` is None where the library is missing; `takes_regions` where it can be told where the table is."""

    name: str
    read: Read | None
    takes_regions: bool

    def tables(self, path: Path, page: int, box: Box | None = None) -> list[FoundTable]:
        """None where the reader fails."""
        assert self.read is not None, self.name
        try:
            return self.read(path, page, box)
        except Exception as error:  # noqa: BLE001 - of some library
            print(f"  {self.name} fails on {path.name}, page {page}: {type(error).__name__}")
            return []


def libraries() -> Iterator[TableReader]:
    """PyMuPDF, AGPL, is for comparison only."""
    for name, module, read, takes_regions in (
        ("pdfplumber, lines", "pdfplumber", _pdfplumber("lines"), True),
        ("pdfplumber, text", "pdfplumber", _pdfplumber("text"), True),
        ("camelot, lattice", "camelot", _camelot("lattice"), True),
        ("camelot, stream", "camelot", _camelot("stream"), True),
        ("camelot, hybrid", "camelot", _camelot("hybrid"), True),
        ("img2table", "img2table", _img2table, False),
        ("PyMuPDF, lines", "pymupdf", _pymupdf("lines"), True),
        ("PyMuPDF, text", "pymupdf", _pymupdf("text"), True),
    ):
        yield TableReader(name, read if find_spec(module) else None, takes_regions)


# --- this project ---------------------------------------------------------------------------------------------------


def own(path: Path, page: int, box: Box | None) -> list[FoundTable]:
    """What the pipeline reads; in a given region from the same words and rulings."""
    if box is None:
        return _tables(_reading(path, page))
    words = [word for word in _reading(path, page).words if holds(box, word.box)]
    table = find_table(words, box, _rulings(path, page))
    return [FoundTable(box, table)] if table else []


def _tables(reading: PageReading) -> list[FoundTable]:
    blocks = [block for block in reading.blocks if block.kind == "table"]
    return [FoundTable(block.box, table) for block in blocks if (table := parsed_table(block.text))]


def own_of_words(pictures: Sequence[Sequence[TrueTable]]) -> Read:
    """From the words of the truth, as if they had been read without a mistake."""
    words = {true.path: true.words for tables in pictures for true in tables}

    def read(path: Path, _page: int, box: Box | None) -> list[FoundTable]:
        assert box is not None
        table = find_table(words[path], box)
        return [FoundTable(box, table)] if table else []

    return read


class Scans:
    """Pages read from their image, as if they had been printed and scanned without a flaw."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[Path, int], PageInput] = {}

    def read(self, path: Path, page: int, box: Box | None) -> list[FoundTable]:
        scan = self._scan(path, page)
        if box is None:
            return _tables(_read_scan(scan))
        words = [word for word in _read_scan(scan).words if holds(box, word.box)]
        table = find_table(words, box, seen_rulings(grey_page(scan.image), scan.dpi))
        return [FoundTable(box, table)] if table else []

    def _scan(self, path: Path, page: int) -> PageInput:
        if (path, page) not in self._read:
            rendered = render(str(path), page, RenderSettings())
            image = self.folder / f"{path.stem}-{page}.png"
            image.write_bytes(rendered.png)
            self._read[path, page] = PageInput(str(image), 1, "scanned", rendered.dpi, rendered.png)
        return self._read[path, page]


@cache
def _read_scan(scan: PageInput) -> PageReading:
    return read_page(scan, ReaderSettings())


@cache
def _reading(path: Path, page: int) -> PageReading:
    rendered = render(str(path), page, RenderSettings())
    return read_page(PageInput(str(path), page, rendered.kind, rendered.dpi, rendered.png), ReaderSettings())


@cache
def _rulings(path: Path, page: int) -> Rulings:
    with pdf_page(str(path), page) as opened:
        return rulings_of(opened)


# --- libraries ------------------------------------------------------------------------------------------------------


def _pdfplumber(strategy: str) -> Read:
    def read(path: Path, page: int, box: Box | None) -> list[FoundTable]:
        import pdfplumber

        with pdfplumber.open(path) as document:
            opened = document.pages[page - 1]
            size = opened.width, opened.height
            part = opened if box is None else opened.crop(_points(box, size), strict=False)
            tables = part.find_tables({"vertical_strategy": strategy, "horizontal_strategy": strategy})
            return _wanted([_of_rows(table.bbox, size, table.extract()) for table in tables], box)

    return read


def _pymupdf(strategy: str) -> Read:
    def read(path: Path, page: int, box: Box | None) -> list[FoundTable]:
        import pymupdf

        with pymupdf.open(path) as document:
            opened = document[page - 1]
            size = opened.rect.width, opened.rect.height
            clip = None if box is None else _points(box, size)
            tables = opened.find_tables(clip=clip, strategy=strategy).tables
            return _wanted([_of_rows(table.bbox, size, table.extract()) for table in tables], box)

    return read


def _camelot(flavour: str) -> Read:
    def read(path: Path, page: int, box: Box | None) -> list[FoundTable]:
        import camelot

        size = _page_size(path, page)
        options = {}
        if box is not None:
            x0, y0, x1, y1 = _points(box, size)
            options["table_areas"] = [f"{x0},{size[1] - y0},{x1},{size[1] - y1}"]
        found = []
        for table in camelot.read_pdf(str(path), pages=str(page), flavor=flavour, **options):
            x0, y0, x1, y1 = table._bbox
            found.append(_of_rows((x0, size[1] - y1, x1, size[1] - y0), size, table.df.values.tolist()))
        return _wanted(found, box)

    return read


def _img2table(path: Path, page: int, _box: Box | None) -> list[FoundTable]:
    from img2table.document import PDF

    tables = PDF(str(path), pages=[page - 1]).extract_tables(borderless_tables=True, implicit_rows=True)
    width, height = (side / 72 * 200 for side in _page_size(path, page))  # its own resolution
    return [
        _of_rows((t.bbox.x1, t.bbox.y1, t.bbox.x2, t.bbox.y2), (width, height), t.df.values.tolist())
        for found in tables.values()
        for t in found
    ]


@cache
def _page_size(path: Path, page: int) -> tuple[float, float]:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        width, height = document.get_page_size(page - 1)
        return width, height


def _points(box: Box, size: tuple[float, float]) -> tuple[float, float, float, float]:
    """The region with a little room: the truth's boxes end at the letters, lines stand outside of them."""
    room = 3.0
    x0, y0, x1, y1 = box.x0 * size[0], box.y0 * size[1], box.x1 * size[0], box.y1 * size[1]
    return max(0, x0 - room), max(0, y0 - room), min(size[0], x1 + room), min(size[1], y1 + room)


def _of_rows(box: Sequence[float], size: tuple[float, float], rows: Sequence[Sequence[Any]]) -> FoundTable:
    """Cells that a library repeats or leaves out where they span are taken as it gives them."""
    width, height = size
    texts = [[str(cell or "") for cell in row] for row in rows]
    return FoundTable(
        Box(box[0] / width, box[1] / height, box[2] / width, box[3] / height),
        plain_table(texts, head=0).without_empty(),
    )


def _wanted(tables: Sequence[FoundTable], box: Box | None) -> list[FoundTable]:
    """All tables of a page, of a region the largest one."""
    return list(tables) if box is None or not tables else [max(tables, key=lambda table: area(table.box))]
