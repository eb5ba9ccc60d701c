import pytest

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.text_grid import Grid, grid_of, groups_of, lines_of


def words(*lines: str) -> list[Word]:
    """Words set as typed: a character takes 0.01 of the page, a line 0.02; two and more blanks make a wide gap."""
    return [
        Word(text, Box(0.01 * x, 0.02 * y, 0.01 * (x + len(text)), 0.02 * y + 0.012), 1.0)
        for y, line in enumerate(lines)
        for x, text in (
            (at, line[at:].split()[0]) for at in range(len(line)) if line[at] != " " and line[at - 1 : at] in ("", " ")
        )
    ]


def grid(*lines: str) -> Grid:
    return grid_of(lines_of(words(*lines)))


def test_rows_and_columns_are_counted_with_their_numbers() -> None:
    found = grid("Country      2010    2011", "Brazil         12      14", "Chile           9      11")
    assert (found.lines, found.tabular, found.columns, found.numbers, found.cell) == (3, 3, 3, 1.0, 1.0)
    assert found.share == 1.0


def test_a_paragraph_has_one_column() -> None:
    found = grid("a line of words that go on", "and on in a second line of", "them without any cells")
    assert (found.tabular, found.columns, found.share) == (0, 0, 0.0)


def test_a_head_that_spans_columns_does_not_close_them() -> None:
    body = ["Brazil         12      14", "Chile           9      11"] * 4
    assert grid("Country   a head across both", *body).columns == 3


@pytest.mark.parametrize("bullet", ["•", "-", "1.", "(a)"])
def test_a_bullet_is_no_cell(bullet: str) -> None:
    assert grid(f"{bullet}      first of all", f"{bullet}      second").tabular == 0


def test_lines_of_cells_form_groups_that_begin_and_end_with_one() -> None:
    lines = lines_of(
        words("a title", "x       1", "of two lines", "y       2", "", "", "", "", "z       3", "some text")
    )
    assert [[" ".join(word.text for word in line.words) for line in group] for group in groups_of(lines)] == [
        ["x 1", "of two lines", "y 2"],
        ["z 3"],
    ]


def test_no_words_make_no_grid() -> None:
    assert lines_of([]) == []
    assert list(groups_of([])) == []
    assert grid_of([]) == Grid()
