import pytest

from ocr_assets.core.headings import Heading, document_title, heading_levels


def seen(*headings: tuple[str, int]) -> list[Heading]:
    """As a reader gives them that knows levels, not sizes."""
    return [Heading(text, level) for text, level in headings]


def set_in(*headings: tuple[str, float, bool]) -> list[Heading]:
    return [Heading(text, None, size, bold) for text, size, bold in headings]


def test_levels_have_no_gaps() -> None:
    assert heading_levels(seen(("Title", 1), ("Part", 3), ("Chapter", 5), ("Part", 3))) == [1, 2, 3, 2]


def test_numbers_decide_where_letters_are_of_one_size() -> None:
    headings = seen(("A Study", 1), ("1 Introduction", 2), ("1.1 Aims", 2), ("1.1.1 Scope", 2), ("2 Methods", 2))
    assert heading_levels(headings) == [1, 2, 3, 4, 2]


def test_a_number_outweighs_the_size_seen_on_one_page() -> None:
    assert heading_levels(seen(("1 A", 2), ("2 B", 2), ("3 C", 1), ("3.1 D", 1))) == [1, 1, 1, 2]


def test_no_level_is_deeper_than_six() -> None:
    headings = seen(*((".".join("1" * depth) + " Title", 3) for depth in range(1, 9)))
    assert heading_levels(headings) == [1, 2, 3, 4, 5, 6, 6, 6]


def test_larger_type_is_higher_and_measuring_errors_do_not_count() -> None:
    headings = set_in(("Title", 0.03, False), ("Part", 0.0201, False), ("Part", 0.0199, False), ("Note", 0.012, False))
    assert heading_levels(headings) == [1, 2, 2, 3]


def test_bold_type_is_higher_than_plain_type_of_its_size() -> None:
    assert heading_levels(set_in(("Part", 0.012, True), ("Note", 0.012, False))) == [1, 2]


def test_a_document_has_few_sizes_of_headings() -> None:
    sizes = (0.05, 0.049, 0.046, 0.042, 0.03, 0.02, 0.013, 0.012)
    assert heading_levels(set_in(*(("Heading", size, False) for size in sizes))) == [1, 1, 1, 1, 2, 3, 4, 4]


def test_a_heading_without_a_number_is_level_with_the_numbered_ones_of_its_type() -> None:
    headings = set_in(
        ("A Study", 0.03, False),
        ("Abstract", 0.014, True),
        ("1 Aims", 0.014, True),
        ("1.1 Scope", 0.014, True),
        ("2 Methods", 0.014, True),
    )
    assert heading_levels(headings) == [1, 2, 2, 3, 2]


def test_the_stated_title_is_taken_where_it_is_one() -> None:
    assert document_title(" Annual  Report 2009 ", [("Preface", 1)], 1) == "Annual Report 2009"


@pytest.mark.parametrize(
    "stated",
    [
        *(None, "", "untitled", "Microsoft Word - a.doc", "report_final.pdf", "Poster.indd 1", "12345", "x" * 300),
        *("Document 12", "Slides", "Page 1 of 3", "scan_001", "Scanned from a copier", "Print"),
    ],
)
def test_a_title_that_is_none_gives_way_to_the_highest_heading(stated: str | None) -> None:
    assert document_title(stated, [("Note", 2), ("The Report", 1), ("Annex", 1)], 3) == "The Report"


@pytest.mark.parametrize(
    "stated", ["Scandinavian Studies", "Documentation of Lakes", "Printing in Europe", "Page, Arizona", "A.Textiles"]
)
def test_a_title_that_begins_like_a_placeholder_is_one(stated: str) -> None:
    assert document_title(stated, [("Contents", 1)], 1) == stated


@pytest.mark.parametrize(
    ("headings", "opening"),
    [
        ([("1. Financial Statements", 1), ("Sales", 2)], 1),
        ([("Sales by region", 1), ("Sales by segment", 1)], 0),
        ([("UNITED STATES SECURITIES AND EXCHANGE COMMISSION Washington, D.C. 20549", 1)], 1),
        ([("Department of the Treasury", 1), ("Registered securities:", 1), ("(Mark One)", 1)], 3),
    ],
    ids=["a numbered section", "a later page", "an office", "what leads to a list"],
)
def test_headings_that_are_no_titles_leave_a_document_without_one(
    headings: list[tuple[str, int]], opening: int
) -> None:
    assert not document_title(None, headings, opening)


def test_below_the_name_of_an_office_stands_the_title() -> None:
    office = "United States Securities and Exchange Commission"
    assert document_title(office, [(office, 1), ("Best Works", 2), ("Sales", 3)], 2) == "Best Works"


def test_a_heading_set_like_many_others_is_a_title_only_where_it_is_the_first() -> None:
    sections = [(f"Section of the year {year}", 2) for year in range(1990, 2020)]
    assert not document_title(None, [("(Mark One)", 2), ("Documents included", 2), *sections], 2)
    assert document_title(None, [("Works of Documents", 2), ("Documents", 2), *sections], 2) == "Works of Documents"


def test_a_document_without_any_title_has_an_empty_one() -> None:
    assert document_title(None, [], 0) == ""
