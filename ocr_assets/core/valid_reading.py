"""The one seam at which a reader's answer is checked, whichever reader it was, before anything stores it.

What is only untidy is mended: control characters, halves of characters, boxes that stick out of the page. What cannot
be true of a page is refused as a whole: if a reader's boxes are not numbers, its words are not to be trusted either.
"""

from dataclasses import replace
from math import isfinite
from typing import Any, Final, TypeVar, get_args

from ocr_assets.core.pages import Block, BlockKind, Box, PageReading, Word
from ocr_assets.core.text_layer import without_controls
from ocr_assets.errors import PermanentFault

T = TypeVar("T")

MOST_CHARACTERS: Final = 500_000
"""Of a page's text, its words, its blocks: thirty times the fullest of 440 pages. A model in a loop has more."""
_SLACK: Final = 0.01
"""By how much a confidence may miss 0..1: rounding, not percentages."""
_LEVELS: Final = (None, 1, 2, 3, 4, 5, 6)
_KINDS: Final = frozenset(get_args(BlockKind))


def valid_reading(reading: PageReading) -> PageReading:
    """The reading with text that can be stored, boxes within the page and confidences in 0..1.

    Words without text are left out. Raises PermanentFault `bad_reading` for a reading that no page can have: of other
    types, with boxes off the page, with numbers that are none, with text without end.
    """
    _check(isinstance(reading, PageReading) and isinstance(reading.reader, str), "no reading", reading)
    words, blocks = _parts(reading.words, Word), _parts(reading.blocks, Block)
    for texts in ([reading.text], [word.text for word in words], [block.text for block in blocks]):
        for text in texts:
            _check(isinstance(text, str), "no text", text)
        characters = sum(map(len, texts))
        _check(characters <= MOST_CHARACTERS, "endless text, in characters", characters)
    return replace(
        reading,
        text=valid_text(reading.text),
        confidence=_confidence(reading.confidence),
        words=tuple(_word(word) for word in words if word.text.strip()),
        blocks=tuple(_block(block) for block in blocks),
    )


def valid_text(text: str) -> str:
    """The text with U+FFFD for control characters but tab and line feed, and for halves of characters.

    Two halves in a row (surrogates, of UTF-16) become the character that they are.
    """
    return without_controls(whole_characters(text))


def whole_characters(text: str) -> str:
    """The text with U+FFFD for halves of characters, which no file can hold; JSON may well have them."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _parts(parts: Any, kind: type[T]) -> tuple[T, ...]:
    _check(isinstance(parts, tuple | list), f"no {kind.__name__.lower()}s", parts)
    _check(len(parts) <= MOST_CHARACTERS, f"endless {kind.__name__.lower()}s", len(parts))
    for part in parts:
        _check(isinstance(part, kind), f"no {kind.__name__.lower()}", part)
    return tuple(parts)


def _word(word: Word) -> Word:
    text, box, confidence = valid_text(word.text), _box(word.box), _confidence(word.confidence)
    if text == word.text and box is word.box and confidence is word.confidence:
        return word  # as nearly all are: a new one would cost more than looking
    return replace(word, text=text, box=box, confidence=confidence)


def _block(block: Block) -> Block:
    _check(block.kind in _KINDS and block.level in _LEVELS, "no kind of block", (block.kind, block.level))
    return replace(block, text=valid_text(block.text), box=_box(block.box))


def _box(box: Box) -> Box:
    """The part of the box that is on the page; the box itself where all of it is."""
    if type(box) is Box and all(type(edge) is float for edge in box):
        x0, y0, x1, y1 = box
        if 0.0 <= x0 <= x1 <= 1.0 and 0.0 <= y0 <= y1 <= 1.0:  # of which nothing holds that is no number
            return box
    numbers = isinstance(box, tuple) and len(box) == 4 and all(_is_number(edge) for edge in box)
    _check(numbers and box[0] <= box[2] and box[1] <= box[3], "no box", box)
    x0, y0, x1, y1 = map(float, box)
    _check(x0 <= 1 and y0 <= 1 and x1 >= 0 and y1 >= 0, "a box off the page", box)
    return Box(max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0))


def _confidence(value: float) -> float:
    if type(value) is float and 0.0 <= value <= 1.0:
        return value
    _check(_is_number(value) and -_SLACK <= value <= 1 + _SLACK, "no confidence", value)
    return min(1.0, max(0.0, float(value)))


def _is_number(value: Any) -> bool:
    """Also NumPy's own."""
    return hasattr(value, "__float__") and isfinite(value)


def _check(holds: bool, what: str, culprit: Any) -> None:
    if not holds:
        told = repr(culprit)[:80].encode("ascii", "backslashreplace").decode()
        raise PermanentFault("bad_reading", f"a reader gave {what}: {told}; use another, and report it")
