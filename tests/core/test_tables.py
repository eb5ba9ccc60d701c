from pathlib import Path

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from ocr_assets.core.regions import bounding
from ocr_assets.core.tables import markdown_table
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


def table(*lines: str) -> list[list[str]] | None:
    words = laid_out(*lines)
    text = markdown_table(words, bounding([word.box for word in words]))
    return text and [
        [cell.strip() for cell in row.strip("|").split(" | ")] for row in text.split("\n") if "---" not in row
    ]


def test_a_table_of_a_real_report_has_its_cells() -> None:
    with pdf_page(str(DOCUMENTS / "us-006.pdf"), 1) as page:
        words = words_of(page)
    close_last_pdf()
    height, width = 792, 612
    region = Box(72 / width, 1 - 374 / height, 437 / width, 1 - 303 / height)  # from the ground truth, in points
    inside = [w for w in words if region.y0 < (w.box.y0 + w.box.y1) / 2 < region.y1]
    assert markdown_table(inside, region) == (
        "| Child Race/Ethnicity | 3-Year-Old Cohort | 4-Year-Old Cohort |\n"
        "| --- | --- | --- |\n"
        "| Hispanic | 37.4% | 51.6% |\n"
        "| Black | 32.8% | 17.5% |\n"
        "| White/Other | 29.8% | 30.8% |"
    )


def test_columns_are_told_apart_where_cells_are_missing() -> None:
    assert table("Name    2019   2020", "Apples    12     13", "Pears            7 ") == [
        ["Name", "2019", "2020"],
        ["Apples", "12", "13"],
        ["Pears", "", "7"],
    ]


def test_a_heading_over_two_columns_stands_in_the_first_of_them() -> None:
    rows = table(
        "          Sales in thousand  ",
        "Country   2019        2020   ",
        "France    120         130    ",
        "Spain     80          90     ",
    )
    assert rows == [
        ["", "Sales in thousand", ""],
        ["Country", "2019", "2020"],
        ["France", "120", "130"],
        ["Spain", "80", "90"],
    ]


def test_a_cell_that_goes_on_in_the_next_line_is_one_cell() -> None:
    assert table("Kind          Count", "Motor cars    12", "and vans", "Bicycles      7") == [
        ["Kind", "Count"],
        ["Motor cars and vans", "12"],
        ["Bicycles", "7"],
    ]


def test_pipes_are_escaped() -> None:
    assert markdown_table(laid_out("a|b    1", "c      2"), Box(0.0, 0.0, 0.08, 0.032)) == (
        "| a\\|b | 1 |\n| --- | --- |\n| c | 2 |"
    )


def test_running_text_is_no_table() -> None:
    assert table("It was the best of times it", "was the worst of times and", "so on it went for a while") is None


def test_words_that_fill_little_of_the_region_give_no_table() -> None:
    assert markdown_table(laid_out("a    1", "b    2"), PAGE) is None


def test_no_word_is_lost_or_doubled_on_any_page_of_a_real_report() -> None:
    for number in (1, 2, 3):
        with pdf_page(str(DOCUMENTS / "us-006.pdf"), number) as page:
            words = words_of(page)
        text = markdown_table(words, bounding([word.box for word in words]))
        if text is not None:
            cells = text.split("\n", 2)[0] + text.split("\n", 2)[2]
            shown = cells.replace("\\|", "").replace("|", " ").split()
            assert sorted(shown) == sorted(word.text.replace("|", "") for word in words)
    close_last_pdf()


def test_lines_that_stand_close_together_are_one_row() -> None:
    words = laid_out(
        "Group      Brands", "First      Alpha, Beta,", "           Gamma", "Second     Delta", "           Epsilon"
    )
    moved = [
        Word(w.text, w.box._replace(y0=w.box.y0 + gap, y1=w.box.y1 + gap), 1.0) for w in words for gap in [_gap(w)]
    ]
    text = markdown_table(moved, bounding([word.box for word in moved]))
    assert text == ("| Group | Brands |\n| --- | --- |\n| First | Alpha, Beta, Gamma |\n| Second | Delta Epsilon |")


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
    assert markdown_table(words, bounding([word.box for word in words])) == (
        "| Kind | First | Second |\n| --- | --- | --- |\n"
        "| Class | A merged with B | C |\n| R1 | True | False |\n| R2 | False |  |"
    )


def test_numbers_that_nearly_touch_are_two_cells_and_thousands_are_one() -> None:
    assert table("Age   Men    Women", "0-9   10 500 9 400", "10-19 22 300 8 100") == [
        ["Age", "Men", "Women"],
        ["0-9", "10 500", "9 400"],
        ["10-19", "22 300", "8 100"],
    ]
