from ocr_assets.core.lone_words import with_lone_words_in_place
from ocr_assets.core.merging import ReadWord
from ocr_assets.core.pages import Box, Word


def line(text: str, x: float, y: float = 0.1, letter: float = 0.02, height: float = 0.03) -> list[ReadWord]:
    """A line set in a typewriter's letters of one width."""
    found = []
    for word in text.split():
        end = x + letter * len(word)
        found.append(ReadWord(Word(word, Box(x, y, end, y + height), 0.9)))
        x = end + letter
    return found


def texts(lines: list[list[ReadWord]]) -> list[str]:
    return [" ".join(read.word.text for read in words) for words in with_lone_words_in_place(lines)]


def test_a_word_read_before_the_line_in_which_it_stands_is_put_into_it() -> None:
    gap = [*line("Linsensuppe", 0.1), *line("la Waterman", 0.38)]
    assert texts([line("à", 0.34), gap]) == ["Linsensuppe à la Waterman"]


def test_it_is_put_between_two_lines_of_its_row() -> None:
    lines = [line("à", 0.34), line("Linsensuppe", 0.1), line("la Waterman", 0.38), line("4 ons", 0.1, y=0.2)]
    assert texts(lines) == ["Linsensuppe à", "la Waterman", "4 ons"]


def test_cells_and_columns_apart_from_it_keep_their_order() -> None:
    lines = [line("7", 0.5), line("Three apples", 0.1), line("a dozen", 0.7)]
    assert texts(lines) == ["7", "Three apples", "a dozen"]


def test_the_cells_of_a_narrow_column_are_no_words_of_the_rows_read_before() -> None:
    lines = [line("12 13", 0.1), line("14", 0.22), line("15", 0.28)]
    assert texts(lines) == ["12 13", "14", "15"]


def test_a_note_s_mark_of_another_height_stays() -> None:
    lines = [line("1", 0.34, height=0.01), [*line("Linsensuppe", 0.1), *line("la Waterman", 0.38)]]
    assert texts(lines) == ["1", "Linsensuppe la Waterman"]


def test_lone_words_beside_each_other_are_put_in_their_order() -> None:
    lines = [line("b", 0.30), line("a", 0.26), line("one word", 0.08), line("line here", 0.34)]
    assert texts(lines) == ["one word a b", "line here"]
