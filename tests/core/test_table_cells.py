"""The text of a cell: broken lines are joined, items of a list stay lines."""

from ocr_assets.core.table_cells import cell_text
from ocr_assets.core.table_lines import Run, Scale
from tests.page_making import LEADING, SIZE, line

CHARACTER = 0.6 * SIZE


def joined(*lines: str) -> str:
    """As in a heading or a cell over several columns, of which the room is not known."""
    return cell_text([[Run(tuple(line(text, 0.1, 0.1 + n * LEADING)))] for n, text in enumerate(lines)])


def test_the_lines_of_a_heading_are_joined() -> None:
    assert joined("Three months", "ended March 31,", "2022") == "Three months ended March 31, 2022"


def test_items_of_a_list_in_a_heading_stay_lines() -> None:
    assert (
        joined("Needed:", "• a passport that", "is valid", "• a photo")
        == "Needed:\n• a passport that is valid\n• a photo"
    )
    assert joined("1. Read the page", "2. Cut it", "into chunks") == "1. Read the page\n2. Cut it into chunks"


def test_one_mark_makes_no_list_in_a_heading() -> None:
    assert joined("Net sales", "a) in millions") == "Net sales a) in millions"


def test_numbers_behind_a_minus_are_no_items() -> None:
    assert joined("- 5", "- 7") == "- 5 - 7"


def test_an_item_goes_on_where_its_text_begins_though_there_was_room() -> None:
    texts = ("- leads the team", "all the clerks", "- signs letters", "Also: reads")
    starts = (0.1, 0.1 + 2 * CHARACTER, 0.1, 0.1)
    lines = [
        [Run(tuple(line(text, x, 0.1 + n * LEADING)))] for n, (text, x) in enumerate(zip(texts, starts, strict=True))
    ]
    scale = Scale(CHARACTER, SIZE, 2 * CHARACTER, tight=False)
    assert cell_text(lines, 0.5, scale) == "- leads the team all the clerks\n- signs letters\nAlso: reads"
