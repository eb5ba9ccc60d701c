import pytest

from ocr_assets.core.table_grid import Cell, Table, plain_table
from ocr_assets.core.table_text import by_rows, parsed_table, plain_lines, table_text

SPANNING = Table(
    3,
    3,
    (
        Cell(0, 0, "Age", 2, 1),
        Cell(0, 1, "Men & women", 1, 2),
        Cell(1, 1, "2019"),
        Cell(1, 2, "2020"),
        Cell(2, 0, "under 5"),
        Cell(2, 2, "1 < 2"),
    ),
    head=2,
)


def test_a_simple_table_is_markdown_with_its_pipes_escaped() -> None:
    assert table_text(plain_table([["a|b", "n"], ["c", ""]])) == "| a\\|b | n |\n| --- | --- |\n| c |  |"


def test_a_table_with_spans_is_html_with_its_head_and_a_row_a_line() -> None:
    assert table_text(SPANNING) == (
        "<table>\n<thead>\n"
        '<tr><th rowspan="2">Age</th><th colspan="2">Men &amp; women</th></tr>\n'
        "<tr><th>2019</th><th>2020</th></tr>\n"
        "</thead>\n<tbody>\n"
        "<tr><td>under 5</td><td></td><td>1 &lt; 2</td></tr>\n"
        "</tbody>\n</table>"
    )


def test_lines_that_matter_are_kept_in_html() -> None:
    table = plain_table([["Who", "Brands"], ["Besnier", "Total: 18 %\nPrésident"]])
    assert "<td>Total: 18 %<br>Président</td>" in table_text(table)
    assert parsed_table(table_text(table)) == table


@pytest.mark.parametrize("table", [SPANNING, plain_table([["a|b", "\\"], ["", "<td>"], ["x", ""]])])
def test_what_is_written_is_read_again(table: Table) -> None:
    assert parsed_table(table_text(table)) == table


@pytest.mark.parametrize("text", ["", "plain", "| a pipe\nand more", "<p>no table</p>"])
def test_other_text_is_no_table(text: str) -> None:
    assert parsed_table(text) is None
    assert plain_lines(text) == text
    assert by_rows(text) == text


def test_a_span_that_reaches_out_of_the_table_is_cut() -> None:
    table = parsed_table('<table><tr><td rowspan="9">a</td><td>b</td></tr><tr><td>c</td></tr></table>')
    assert table == Table(2, 2, (Cell(0, 0, "a", 2, 1), Cell(0, 1, "b"), Cell(1, 1, "c")), head=0)


def test_the_words_of_a_table_are_its_rows_without_marks() -> None:
    assert plain_lines(table_text(SPANNING)) == "Age Men & women\n2019 2020\nunder 5 1 < 2"


def test_each_row_of_a_passage_says_all_it_means() -> None:
    heads = Cell(0, 0, "Use"), Cell(0, 1, "Savings", 1, 2), Cell(1, 1, "low"), Cell(1, 2, "high")
    body = Cell(2, 0, "cars", 2, 1), Cell(2, 1, "1"), Cell(2, 2, "2"), Cell(3, 1, "3"), Cell(3, 2, "4")
    assert by_rows("Table 1: Savings.\n\n" + table_text(Table(4, 3, (*heads, *body), head=2))) == (
        "Table 1: Savings.\n\n"
        "| Use | Savings low | Savings high |\n| --- | --- | --- |\n| cars | 1 | 2 |\n| cars | 3 | 4 |"
    )
