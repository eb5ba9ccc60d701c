"""The regions of a page: what a layout model saw, and what the page's words and drawings say about it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.drawings import Drawn
from ocr_assets.core.figure_regions import figure_regions
from ocr_assets.core.figure_text import without_paragraphs
from ocr_assets.core.page_evidence import evidence_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pixels import reduced
from ocr_assets.core.regions import Region, area, intersection, without_overlaps
from ocr_assets.core.rulings import NO_RULINGS, Rulings
from ocr_assets.core.table_regions import table_regions

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN: Final = 16
"""Of 255: what differs less from the page's colour does not show."""


def page_regions(
    seen: Sequence[Region],
    words: Sequence[Word],
    drawn: Drawn | None,
    grey: "Image",
    rulings: Rulings = NO_RULINGS,
    min_score: float = 0.4,
) -> tuple[Region, ...]:
    """The page's regions: figures and tables first, then the others, best first.

    `seen` is all that the model saw, also under `min_score` and over each other; `drawn` is None for a page that is an
    image, `rulings` are the lines on it. Figures and tables are drawn in to what shows of them on the page, whose
    pixels are `grey` (mode L).
    """
    kept = without_overlaps([region for region in seen if region.score >= min_score])
    evidence = evidence_of(words, drawn, rulings, kept)
    tables = table_regions(seen, kept, evidence)
    figures = figure_regions(seen, kept, tables, evidence)
    if tables or figures:
        shown = _shown(grey)
        figures = tuple(without_paragraphs(box, words, shown) for box in figures)
    found = [Region("table", box, 1.0) for box in tables] + [Region("figure", box, 1.0) for box in figures]
    others = [region for region in kept if region.kind not in ("figure", "table")]
    others = [r for r in others if not any(intersection(r.box, f.box) > 0.5 * area(r.box) for f in found)]
    if found:
        found = [Region(region.kind, tightened(region.box, shown), region.score) for region in found]
    return (*found, *others)


def tightened(box: Box, shown: "Image") -> Box:
    """The box without its blank margins; `shown` is 0 where the page has its own colour. A blank box stays."""
    width, height = shown.size
    left, top = math.floor(box.x0 * width), math.floor(box.y0 * height)
    ink = shown.crop((left, top, math.ceil(box.x1 * width), math.ceil(box.y1 * height))).getbbox()
    if ink is None:
        return box
    x0, y0, x1, y1 = (left + ink[0]) / width, (top + ink[1]) / height, (left + ink[2]) / width, (top + ink[3]) / height
    return Box(max(box.x0, x0), max(box.y0, y0), min(box.x1, x1), min(box.y1, y1))


def _shown(grey: "Image") -> "Image":
    """The page reduced: 255 where it differs from its most usual colour, else 0."""
    from PIL import ImageStat

    small = reduced(grey)
    paper = ImageStat.Stat(small).median[0]
    return small.point([255 * (abs(value - paper) > SHOWN) for value in range(256)])
