from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ocr_assets.core.pages import Block, Box, PageReading, Word
from ocr_assets.core.valid_reading import MOST_CHARACTERS, valid_reading, valid_text
from ocr_assets.errors import PermanentFault

BOX = Box(0.1, 0.2, 0.3, 0.4)
WORD = Word("word", BOX, 0.9)
BLOCK = Block("title", BOX, "word", 1)
READING = PageReading("tesseract", "word", 0.9, (BLOCK,), (WORD,))
NAN, INFINITE = float("nan"), float("inf")


def with_word(**changes: Any) -> PageReading:
    return replace(READING, words=(WORD, replace(WORD, **changes)))


def with_block(**changes: Any) -> PageReading:
    return replace(READING, blocks=(replace(BLOCK, **changes),))


def test_a_good_reading_stays_as_it_is() -> None:
    assert valid_reading(READING) == READING
    assert valid_reading(READING).words[0] is WORD  # of a page's hundreds, none is made anew
    empty = PageReading("none", "", 0.0, (), ())
    assert valid_reading(empty) == empty


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "text",
        replace(READING, text=b"w\xf6rd"),
        replace(READING, text=None),
        replace(READING, words=None),
        replace(READING, words=({"text": "word"},)),
        replace(READING, blocks=(WORD,)),
        replace(READING, confidence=NAN),
        replace(READING, confidence=96.0),
        replace(READING, confidence="high"),
        replace(READING, text="loop " * MOST_CHARACTERS),
        replace(READING, words=(replace(WORD, text="loop" * 250),) * (MOST_CHARACTERS // 500)),
        with_word(text=b"word"),
        with_word(text=7),
        with_word(box=Box(NAN, 0.2, 0.3, 0.4)),
        with_word(box=Box(0.1, 0.2, INFINITE, 0.4)),
        with_word(box=Box(100, 200, 300, 400)),
        with_word(box=Box(-0.3, 0.2, -0.1, 0.4)),
        with_word(box=Box(0.3, 0.2, 0.1, 0.4)),
        with_word(box=(0.1, 0.2, 0.3)),
        with_word(box=("0.1", "0.2", "0.3", "0.4")),
        with_word(box=None),
        with_word(confidence=-1.0),
        with_block(kind="banner"),
        with_block(level=0),
        with_block(text=None),
        with_block(box=Box(0.1, NAN, 0.3, NAN)),
    ],
    ids=lambda bad: repr(bad)[-60:],
)
def test_what_no_page_can_have_is_refused(bad: Any) -> None:
    with pytest.raises(PermanentFault) as raised:
        valid_reading(bad)
    assert raised.value.reason == "bad_reading"
    assert len(str(raised.value)) < 300


def test_boxes_that_stick_out_of_the_page_end_at_its_edge() -> None:
    reading = valid_reading(with_word(box=Box(-0.02, 0.2, 0.3, 1.2)))
    assert reading.words[1].box == Box(0, 0.2, 0.3, 1)


def test_numbers_of_numpy_become_plain_ones() -> None:
    box = Box(*np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    [_, word] = valid_reading(with_word(box=box, confidence=np.float32(1.0005))).words
    assert {type(edge) for edge in word.box} == {float}
    assert (type(word.confidence), word.confidence) == (float, 1.0)


def test_words_without_text_are_left_out() -> None:
    assert valid_reading(with_word(text=" \n")).words == (WORD,)


def test_text_is_made_storable_wherever_it_stands() -> None:
    untidy = "\ud835\udc00 \udcff a\x00b\x1b[31m\tc\n"
    tidy = "\U0001d400 \ufffd a\ufffdb\ufffd[31m\tc\n"
    dirty = replace(READING, text=untidy, words=(replace(WORD, text=untidy),), blocks=(replace(BLOCK, text=untidy),))
    reading = valid_reading(dirty)
    assert (reading.text, reading.words[0].text, reading.blocks[0].text) == (tidy, tidy, tidy)
    tidy.encode()


@pytest.mark.parametrize("text", ["", "plain", "grün, šťastný, 日本語, עברית, \U0001d400", "two\nlines\tand a tab"])
def test_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert valid_text(text) == text
