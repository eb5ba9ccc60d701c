import pytest

from ocr_assets.core.headings import document_title, heading_levels


def test_levels_have_no_gaps() -> None:
    assert heading_levels([("Title", 1), ("Part", 3), ("Chapter", 5), ("Part", 3)]) == [1, 2, 3, 2]


def test_a_document_that_begins_deep_begins_with_level_one() -> None:
    assert heading_levels([("Foreword", 3), ("Part", 1), ("Chapter", 3)]) == [1, 1, 2]


def test_numbers_decide_where_letters_are_of_one_size() -> None:
    headings = [("A Study", 1), ("1 Introduction", 2), ("1.1 Aims", 2), ("1.1.1 Scope", 2), ("2 Methods", 2)]
    assert heading_levels(headings) == [1, 2, 3, 4, 2]


def test_a_number_outweighs_the_size_seen_on_one_page() -> None:
    assert heading_levels([("1 A", 2), ("2 B", 2), ("3 C", 1), ("3.1 D", 1)]) == [1, 1, 1, 2]


def test_no_level_is_deeper_than_six() -> None:
    headings = [(".".join("1" * depth) + " Title", 3) for depth in range(1, 9)]
    assert heading_levels(headings) == [1, 2, 3, 4, 5, 6, 6, 6]


def test_the_stated_title_is_taken_where_it_is_one() -> None:
    assert document_title(" Annual  Report 2009 ", [("Preface", 1)]) == "Annual Report 2009"


@pytest.mark.parametrize(
    "stated", [None, "", "untitled", "Microsoft Word - a.doc", "report_final.pdf", "12345", "x" * 300]
)
def test_a_title_that_is_none_gives_way_to_the_highest_heading(stated: str | None) -> None:
    assert document_title(stated, [("Note", 2), ("The Report", 1), ("Annex", 1)]) == "The Report"


def test_a_document_without_any_title_has_an_empty_one() -> None:
    assert document_title(None, []) == ""
