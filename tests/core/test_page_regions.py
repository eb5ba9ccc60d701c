"""Regions by the evidence for them: pages are described, not drawn, except for their pixels."""

import random
from collections.abc import Sequence
from itertools import permutations

import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.drawings import Drawn, Shape
from ocr_assets.core.page_regions import page_regions, tightened
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.pictures import joined
from ocr_assets.core.regions import Region
from ocr_assets.core.rulings import NO_RULINGS, Ruling, Rulings

SIZE = (600, 800)
NUMBERS = [["Year", "Sales", "Profit"], ["2019", "1,200", "12%"], ["2020", "1,340", "14%"], ["2021", "1,560", "9%"]]
NOTHING = Drawn()
TABLE = Box(0.1, 0.1, 0.55, 0.175)


def cells(rows: Sequence[Sequence[str]], x: float = 0.1, y: float = 0.1, column: float = 0.2) -> list[Word]:
    """Words of a table: columns `column` apart, rows 0.02."""
    return [word(cell, x + c * column, y + r * 0.02) for r, row in enumerate(rows) for c, cell in enumerate(row)]


def word(text: str, x: float, y: float, confidence: float = 1.0) -> Word:
    return Word(text, Box(x, y, x + 0.01 * len(text), y + 0.012), confidence)


def prose(x: float = 0.1, y: float = 0.5, lines: int = 6) -> list[Word]:
    """Lines half as wide as the page."""
    return [word("words", x + 0.06 * place, y + 0.02 * line) for line in range(lines) for place in range(8)]


def bars(x: float = 0.1, y: float = 0.3, heights: Sequence[float] = (0.05, 0.1, 0.08, 0.15)) -> list[Shape]:
    """A bar chart that stands on y + 0.15."""
    sides = [(x + 0.05 * place, height) for place, height in enumerate(heights)]
    return [Shape(Box(x0, y + 0.15 - height, x0 + 0.04, y + 0.15), True, True) for x0, height in sides]


def regions(
    seen: Sequence[tuple[BlockKind, Box, float]], words: Sequence[Word] = (), drawn: Drawn | None = NOTHING
) -> list[tuple[BlockKind, Box]]:
    """Figures and tables of a page whose pixels are all ink, so that no box is drawn in."""
    page = Image.effect_noise(SIZE, 100)
    found = page_regions([Region(*region) for region in seen], words, drawn, page)
    return [(region.kind, region.box) for region in found if region.kind in ("figure", "table")]


def tables(seen: Sequence[Region], words: Sequence[Word], rulings: Rulings = NO_RULINGS) -> list[Box]:
    found = page_regions(seen, words, NOTHING, Image.effect_noise(SIZE, 100), rulings)
    return [region.box for region in found if region.kind == "table"]


def kinds(*arguments: object) -> list[str]:
    return [kind for kind, _ in regions(*arguments)]  # type: ignore[arg-type]


# --- tables ---------------------------------------------------------------------------------------------------------


def test_a_table_that_the_model_did_not_see_is_found_by_its_numbers() -> None:
    ((kind, box),) = regions([], cells(NUMBERS) + prose())
    assert kind == "table"
    assert box == pytest.approx(TABLE, abs=0.02)


def test_a_paragraph_that_the_model_takes_for_a_table_is_none() -> None:
    box = Box(0.1, 0.5, 0.6, 0.62)
    assert kinds([("table", box, 0.9)], prose()) == []
    assert kinds([("table", box, 0.9)], []) == ["table"], "of what could not be read, the model knows more"


def test_a_doubtful_table_needs_words_in_cells() -> None:
    people = [
        ["Name", "Born in", "Party"],
        ["Ada", "London", "none"],
        ["Emmy", "Erlangen", "none"],
        ["Mary", "Jedburgh", "-"],
    ]
    box = Box(0.09, 0.09, 0.65, 0.18)
    assert kinds([("table", box, 0.2)], cells(people)) == ["table"]
    assert kinds([("table", box, 0.2)], prose(y=0.1)) == []


def test_a_figure_full_of_cells_is_a_table_unless_bars_stand_in_it() -> None:
    figure = ("figure", Box(0.09, 0.09, 0.65, 0.2), 0.9)
    labels = cells([*NUMBERS, ["2022", "1,700", "11%"]])
    assert kinds([figure], labels, Drawn(shapes=(Shape(Box(0.1, 0.1, 0.6, 0.1), False, True),))) == ["table"]
    assert kinds([figure], labels, Drawn(shapes=tuple(bars(y=0.05)))) == ["figure"]


def test_a_figure_full_of_cells_is_one_table_though_its_last_rows_were_found_by_themselves() -> None:
    end = [["Other", "-", "-"], ["Rest", "(7)", "12"], ["Sum", "1,197", "1,122"]]
    words = [*(w for i, row in enumerate(NUMBERS) for w in cells([row], y=0.1 + 0.05 * i)), *cells(end, y=0.31)]
    whole = Box(0.08, 0.08, 0.7, 0.38)
    assert regions([("figure", whole, 0.9)], words) == [("table", whole)]


def test_a_figure_that_may_be_a_table_is_one_table_whatever_loose_lines_part_its_numbers() -> None:
    loose = [word("Equity", 0.1, y) for y in (0.19, 0.21, 0.23)]
    words = [*cells(NUMBERS), *loose, *cells(NUMBERS, y=0.25)]
    whole = Box(0.08, 0.08, 0.7, 0.35)
    assert regions([("figure", whole, 0.9), ("table", whole, 0.44)], words) == [("table", whole)]


def test_a_head_over_the_columns_behind_the_first_is_of_the_table() -> None:
    rows = [["Repurchases", "$69", "$10", "$150"], ["Average price", "$76", "$83", "$79"]] * 2
    seen = [Region("table", Box(0.1, 0.1, 0.76, 0.175), 0.9)]
    head = [word("Six", 0.6, 0.083), word("months", 0.64, 0.083)]
    assert tables(seen, [*head, *cells(rows)])[0].y0 == 0.083
    others = {
        "the unit": [word("(in", 0.6, 0.083), word("millions)", 0.64, 0.083)],
        "a title in the middle": [word("Report", 0.4, 0.083)],
        "the end of a text": [word("Words", 0.1, 0.083), word("that", 0.16, 0.083), word("end", 0.21, 0.083)],
        "too far up": [word("Six", 0.6, 0.06), word("months", 0.64, 0.06)],
    }
    assert [name for name, words in others.items() if tables(seen, [*words, *cells(rows)])[0].y0 < 0.1] == []


def test_a_figure_that_holds_two_tables_leaves_them_two() -> None:
    words = [*cells(NUMBERS), *cells(NUMBERS, y=0.25)]
    assert kinds([("figure", Box(0.08, 0.08, 0.7, 0.35), 0.9)], words) == ["table", "table"]


def test_lines_below_a_table_are_no_figure_with_its_rules() -> None:
    words = [*cells(NUMBERS), word("See", 0.1, 0.2), word("notes", 0.15, 0.2), word("5", 0.4, 0.3)]
    rules = Drawn((), tuple(Shape(Box(0.1, y, 0.55, y + 0.001), True, True) for y in (0.114, 0.174)))
    seen: list[tuple[BlockKind, Box, float]] = [("figure", Box(0.09, 0.09, 0.6, 0.32), 0.6)]
    assert kinds(seen, words, rules) == ["table"]
    below = (Shape(Box(0.1, 0.22, 0.55, 0.25), True, False),)
    assert kinds(seen, words, Drawn((), rules.shapes + below)) == ["table", "figure"]


def test_shading_of_rows_is_no_chart() -> None:
    stripes = tuple(Shape(Box(0.1, y, 0.56, y + 0.02), True, True) for y in (0.1, 0.12, 0.14, 0.16))
    assert kinds([], cells(NUMBERS), Drawn(shapes=stripes)) == ["table"]


def test_a_table_that_the_model_cut_short_gets_its_first_column_back() -> None:
    names = [["United States", "1,200", "12%"], ["Brazil", "1,340", "14%"], ["Chile", "1,560", "9%"]]
    words = cells(names, column=0.25)
    seen: list[tuple[BlockKind, Box, float]] = [
        ("table", Box(0.34, 0.09, 0.66, 0.16), 0.9),
        ("reference", Box(0.09, 0.09, 0.25, 0.16), 0.8),
    ]
    ((_, box),) = regions(seen, words)
    assert box.x0 == pytest.approx(0.1)


@pytest.mark.parametrize("y", [0.08, 0.2])
def test_a_caption_that_the_model_took_into_a_table_is_none_of_its_rows(y: float) -> None:
    caption = [word("Table", 0.1, y), word("1:", 0.16, y), word("Sales", 0.19, y), word("by", 0.25, y)]
    rows = [*NUMBERS, ["2022", "1,610", "8%"]]
    ((kind, box),) = regions([("table", Box(0.1, 0.075, 0.55, 0.215), 0.9)], caption + cells(rows))
    assert kind == "table"
    assert not any(box.y0 < (part.box.y0 + part.box.y1) / 2 < box.y1 for part in caption)
    assert all(box.y0 <= cell.box.y0 and cell.box.y1 <= box.y1 for cell in cells(rows))


def test_a_paragraph_beside_a_table_is_not_its_first_column() -> None:
    words = prose(x=0.05, y=0.1, lines=4) + cells(NUMBERS, x=0.6, column=0.12)
    ((_, box),) = regions(
        [("text", Box(0.04, 0.09, 0.5, 0.18), 0.9), ("table", Box(0.59, 0.09, 0.95, 0.18), 0.9)], words
    )
    assert box.x0 == pytest.approx(0.59)


ITEMS = [word("Description", 0.1, 0.1), word("Workshop", 0.1, 0.14), word("abroad", 0.2, 0.14)]
AMOUNTS = cells(
    [["Qty", "Price", "Amount"], ["", "", ""], ["2", "250.00", "500.00"], ["", "Total", "500.00"]], 0.5, 0.1
)
SOLD = [Region("table", Box(0.49, 0.09, 0.97, 0.18), 0.6), Region("text", Box(0.09, 0.09, 0.3, 0.16), 0.9)]


def test_a_rule_under_the_head_of_an_invoice_s_items_says_how_far_left_the_table_reaches() -> None:
    words = [*ITEMS, *(word for word in AMOUNTS if word.text)]
    (box,) = tables(SOLD, words, Rulings((Ruling(0.12, 0.1, 0.55), Ruling(0.12, 0.55, 0.97)), ()))
    assert box.x0 == pytest.approx(0.1)
    for rule in (Ruling(0.12, 0.49, 0.97), Ruling(0.095, 0.1, 0.97), Ruling(0.12, 0.1, 0.45)):
        (box,) = tables(SOLD, words, Rulings((rule,), ()))
        assert box.x0 == pytest.approx(0.49), "it ends with the table, runs above the head, or stands beside it"


def test_a_statement_of_many_columns_is_a_table_though_most_of_its_cells_hold_words() -> None:
    entries = [
        ["01-Apr", "JV", "Exchange of currency", "979", "979"],
        ["17-Apr", "BP", "Transfer", "0", "979"],
        ["20-May", "BP", "Licence", "979", "0"],
    ]
    text = Region("text", Box(0.09, 0.09, 0.95, 0.17), 0.98)
    ((x0, _, x1, _),) = tables([text], cells(entries, column=0.17))
    assert (x0, x1) == pytest.approx((0.1, 0.79), abs=0.03)
    assert tables([text], cells([row[1:3] for row in entries], column=0.3)) == []
    below = [word("Details", 0.1, 0.16), *cells(NUMBERS, y=0.18)]
    seen = Region("table", Box(0.09, 0.17, 0.6, 0.255), 0.9)
    assert [box.y0 for box in tables([text, seen], cells(entries, column=0.17) + below)] == [0.17, 0.1], "two tables"


def test_key_figures_on_a_photo_are_no_table() -> None:
    figure = ("figure", Box(0.0, 0.05, 1.0, 1.0), 0.9)
    labels = cells([["2.5", "1st", "70%"], ["kg", "woman", "power"], ["in", "in", "in"], ["2022", "2020", "2022"]])
    line = Shape(Box(0.1, 0.5, 0.6, 0.5), False, True)
    assert kinds([figure], labels, Drawn(shapes=(line,))) == ["table"]
    assert kinds([figure], labels, Drawn(images=(Box(0, 0, 1, 1),), shapes=(line,))) == []


def test_a_doubtful_table_is_none_over_what_is_surely_text() -> None:
    wide = [word("wide", 0.05 + 0.12 * place, 0.3 + 0.02 * line) for line in range(4) for place in range(4)]
    doubtful = Region("table", Box(0.04, 0.29, 0.9, 0.38), 0.2)
    assert tables([doubtful], wide) == [doubtful.box]
    assert tables([doubtful, Region("text", Box(0.04, 0.29, 0.5, 0.38), 0.9)], wide) == []
    assert tables([doubtful, Region("text", Box(0.04, 0.29, 0.5, 0.38), 0.5)], wide) == [doubtful.box]


# --- figures --------------------------------------------------------------------------------------------------------


def test_an_image_that_the_model_did_not_see_is_a_figure() -> None:
    photo = Box(0.1, 0.1, 0.4, 0.3)
    assert regions([], prose(), Drawn(images=(photo,))) == [("figure", photo)]


def test_icons_scans_and_backgrounds_of_text_are_no_figures() -> None:
    icon, scan, background = Box(0.1, 0.1, 0.13, 0.13), Box(0, 0, 1, 1), Box(0.09, 0.49, 0.58, 0.62)
    assert regions([], prose(), Drawn(images=(icon, scan, background))) == []


def test_bars_make_a_chart_and_the_model_s_doubtful_box_says_how_far_its_labels_reach() -> None:
    chart = Box(0.08, 0.28, 0.32, 0.49)
    drawn = Drawn(shapes=tuple(bars(heights=(0.13, 0.1, 0.12, 0.15))))
    ((kind, box),) = regions([], [], drawn)
    assert kind == "figure"
    assert box == pytest.approx((0.1, 0.3, 0.29, 0.45))
    assert regions([("figure", chart, 0.2)], [], drawn) == [("figure", chart)]


def test_rules_frames_shading_and_decoration_are_no_drawings() -> None:
    rules = [Shape(Box(0.1, y, 0.9, y), False, True) for y in (0.1, 0.2, 0.3, 0.4, 0.5)]
    frame = Shape(Box(0.05, 0.45, 0.95, 0.7), False, True)
    shading = Shape(Box(0.08, 0.49, 0.6, 0.63), True, True)
    corner = Shape(Box(0.8, 0.0, 1.0, 0.2), True, False)
    assert regions([], prose(), Drawn(shapes=(*rules, frame, shading, corner))) == []


def test_a_figure_of_the_model_where_nothing_is_drawn_is_none_and_on_a_scan_it_stays() -> None:
    figure = ("figure", Box(0.1, 0.1, 0.5, 0.3), 0.9)
    assert kinds([figure], prose()) == []
    assert kinds([figure], prose(), None) == ["figure"]


def test_a_scanned_bill_is_no_figure_and_a_map_is() -> None:
    whole = ("figure", Box(0.0, 0.05, 1.0, 1.0), 0.9)
    assert kinds([whole], prose(lines=6), None) == ["figure"]
    assert kinds([whole], prose(lines=12), None) == []
    caption = [word(text, 0.1 + 0.08 * n, 0.86) for n, text in enumerate(("Figure", "7:", "Plan", "of", "the", "town"))]
    below = ("figure_caption", Box(0.1, 0.85, 0.6, 0.88), 0.9)
    assert "figure" in kinds([("figure", Box(0.0, 0.05, 1.0, 0.84), 0.9), below], prose(lines=12) + caption, None)
    assert kinds([("figure", Box(0.0, 0.45, 0.6, 0.8), 0.9)], prose(lines=12), None) == ["figure"]


def test_a_slide_taken_for_a_figure_gives_way_to_the_pictures_on_it() -> None:
    slide: tuple[BlockKind, Box, float] = ("figure", Box(0.0, 0.0, 1.0, 1.0), 0.95)
    photos = (Box(0.1, 0.3, 0.3, 0.6), Box(0.4, 0.3, 0.6, 0.6))
    assert [box for _, box in regions([slide], prose(y=0.8), Drawn(images=photos))] == list(photos)


def test_pictures_that_the_model_took_for_one_are_parted_unless_one_caption_numbers_them() -> None:
    whole = Region("figure", Box(0.1, 0.1, 0.5, 0.4), 0.9)
    panels = (Box(0.1, 0.1, 0.28, 0.4), Box(0.32, 0.1, 0.5, 0.4))
    caption = Region("figure_caption", Box(0.1, 0.41, 0.5, 0.43), 0.9)
    label = [word("Figure", 0.1, 0.41), word("3:", 0.18, 0.41), word("two", 0.22, 0.41)]
    pixels = Image.effect_noise(SIZE, 100)
    parted = page_regions([whole], [], Drawn(images=panels), pixels)
    assert [region.box.x1 < 0.31 or region.box.x0 > 0.29 for region in parted] == [True, True]
    together = page_regions([whole, caption], label, Drawn(images=panels), pixels)
    assert [region.box for region in together] == [whole.box, caption.box]


def test_lists_in_braces_beside_each_other_are_no_table() -> None:
    output = [["ans(1)", "{1,-4}"], ["{1,10}%", "{.01}"], ["{2,3}", "{4,9}"], ["abs(x)", "{1,4}"]]
    assert regions([], cells(output, column=0.3)) == []
    assert kinds([], cells([[name, value.strip("{}")] for name, value in output], column=0.3)) == ["table"]


def test_a_table_of_contents_is_no_table() -> None:
    entries = [["Introduction", "3"], ["Markets", "7"], ["Outlook", "12"], ["Annex", "40"]]
    assert regions([], cells(entries, column=0.5)) == []
    assert kinds([], cells([[name, f"{number}.5"] for name, number in entries], column=0.5)) == ["table"]


def test_a_text_within_a_figure_is_no_region_of_its_own() -> None:
    label, photo = Region("text", Box(0.15, 0.15, 0.25, 0.18), 0.9), Box(0.1, 0.1, 0.4, 0.3)
    found = page_regions([label], [], Drawn(images=(photo,)), Image.effect_noise(SIZE, 100))
    assert [region.kind for region in found] == ["figure"]


# --- geometry -------------------------------------------------------------------------------------------------------


def test_a_box_loses_its_blank_margins() -> None:
    page = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(page).rectangle((20, 30, 59, 49), fill=255)
    assert tightened(Box(0.1, 0.1, 0.9, 0.9), page) == pytest.approx((0.2, 0.3, 0.6, 0.5))
    assert tightened(Box(0.25, 0.35, 0.5, 0.45), page) == Box(0.25, 0.35, 0.5, 0.45)
    assert tightened(Box(0.7, 0.7, 0.9, 0.9), page) == Box(0.7, 0.7, 0.9, 0.9), "blank: nothing to go by"


def test_strips_are_joined_in_any_order_and_only_once() -> None:
    strips = [Box(0.1, 0.1 + 0.1 * n, 0.5, 0.2 + 0.1 * n) for n in range(3)]
    apart = Box(0.7, 0.1, 0.9, 0.3)
    for order in permutations([*strips, apart]):
        once = joined(order)
        assert {tuple(round(edge, 6) for edge in box) for box in once} == {(0.1, 0.1, 0.5, 0.4), tuple(apart)}
        assert joined(once) == once


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_seen_and_drawn_regions_stay_on_the_page_and_figures_apart_from_each_other(seed: int) -> None:
    chance = random.Random(seed)

    def box() -> Box:
        (x0, x1), (y0, y1) = (sorted(chance.uniform(0, 1) for _ in range(2)) for _ in range(2))
        return Box(x0, y0, x1, y1)

    names: list[BlockKind] = ["figure", "table", "text", "title", "figure_caption"]
    seen = [Region(chance.choice(names), box(), chance.uniform(0.1, 1)) for _ in range(20)]
    words = cells(NUMBERS, x=chance.random() * 0.4, y=chance.random() * 0.9) + prose(y=chance.random() * 0.8)
    shapes = [Shape(box(), chance.random() < 0.5, chance.random() < 0.5) for _ in range(10)]
    drawn = Drawn(tuple(box() for _ in range(5)), (*shapes, *bars()))
    found = page_regions(seen, words, drawn, Image.effect_noise(SIZE, 50))
    assert found
    for region in found:
        assert 0 <= region.box.x0 <= region.box.x1 <= 1
        assert 0 <= region.box.y0 <= region.box.y1 <= 1
    boxes = [region.box for region in found if region.kind == "figure"]
    assert len(boxes) == len(set(boxes))
