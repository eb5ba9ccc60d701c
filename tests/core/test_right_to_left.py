"""Latin words and numbers in lines of Arabic and Persian."""

from ocr_assets.core.pages import Word
from ocr_assets.core.right_to_left import in_reading_order
from tests.page_making import line

BODY = [word for n in range(6) for word in reversed(line("كتاب قلم مدرسة شارع", 0.3, 0.3 + 0.02 * n))]


def order(text: str, *, body: list[Word] = BODY) -> str:
    """The words of a line that come from the left, on a page with this body."""
    found = in_reading_order([*body, *line(text, 0.3, 0.6)])
    return " ".join(word.text for word in found[len(body) :])


def test_a_line_that_ends_in_an_address_is_read_from_the_right() -> None:
    assert order("ada@example.org : رابط نويسنده") == "نويسنده رابط : ada@example.org"
    assert order("R and Python لغة قلم كتاب مدرسة") == "مدرسة كتاب قلم لغة R and Python"


def test_numbers_of_the_script_by_themselves_are_read_from_the_right() -> None:
    assert order("۱۳۸۷ /۲۷ - ۱ ۲۴") == "۲۴ ۱ - /۲۷ ۱۳۸۷"  # noqa: RUF001


def test_lines_of_another_script_and_lines_in_order_stay() -> None:
    english = "The word كتاب means a book"
    assert order(english) == english
    assert order("Journal of Libraries 12") == "Journal of Libraries 12"
    assert in_reading_order(BODY) == BODY


def test_a_page_of_latin_stays_as_it_is() -> None:
    body = line("an English page with many words and one line of Arabic", 0.1, 0.2)
    assert order("كتاب قلم", body=body) == "كتاب قلم"
