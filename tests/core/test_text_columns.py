"""Directories and newspapers, which the layout model takes for tables, beside tables that are."""

from random import Random

from PIL import Image

from ocr_assets.core.drawings import Drawn
from ocr_assets.core.page_regions import page_regions
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region
from ocr_assets.core.rulings import NO_RULINGS, Ruling, Rulings
from ocr_assets.core.text_columns import is_text_in_columns
from tests.page_making import lines

NAMES = ["Vidron", "Viel", "Vieillard", "Vigneron", "Viguier", "Villain"]
TRADES = ["tabletier", "fab. de bonneterie", "notaire", "vins en gros", "avocat", "peintre en bâtiments"]
STREETS = ["Rambuteau", "Saint-Jacques", "Vaugirard", "Faubourg-Poissonnière"]
X = 0.08, 0.38, 0.68


def directory(entries: int = 20, columns: int = 3) -> list[list[Word]]:
    """Columns of entries on one leading, about 0.25 wide; some break before the number of the house."""
    dice = Random(4)
    made = []
    for x in X[:columns]:
        texts: list[str] = []
        for _ in range(entries):
            entry = f"{dice.choice(NAMES)}, {dice.choice(TRADES)}, {dice.choice(STREETS)},"
            number = f"{dice.randint(1, 300)}."
            texts += [entry[:34], number] if len(entry) > 30 else [f"{entry} {number}"]
        made.append(lines(*texts, x=x, y=0.1))
    return made


def in_rows(columns: list[list[Word]]) -> list[Word]:
    return sorted(
        (word for column in columns for word in column), key=lambda word: (round(word.box.y1, 2), word.box.x0)
    )


def tables(words: list[Word], rulings: Rulings = NO_RULINGS) -> list[str]:
    seen = [Region("table", Box(0.05, 0.05, 0.98, 0.95), 0.9)]
    found = page_regions(seen, words, Drawn(), Image.effect_noise((600, 800), 100), rulings)
    return [region.kind for region in found]


def test_columns_that_a_reader_reads_down_are_text() -> None:
    words = [word for column in directory() for word in column]
    assert is_text_in_columns(words)
    assert tables(words) == []


def test_columns_are_text_though_the_reader_has_put_some_lines_elsewhere() -> None:
    first, second, third = directory(40)
    stray = [third.pop(n) for n in (120, 80, 40)]
    assert is_text_in_columns([*first[:100], *stray[:1], *first[100:], *second, *stray[1:], *third])


def test_one_column_and_what_is_read_in_rows_are_no_text_in_columns() -> None:
    columns = directory()
    assert not is_text_in_columns(columns[0])
    assert not is_text_in_columns(in_rows(columns))
    assert not is_text_in_columns([])


def test_a_table_read_down_its_columns_stays_one() -> None:
    """Of names and numbers, of cells in which text runs on, and of any words between rules."""
    names = lines(*(f"{name} {trade}" for name in NAMES for trade in TRADES[:4]), x=0.1, y=0.1)
    numbers = lines(*(str(1000 + 7 * n) for n in range(24)), x=0.6, y=0.1)
    assert not is_text_in_columns([*names, *numbers])
    cells = [
        lines("the rent is due on", "the first of a month,", "with all that is owed", x=x, y=0.1 + 0.09 * row)
        for x in X
        for row in range(8)
    ]
    assert not is_text_in_columns([word for cell in cells for word in cell])
    words = [word for column in directory() for word in column]
    rules = Rulings(tuple(Ruling(y, 0.05, 0.98) for y in (0.095, 0.13, 0.9)), ())
    assert tables(words, rules) == ["table"]
