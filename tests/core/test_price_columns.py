"""Prices that readers give as a column of their own."""

from collections import Counter
from random import Random

import pytest

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.price_columns import with_price_columns
from ocr_assets.core.regions import Region
from tests.page_making import line, lines

PAINTERS = ["Anna of Kiel", "Berta of Genf", "Carla of Rom"]
WORKS = ["Am See", "Haus mit einem Garten", "Wald", "Winterlandschaft am Meer", "Rosen", "Abend"]
PRICES = ["500", "1000.—", "350. —", "90", "1500", "Fr. 20"]


def catalogue(pitch: float = 0.03) -> tuple[list[Word], list[Word]]:
    """Painters, each above two works with their numbers; and the prices of these, beside them."""
    texts: list[Word] = []
    prices: list[Word] = []
    for n, work in enumerate(WORKS):
        y = 0.2 + pitch * (3 * n // 2 + 1)
        if n % 2 == 0:
            texts += line(PAINTERS[n // 2], 0.3, y - pitch)
        texts += line(f"{n + 1}. {work}", 0.1, y)
        price = line(PRICES[n], 0, y)
        shift = 0.9 - price[-1].box.x1
        prices += [Word(w.text, Box(w.box.x0 + shift, w.box.y0, w.box.x1 + shift, w.box.y1), 0.9) for w in price]
    return texts, prices


IN_ROWS = [
    word
    for n in range(3)
    for row in (PAINTERS[n], *(f"{i + 1}. {WORKS[i]} {PRICES[i]}" for i in (2 * n, 2 * n + 1)))
    for word in row.split()
]
COLUMNS = [Region("text", Box(0.09, 0.19, 0.6, 0.5), 0.9), Region("text", Box(0.75, 0.19, 0.95, 0.5), 0.9)]


@pytest.mark.parametrize("regions", [[], COLUMNS, COLUMNS[:1]])
def test_prices_are_read_with_the_lines_that_they_stand_beside(regions: list[Region]) -> None:
    texts, prices = catalogue()
    for words in ([*texts, *prices], [*prices, *texts]):
        text = " ".join(block.text for block in blocks_of(words, regions))
        assert text.split() == IN_ROWS


def test_prices_in_a_table_of_a_text_layer_or_given_in_rows_stay() -> None:
    texts, prices = catalogue()
    words = [*texts, *prices]
    assert with_price_columns(words, [Region("table", Box(0, 0, 1, 1), 0.9)])[0] == words
    printed = [Word(word.text, word.box, word.confidence, "Helvetica") for word in words]
    assert with_price_columns(printed, [])[0] == printed
    ordered, regions = with_price_columns(words, [])
    assert with_price_columns(ordered, []) == (ordered, [])
    assert [region.kind for region in regions] == ["text"]


def test_few_numbers_and_those_beside_prose_stay() -> None:
    texts, prices = catalogue()
    words = [*texts, *prices[:3]]
    assert with_price_columns(words, [])[0] == words
    prose = lines(*["the words of this line go on and on"] * 12, y=0.2, leading=0.03)
    numbers = [word for n in range(8) for word in line(f"{n}00", 0.8, 0.2 + 0.03 * n)]
    assert with_price_columns([*prose, *numbers], [])[0] == [*prose, *numbers]


def test_columns_of_a_wider_table_stay_together() -> None:
    texts, prices = catalogue()
    rows = [
        word
        for price in prices
        if price.text != "Fr."
        for word in (price, Word("7", Box(0.95, price.box.y0, 0.96, price.box.y1), 0.9))
    ]
    assert with_price_columns([*texts, *rows], [])[0] == [*texts, *rows]


def test_a_text_that_only_partly_belongs_to_the_rows_is_not_torn() -> None:
    texts, prices = catalogue()
    words = [*texts, *prices]
    region = Region("text", Box(0.05, 0.3, 0.95, 0.9), 0.9)
    assert with_price_columns(words, [region]) == (words, [region])


def test_no_word_is_lost_however_numbers_stand_about() -> None:
    random = Random(5)
    for _ in range(50):
        texts = random.choices(["100", "20.—", "3", "text", "longer words"], k=40)
        words = [
            word for text in texts for word in line(text, random.choice([0.1, 0.4, 0.8]), random.randrange(20) / 20)
        ]
        ordered, _ = with_price_columns(words, [])
        assert Counter(ordered) == Counter(words)
        assert with_price_columns([], []) == ([], [])


def test_numbers_that_are_lines_of_the_next_column_stay_there() -> None:
    """As where an entry of a directory breaks before the number of its house, which begins a line."""
    left = lines(*["Viel, vins, Bac.", "Vigla, notaire, Bac.", "Viel, commissaire, Richer.", "Vié, Bac."] * 4, x=0.1)
    right = lines(*(text for n in range(8) for text in ("Vigneron, peintre, Grenelle,", f"{20 + n}.")), x=0.4)
    words = [*left, *right]
    assert with_price_columns(words, []) == (words, [])
