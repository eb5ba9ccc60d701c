import numpy as np
import pytest

from ocr_assets.core.ink import Ink
from ocr_assets.core.merging import ReadWord
from ocr_assets.core.own_lines import CUT, ROOM, found_all_lines, own_lines
from ocr_assets.core.pages import Box, Word

CAPITAL, ASPECT = 0.01, 1.5
LETTER = CAPITAL * ASPECT
"""As wide as a capital letter is high."""


def word(text: str, x0: float, y0: float = 0.2, y1: float = 0.212, confidence: float = 0.9) -> ReadWord:
    return ReadWord(Word(text, Box(x0, y0, x0 + len(text) * LETTER / 2, y1), confidence))


def line(*texts: str, y: float = 0.2, gap: float = LETTER / 2, confidence: float = 0.9) -> list[ReadWord]:
    reads: list[ReadWord] = []
    for text in texts:
        x0 = reads[-1].word.box.x1 + gap if reads else 0.1
        reads.append(word(text, x0, y, y + 0.012, confidence))
    return reads


def marks_of(*lines: list[ReadWord], more: int = 0) -> Ink:
    """A mark for each letter, and so many more side by side at the foot of the page."""
    words = [read.word for reads in lines for read in reads]
    boxes = [
        (word.box.x0 + n * LETTER / 2, word.box.y0, word.box.x0 + (n + 0.9) * LETTER / 2, word.box.y1)
        for word in words
        for n in range(len(word.text))
    ]
    foot = [(0.1 + n * LETTER / 2, 0.9, 0.1 + (n + 0.9) * LETTER / 2, 0.912) for n in range(more)]
    return Ink(np.array(boxes + foot))


def test_a_line_has_as_much_room_as_a_detector_leaves() -> None:
    [box] = own_lines([line("of", "the", "book")], CAPITAL, ASPECT)
    assert box[:2] == pytest.approx((0.1 - ROOM * LETTER, 0.2 - ROOM * CAPITAL))
    assert box.y1 == pytest.approx(0.212 + ROOM * CAPITAL)
    [edge] = own_lines([[word("edge", 0.0, 0.0, 0.01)]], CAPITAL, ASPECT)
    assert (edge.x0, edge.y0) == (0, 0)


def test_a_line_is_as_high_as_most_of_its_words() -> None:
    usual = line("He", "went", "on", "with", "it")
    tall = [*usual[:2], word("on", usual[2].word.box.x0, 0.15, 0.26), *usual[3:]]
    assert own_lines([tall], CAPITAL, ASPECT) == own_lines([usual], CAPITAL, ASPECT)
    dashed = [*usual, word("-", usual[-1].word.box.x1 + 0.01, 0.205, 0.206)]
    assert [box.y0 for box in own_lines([dashed], CAPITAL, ASPECT)] == [
        box.y0 for box in own_lines([usual], CAPITAL, ASPECT)
    ]


def test_columns_are_lines_of_their_own_and_a_ruling_between_them_is_none() -> None:
    apart = (CUT + 0.5) * LETTER
    first, second = (box[::2] for box in own_lines([line("Name", "Price", gap=apart)], CAPITAL, ASPECT))
    assert first[1] < second[0]
    assert len(own_lines([line("Name", "Price", gap=0.9 * CUT * LETTER)], CAPITAL, ASPECT)) == 1
    ruled = line("Name", "|", "Price", gap=apart / 2)
    assert len(own_lines([ruled], CAPITAL, ASPECT)) == 2
    assert own_lines([line("|", "||")], CAPITAL, ASPECT) == []


def test_lines_will_do_where_they_were_read_and_nothing_is_left_over() -> None:
    lines = [line("some", "words", "of", "this", "page", y=y / 20) for y in range(2, 16)]
    assert found_all_lines(lines, marks_of(*lines), ASPECT)
    assert found_all_lines(lines, marks_of(*lines, more=1), ASPECT)
    assert not found_all_lines(lines, marks_of(*lines, more=2), ASPECT)  # such as a price at the edge
    doubtful = [line("some", "words", "of", "this", "page", y=y / 20, confidence=0.8) for y in range(2, 16)]
    assert not found_all_lines(doubtful, marks_of(*doubtful), ASPECT)
    assert not found_all_lines([], marks_of(*lines), ASPECT)


def test_lines_will_not_do_where_much_is_left_over_though_it_stands_in_no_row() -> None:
    lines = [line("some", "words", "of", "this", "page", y=y / 20) for y in range(2, 16)]
    ink = marks_of(*lines)
    scattered = np.array([(0.1, 0.8 + n / 200, 0.11, 0.803 + n / 200) for n in range(len(ink.marks) // 5)])
    assert not found_all_lines(lines, Ink(np.concatenate([ink.marks, scattered])), ASPECT)


def test_lines_will_not_do_for_a_table() -> None:
    prose = [line("some", "words", "of", "this", "page", y=y / 20) for y in range(2, 16)]
    cells = [line("Name", "5", gap=2 * CUT * LETTER, y=0.81 + y / 20) for y in range(3)]
    assert found_all_lines([*prose, *cells[:2]], marks_of(*prose, *cells[:2]), ASPECT)
    assert not found_all_lines([*prose, *cells], marks_of(*prose, *cells), ASPECT)
