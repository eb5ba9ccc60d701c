"""How well tables are read: which cells stand beside each other, how alike the HTML is; libraries in the same run.

On ICDAR 2013 (reports, cells by people) with the tables' regions given, and on whole pages, where tables must be found
too; on the same pages as images; on PubTabNet (pictures of tables, whose words are given, spread over their cells).
"""

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from bench.table_readers import FoundTable, Scans, TableReader, libraries, own, own_of_words
from bench.table_scores import Relations, relations, teds
from bench.table_truth import TrueTable, icdar, pubtabnet
from ocr_assets.core.regions import area, intersection
from ocr_assets.core.table_grid import Table

SAME = 0.3
"""Intersection over union from which on a found table is taken for the true one."""


Found = dict[int, list[FoundTable]]
"""By page."""


class Score(NamedTuple):
    """Of one document: recall and precision of adjacent cells, TEDS with and without texts. All 0..1."""

    recall: float
    precision: float
    teds: float
    structure: float


def measure(folder: Path, limit: int | None = None) -> None:
    """Print macro means over the documents, `limit` of each collection."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    paths = [(row["path"].split("/")[1], folder / row["path"], folder / str(row["truth"])) for row in rows]
    reports = [list(icdar(path, truth)) for name, path, truth in paths if name == "icdar2013"][:limit]
    pictures = [[pubtabnet(path, truth)] for name, path, truth in paths if name == "pubtabnet"][:limit]
    readers = [TableReader("this project", own, takes_regions=True), *libraries()]
    _compare("ICDAR 2013, regions given", reports, [reader for reader in readers if reader.takes_regions], given=True)
    _compare("ICDAR 2013, whole pages", reports, readers, given=False)
    with tempfile.TemporaryDirectory() as temporary:
        scans = TableReader("this project", Scans(Path(temporary)).read, takes_regions=True)
        _compare("ICDAR 2013 as scans, regions given", reports, [scans], given=True)
    words = TableReader("this project", own_of_words(pictures), takes_regions=True)
    _compare("PubTabNet, words given", pictures, [words], given=True)


def _compare(title: str, documents: Sequence[Sequence[TrueTable]], readers: Sequence[TableReader], given: bool) -> None:
    print(f"{title}: {len(documents)} documents, {sum(map(len, documents))} tables")
    print(f"  {'reader':<20} {'recall':>7} {'precision':>9} {'F1':>6} {'TEDS':>6} {'TEDS-S':>6} {'CPU s a page':>13}")
    for reader in readers:
        if reader.read is None:
            print(f"  {reader.name:<20} is not installed")
            continue
        scores, seconds, pages = [], 0.0, 0
        for tables in documents:
            began = time.process_time()
            found = _given(tables, reader) if given else _pages(tables, reader)
            seconds += time.process_time() - began
            pages += len(found)
            scores.append(_score(tables, found))
        recall, precision, likeness, structure = (fmean(column) for column in zip(*scores, strict=True))
        f1 = 2 * recall * precision / (recall + precision or 1)
        means = " ".join(f"{mean:6.3f}" for mean in (f1, likeness, structure))
        print(f"  {reader.name:<20} {recall:7.3f} {precision:9.3f} {means} {seconds / pages:13.3f}", flush=True)


def _given(tables: Sequence[TrueTable], reader: TableReader) -> Found:
    """What is read in the regions of the true tables."""
    found: Found = {true.page: [] for true in tables}
    for true in tables:
        found[true.page] += reader.tables(true.path, true.page, true.box)
    return found


def _pages(tables: Sequence[TrueTable], reader: TableReader) -> Found:
    """What is read on all pages of the document."""
    import pypdfium2

    with pypdfium2.PdfDocument(tables[0].path) as document:
        pages = len(document)
    return {page: reader.tables(tables[0].path, page) for page in range(1, pages + 1)}


def _score(tables: Sequence[TrueTable], found: Found) -> Score:
    """Relations of all tables of the document together; TEDS as the mean over the true tables."""
    wanted = sum((relations(true.table) for true in tables), Relations())
    got = sum((relations(each.table) for page in found.values() for each in page), Relations())
    right = (wanted & got).total()
    matches = [(true, _match(true, found[true.page])) for true in tables]
    likeness = (teds(true.table, read, sections=true.table.head > 0) for true, read in matches)
    structure = (teds(true.table, read, sections=true.table.head > 0, structure_only=True) for true, read in matches)
    return Score(right / wanted.total(), right / max(1, got.total()), fmean(likeness), fmean(structure))


def _match(true: TrueTable, found: Sequence[FoundTable]) -> Table | None:
    best = max(found, key=lambda other: _iou(true, other), default=None)
    return best.table if best and _iou(true, best) >= SAME else None


def _iou(true: TrueTable, other: FoundTable) -> float:
    shared = intersection(true.box, other.box)
    return shared / (area(true.box) + area(other.box) - shared or 1.0)
