"""The language of a passage is told where there is enough of it, and not guessed where there is not."""

import pytest

from ocr_assets.core.key_phrases import key_phrases
from ocr_assets.core.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The quick brown fox jumps over the lazy dog and runs away from the hunters.", "en"),
        ("Im Anfang schuf Gott Himmel und Erde, und die Erde war wüst und leer.", "de"),
        ("Je vous prie d'agréer, Monsieur, l'expression de mes sentiments distingués.", "fr"),
        ("En un lugar de la Mancha, de cuyo nombre no quiero acordarme, vivía un hidalgo.", "es"),
    ],
)
def test_the_language_of_a_sentence_is_told(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "12.03.2024 | 1,234.56 | 99", "Abc", "| --- | --- |"])
def test_too_little_text_has_no_language(text: str) -> None:
    assert language_of(text) is None


BILLING = """What is balance billing? Balance billing is when a provider bills you for the difference between what they
charge and what your insurance company is willing to pay. This difference can be hundreds of dollars. With the Northwind
Standard plan, you are protected from balance billing when visiting in-network providers."""


def test_key_phrases_say_what_a_passage_is_about_without_saying_it_twice() -> None:
    phrases = [phrase.lower() for phrase in key_phrases(BILLING, "en", most=5)]
    assert "balance billing" in phrases[:2]
    assert not {"balance", "billing"} & set(phrases)
    assert 3 <= len(phrases) <= 5


def test_key_phrases_neither_begin_nor_end_with_a_stop_word_of_the_language() -> None:
    text = "Die Kündigung ist nur mit einer Frist von drei Monaten möglich. Die Kündigung bedarf der Schriftform."
    phrases = [phrase.lower().split() for phrase in key_phrases(text, "de")]
    assert any("kündigung" in phrase for phrase in phrases)
    assert not {"die", "der", "ist", "mit", "einer", "von"} & {
        word for phrase in phrases for word in (phrase[0], phrase[-1])
    }


def test_a_text_without_words_has_no_key_phrases_and_an_unknown_language_is_no_error() -> None:
    assert key_phrases("", "en") == ()
    assert key_phrases("12 34 | 56", None) == ()
    assert key_phrases(BILLING, "zz") != ()
