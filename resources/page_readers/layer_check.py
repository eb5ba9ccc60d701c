"""Whether the invisible text layer of a scan says what the page shows: some of its lines are read again.

A layer that an older OCR program left may be plausible text, cover all the ink, and be wrong in every third word.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from statistics import fmean
from typing import TYPE_CHECKING

from ocr_assets.core.lines import fragments, line
from ocr_assets.core.merging import mean_confidence
from ocr_assets.core.pages import Box, Word
from resources.page_readers.ppocr_lines import read_lines

if TYPE_CHECKING:
    from PIL.Image import Image

SAMPLE = 5  # lines, the longest
BEGINNING = 8  # words of each
SETTLED, ALIKE = 2, 0.95  # so many lines that are so alike settle it: one wrong word in eight is less
LEAST_CONFIDENCE = 0.9  # of the reader in a line; in a script that it does not know it has less, and no say


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
