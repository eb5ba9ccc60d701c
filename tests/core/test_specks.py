"""Words that are no more than specks."""

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.specks import without_specks

SIZE = (1000, 1000)


def word(text: str, width: float, height: float) -> Word:
    """A word of so many pixels."""
    return Word(text, Box(0.1, 0.1, 0.1 + width / 1000, 0.1 + height / 1000), 0.9)


PRINT = [word("harbour", 90, 20), word("light", 60, 20)]


def test_signs_smaller_than_any_in_print_are_specks() -> None:
    assert without_specks([*PRINT, word("-", 2, 2), word(".", 3, 3), word("_", 3, 1)], SIZE) == PRINT


def test_full_stops_hyphens_and_leaders_stay() -> None:
    words = [*PRINT, word(".", 5, 5), word("-", 8, 2), word("|", 2, 18), word("....", 40, 3)]
    assert without_specks(words, SIZE) == words


def test_small_letters_and_figures_stay() -> None:
    words = [*PRINT, word("i", 2, 3), word("1", 1, 3)]
    assert without_specks(words, SIZE) == words


def test_where_nothing_tells_the_size_of_type_all_stays() -> None:
    assert without_specks([word("-", 1, 1)], SIZE) == [word("-", 1, 1)]
    assert without_specks([], SIZE) == []


def test_small_full_stops_amid_a_line_stay_and_specks_off_its_foot_go() -> None:
    def at(text: str, x: float, y1: float, width: float, height: float) -> Word:
        return Word(text, Box(x / 1000, (y1 - height) / 1000, (x + width) / 1000, y1 / 1000), 0.9)

    printed = [at("said", 100, 120, 40, 20), *(at(".", 150 + 10 * n, 120, 3, 3) for n in range(3))]
    printed += [at("nothing", 186, 124, 70, 24), at("at", 300, 120, 20, 18)]
    specks = [at(".", 145, 110, 2, 2), at(".", 280, 132, 3, 3), at(".", 340, 120, 3, 3)]
    assert without_specks([*printed, *specks], SIZE) == printed
