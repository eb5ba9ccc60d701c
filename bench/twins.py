"""Whether a page's confidence holds on other pages than scans: born-digital ones, read as if they were scans.

No curve was fitted on them, but an earlier look at such pages led to the map from words to pages in core/confidence.py.

Their own text layers are the truth, in blocks from the same regions. Pages with tables are left out: there the two
differ in the order of cells, which no reader's confidence is about.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.calibration import report
from bench.merging import scorer
from ocr_assets.core.blocks import assembled
from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import render
from ocr_assets.core.soundness import soundness
from resources.page_readers.layout import LayoutModel, grey_page
from resources.page_readers.scan import ScanReader
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from resources.page_readers.text_layer import TextLayerReader

SETS = ("A_digital", "C_figtab", "E_retrieval")
PAGES = 3  # of a document, spread over it
LEAST_WORDS, LEAST_COVERAGE = 80, 0.97


def measure(folder: Path, limit: int | None = None) -> None:
    """Print how many of the pages said to be sure are right, of `limit` documents of each set."""
    score = scorer(folder)
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    results = []
    for name in SETS:
        chosen = [row for row in rows if (row["set"], row["kind"]) == (name, "digital") and row["path"].endswith("pdf")]
        for row in chosen[:limit]:
            results += list(read_as_scans(folder / row["path"], row["pages"], score))
    report(results, "born-digital pages read from their image")


def read_as_scans(path: Path, pages: int, score: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The error and the confidence of some pages of this document, those without tables and with sound text."""
    models, layout = installed(), LayoutModel()
    reader = ScanReader(Tesseract(models), sorted(models, key=lambda name: name != "eng"))
    for number in sorted({1 + index * (pages - 1) // max(1, PAGES - 1) for index in range(PAGES)}):
        image = render(str(path), number)
        page = PageInput(str(path), number, image.kind, image.dpi, image.png)
        if image.kind != "digital" or len((layer := TextLayerReader(layout).read(page)).words) < LEAST_WORDS:
            continue
        grey = grey_page(image.png)
        ink, regions = ink_of(grey), layout.regions(page)
        judged = soundness(layer.words, ink)
        if not judged.is_sound or judged.coverage < LEAST_COVERAGE or any(r.kind == "table" for r in regions):
            continue
        read = assembled("", reader.read(grey, image.dpi, ink).words, regions)
        result = score["score_text"](assembled("", layer.words, regions).text, read.text)
        yield result | {"name": f"{path.name} {number}", "confidence": read.confidence, "ordered": True}
