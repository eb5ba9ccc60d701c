"""Where the thresholds and weights of reading scans come from: fitted on the scanned pages of the evaluation set.

Every page is read whole by both readers, by Tesseract with all installed models to choose from and with the packaged
ones alone; then any choice of thresholds is played through on what they said. Printed are the weights of the choice
between two words, what confidence is worth, whether that of pages holds (`calibration.py`), and the curve of accuracy
against processor time, which is drawn to docs/reading.svg.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL.Image import Image

from bench.calibration import MARK, Judged, print_calibration
from bench.curve import draw
from ocr_assets.core import confidence
from ocr_assets.core.blocks import assembled
from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.languages import language_of
from ocr_assets.core.merging import MergeWeights, ReadWord, TextLine, differing, merged, well_read
from ocr_assets.core.pages import Box, PageInput, Word
from ocr_assets.core.regions import Region
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.core.showing_through import without_pale_words
from resources.page_readers.layout import LayoutModel, grey_page
from resources.page_readers.orientation import straightened
from resources.page_readers.ppocr_lines import read_lines
from resources.page_readers.scan import FRAKTUR, ScanLimits, ScanReader, lines_to_read, with_old_letters
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed

PAGE = (0.0, 0.8, 0.85, 0.9, 0.92, 0.93, 0.94, 0.95, 1.01)
WORD = (0.6, 0.7, 0.8, 0.84, 0.87, 0.9, 1.01)
BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 1.01)
PACKAGED = ("eng", "deu")
SURE = 0.95
Scorer = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page as both readers saw it, with what that cost in processor seconds, and its text as it should be."""

    name: str
    truth: str
    ordered: bool
    ink: Ink
    regions: tuple[Region, ...]
    first: list[TextLine]
    packaged: list[TextLine]
    boxes: list[Box]
    second: "SecondReader"
    weights: MergeWeights
    seconds_first: float
    seconds_finding: float


@dataclass(frozen=True)
class SecondReader:
    """PP-OCR on one page: what a line, or a part of it, says there and the processor seconds, each read once."""

    grey: Image
    known: dict[Box, tuple[list[TextLine], float]] = field(default_factory=dict)

    @property
    def aspect(self) -> float:
        return self.grey.height / self.grey.width

    def read(self, boxes: Sequence[Box]) -> tuple[list[TextLine], float]:
        for box in boxes:
            if box not in self.known:
                began = time.process_time()
                lines = read_lines(self.grey, [box])
                self.known[box] = lines, time.process_time() - began
        return flat([self.known[box][0] for box in boxes]), sum(self.known[box][1] for box in boxes)


def measure(folder: Path, limit: int | None = None) -> None:
    """Print the fits and draw the curve."""
    score = scorer(folder)
    pages = list(read_twice(folder, limit))
    print(f"{len(pages)} pages; models of Tesseract: {', '.join(installed())}")
    print_weights(pages, score)
    print_worth(pages, score)
    named = {page.name: page for page in pages}
    print_calibration(
        {name: list(judged(page, score)) for name, page in named.items()},
        {name: name.split("/")[1] for name in named},
        lambda name: played(named[name], ScanLimits(), score),
    )
    points = print_curve(pages, score)
    draw(points, label_of(ScanLimits()), Path("docs/reading.svg"))


def scorer(folder: Path) -> Scorer:
    """The names that the evaluation set's own scorer defines."""
    names: Scorer = {"__name__": "score"}
    exec(compile((folder.parent / "score.py").read_text("utf-8"), "score.py", "exec"), names)
    return names


def read_twice(folder: Path, limit: int | None) -> Iterator[Page]:
    models = installed()
    reader = ScanReader(Tesseract(models), sorted(models, key=lambda name: name != "eng"))
    plain = ScanReader(Tesseract(models), PACKAGED)
    layout = LayoutModel()
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    scans = [row for row in rows if row["set"] == "B_scanned" and str(row["truth"]).endswith(".txt")]
    for row in scans[:limit]:
        image = render(str(folder / row["path"]), 1, RenderSettings(), (), straightened)
        grey = grey_page(image.png)
        ink = ink_of(grey)
        began = time.process_time()
        first = reader.first(grey, image.dpi, ink)
        weights = reader.weights
        read = time.process_time()
        boxes = lines_to_read(grey, first, ink)
        found = time.process_time()
        packaged = plain.first(grey, image.dpi, ink)
        regions = layout.regions(PageInput(row["path"], 1, image.kind, image.dpi, image.png))
        truth = (folder / row["truth"]).read_text("utf-8")
        ordered = row.get("order_reliable") is not False
        costs = (read - began, found - read)
        yield Page(
            row["path"], truth, ordered, ink, regions, first, packaged, boxes, SecondReader(grey), weights, *costs
        )


def print_weights(pages: Sequence[Page], score: Scorer) -> None:
    """Logistic regression: which of two different words is the right one. In force are those of `MergeWeights`."""
    measures, answers = [], []
    for page in pages:
        words = Counter(score["normalise"](page.truth).split())
        for first in (page.first, page.packaged):
            for mine, theirs, measured in differing(first, page.second.read(page.boxes)[0]):
                right = [share_right(reads, words, score) for reads in (mine, theirs)]
                if right[0] != right[1]:
                    measures.append((1.0, *measured))
                    answers.append(right[1] > right[0])
    x, y = np.array(measures), np.array(answers, float)
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 0.5 * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, x.T @ (p - y) + 0.5 * weights)
    right = ((x @ weights > 0) == (y > 0.5)).mean()
    print(f"weights over {len(y)} differing words: {np.round(weights, 2).tolist()}, right in {right:.3f}")


def print_worth(pages: Sequence[Page], score: Scorer) -> None:
    """How often Tesseract's words are right, by the confidence it gives them."""
    worth = defaultdict(list)
    for page in pages:
        words = spelled(page.truth, score)
        for line in page.first:
            for read in line:
                worth[bin_of(read.word.confidence)].append(share_right([read], words, score))
    print("Tesseract's confidence, words, share right:")
    for lower in sorted(worth):
        print(f"  from {lower:4.2f} {len(worth[lower]):6} {fmean(worth[lower]):6.3f}")


def print_curve(pages: Sequence[Page], score: Scorer) -> list[tuple[str, float, float]]:
    """Error and cost for each pair of thresholds: label, processor seconds a page, word F1."""
    print("page  word    CER  word F1  CPU s a page   of pages said to be 0.95 and surer, with CER under 2 %")
    points = []
    for page_limit in PAGE:
        for word_limit in WORD if 0 < page_limit <= 1 else (1.01,):
            limits = ScanLimits(page=page_limit, word=word_limit)
            results = [played(page, limits, score) for page in pages]
            cer = fmean(result["cer"] for result in results if result["ordered"])
            f1, seconds = fmean(result["bow_f1"] for result in results), fmean(result["seconds"] for result in results)
            sure = [result for result in results if result["confidence"] >= SURE and result["ordered"]]
            wrong = [result for result in sure if result["whole"] >= 0.02]
            line = f"{page_limit:4.2f}  {word_limit:4.2f}  {cer:.4f}  {f1:.4f}  {seconds:8.2f}   "
            print(
                line + f"{len(sure) - len(wrong)} of {len(sure)}", *(Path(result["name"]).stem[:12] for result in wrong)
            )
            points.append((label_of(limits), seconds, f1))
    return points


def label_of(limits: ScanLimits) -> str:
    """Under what confidence of a page and of a word the second reader is asked."""
    return f"{limits.page:g} / {limits.word:g}"


def played(page: Page, limits: ScanLimits, score: Scorer) -> dict[str, Any]:
    """What the ladder would have made of the page with these limits."""
    words, seconds = ladder_words(page, limits)
    reading = assembled("", words, page.regions)
    whole = score["score_text"](page.truth, "\n\n".join(block.text for block in reading.blocks))["cer"]
    result: dict[str, Any] = score["score_text"](page.truth, reading.text)
    result |= {"name": page.name, "ordered": page.ordered, "confidence": reading.confidence}
    return result | {"seconds": seconds, "whole": min(whole, result["cer"])}


def ladder_words(page: Page, limits: ScanLimits) -> tuple[list[Word], float]:
    """The words as `ScanReader` takes them with these limits, and the processor seconds."""
    words, seconds = _chosen_words(page, limits)
    language = language_of(" ".join(word.text for word in words))
    return with_old_letters(words, language, installed(), fraktur=page.weights is FRAKTUR), seconds


def _chosen_words(page: Page, limits: ScanLimits) -> tuple[list[Word], float]:
    reader = ScanReader(Tesseract({}), ["eng"], limits)
    if reader.read_well(page.first, page.ink):
        return well_read(page.first), page.seconds_first
    reader.weights = page.weights
    second, asked = reader.asked(
        page.boxes, page.first, page.second.aspect, lambda boxes: page.second.read(boxes)[0], ink=page.ink
    )
    _, seconds = page.second.read(asked)
    second = without_pale_words(page.second.grey, page.first, second)
    words = merged(page.first, second, asked, page.weights, found=page.boxes)
    return words, page.seconds_first + page.seconds_finding + seconds


def judged(page: Page, score: Scorer) -> Iterator[Judged]:
    """The words of a page that show what those are worth that one reader reads well, or two alike."""
    truth = spelled(page.truth, score)
    if ScanReader(Tesseract({}), ["eng"]).read_well(page.first, page.ink):
        reads = [read for line in page.first for read in line]
        yield from (Judged(read.word.confidence, share_right([read], truth, score)) for read in reads)
        return
    with patch.object(confidence, "AGREED", MARK):
        words, _ = ladder_words(page, ScanLimits())
    yield from (Judged(None, share_right([ReadWord(word)], truth, score)) for word in words if word.confidence == MARK)


def spelled(truth: str, score: Scorer) -> Counter[str]:
    """The words of a text, also as the ends of its lines break them."""
    lines = [word for line in truth.splitlines() for word in score["normalise"](line).split()]
    return Counter([*score["normalise"](truth).split(), *lines])


def share_right(reads: Sequence[ReadWord], words: Counter[str], score: Scorer) -> float:
    """Of these words, how many stand in the text."""
    said = score["normalise"](" ".join(read.word.text for read in reads)).split()
    return sum(word in words for word in said) / len(said) if said else 0.0


def flat(parts: Sequence[list[TextLine]]) -> list[TextLine]:
    return [line for lines in parts for line in lines]


def bin_of(confidence: float) -> float:
    return max(lower for lower in BINS if lower <= confidence)
