# ruff: noqa: RUF001 - sentences in other scripts are the point here
import io
import string
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.core.soundness import Soundness, soundness
from ocr_assets.core.text_layer import words_of
from tests.pdf_making import text, write_pdf

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


def test_a_few_signs_that_cover_little_are_garbage() -> None:
    page = words(ENGLISH * 3)
    signs = [Word('"7+%-', word.box, 1.0) for word in page[:4]]
    assert soundness(signs, ink_under(page)).fault == "garbage"


def test_marks_in_a_picture_need_no_words() -> None:
    page = words(ENGLISH * 3)
    lower_half = Box(0.0, page[30].box.y0, 1.0, 1.0)
    assert soundness(page[:30], ink_under(page), [lower_half]).coverage == 1.0


def test_no_words_are_no_text_layer() -> None:
    assert soundness([], ink_under(words(ENGLISH))).fault == "absent"


LETTERS = string.ascii_letters
MANY_LINES = b"".join(text(ENGLISH, y=700 - 30 * n, size=8) for n in range(6))


def verdict(path: str) -> Soundness:
    """Of a drawn page's text layer against the ink that it really shows."""
    with pdf_page(path, 1) as page:
        layer = words_of(page)
    return soundness(layer, ink_of(Image.open(io.BytesIO(render(path, 1, RenderSettings(dpi=100)).png))))


def exchanged(seed: int) -> dict[str, str]:
    small = list(string.ascii_lowercase)
    Random(seed).shuffle(small)
    return dict(zip(LETTERS, [*small, *map(str.upper, small)], strict=True))


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({}, None),
        (dict(zip(LETTERS, LETTERS, strict=True)), None),
        (dict.fromkeys(LETTERS, "\ufffd"), "mojibake"),
        ({letter: chr(0xE000 + ord(letter)) for letter in LETTERS}, "mojibake"),
        ({letter: chr(ord(letter) - 29) for letter in LETTERS}, "garbage"),
        *((exchanged(seed), "garbage") for seed in range(5)),
    ],
)
def test_a_font_that_maps_to_nonsense_is_found_out(tmp_path: Path, claims: dict[str, str], fault: str | None) -> None:
    assert verdict(write_pdf(tmp_path / "a.pdf", MANY_LINES, to_unicode=claims)).fault == fault


@pytest.mark.parametrize(
    "sentence",
    [
        "Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau. Mae gan bawb hawl i fywyd, rhyddid a "
        "diogelwch ei berson. Ni ddylid dal neb yn gaeth nac mewn caethwasanaeth. ",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler. ",
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. ",
        "Bonke abantu bazalwa bekhululekile belingana ngesithunzi nangamalungelo, bahlanganiswe. ",
        "X = Y o Z, dX(x, y) = dY (f(x), f(y)), wobei f : X -> Y, g : Y -> Z stetig und X, Y kompakt. ",
    ],
)
def test_languages_and_formulas_with_other_letters_are_no_exchanged_ones(sentence: str) -> None:
    assert soundness(words(sentence * 4), ink_under(words(sentence * 4))).fault is None
