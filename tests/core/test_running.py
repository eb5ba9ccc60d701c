from ocr_assets.core.document import RunningText
from ocr_assets.core.pages import Block, BlockKind, Box
from ocr_assets.core.running import without_running

SIZE = 0.012
BODY = "The body of the page, which says something else on every one of them: "


def block(text: str, y: float, kind: BlockKind = "text", size: float = SIZE, x: float = 0.1) -> Block:
    return Block(kind, Box(x, y, x + 0.3, y + SIZE), text, None, size)


def body(page: int) -> list[Block]:
    return [block(f"{BODY}{page}", 0.3), block(f"More of page {page}, at some length.", 0.5)]


def split(*pages: list[Block]) -> tuple[list[list[str]], list[RunningText]]:
    """The texts of each page's body, and what was left out."""
    left, running = without_running(list(enumerate(pages, 1)))
    return [[b.text for b in blocks] for _, blocks in left], list(running)


def test_a_text_that_returns_at_its_place_is_left_out_and_noted_with_its_pages() -> None:
    pages = [[block("Annual Report", 0.05), *body(page)] for page in range(1, 6)]
    left, running = split(*pages)
    assert all(len(texts) == 2 for texts in left)
    assert running == [RunningText("header", "Annual Report", (1, 2, 3, 4, 5))]


def test_heads_of_left_and_right_pages_take_turns() -> None:
    pages = [[block(("The Author", "The Work")[page % 2], 0.05), *body(page)] for page in range(1, 8)]
    _, running = split(*pages)
    assert [(text.text, text.pages) for text in running] == [("The Work", (1, 3, 5, 7)), ("The Author", (2, 4, 6))]


def test_reading_errors_do_not_part_a_text() -> None:
    heads = (
        "Annual Report of the Board",
        "Annual Repart of the Board",
        "Annual Report of tho Board",
        "Annual Report of the 8oard",
    )
    _, running = split(*([block(head, 0.05), *body(page)] for page, head in enumerate(heads, 1)))
    assert [text.pages for text in running] == [(1, 2, 3, 4)]


def test_page_numbers_count_with_the_pages_wherever_they_stand() -> None:
    pages = [[*body(page), block(str(page + 11), 0.83, x=0.1 if page % 2 else 0.8)] for page in range(1, 4)]
    left, running = split(*pages)
    assert all(len(texts) == 2 for texts in left)
    assert running == [RunningText("page_number", "12", (1, 2, 3))]


def test_page_numbers_count_right_below_a_text_that_ends_far_up() -> None:
    pages = [[*body(page), block(str(page + 2), y)] for page, y in enumerate((0.95, 0.62, 0.71), 1)]
    left, running = split(*pages)
    assert all(len(texts) == 2 for texts in left)
    assert [(text.kind, page) for text in running for page in text.pages] == [("page_number", n) for n in (1, 2, 3)]


def test_two_numbers_far_up_or_with_text_below_them_are_no_page_numbers() -> None:
    two = [[*body(page), block(str(page), 0.62)] for page in range(1, 3)]
    assert [texts[-1] for texts in split(*two)[0]] == ["1", "2"]
    inside = [[*body(page), block(str(page), 0.4)] for page in range(1, 6)]
    assert all(str(page) in texts for page, texts in enumerate(split(*inside)[0], 1))


def test_roman_numbers_count_too() -> None:
    pages = [[*body(page), block(number, 0.95)] for page, number in enumerate(("ix", "x", "xi"), 1)]
    assert split(*pages)[1] == [RunningText("page_number", "ix", (1, 2, 3))]


def test_a_number_that_does_not_count_with_the_pages_stays() -> None:
    pages = [[*body(page), block(number, 0.86)] for page, number in enumerate(("812", "97", "455"), 1)]
    assert [texts[-1] for texts in split(*pages)[0]] == ["812", "97", "455"]


def test_the_head_of_a_chapter_stands_beside_a_number_that_counts() -> None:
    heads = ("1.1 SPACES 3", "4 CHAPTER 1. TOPOLOGY", "1.2 METRICS 5", "6 CHAPTER 1. TOPOLOGY")
    left, _ = split(*([block(head, 0.05), *body(page)] for page, head in enumerate(heads, 1)))
    assert all(len(texts) == 2 for texts in left)


def test_where_most_pages_have_a_head_the_others_have_one_of_their_own() -> None:
    heads = ["Spaces"] * 4 + ["Metrics"] + ["Curves"] * 4
    left, _ = split(*([block(head, 0.05), *body(page)] for page, head in enumerate(heads, 1)))
    assert "Metrics" not in left[4]


def test_the_repeated_head_of_a_table_stays() -> None:
    rows = [[block("Date Amount", 0.1), block(f"2 May {n}.00", 0.1 + 1.5 * SIZE), *body(n)] for n in range(1, 6)]
    assert all(texts[0] == "Date Amount" for texts in split(*rows)[0])


def test_a_short_title_that_returns_at_different_places_stays() -> None:
    pages = [[block("Qualifications", 0.1 + 0.03 * page, "title", 1.5 * SIZE), *body(page)] for page in range(1, 6)]
    assert all(texts[0] == "Qualifications" for texts in split(*pages)[0])


def test_a_title_that_returns_on_some_pages_stays() -> None:
    pages = [
        [block("Results", 0.08, "title", 1.5 * SIZE), *body(page)] if page < 4 else body(page) for page in range(1, 9)
    ]
    assert [len(texts) for texts in split(*pages)[0]] == [3, 3, 3, 2, 2, 2, 2, 2]


def test_a_large_head_of_all_pages_is_kept_once() -> None:
    pages = [[block("ACME Handbook", 0.05, "title", 1.5 * SIZE), *body(page)] for page in range(1, 6)]
    assert [texts[0] == "ACME Handbook" for texts in split(*pages)[0]] == [True, False, False, False, False]


def test_what_one_page_alone_took_for_a_header_is_text_again() -> None:
    pages = [body(page) for page in range(1, 6)]
    pages[2].insert(0, block("Location: anywhere", 0.09, "header"))
    left, running = without_running(list(enumerate(pages, 1)))
    assert left[2][1][0].kind == "text"
    assert running == ()


def test_a_header_of_a_single_page_stays_one() -> None:
    left, running = split([block("Potatoes", 0.05, "header"), *body(1)])
    assert len(left[0]) == 2
    assert running == [RunningText("header", "Potatoes", (1,))]


def test_pages_that_hold_nothing_else_keep_what_they_hold() -> None:
    assert split(*([block("Potato", 0.05)] for _ in range(6)))[0] == [["Potato"]] * 6


def test_a_document_without_pages_has_nothing_running() -> None:
    assert split() == ([], [])
