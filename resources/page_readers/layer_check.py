"""Whether the invisible text layer of a scan says what the page shows: some of its lines are read again.

A layer that an older OCR program left may be plausible text, cover all the ink, and be wrong in every third word.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from statistics import fmean
from typing import TYPE_CHECKING

from ocr_assets.core.lines import fragments, line
from ocr_assets.core.merging import mean_confidence
from ocr_assets.core.opening import media_type_of
from ocr_assets.core.page_kind import hides_its_text
from ocr_assets.core.pages import Box, PageInput, PageReading, Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.soundness import is_latin
from resources.page_readers.layout import grey_of
from resources.page_readers.ppocr_lines import read_lines
from resources.page_readers.tesseract import Tesseract

if TYPE_CHECKING:
    from PIL.Image import Image

SAMPLE = 5  # lines, the longest
BEGINNING = 8  # words of each
SETTLED, ALIKE = 2, 0.95  # so many lines that are so alike settle it: one wrong word in eight is less
LEAST_CONFIDENCE = 0.9  # of the reader in a line; in a script that it does not know it has less, and no say

LATIN_SCRIPTS = (None, "Latin", "Fraktur")
"""What Tesseract calls them; None is a script that it is not sure of."""


def layer_agreement(layer: PageReading, page: PageInput, tesseract: Tesseract) -> float | None:
    """How alike (0..1) a scan's layer and its print are; None where that cannot be told, or the page shows its text."""
    if page.kind != "scanned" and not _hides_its_text(page):
        return None
    alike = agreement(layer.words, grey_of(page))
    if alike is None and is_latin(layer.text) and tesseract.script(grey_of(page), page.dpi) not in LATIN_SCRIPTS:
        return 0.0
    return alike


def _hides_its_text(page: PageInput) -> bool:
    """Of a page with images and visible text: whether that is but a line added to a scan."""
    if page.kind != "mixed" or media_type_of(page.path) != "application/pdf":
        return False
    with pdf_page(page.path, page.page, page.passwords) as opened:
        return hides_its_text(opened)


def agreement(words: Sequence[Word], grey: "Image") -> float | None:
    """How alike (0..1) the layer's longest lines and their second reading are; None where that one is unsure.

    The beginnings of the lines tell, and the first lines where they agree.
    """
    lines = sorted(fragments(list(enumerate(words))), key=lambda found: -len(found.text))[:SAMPLE]
    alike: list[float] = []
    for whole in lines:
        beginning = line(whole.words[:BEGINNING], whole.first)
        read = read_lines(grey, [_with_margin(beginning.box)])
        if read and mean_confidence(read) >= LEAST_CONFIDENCE:
            alike.append(_likeness(beginning.text, " ".join(word.word.text for word in read[0])))
        if len(alike) >= SETTLED and fmean(alike) >= ALIKE:
            break
    return fmean(alike) if alike else None


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, "".join(a.split()), "".join(b.split()), autojunk=False).ratio()


def _with_margin(box: Box) -> Box:
    margin = 0.2 * (box.y1 - box.y0)
    return Box(max(0, box.x0 - margin), max(0, box.y0 - margin), min(1, box.x1 + margin), min(1, box.y1 + margin))
