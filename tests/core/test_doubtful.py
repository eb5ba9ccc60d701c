import numpy as np
import pytest

from ocr_assets.core.doubtful import doubtful_parts
from ocr_assets.core.ink import Ink
from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import Box
from tests.core.test_merging import box, line

SURE, DOUBTFUL = 0.95, 0.5
SIX = "first second third fourth fifth sixth"


def seen(lines: list[TextLine], of: Box | None = None) -> list[str]:
    """The words of the lines that lie in the parts to be read again, part by part."""
    [parts] = doubtful_parts([of or tight(lines[0])], lines, 0.9, 1.4)
    return [
        " ".join(read.word.text for words in lines for read in words if inside(read.word.box, part)) for part in parts
    ]


def tight(words: TextLine) -> Box:
    return Box(words[0].word.box.x0, 0.1, words[-1].word.box.x1, 0.12)


def inside(word: Box, part: Box) -> bool:
    return part.x0 <= word.x0 and word.x1 <= part.x1


def test_nothing_of_a_sure_line_is_read_again() -> None:
    assert seen([line(SIX, SURE)]) == []


def test_a_doubtful_word_is_read_again_with_its_neighbours() -> None:
    assert seen([line(SIX, [SURE, SURE, SURE, DOUBTFUL, SURE, SURE])]) == ["third fourth fifth"]


def test_parts_that_touch_are_read_as_one_and_others_apart() -> None:
    far = SIX + " seventh eighth ninth tenth eleventh twelfth"
    doubts = [DOUBTFUL, *[SURE] * 8, DOUBTFUL, SURE, SURE]
    assert seen([line(far, doubts)]) == ["first second", "ninth tenth eleventh"]
    doubts = [SURE, DOUBTFUL, SURE, DOUBTFUL, *[SURE] * 8]
    assert seen([line(far, doubts)]) == ["first second third fourth fifth"]


def test_a_line_that_is_mostly_doubtful_is_read_whole() -> None:
    assert list(doubtful_parts([box()], [line(SIX, DOUBTFUL)], 0.9, 1.4)) == [[box()]]


def test_a_line_that_nothing_was_seen_on_is_read_whole() -> None:
    assert list(doubtful_parts([box(0.5)], [line(SIX, DOUBTFUL)], 0.9, 1.4)) == [[box(0.5)]]


def test_a_wide_gap_is_read_too_for_it_may_hold_a_word() -> None:
    words = [*line("begins here", SURE), *line("and ends", SURE, x=0.5)]
    [[part]] = doubtful_parts([Box(0.1, 0.1, 0.58, 0.12)], [words], 0.9, 1.4)
    assert (part.x0, part.x1) == pytest.approx((0.21, 0.5))


def letters(*middles: float) -> Ink:
    return Ink(np.array([[x - 0.004, 0.105, x + 0.004, 0.115] for x in middles]))


def test_a_narrow_gap_in_which_letters_are_left_is_read_with_the_words_beside_it() -> None:
    words = [*line("que les", SURE), *line("ncts et les habitudes", SURE, x=0.205)]
    [of_line] = doubtful_parts([tight(words)], [words], 0.9, 1.4)
    assert of_line == []
    [[part]] = doubtful_parts([tight(words)], [words], 0.9, 1.4, letters(0.18, 0.19))
    assert [read.word.text for read in words if inside(read.word.box, part)] == ["les", "ncts"]


def test_one_mark_between_words_and_letters_of_words_are_no_overlooked_word() -> None:
    words = [*line("que les", SURE), *line("ncts et les habitudes", SURE, x=0.205)]
    [of_line] = doubtful_parts([tight(words)], [words], 0.9, 1.4, letters(0.187, 0.105, 0.115, 0.155, 0.215, 0.225))
    assert of_line == []
