import random
from pathlib import Path

import pytest

from ocr_assets.core.drawn_rulings import rulings_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from ocr_assets.core.regions import bounding
from ocr_assets.core.rulings import NO_RULINGS, Ruling, Rulings
from ocr_assets.core.table_grid import Table
from ocr_assets.core.table_lines import Scale
from ocr_assets.core.table_rows import CellLine, RowLine, row_groups
from ocr_assets.core.tables import find_table
from ocr_assets.core.text_layer import words_of

DOCUMENTS = Path(__file__).parents[1] / "documents"
PAGE = Box(0.0, 0.0, 1.0, 1.0)


def laid_out(*lines: str) -> list[Word]:
    """Words of lines typed with a fixed pitch: one character is 0.01 wide, one line 0.02 high."""
    words = []
    for row, line in enumerate(lines):
        for start, text in _starts(line):
            box = Box(start * 0.01, row * 0.02, (start + len(text)) * 0.01, row * 0.02 + 0.012)
            words.append(Word(text, box, 1.0))
    return words


def _starts(line: str) -> list[tuple[int, str]]:
    found, position = [], 0
    for text in line.split():
        position = line.index(text, position)
        found.append((position, text))
        position += len(text)
    return found


def found(words: list[Word], rulings: Rulings = NO_RULINGS) -> Table:
    table = find_table(words, bounding([word.box for word in words]), rulings)
    assert table is not None
    return table


def texts(table: Table) -> list[list[str]]:
    """Row by row; a cell that spans stands in its first place, and its size behind it."""
    rows = [[""] * table.width for _ in range(table.height)]
    for cell in table.cells:
        size = f" {cell.height}x{cell.width}" if cell.height * cell.width > 1 else ""
        rows[cell.row][cell.column] = cell.text + size
    return rows


def table(*lines: str) -> list[list[str]]:
    return texts(found(laid_out(*lines)))


def test_a_first_row_with_currencies_by_themselves_is_no_head() -> None:
    words = laid_out(
        "                     2023             2022",
        "Shares        $        69      $        10",
        "Price         $        77      $        84",
        "Dividends              15               12",
    )
    assert found(words).head == 1


def test_a_table_of_a_real_report_has_its_cells() -> None:
    with pdf_page(str(DOCUMENTS / "us-006.pdf"), 1) as page:
        words, rulings = words_of(page), rulings_of(page)
    close_last_pdf()
    height, width = 792, 612
    region = Box(72 / width, 1 - 374 / height, 437 / width, 1 - 303 / height)  # from the ground truth, in points
    inside = [w for w in words if region.y0 < (w.box.y0 + w.box.y1) / 2 < region.y1]
    for drawn in (rulings, NO_RULINGS):
        read = find_table(inside, region, drawn)
        assert read is not None
        assert texts(read) == [
            ["Child Race/Ethnicity", "3-Year-Old Cohort", "4-Year-Old Cohort"],
            ["Hispanic", "37.4%", "51.6%"],
            ["Black", "32.8%", "17.5%"],
            ["White/Other", "29.8%", "30.8%"],
        ]


def test_columns_are_told_apart_where_cells_are_missing() -> None:
    assert table("Name    2019   2020", "Apples    12     13", "Pears            7 ") == [
        ["Name", "2019", "2020"],
        ["Apples", "12", "13"],
        ["Pears", "", "7"],
    ]


def test_a_heading_over_two_columns_spans_them_and_the_one_beside_both_rows() -> None:
    read = found(
        laid_out(
            "          Sales in thousand  ",
            "Country   2019        2020   ",
            "France    120         130    ",
            "Spain     80          90     ",
        )
    )
    assert read.head == 2
    assert texts(read) == [
        ["Country 2x1", "Sales in thousand 1x2", ""],
        ["", "2019", "2020"],
        ["France", "120", "130"],
        ["Spain", "80", "90"],
    ]


def test_headings_share_the_columns_between_them() -> None:
    read = table(
        "              Men              Women       All",
        "Age      19   20    21    19   20    21    20 ",
        "under 5  110  120   130   140  150   160   170",
        "5 to 9   210  220   230   240  250   260   270",
    )
    assert read[0] == ["Age 2x1", "Men 1x3", "", "", "Women 1x3", "", "", "All"]
    assert read[1][1:] == ["19", "20", "21", "19", "20", "21", "20"]


def test_a_cell_that_goes_on_in_the_next_line_is_one_cell() -> None:
    assert table("Kind          Count", "Motor cars    12", "and vans", "Bicycles      7") == [
        ["Kind", "Count"],
        ["Motor cars and vans", "12"],
        ["Bicycles", "7"],
    ]


def test_running_text_is_no_table() -> None:
    words = laid_out("It was the best of times it", "was the worst of times and", "so on it went for a while")
    assert find_table(words, bounding([word.box for word in words])) is None


def test_words_that_fill_little_of_the_region_give_no_table() -> None:
    assert find_table(laid_out("a    1", "b    2"), PAGE) is None


def test_no_word_is_lost_or_doubled_on_any_page_of_a_real_report() -> None:
    for number in (1, 2, 3):
        with pdf_page(str(DOCUMENTS / "us-006.pdf"), number) as page:
            words, rulings = words_of(page), rulings_of(page)
        for drawn in (rulings, NO_RULINGS):
            read = find_table(words, bounding([word.box for word in words]), drawn)
            if read is not None:
                assert_holds(read, words)
    close_last_pdf()


def assert_holds(table: Table, words: list[Word] | tuple[Word, ...]) -> None:
    """Every word once, and no cell over another or out of the grid."""
    assert sorted(text for cell in table.cells for text in cell.text.split()) == sorted(word.text for word in words)
    places = [place for cell in table.cells for place in cell.places]
    assert len(places) == len(set(places))
    assert all(row < table.height and column < table.width for row, column in places)


@pytest.mark.parametrize("seed", range(80))
def test_no_word_is_lost_and_no_cell_lies_over_another_whatever_is_drawn(seed: int) -> None:
    rng = random.Random(seed)
    words = [
        Word(f"w{number}", Box(x, y, x + rng.uniform(0.01, 0.1), y + rng.uniform(0.005, 0.012)), 1.0)
        for number in range(rng.randrange(4, 60))
        for x, y in [(rng.randrange(8) / 10 + rng.uniform(0, 0.02), rng.randrange(12) / 50 + rng.uniform(0, 0.004))]
    ]

    def lines(most: float) -> tuple[Ruling, ...]:
        starts = [rng.uniform(0, 0.8) for _ in range(rng.randrange(12))]
        return tuple(Ruling(rng.uniform(0, most), start, rng.uniform(start, 1.0)) for start in starts)

    table = find_table(words, bounding([word.box for word in words]), Rulings(lines(0.25), lines(0.9)))
    if table is not None:
        assert_holds(table, words)


def test_lines_that_stand_close_together_are_one_row() -> None:
    words = laid_out(
        "Group      Brands", "First      Alpha, Beta,", "           Gamma", "Second     Delta", "           Epsilon"
    )
    moved = [
        Word(w.text, w.box._replace(y0=w.box.y0 + gap, y1=w.box.y1 + gap), 1.0) for w in words for gap in [_gap(w)]
    ]
    assert texts(found(moved)) == [["Group", "Brands"], ["First", "Alpha, Beta, Gamma"], ["Second", "Delta Epsilon"]]


def _gap(word: Word) -> float:
    """Room above the second and the fourth line."""
    return 0.02 * (word.box.y0 > 0.01) + 0.02 * (word.box.y0 > 0.05)


def test_rows_a_quarter_further_apart_than_the_lines_of_a_cell_stay_apart() -> None:
    lines = (
        "Kind     First     Second",
        "Class    A merged  C",
        "         with B",
        "R1       True      False",
        "R2       False",
    )
    tops = (0.0, 0.025, 0.045, 0.07, 0.095)
    words = [
        Word(word.text, word.box._replace(y0=top, y1=top + 0.012), 1.0)
        for line, top in zip(lines, tops, strict=True)
        for word in laid_out(line)
    ]
    assert texts(found(words)) == [
        ["Kind", "First", "Second"],
        ["Class", "A merged with B", "C"],
        ["R1", "True", "False"],
        ["R2", "False", ""],
    ]


def test_numbers_that_nearly_touch_are_two_cells_and_thousands_are_one() -> None:
    assert table("Age   Men    Women", "0-9   10 500 9 400", "10-19 22 300 8 100") == [
        ["Age", "Men", "Women"],
        ["0-9", "10 500", "9 400"],
        ["10-19", "22 300", "8 100"],
    ]


def test_a_line_that_a_reader_took_for_a_bar_is_no_text() -> None:
    words = laid_out("Name   |  2019", "Apples |    12", "Pears  |     7")
    drawn = Rulings(down=(Ruling(0.075, 0.0, 0.06),))
    assert texts(found(words, drawn)) == [["Name", "2019"], ["Apples", "12"], ["Pears", "7"]]
    assert any("|" in cell for row in texts(found(words)) for cell in row)


def test_a_list_is_no_table() -> None:
    words = laid_out("-     One user connects", "-     Another one follows", "-     A third one waits  ")
    assert find_table(words, bounding([word.box for word in words])) is None


def test_a_grid_of_lines_says_which_cells_are_one() -> None:
    words = laid_out("Kind     low   1   2", "", "of car   high  3   4")
    grid = Rulings(
        (Ruling(-0.01, 0.0, 0.2), Ruling(0.026, 0.08, 0.2), Ruling(0.066, 0.0, 0.2)),
        tuple(Ruling(x, -0.01, 0.066) for x in (0.0, 0.08, 0.14, 0.18, 0.2)),
    )
    assert texts(found(words, grid)) == [["Kind of car 2x1", "low", "1", "2"], ["", "high", "3", "4"]]


def test_lines_with_room_for_the_next_word_stay_lines_and_broken_ones_are_joined() -> None:
    words = laid_out(
        "Firm      Brands              ",
        "",
        "Besnier   Total: 18 %         ",
        "          Bridel and President",
        "          and some more brands",
        "",
        "Lever     Skip                ",
    )
    grid = Rulings(tuple(Ruling(y, 0.0, 0.3) for y in (0.026, 0.106)), (Ruling(0.09, 0.0, 0.14),))
    assert texts(found(words, grid)) == [
        ["Firm", "Brands"],
        ["Besnier", "Total: 18 %\nBridel and President and some more brands"],
        ["Lever", "Skip"],
    ]


def test_a_heading_written_upwards_is_read_upwards() -> None:
    upright = [Word("Number", Box(0.2, 0.05, 0.21, 0.1), 1.0), Word("of", Box(0.2, 0.03, 0.21, 0.045), 1.0)]
    upright.append(Word("offices", Box(0.2, -0.03, 0.21, 0.02), 1.0))
    body = [
        Word(w.text, w.box._replace(y0=w.box.y0 + 0.12, y1=w.box.y1 + 0.12), 1.0)
        for w in laid_out("Berlin              7", "Paris               9")
    ]
    grid = Rulings((Ruling(0.11, 0.0, 0.22), Ruling(0.135, 0.0, 0.22)), (Ruling(0.15, -0.03, 0.16),))
    assert texts(found([*upright, *body], grid))[0] == ["", "Number of offices"]


def test_a_bar_at_the_end_of_a_word_that_is_a_line_beside_it_goes() -> None:
    words = laid_out("Name]  2019", "Apples] 12", "Pears}   7")
    drawn = Rulings(down=(Ruling(0.062, -0.01, 0.06),))
    assert texts(found(words, drawn))[1:] == [["Apples", "12"], ["Pears}", "7"]]


def test_the_head_ends_where_values_begin() -> None:
    read = found(
        laid_out(
            "Country   Share in percent  ",
            "          of men    of women",
            "France    12.5 %    13.5 %",
            "Spain     8.5 %     9.5 %",
        )
    )
    assert read.head == 2
    below_a_wide_heading = found(
        laid_out("          Share in percent  ", "France    12.5 %    13.5 %", "Spain     8.5 %     9.5 %")
    )
    assert below_a_wide_heading.head == 1


def test_the_first_row_below_a_head_without_a_line_between_is_none_of_it() -> None:
    words = laid_out(
        "Country   Imported  Unknown",
        "Austria   0         100    ",
        "Belgium   100       0      ",
        "Bulgaria  0         100    ",
    )
    drawn = Rulings(tuple(Ruling(y, 0.0, 0.3) for y in (0.036, 0.056)))
    assert texts(found(words, drawn))[:2] == [["Country", "Imported", "Unknown"], ["Austria", "0", "100"]]


def test_lines_half_a_row_apart_are_one_row_even_if_their_boxes_are_rough() -> None:
    lines = (
        "Measure             2019 2020",
        "Income in states   ",
        "                    1.5  2.5",
        "and in counties    ",
        "Premature death    ",
        "                    3.5  4.5",
        "before their time  ",
    )
    tops = (-0.03, 0.0, 0.0086, 0.019, 0.05, 0.0577, 0.0665)
    words = [
        Word(word.text, word.box._replace(y0=top, y1=top + 0.01), 1.0)
        for line, top in zip(lines, tops, strict=True)
        for word in laid_out(line)
    ]
    assert texts(found(words))[1:] == [
        ["Income in states and in counties", "1.5", "2.5"],
        ["Premature death before their time", "3.5", "4.5"],
    ]


def test_lines_that_stand_over_each_other_are_still_rows() -> None:
    lines = [RowLine((CellLine("cell", 0.1, False), CellLine("12", 0.02, False)), foot) for foot in (0.2, 0.19, 0.3)]
    groups = row_groups(lines, Scale(0.01, 0.02, 0.01, tight=False))
    assert sorted(index for group in groups for index in group) == [0, 1, 2]


# --- underlined headings --------------------------------------------------------------------------------------------

STATEMENT = (
    "                      Three Months               Six Months",
    "                      2023        2022        2023        2022",
    "Revenue            $   9,583   $ 10,329   $ 19,050   $  20,976",
    "Cost of sales          7,363      8,042     14,680      16,336",
    "Gross profit           2,220      2,287      4,370       4,640",
)
COLUMNS = [(0.185, 0.29), (0.3, 0.4), (0.41, 0.51), (0.52, 0.62)]


def underlines(y: float, *pieces: tuple[float, float]) -> tuple[Ruling, ...]:
    return tuple(Ruling(y, start, end) for start, end in pieces)


def test_a_currency_sign_and_its_number_below_one_underlined_heading_are_one_column() -> None:
    across = (*underlines(0.016, (0.185, 0.395), (0.41, 0.62)), *underlines(0.036, *COLUMNS))
    assert texts(found(laid_out(*STATEMENT), Rulings(across))) == [
        ["", "Three Months 1x2", "", "Six Months 1x2", ""],
        ["", "2023", "2022", "2023", "2022"],
        ["Revenue", "$ 9,583", "$ 10,329", "$ 19,050", "$ 20,976"],
        ["Cost of sales", "7,363", "8,042", "14,680", "16,336"],
        ["Gross profit", "2,220", "2,287", "4,370", "4,640"],
    ]


def test_headings_of_several_lines_are_one_row_above_their_underlines() -> None:
    words = laid_out(
        "                   Best Buy",
        "          Best Buy  Mobile  Best Buy",
        "           Stores   Stores   Depots",
        "Alberta         19       9        —",
        "Manitoba         4      12        3",
        "Ontario         54      26        1",
    )
    across = underlines(0.056, (0.09, 0.18), (0.182, 0.27), (0.272, 0.36))
    assert texts(found(words, Rulings(across))) == [
        ["", "Best Buy Stores", "Best Buy Mobile Stores", "Best Buy Depots"],
        ["Alberta", "19", "9", "—"],
        ["Manitoba", "4", "12", "3"],
        ["Ontario", "54", "26", "1"],
    ]


def test_a_heading_with_one_underline_below_it_is_not_parted_by_those_further_down() -> None:
    words = laid_out(
        "            Square Footage",
        "             Leased Owned ",
        "Ontario         12     5",
        "Estado           8     7",
    )
    across = (*underlines(0.016, (0.11, 0.27)), *underlines(0.036, (0.11, 0.193), (0.197, 0.27)))
    assert texts(found(words, Rulings(across)))[:2] == [["", "Square Footage 1x2", ""], ["", "Leased", "Owned"]]


def test_notes_below_a_table_do_not_join_its_underlined_columns() -> None:
    notes = ["(1) Represents the amortization of intangible assets that we bought with companies."] * 4
    table = found(laid_out(*STATEMENT[1:], *notes), Rulings(underlines(0.016, *COLUMNS)))
    assert texts(table)[1] == ["Revenue", "$ 9,583", "$ 10,329", "$ 19,050", "$ 20,976"]


def test_lines_drawn_below_words_of_a_text_make_no_columns() -> None:
    words = laid_out("one two three four", "five six seven eight", "a b c d e f g", "nine ten of them")
    plain = find_table(words, PAGE)
    ruled = find_table(words, PAGE, Rulings(underlines(0.016, (0.0, 0.03), (0.04, 0.07))))
    assert plain == ruled


def test_currency_signs_left_of_the_first_underline_are_of_its_column_too() -> None:
    columns = [(0.215, 0.29), *COLUMNS[1:]]
    table = found(laid_out(*STATEMENT[1:]), Rulings(underlines(0.016, *columns)))
    assert texts(table)[1] == ["Revenue", "$ 9,583", "$ 10,329", "$ 19,050", "$ 20,976"]
