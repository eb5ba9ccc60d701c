"""What one page tells to be header, footer, page number or footnote."""

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.margins import is_number
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region
from tests.page_making import LEADING, SIZE, line, lines

FULL = "the words of this line reach to the right edge"
BODY = lines(*[FULL] * 8, y=0.3)


def kinds(words: list[Word], *regions: Region) -> dict[str, str]:
    """The kind of each block, by its first word."""
    return {block.text.split()[0]: block.kind for block in blocks_of(words, regions)}


def test_page_numbers_have_many_forms() -> None:
    assert all(map(is_number, ("17", "- 3 -", "Page 4 of 9", "iv", "Seite 12", "[5]", "3.")))
    assert not any(map(is_number, ("17 men", "1.2.3", "2009 report", "mix it", ". . . . . . vii")))


def test_a_number_by_itself_at_the_foot_is_a_page_number() -> None:
    assert kinds([*BODY, *line("7", 0.5, 0.88)]) == {"the": "text", "7": "footer"}


def test_a_line_beside_the_page_number_is_a_header_too() -> None:
    words = [*line("Optimized Tables", 0.1, 0.08), *line("9", 0.85, 0.08), *BODY]
    assert kinds(words) == {"Optimized": "header", "the": "text"}


def test_a_number_before_a_text_at_the_foot_is_the_mark_of_a_note() -> None:
    words = [*BODY, *line("31", 0.1, 0.88, 0.6 * SIZE), *line("In two cases it was not", 0.12, 0.88, 0.8 * SIZE)]
    assert "footer" not in kinds(words).values()


def test_a_number_among_the_text_is_no_page_number() -> None:
    assert kinds([*BODY, *line("7", 0.5, 0.6), *lines(FULL, FULL, y=0.7)])["7"] == "text"


def test_small_type_with_a_mark_at_the_foot_is_a_footnote_and_follows_the_body() -> None:
    note = line("1 See the report of the year before.", 0.1, 0.85, 0.8 * SIZE)
    words = [*lines(*[FULL] * 8, x=0.1, y=0.3), *note, *lines(*["right " + FULL[:20]] * 8, x=0.6, y=0.3)]
    assert [(block.kind, block.text.split()[0]) for block in blocks_of(words, [])] == [
        ("text", "the"),
        ("text", "right"),
        ("footnote", "1"),
    ]


def test_a_note_that_goes_on_belongs_to_the_notes() -> None:
    words = [*BODY, *line("1 See the report", 0.1, 0.83, 0.8 * SIZE), *line("Of 1998.", 0.1, 0.87, 0.8 * SIZE)]
    assert kinds(words) == {"the": "text", "1": "footnote", "Of": "footnote"}


def test_small_type_under_a_heading_is_a_list_of_references() -> None:
    words = [
        *BODY,
        *line("REFERENCES", 0.1, 0.7, 1.6 * SIZE),
        *line("1 Wroe D. Tobacco ads. 2004", 0.1, 0.75, 0.8 * SIZE),
    ]
    assert kinds(words)["1"] != "footnote"


def test_small_type_over_more_of_the_body_is_no_footnote() -> None:
    words = [*BODY, *line("1 Department of Medicine", 0.1, 0.6, 0.8 * SIZE), *lines(FULL, FULL, y=0.8)]
    assert kinds(words)["1"] != "footnote"


def test_writing_that_runs_up_the_edge_is_outside_of_the_body() -> None:
    stamp = [
        Word(text, Box(0.02, y, 0.035, y + 0.08), 0.9) for text, y in (("2019", 0.4), ("Monday", 0.5), ("from", 0.6))
    ]
    found = blocks_of([*BODY, *stamp], [])
    assert [block.text for block in found if block.kind == "text"] == ["\n".join([FULL] * 8)]


def test_writing_that_runs_up_within_the_text_stays() -> None:
    label = [
        Word(text, Box(0.3, y, 0.315, y + 0.08), 0.9) for text, y in (("Number", 0.6), ("of", 0.69), ("cases", 0.75))
    ]
    assert set(kinds([*BODY, *label]).values()) == {"text"}


def test_a_sentence_that_ends_at_the_top_is_no_header() -> None:
    words = [*line("goes on and ends.", 0.1, 0.09), *BODY]
    assert kinds(words, Region("header", Box(0.09, 0.08, 0.5, 0.11), 0.9)) == {"goes": "text", "the": "text"}


def test_a_bold_line_that_stands_apart_below_the_margin_is_a_heading() -> None:
    words = [*line("Where it was", 0.1, 0.1, font="Times-Bold"), *BODY]
    assert kinds(words, Region("header", Box(0.09, 0.09, 0.5, 0.12), 0.9))["Where"] == "title"


def test_a_line_below_the_margin_in_type_of_the_body_is_no_header_only_since_layout_says_so() -> None:
    title, label = line("Width and colour", 0.1, 0.11, 1.1 * SIZE), Region("header", Box(0.09, 0.1, 0.5, 0.14), 0.9)
    assert kinds([*title, *BODY], label) == {"Width": "text", "the": "text"}
    assert kinds([*line("Width and colour", 0.1, 0.11, 0.9 * SIZE), *BODY], label)["Width"] == "header"
    assert kinds([*title, *line("17", 0.85, 0.11, 1.1 * SIZE), *BODY], label)["Width"] == "header"


def test_a_line_right_above_the_text_is_no_header_unless_it_is_small() -> None:
    label = Region("header", Box(0.09, 0.04, 0.5, 0.07), 0.9)
    body = lines(*[FULL] * 8, y=0.05 + LEADING)
    assert kinds([*line("Soup of lentils", 0.1, 0.05), *body], label)["Soup"] == "text"
    assert kinds([*line("Journal of soups", 0.1, 0.05, 0.8 * SIZE), *body], label)["Journal"] == "header"
    assert kinds([*line("10/1/24, 3:42 PM", 0.1, 0.05), *body], label)["10/1/24,"] == "header"
    assert kinds([*line("Journal of soups", 0.1, 0.05), *BODY], label)["Journal"] == "header"


def test_the_first_line_of_a_slip_in_large_type_is_no_header() -> None:
    label = Region("header", Box(0.05, 0.03, 0.95, 0.09), 0.9)
    body = lines(*["four spoons of oil"] * 4, x=0.07, y=0.2, size=0.04, leading=0.06)
    assert kinds([*line("Soup of lentils", 0.07, 0.05, 0.04), *body], label)["Soup"] == "text"


def test_an_imprint_at_the_foot_is_a_footer() -> None:
    assert kinds([*BODY, *line("www.example.org", 0.1, 0.94, 0.8 * SIZE)])["www.example.org"] == "footer"


def test_an_address_below_the_page_is_a_footer() -> None:
    for address in ("gallica.bnf.fr", "gallica. bnf.fr"):
        source = line(f"Source {address} / National Library", 0.3, 0.98)
        assert kinds([*BODY, *source])["Source"] == "footer"
    assert kinds([*BODY, *line("Source of this, e.g. the end", 0.3, 0.98)])["Source"] == "text"


def test_lines_of_a_table_of_contents_are_no_footer() -> None:
    words = [*BODY, *line("Surgery . . . . . . . . . . . 27", 0.1, 0.3 + 9.5 * LEADING + 0.4)]
    region = Region("footer", Box(0.05, words[-1].box.y0 - 0.01, 0.95, 0.99), 0.9)
    assert kinds(words, region)["Surgery"] == "text"


SMALL_TYPE = 0.8 * SIZE


def test_who_a_company_is_in_small_type_at_the_foot_of_a_single_page_is_a_footer() -> None:
    lines_of_foot = [
        *line("Muster GmbH Musterstr. 1 12345 Berlin", 0.1, 0.91, SMALL_TYPE),
        *line("Amtsgericht Berlin HRB 12345", 0.1, 0.925, SMALL_TYPE),
    ]
    assert kinds([*BODY, *lines_of_foot]) == {"the": "text", "Muster": "footer"}
    assert kinds([*BODY, *line("Registered Office: 23 Main Street", 0.1, 0.94, SMALL_TYPE)])["Registered"] == "footer"


def test_who_may_read_a_page_is_a_footer_in_small_type_and_a_sentence_else() -> None:
    assert kinds([*BODY, *line("Confidential. For Acme only", 0.1, 0.93, SMALL_TYPE)])["Confidential."] == "footer"
    assert kinds([*BODY, *line("Please keep this confidential.", 0.1, 0.93)])["Please"] == "text"
    near = line("Confidential numbers are left out", 0.1, 0.3 + 8 * LEADING, SMALL_TYPE)
    assert "footer" not in kinds([*BODY, *near]).values()


def test_a_note_that_names_a_company_is_no_footer() -> None:
    words = [*BODY, *line("1 Registered in England and Wales", 0.1, 0.88, SMALL_TYPE)]
    assert "footer" not in kinds(words).values()


def test_the_foot_of_a_page_in_words_of_its_own_stays() -> None:
    assert kinds([*BODY, *line("Thank you for your order", 0.1, 0.93, SMALL_TYPE)])["Thank"] == "text"


def test_what_stands_below_the_page_number_at_the_edge_is_a_footer_too() -> None:
    number = Region("footer", Box(0.45, 0.92, 0.55, 0.94), 0.9)
    words = [*BODY, *line("15", 0.5, 0.925), *line("report.doc, 8 May 2014, 9:14", 0.05, 0.985)]
    assert kinds(words, number) == {"the": "text", "15": "footer", "report.doc,": "footer"}


def test_the_address_that_a_browser_prints_at_the_upper_edge_is_a_header() -> None:
    address = line("How to print a page https://example.org/print", 0.05, 0.01, SMALL_TYPE)
    assert kinds([*address, *BODY]) == {"How": "header", "the": "text"}
    title = line("How to print www.example.org", 0.05, 0.06, SMALL_TYPE)
    assert kinds([*title, *BODY])["How"] == "text"
