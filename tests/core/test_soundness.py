# ruff: noqa: RUF001 - sentences in other scripts are the point here
from collections.abc import Sequence

import numpy as np
import pytest

from ocr_assets.core.ink import Ink
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.soundness import soundness

ENGLISH = "It was the best of times, it was the worst of times, it was the age of wisdom and of foolishness. "


def words(text: str) -> list[Word]:
    """The text in rows of ten words over the whole page."""
    return [
        Word(t, Box(n % 10 / 10, n // 10 / 50, n % 10 / 10 + 0.09, n // 10 / 50 + 0.015), 1.0)
        for n, t in enumerate(text.split())
    ]


def ink_under(covered: Sequence[Word]) -> Ink:
    return Ink(np.array([word.box for word in covered]))


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH * 3,
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. " * 3,
        "Strč prst skrz krk. Vlk zmrzl, zhltl hrst zrn. Příliš žluťoučký kůň úpěl ďábelské ódy. " * 3,
        "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 3,
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. " * 3,
        "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق وقد وهبوا عقلاً وضميراً " * 3,
        "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。" * 3,
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. " * 3,
        "1,234.50 2,345.60 -12.5 % 88.1 2024-01-31 | 17 | 23.9 | (4.2) " * 9,
        "SKU-4471-XB QTY 12 EA 3.50 USD REF KD-220 LOT A7731 " * 9,
    ],
)
def test_text_of_any_script_and_kind_is_sound(text: str) -> None:
    assert soundness(words(text), ink_under(words(text))).fault is None


def test_shifted_character_codes_are_garbage() -> None:
    shifted = " ".join("".join(chr(ord(c) - 29) for c in word) for word in ENGLISH.split() * 3)
    assert soundness(words(shifted), ink_under(words(shifted))).fault == "garbage"


@pytest.mark.parametrize("wrong", ["\ufffd\ufffd\ufffd", "\ue012\ue013", "(cid:12)(cid:7)", "Ã©tÃ©", "\x03\x04"])
def test_characters_that_are_no_text_are_mojibake(wrong: str) -> None:
    text = f"word {wrong} " * 60
    judged = soundness(words(text), ink_under(words(text)))
    assert judged.fault == "mojibake"
    assert judged.damage > 0.1


def test_a_few_bullets_of_a_symbol_font_do_no_harm() -> None:
    text = ("\uf0b7 " + ENGLISH) * 3
    assert soundness(words(text), ink_under(words(text))).is_sound


def test_a_stamp_on_a_scan_does_not_cover_its_ink() -> None:
    page = words(ENGLISH * 3)
    judged = soundness(page[:4], ink_under(page))
    assert judged.fault == "uncovered"
    assert judged.coverage == pytest.approx(4 / len(page), abs=0.01)


def test_marks_in_a_picture_need_no_words() -> None:
    page = words(ENGLISH * 3)
    lower_half = Box(0.0, page[30].box.y0, 1.0, 1.0)
    assert soundness(page[:30], ink_under(page), [lower_half]).coverage == 1.0


def test_no_words_are_no_text_layer() -> None:
    assert soundness([], ink_under(words(ENGLISH))).fault == "absent"
