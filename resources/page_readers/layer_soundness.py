"""Whether a page's text layer is sound, judged with the page's pictures and drawings in sight."""

from collections.abc import Sequence

from ocr_assets.core.ink import Ink, explained, ink_of
from ocr_assets.core.opening import media_type_of
from ocr_assets.core.pages import Box, PageInput, PageReading
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import area
from ocr_assets.core.soundness import Soundness, soundness
from ocr_assets.core.straightening import turned
from ocr_assets.core.undrawn import undrawn
from resources.page_readers.layout import LayoutModel, grey_of

PAGE_FIGURE = 0.6
"""Of the page: a figure that takes more may be a scan."""


def layer_soundness(
    layer: PageReading, ink: Ink, layout: LayoutModel, page: PageInput, *, min_coverage: float, max_damage: float
) -> Soundness:
    """As `soundness`, but that words need not cover what the page draws and shows as pictures."""
    pictures = pictures_of(figures_on(layout, page)) if layer.words else ()
    verdict = soundness(layer.words, ink, pictures, min_coverage=min_coverage, max_damage=max_damage)
    may_be_drawn = page.kind in ("digital", "mixed") and media_type_of(page.path) == "application/pdf"
    if verdict.fault != "uncovered" or not may_be_drawn:
        return verdict
    coverage = _explained(layer, pictures, page)
    return Soundness(None, coverage, verdict.damage) if coverage >= min_coverage else verdict


def figures_on(layout: LayoutModel, page: PageInput) -> tuple[Box, ...]:
    """What the layout model takes for figures."""
    return tuple(region.box for region in layout.regions(page) if region.kind == "figure")


def pictures_of(figures: Sequence[Box]) -> tuple[Box, ...]:
    """Figures whose marks no words need to cover. One that takes most of the page may be a scan: it counts."""
    return tuple(box for box in figures if area(box) < PAGE_FIGURE)


def _explained(layer: PageReading, pictures: Sequence[Box], page: PageInput) -> float:
    """The share of the page's ink, drawings left aside, that the words cover. Costs a second rendering."""
    grey = grey_of(page)
    with pdf_page(page.path, page.page, page.passwords) as opened:
        rest = turned(undrawn(opened, page.dpi), page.turned)
    shown, left = ink_of(grey, page.dpi), ink_of(rest, page.dpi)
    return explained([word.box for word in layer.words], pictures, shown, left, grey.height / grey.width)
