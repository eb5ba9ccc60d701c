"""How much of a page's writing no reader read: the ink in rows that lies under none of its words.

Confidence tells nothing of words that were not found: of a form in Cyrillic, read by models of Latin scripts, the
figures were sure and half of the page was missing.
"""

from collections.abc import Sequence
from typing import Final

from ocr_assets.core.handwriting import looks_handwritten
from ocr_assets.core.ink import Ink, grown
from ocr_assets.core.pages import Box, PageReading

LEAST: Final = 60
"""Marks that are unread: fewer are a logo, a seal, or a line of ornament."""
SURE: Final = 0.8
"""Confidence of a page that looks written by hand, but is print beside a photo: those that are have less."""


def unread_share(reading: PageReading, ink: Ink, pictures: Sequence[Box], aspect: float) -> float:
    """The share (0..1) of the marks in rows, pictures left aside, that no word covers; 0 where those are few.

    Writing by hand stands in no rows: there all marks count, if it is not read well. `aspect` is the page's height over
    its width.
    """
    shown = ink.outside(pictures)
    rest = shown.outside([grown(word.box) for word in reading.words])
    if len(rest.marks) < LEAST:
        return 0.0
    if reading.confidence < SURE and looks_handwritten(ink):
        return len(rest.marks) / len(shown.marks)
    written = rest.written(aspect)
    return written / max(written, shown.written(aspect)) if written >= LEAST else 0.0
