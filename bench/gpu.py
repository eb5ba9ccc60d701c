"""PP-OCR in page batches: pages a second by the size of a batch, how busy the GPU is, and whether the answers are those
that the reader gives page by page on the processors.

The pages are scans of the evaluation set where that is given, else drawn. Where there is no GPU, all of it is measured
on the processors, and says so.
"""

import json
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from bench.machine import described
from ocr_assets.core.ink import ink_of
from ocr_assets.core.merging import TextLine
from resources.page_readers.layout import grey_image
from resources.page_readers.ppocr_batches import BatchReader, ToRead
from resources.page_readers.ppocr_device import Networks
from resources.page_readers.ppocr_lines import find_lines, read_lines

SIZES = (1, 4, 8, 16, 32, 64)
SIZES_WITHOUT_GPU = (1, 8)
"""Processors gain nothing from more."""
DRAWN = 64
SAYING = "On the {} of March the harbour had {} ships, {} of them without sails, and dues of {} pounds were paid"


@dataclass
class Timed:
    """Networks that note how long they were at work."""

    networks: Networks
    seconds: float = 0.0

    @property
    def alphabet(self) -> list[str]:
        return self.networks.alphabet

    def detected(self, pixels: Any) -> Any:
        return self._timed(self.networks.detected, pixels)

    def recognised(self, pixels: Any) -> Any:
        return self._timed(self.networks.recognised, pixels)

    def _timed(self, network: Any, pixels: Any) -> Any:
        began = time.perf_counter()
        try:
            return network(pixels)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass
class Busy:
    """How busy the first GPU is, in per cent, as nvidia-smi says five times a second; empty without one."""

    seen: list[float] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None

    def __enter__(self) -> "Busy":
        if shutil.which("nvidia-smi"):
            query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-i", "0", "-lms", "200"]
            self._process = subprocess.Popen(["nvidia-smi", *query], stdout=subprocess.PIPE, text=True)
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def _watch(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.seen += (float(line) for line in self._process.stdout if line.strip().isdigit())

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def __str__(self) -> str:
        return f"{fmean(self.seen):.0f} %" if self.seen else "-"


def measure(folder: Path | None = None, limit: int | None = None) -> str:
    """Print a line for each size of a batch, and how alike the answers are; the same as text."""
    pages, truths = from_set(folder, limit) if folder else (list(drawn(limit or DRAWN)), [])
    networks = Networks("auto")
    on_gpu = networks.device == "cuda"
    where = "the GPU, by CUDA" if on_gpu else "the processors: there is no GPU that ONNX Runtime could use"
    lines = [f"{len(pages)} {'scanned' if folder else 'drawn'} pages, on {where}; {described()}"]
    began, cpu = time.perf_counter(), time.process_time()
    alone = [read_lines(page.grey, find_lines(page.grey, page.type_height)) for page in pages]
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    lines.append(
        f"page by page on one processor: {len(pages) / wall:.2f} pages/s, {spent / len(pages):.2f} CPU s a page"
    )
    lines += ["", "| pages a batch | pages/s | CPU s a page | in the networks | GPU busy |", "|---" * 5 + "|"]
    together: list[list[TextLine]] = []
    for size in SIZES if on_gpu else SIZES_WITHOUT_GPU:
        timed = Timed(networks)
        reader = BatchReader(timed, size)  # type: ignore[arg-type]
        reader.read(pages[:size])  # what the first batch of a size costs is nobody's
        timed.seconds = 0.0
        with Busy() as busy:
            began, cpu = time.perf_counter(), time.process_time()
            together = [
                page for start in range(0, len(pages), size) for page in reader.read(pages[start : start + size])
            ]
            wall, spent = time.perf_counter() - began, time.process_time() - cpu
        share = f"{timed.seconds / wall:.0%}"
        lines.append(f"| {size} | {len(pages) / wall:.2f} | {spent / len(pages):.2f} | {share} | {busy} |")
    lines += ["", *compared(alone, together, truths)]
    report = "\n".join(lines)
    print(report, flush=True)
    return report


def compared(
    alone: Sequence[list[TextLine]], together: Sequence[list[TextLine]], truths: Sequence[str]
) -> Iterator[str]:
    """What is the same in both, and how both compare with the truth, where that is known."""
    ours, theirs = [words_of(page) for page in together], [words_of(page) for page in alone]
    same = sum((Counter(a) & Counter(b)).total() for a, b in zip(ours, theirs, strict=True))
    total = sum(map(len, theirs))
    yield f"In batches {same} of {total} words ({same / max(1, total):.1%}) are those of the reader page by page."
    if truths:
        scored = (
            f"{name} {fmean(map(f1, read, truths)):.4f}" for name, read in (("in batches", ours), ("alone", theirs))
        )
        yield f"Word F1: {', '.join(scored)}."


def words_of(lines: Sequence[TextLine]) -> list[str]:
    return [read.word.text for line in lines for read in line]


def f1(words: Sequence[str], truth: str) -> float:
    """Of the words as a bag."""
    said, true = Counter(words), Counter(truth.split())
    return 2 * (said & true).total() / max(1, said.total() + true.total())


def from_set(folder: Path, limit: int | None) -> tuple[list[ToRead], list[str]]:
    """The scans of the evaluation set that are images, with their texts."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    scans = [r for r in rows if r["set"] == "B_scanned" and str(r["truth"]).endswith(".txt")]
    scans = [row for row in scans if not row["path"].endswith(".pdf")][:limit]
    greys = [grey_image((folder / row["path"]).read_bytes()) for row in scans]
    return list(map(to_read, greys)), [(folder / row["truth"]).read_text("utf-8") for row in scans]


def drawn(count: int) -> Iterator[ToRead]:
    """Letter pages of forty lines at 150 dpi, no two alike."""
    for number in range(count):
        page = Image.new("L", (1275, 1650), 255)
        font = ImageFont.load_default(21 + number % 4)
        for row in range(40):
            saying = SAYING.format(row + 1, 38 + number, 7 * row, 11 * number + row)
            ImageDraw.Draw(page).text((100, 80 + 37 * row), saying[: 30 + 13 * row % 60], 0, font)
        yield to_read(page)


def to_read(grey: Image.Image) -> ToRead:
    return ToRead(grey, ink_of(grey).type_height() * grey.height)
