from collections.abc import Sequence

import pytest

from ocr_assets.core.old_letters import LONG_S, Vocabulary, has_long_s, with_letters_mended
from ocr_assets.core.pages import Box, Word

KNOWN = {
    "Rache",
    "Besitz",
    "stellungen",
    "Vorstellungen",
    "Haus",
    "Maus",
    "possession",
    "Reich",
    "fein",
    "Hülse",
    "Mai",
}
COMMON = frozenset({"der", "den", "so", "sie", "ist", "her", "self", "mal"})
GERMAN = Vocabulary(KNOWN.__contains__, COMMON)


def line(text: str, confidence: float = 0.8, y: float = 0.1) -> list[Word]:
    """Its words side by side."""
    return [
        Word(part, Box(0.1 * number, y, 0.1 * number + 0.08, y + 0.02), confidence)
        for number, part in enumerate(text.split(), 1)
    ]


def mended(words: Sequence[Word], *, fraktur: bool = True) -> str:
    return " ".join(word.text for word in with_letters_mended(words, GERMAN, fraktur=fraktur))


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Nache", "Rache"),
        ("„Nache!“", "„Rache!“"),
        ("Besiß", "Besitz"),
        ("ver", "der"),
        ("fie", "sie"),
        ("i8t", "ist"),
        ("poffeffion", "possession"),
    ],
)
def test_what_is_no_word_becomes_the_one_that_it_may_be(read: str, printed: str) -> None:
    assert mended(line(read)) == printed


@pytest.mark.parametrize("word", ["fein", "Haus", "Nucht", "Mai", "Wnw", "1809", "f", ""])
def test_words_and_what_may_be_none_stay(word: str) -> None:
    assert mended([Word(word, Box(0.1, 0.1, 0.2, 0.2), 0.5)]) == word


def test_of_what_the_reader_is_sure_only_the_commonest_words_are_mended() -> None:
    assert mended(line("Hülfe ver Nache", confidence=0.95)) == "Hülfe der Nache"
    assert mended(line("Hülfe", confidence=0.5)) == "Hülse"


def test_what_may_be_two_words_stays() -> None:
    assert mended(line("heß")) == "heß"
    both = Vocabulary({"Naus", "Rahe"}.__contains__, frozenset())
    assert with_letters_mended(line("Nahe"), both, fraktur=True)[0].text == "Rahe"
    either = Vocabulary({"Rahe", "Nabe", "Nahc"}.__contains__, frozenset())
    assert with_letters_mended(line("Nahe", 0.5), either, fraktur=True)[0].text == "Nahe"


def test_long_s_is_written_as_on_the_rest_of_the_page() -> None:
    assert mended(line("fie")) == "sie"
    assert mended(line(f"fie i{LONG_S}t")) == f"{LONG_S}ie i{LONG_S}t"


def test_other_print_than_fraktur_has_only_its_long_s_mended() -> None:
    assert mended(line("Nache fie ver"), fraktur=False) == "Nache sie ver"


def test_parts_of_words_at_the_ends_of_lines_stay() -> None:
    assert mended([*line("Haus ver-"), *line("ven Haus", y=0.2)]) == "Haus ver- ven Haus"


def test_what_was_read_for_a_hyphen_becomes_one() -> None:
    assert mended([*line("Haus Vor:"), *line("stellungen Haus", y=0.2)]) == "Haus Vor- stellungen Haus"
    assert mended([*line("Haus wei="), *line("ter Haus", y=0.2)]) == "Haus wei- ter Haus"


def test_a_colon_before_another_word_or_within_a_line_stays() -> None:
    assert mended([*line("Haus wer:"), *line("stellungen Haus", y=0.2)]) == "Haus wer: stellungen Haus"
    assert mended(line("Vor: stellungen")) == "Vor: stellungen"
    assert mended([*line("Haus Vor:"), *line("Maus Haus", y=0.2)]) == "Haus Vor: Maus Haus"


def test_boxes_and_confidence_stay() -> None:
    (word,) = line("Nache")
    (other,) = with_letters_mended([word], GERMAN, fraktur=True)
    assert (other.box, other.confidence) == (word.box, word.confidence)


def test_print_with_long_s_shows_by_words_that_make_none_without() -> None:
    assert has_long_s(line("fie ift poffeffion"), GERMAN)
    assert has_long_s(line(f"{LONG_S}ie"), GERMAN)
    assert not has_long_s(line("fie fie fie ift fein"), GERMAN)
    assert not has_long_s([], GERMAN)
