import pytest

from ocr_assets.core.merging import ReadWord, merged
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.word_boxes import with_boxes_cut
from tests.core.test_merging import box, line, text


def places(reads: list[ReadWord]) -> list[tuple[float, ...]]:
    [cut] = with_boxes_cut([reads])
    return [tuple(round(edge, 3) for edge in read.word.box) for read in cut]


def widened(reads: list[ReadWord], number: int, box: Box, confidence: float | None = None) -> list[ReadWord]:
    word = reads[number].word
    sure = word.confidence if confidence is None else confidence
    return [*reads[:number], ReadWord(Word(word.text, box, sure)), *reads[number + 1 :]]


def test_words_that_stand_clear_of_each_other_keep_their_boxes() -> None:
    reads = line("a line of words", [0.9, 0.3, 0.9, 0.2])
    assert with_boxes_cut([reads]) == [reads]
    assert with_boxes_cut([]) == []


def test_a_box_over_the_next_words_ends_where_they_begin() -> None:
    reads = line("se rendre à Rome;", 0.95)
    wide = widened(reads, 1, reads[1].word.box._replace(x1=reads[3].word.box.x1))
    assert places(wide)[1][2] == pytest.approx(reads[2].word.box.x0)
    assert places(wide)[2:] == places(reads)[2:]


def test_a_box_over_the_word_before_begins_where_that_ends() -> None:
    reads = line("rendre à Rome;", 0.95)
    wide = widened(reads, 2, reads[2].word.box._replace(x0=reads[1].word.box.x0 + 0.005))
    assert places(wide)[2][0] == pytest.approx(reads[1].word.box.x1)


def test_no_word_is_lost_to_another_reader_s_next_one() -> None:
    reads = line("se rendre à Rome;", 0.9)
    wide = widened(reads, 1, reads[1].word.box._replace(x1=reads[3].word.box.x1))
    second = [[ReadWord(Word("Rome,", reads[3].word.box, 1.0))]]
    asked = [Box(reads[3].word.box.x0, 0.095, 0.95, 0.125)]
    assert text(merged(with_boxes_cut([wide]), second, asked, found=[box()])) == "se rendre à Rome,"


def test_a_doubtful_word_is_cut_to_the_height_of_its_line_and_a_large_initial_is_not() -> None:
    reads = line("Gipal élément de son", 0.95)
    tall = Box(0.1, 0.06, 0.15, 0.14)
    assert places(widened(reads, 0, tall, 0.1))[0] == pytest.approx((0.1, 0.09, 0.15, 0.13))
    assert places(widened(reads, 0, tall, 0.9))[0] == tuple(tall)


def test_boxes_that_stand_at_one_place_stay_boxes() -> None:
    reads = [ReadWord(Word(word, Box(0.1, 0.1, 0.2, 0.12), 0.2)) for word in ("one", "two", "three")]
    assert all(x0 <= x1 and y0 <= y1 for x0, y0, x1, y1 in places(reads))
