"""Which of Tesseract's models reads a page best, found out on a few of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.ink import Ink
from ocr_assets.core.languages import LEAST_PROBABILITY, language_of
from ocr_assets.core.merging import TextLine, mean_confidence
from resources.page_readers.ppocr import Character, recogniser
from resources.page_readers.rows import cut_row, longest
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import suitable, suitable_for_script

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.floating[Any]]

POOR: Final = 0.5
"""Confidence below which the words do not tell the language."""
SURE_MODEL: Final = 0.9
"""Confidence at which no other model of the page's language is tried."""
WORSE: Final = 0.02
"""By which a model for the page's language may be less sure than the usual one, and still be taken."""
BANDS: Final = (5, 7, 9, 11)
"""Heights of capital letters: the part of the page on which models are compared."""
ENOUGH_MARKS: Final = 250
"""In it: the smallest band that has them is taken. Three lines of any page were too few."""
MOST_SAMPLED: Final = 0.5
"""Of the page's marks: a page that is hardly more is read as a whole, and not twice."""
LEAST_BAND: Final = 0.05
"""Of the page's height."""
LINES: Final = 2
"""Of the densest part of the page, that the second reader reads to tell the language."""
LONGEST: Final = 14
"""Heights of a line: no more of it is read, some forty letters."""
READ: Final = 0.9
"""Confidence of that reader at which these lines tell it: it reads Fraktur with 0.95 to 0.98."""
CLEAR: Final = 0.9
"""Probability of the language at which the first of them tells it alone, where there is one model for it at most: on
21 of 37 scans, and on none another language than both do."""
USUAL_PRINT: Final = 0.99
"""And at which they are no Fraktur."""


Line = tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The model to read a page with, what it read where the page is hardly more than the sample, and the page's script
    as Tesseract names it, asked only where no words told a language."""

    model: str
    lines: list[TextLine] | None = None
    script: str | None = None


def choose(tesseract: Tesseract, names: Sequence[str], grey: "Image", dpi: float, ink: Ink) -> Sampled:
    """Of the models `names`, the usual one first, for a level page in mode L of this resolution."""
    if len(names) == 1:
        return Sampled(names[0])
    top, bottom, share = _sample(ink)
    told = told_models(grey, ink.between(top, bottom), names)
    if told is not None and len(told) < 2:
        return Sampled(told[0] if told else names[0])
    if share <= MOST_SAMPLED:
        band = grey.crop((0, round(top * grey.height), grey.width, round(bottom * grey.height)))
        sampled = _best(tesseract, names, band, dpi, told)
        if sampled.lines:
            return replace(sampled, lines=None)
        # No writing but an ornament, say, is densest: then the whole page tells.
        told = told_models(grey, ink, names)
        if told is not None and len(told) < 2:
            return Sampled(told[0] if told else names[0])
    return _best(tesseract, names, grey, dpi, told)


def told_models(grey: "Image", ink: Ink, names: Sequence[str]) -> list[str] | None:
    """The models for the language of some long lines, maybe none; None where they do not tell it.

    PP-OCR's one model reads all Latin print well enough for that, in less time than Tesseract takes for five lines.
    """
    read: list[Line] = []
    for row in _telling(ink.rows(grey.height / grey.width), grey.height / grey.width):
        read.append(recogniser().read(cut_row(grey, row, LONGEST)))
        fitting = _fitting(read, names, CLEAR)
        if fitting is not None and len(fitting) < 2:
            return fitting
    fitting = _fitting(read, names, LEAST_PROBABILITY)
    return fitting[:1] if fitting and _sureness(read) >= USUAL_PRINT else fitting


def _telling(rows: "Sequence[Floats]", aspect: float) -> "Sequence[Floats]":
    """The lines that are read: of those of which as much as is read can be, one of middling length, for the longest may
    be a title or a quotation in another language; then the longest. `aspect` is the page's height over its width."""
    full = [row for row in rows if _length(row) >= LONGEST * _height(row) * aspect]
    first = sorted(full, key=_length)[len(full) // 2 :][:1]
    others = [row for row in longest(rows, LINES) if all(row is not other for other in first)]
    return [*first, *others][:LINES]


def _length(row: "Floats") -> float:
    return float(row[:, 2].max() - row[:, 0].min())


def _height(row: "Floats") -> float:
    return float(row[:, 3].max() - row[:, 1].min())


def _fitting(read: Sequence[Line], names: Sequence[str], least_probability: float) -> list[str] | None:
    """The models for the language that these lines are in with at least this probability (0..1)."""
    if _sureness(read) < READ:
        return None
    text = "\n".join("".join(character.text for character in line) for line in read)
    language = language_of(text, least_probability)
    return None if language is None else suitable(language, names)


def _sureness(read: Sequence[Line]) -> float:
    """The mean confidence of these lines' characters, 0 without any."""
    sure = [character.confidence for line in read for character in line]
    return fmean(sure) if sure else 0.0


def _best(
    tesseract: Tesseract, names: Sequence[str], band: "Image", dpi: float, fitting: Sequence[str] | None
) -> Sampled:
    """The model that reads some lines of the page best, of those for their language, or for their script where the
    language cannot be told; and what it read. `fitting` are those for the language where it is known.
    """
    usual, script = names[0], None
    best, most = Sampled(usual), -1.0
    if fitting is None:
        lines = tesseract.lines(band, dpi, usual)
        sure = mean_confidence(lines)
        script = tesseract.script(band, dpi) if sure < POOR else None
        if script in (None, "Latin"):
            fitting = suitable(language_of(_text(lines)), names)
        else:
            fitting = suitable_for_script(script, names)
        if usual in fitting and sure >= SURE_MODEL:
            return Sampled(usual, lines, script)
        best, most = Sampled(usual, lines, script), sure - WORSE * (usual not in fitting)
    for name in fitting:
        if (most < SURE_MODEL or best.model not in fitting) and (name != usual or best.lines is None):
            found = tesseract.lines(band, dpi, name)
            best, most = max((best, most), (Sampled(name, found, script), mean_confidence(found)), key=itemgetter(1))
    return best


def _sample(ink: Ink) -> tuple[float, float, float]:
    """Top and bottom, in 0..1 of the page, of some lines by which a model is chosen, and their share of all marks."""
    for band in BANDS:
        top, bottom, marks = ink.densest(max(LEAST_BAND, band * ink.type_height()))
        if marks >= ENOUGH_MARKS:
            break
    return top, bottom, marks / max(1, len(ink.marks))


def _text(lines: Sequence[TextLine]) -> str:
    return "\n".join(" ".join(read.word.text for read in line) for line in lines)
