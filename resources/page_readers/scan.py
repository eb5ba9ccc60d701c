"""Reading a scan: Tesseract with the model that suits the page, then PP-OCR where Tesseract is in doubt.

Where both have read a line the better word of each two is taken; where they agree the word is sure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ocr_assets.core import confidence
from ocr_assets.core.doubtful import doubtful_parts
from ocr_assets.core.ink import Ink
from ocr_assets.core.languages import language_of
from ocr_assets.core.lone_words import with_lone_words_in_place
from ocr_assets.core.merging import MergeWeights, TextLine, advantage, mean_confidence, merged, well_read
from ocr_assets.core.old_letters import has_long_s, with_letters_mended
from ocr_assets.core.own_lines import found_all_lines, own_lines
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.reading_order import by_geometry
from ocr_assets.core.regions import bounding
from ocr_assets.core.shading import evened
from ocr_assets.core.showing_through import without_pale_words
from ocr_assets.core.specks import without_specks
from ocr_assets.core.word_boxes import with_boxes_cut
from resources.page_readers.model_choice import choose
from resources.page_readers.ppocr_lines import COLUMNS, Room, find_lines, read_lines, widest_first
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import is_fraktur
from resources.page_readers.turned_lines import with_turned_lines
from resources.page_readers.word_list import vocabulary

if TYPE_CHECKING:
    from PIL.Image import Image

TYPE_HEIGHTS = 13.5, 16.0  # pixels of capital letters that Tesseract needs, and that are enough for it
SMALLER, SMALL_LETTER = 25, 0.6  # percentile of the marks' heights that is of small letters, and their height at least
MOST_ENLARGED, MOST_REDUCED = 2.2, 0.5
NEARLY = 1.15  # times as large or small is left as it is
MOST_IN_TABLES = 4_500  # marks of a page on which Tesseract looks for tables
MOST_CELLS = 700  # and runs of them: its search takes 0.6 s with 600 cells, 1.2 with 900, 5 with 1,200, 20 with 1,700
LARGE_TYPE = 40  # pixels taken for capital letters where no mark is of a letter's size
WITH_LONG_S = "de", "fr", "en"
"""Languages whose old print has it, in which a misread one can be told; old German print with it is Fraktur."""
USUAL, FRAKTUR = MergeWeights(), MergeWeights(bias=MergeWeights().bias - 1.5)
"""PP-OCR was not made for Fraktur: of 1,187 words that it and Tesseract read differently on 12 such pages Tesseract had
813 right, the choice by the usual weights 678, by these 810; on the eight easier ones 289, 289 and 297."""


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What counts as read well by the first reader, by confidence (0..1): the mean of a page, each word of a line.

    `coverage` is the share of the page's marks that its words must cover; `sample` the number of doubtful lines, the
    longest, on which the second reader must prove itself, by at least so many log odds (`advantage`: below 0, for a
    small sample is unsure); where it does not, it reads words of less than `lost` alone, and none of Fraktur. `second`
    is whether it is asked at all, `columns` for how much (`Room`). `python -m bench merging` draws the curve that chose
    the others.
    """

    page: float = 0.93
    word: float = 0.87
    coverage: float = 0.9
    sample: int = 8
    advantage: float = -0.25
    lost: float = 0.1
    second: bool = True
    columns: int = COLUMNS


@dataclass(frozen=True, slots=True)
class ScanReading:
    """The words in reading order, the readers they come from, and what they are written in.

    `language` is an ISO 639-1 code; `script` is Tesseract's name of it, asked only where the words told no language.
    `left_out` is the number of lines that were to be read by the second reader, but for which there was no room.
    """

    words: tuple[Word, ...]
    reader: str
    language: str | None
    script: str | None = None
    left_out: int = 0


class ScanReader:
    """`names` are the Tesseract models to choose from, the usual one first."""

    def __init__(self, tesseract: Tesseract, names: Sequence[str], limits: ScanLimits = ScanLimits()) -> None:
        self.tesseract = tesseract
        self.names = tuple(names)
        self.limits = limits
        self._script: str | None = None  # of the page
        self.weights = USUAL  # likewise, for the choice between the two readers' words

    def read(self, grey: "Image", dpi: float, ink: Ink) -> ScanReading:
        """A level page in mode L, dark on light."""
        lines, room = self.first(grey, dpi, ink), Room(self.limits.columns)
        if self.read_well(lines, ink):
            words, reader = well_read(lines), "tesseract"
        elif not self.limits.second:
            words, reader = merged(lines, [], []), "tesseract"
        else:
            boxes = lines_to_read(grey, lines, ink)
            words, reader = self._merged(grey, lines, boxes, room, ink), "tesseract+ppocr"
        words = without_specks(with_turned_lines(grey, words, ink, room), grey.size)
        language = language_of(" ".join(word.text for word in words))
        words = with_old_letters(words, language, self.tesseract.models, fraktur=self.weights is FRAKTUR)
        return ScanReading(tuple(words), reader, language, self._script, room.left_out)

    def first(self, grey: "Image", dpi: float, ink: Ink) -> list[TextLine]:
        """What Tesseract reads with the model that suits the page best."""
        sized = _sized(evened(grey), ink)
        dpi *= sized.width / grey.width
        self.tesseract.finds_tables = may_look_for_tables(ink, grey.height / grey.width)
        try:
            chosen = choose(self.tesseract, self.names, sized, dpi, ink)
            lines = self.tesseract.lines(sized, dpi, chosen.model) if chosen.lines is None else chosen.lines
        finally:
            self.tesseract.finds_tables = True
        self._script = chosen.script
        self.weights = FRAKTUR if is_fraktur(chosen.model) else USUAL
        return with_lone_words_in_place(with_boxes_cut(lines))

    def read_well(self, lines: Sequence[TextLine], ink: Ink) -> bool:
        """Whether no second reader is needed."""
        covered = ink.coverage([read.word.box for line in lines for read in line])
        return mean_confidence(lines) >= self.limits.page and covered >= self.limits.coverage

    def _merged(
        self, grey: "Image", lines: Sequence[TextLine], boxes: Sequence[Box], room: Room, ink: Ink
    ) -> list[Word]:
        """Both readers' words."""
        aspect = grey.height / grey.width
        read, take = partial(read_lines, grey), partial(room.taken, grey)
        second, asked = self.asked(boxes, lines, aspect, read, take, ink)
        return merged(lines, without_pale_words(grey, lines, second), asked, self.weights, found=boxes)

    def asked(
        self,
        boxes: Sequence[Box],
        lines: Sequence[TextLine],
        aspect: float,
        read: Callable[[Sequence[Box]], list[TextLine]],
        take: Callable[[Sequence[Box]], list[Box]] = list,
        ink: Ink | None = None,
    ) -> tuple[list[TextLine], list[Box]]:
        """What the second reader, `read`, reads in these lines, and where it was asked: where the first doubts. Where
        it proves to be the worse one, on print that it was not made for, such as Fraktur, it reads no more than what
        the first did not see, as far as `ink` shows it, or hardly read. Of both it is asked only what `take` takes.
        `aspect` is the page's height over its width.
        """
        boxes = widest_first(boxes)
        found = list(doubtful_parts(boxes, lines, self.limits.word, aspect, ink))
        wanted = [number for number, parts in enumerate(found) if parts]
        sample = take([part for number in wanted[: self.limits.sample] for part in found[number]])
        second, others = read(sample), wanted[self.limits.sample :]
        if advantage(lines, second, self.weights) < self.limits.advantage:
            lost = 0.0 if self.weights is FRAKTUR else self.limits.lost
            found = list(doubtful_parts(boxes, lines, lost, aspect, ink))
        rest = take([part for number in others for part in found[number]])
        return second + read(rest), sample + rest


def with_old_letters(
    words: list[Word], language: str | None, models: Mapping[str, Path], *, fraktur: bool
) -> list[Word]:
    """The words as they are printed, where a model for Fraktur read them or print with long s shows. `models` are the
    names and folders of Tesseract's.
    """
    if language not in WITH_LONG_S:
        return words
    known = vocabulary(language, models)
    is_old = fraktur or has_long_s(words, known)
    return with_letters_mended(words, known, fraktur=language == "de") if is_old else words


def may_look_for_tables(ink: Ink, aspect: float) -> bool:
    """Whether Tesseract has done so soon; nothing ends its search. Of 39 scans the fullest has 410 runs of marks."""
    marks = len(ink.marks)
    return marks <= MOST_CELLS or (marks <= MOST_IN_TABLES and ink.runs(aspect) <= MOST_CELLS)


def lines_to_read(grey: "Image", lines: Sequence[TextLine], ink: Ink) -> list[Box]:
    """Where a second reader may look on a level page in mode L: on the first one's lines, or, where these will not do,
    on those that a detector finds.
    """
    type_height = ink.type_height() or LARGE_TYPE / grey.height
    aspect = grey.height / grey.width
    if found_all_lines(lines, ink, aspect):
        return own_lines(lines, type_height, aspect)
    return find_lines(grey, type_height * grey.height)


def read_by_ppocr(grey: "Image", lines: Sequence[TextLine], ink: Ink, room: Room) -> ScanReading:
    """A level page in mode L on which PP-OCR alone has found these lines, in any order, and has so much room left."""
    order = by_geometry([bounding([read.word.box for read in line]) for line in lines])
    words = [read.word for number in order for read in lines[number]]
    sure = [replace(word, confidence=confidence.of_second(word.confidence)) for word in words]
    sure = with_turned_lines(grey, sure, ink, room)
    return ScanReading(tuple(sure), "ppocr", language_of(" ".join(word.text for word in sure)), left_out=room.left_out)


def _sized(grey: "Image", ink: Ink) -> "Image":
    """The page with its type as large as Tesseract needs it, and no larger: that costs time and is read no better."""
    from PIL.Image import Resampling

    least, enough = TYPE_HEIGHTS
    height = max(1.0, ink.type_height() * grey.height)
    if height < least:
        factor = min(MOST_ENLARGED, least / height)
    else:
        of_several_sizes = max(1.0, ink.type_height(SMALLER) / SMALL_LETTER * grey.height)
        factor = min(1.0, max(MOST_REDUCED, enough / min(height, of_several_sizes)))
    if 1 / NEARLY < factor < NEARLY:
        return grey
    return grey.resize((round(grey.width * factor), round(grey.height * factor)), Resampling.LANCZOS)
