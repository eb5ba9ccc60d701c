"""Lines of a scan that run up or down the page: heads of narrow columns, labels of axes, captions beside a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core import confidence
from ocr_assets.core.ink import Ink
from ocr_assets.core.merging import TextLine, mean_confidence
from ocr_assets.core.pages import Box, Turn, Word
from ocr_assets.core.regions import holds
from ocr_assets.core.straightening import turned
from ocr_assets.core.strips import strips
from ocr_assets.core.turned import turned_back, turned_box, turned_word
from resources.page_readers.ppocr_lines import Room, read_lines

if TYPE_CHECKING:
    from PIL.Image import Image

PRINT: Final = 0.85
"""Confidence of level words that are read; what stands in others may run up or down."""
SURE: Final = 0.9
"""Mean confidence of a turned line."""
CLEARER: Final = 0.05
"""By which it is read better one way up than the other."""
LEAST_LETTERS: Final = 3
ROUNDS: Final = 10
"""Of letting strips grow by a word at either end. Of 39 scans one has strips that grow, twice; a page of short words
below each other would take a round for each of them."""
MARGIN: Final = 0.2
"""Around a line, in its heights."""
WAYS: Final[tuple[Turn, Turn]] = (90, 270)


def with_turned_lines(grey: "Image", words: Sequence[Word], ink: Ink, room: Room) -> list[Word]:
    """The words of a page in mode L, and those of its turned lines, as far as there is room, in place of what was made
    of them.
    """
    found = _strips(words, ink, grey.height / grey.width)
    if not found:
        return list(words)
    pages = {turn: turned(grey, turn) for turn in WAYS}
    merged = list(words)
    for strip in found:
        line = _line(pages, strip, room)
        if line:
            merged = [word for word in merged if not holds(strip, word.box)] + line
    return merged


def _strips(words: Sequence[Word], ink: Ink, aspect: float) -> list[Box]:
    """Where turned lines may be, with the words in line with them that were read as if they were level."""
    level = [word.box for word in words if _is_print(word, aspect)]
    found: list[Box] = []
    for _ in range(ROUNDS):
        found = strips(ink, level, aspect)
        rest = [box for box in level if not any(_goes_on(strip, box, aspect) for strip in found)]
        if len(rest) == len(level):
            break
        level = rest
    return found


def _goes_on(strip: Box, word: Box, aspect: float) -> bool:
    """Whether a word no wider than the strip stands right above or below it, or in it."""
    width = strip.x1 - strip.x0
    gap = max(word.y0 - strip.y1, strip.y0 - word.y1) * aspect
    shared = min(strip.x1, word.x1) - max(strip.x0, word.x0)
    return gap < width and shared > 0.6 * (word.x1 - word.x0) and word.x1 - word.x0 < 1.3 * width


def _is_print(word: Word, aspect: float) -> bool:
    """Whether it is surely read, and level: Tesseract reads some turned lines by itself, and in any order."""
    is_tall = (word.box.y1 - word.box.y0) * aspect > word.box.x1 - word.box.x0
    return word.confidence >= PRINT and not (is_tall and len(word.text) >= LEAST_LETTERS)


def _line(pages: "dict[Turn, Image]", strip: Box, room: Room) -> list[Word]:
    """The words of a strip; none where it is not surely writing."""
    margin = MARGIN * (strip.x1 - strip.x0)
    x0, y0, x1, y1 = strip
    around = Box(max(0, x0 - margin), max(0, y0 - margin), min(1, x1 + margin), min(1, y1 + margin))
    looks = {turn: room.taken(page, [turned_box(around, turn)]) for turn, page in pages.items()}
    if not all(looks.values()):
        return []
    readings = {turn: read_lines(page, looks[turn]) for turn, page in pages.items()}
    sure = {turn: mean_confidence(lines) for turn, lines in readings.items()}
    best = max(WAYS, key=sure.__getitem__)
    other = min(WAYS, key=sure.__getitem__)
    if sure[best] < SURE or sure[best] - sure[other] < CLEARER or _letters(readings[best]) < LEAST_LETTERS:
        return []
    back = turned_back(best)
    return [
        turned_word(Word(read.word.text, read.word.box, confidence.of_second(read.word.confidence)), back)
        for line in readings[best]
        for read in line
    ]


def _letters(lines: Sequence[TextLine]) -> int:
    return sum(character.isalpha() for line in lines for read in line for character in read.word.text)
