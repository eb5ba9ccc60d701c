import pytest

from ocr_assets.core.list_items import is_list, list_markdown, lists_go_on


def test_bullets_numbers_and_letters_become_a_list() -> None:
    text = "The parts:\n1. first\ngoes on\n2. second\n(a) letter\n(b) letter\n3) third"
    assert list_markdown(text, {}) == (
        "The parts:\n\n1. first goes on\n2. second\n    - (a) letter\n    - (b) letter\n        3) third"
    )


def test_another_kind_of_bullet_is_nested_and_the_first_kind_closes_it() -> None:
    assert list_markdown("• a\n◦ b\n◦ c\n• d", {}) == "- a\n    - b\n    - c\n- d"


def test_a_number_that_does_not_count_up_begins_no_item() -> None:
    assert list_markdown("1. see page\n12. of the book\n2. next", {}) == "1. see page 12. of the book\n2. next"


def test_an_item_is_escaped_too() -> None:
    assert list_markdown("• # 5", {}) == "- \\# 5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1) a\n2) b", True),
        ("Namely:\n- a", True),
        ("- a", False),
        ("a list\n• a", True),
        ("it was\n- and is -\na dash", False),
        ("(605) 574-2307 fax\n(606) 574-3184 phone", False),
        ("(605) of the first\n(606) of the second", True),
    ],
)
def test_a_list_has_two_items_or_is_announced(text: str, expected: bool) -> None:
    assert is_list(text) is expected


def test_a_line_that_announces_a_list_ends_the_one_before() -> None:
    assert list_markdown("• a\nThe others:\n1. b", {}) == "- a\n\nThe others:\n\n1. b"


def test_items_are_nested_as_they_are_laid_out() -> None:
    text = "1. a\n    - b that is\n      longer\n    - c\n2. d"
    assert list_markdown(text, {}) == "1. a\n    - b that is longer\n    - c\n2. d"


def test_a_line_that_is_laid_out_as_going_on_begins_no_item() -> None:
    assert list_markdown("1. see page\n  2. of the book\n3. next", {}) == "1. see page 2. of the book\n3. next"


def test_a_bullet_needs_no_blank_behind_it() -> None:
    assert list_markdown("•one\n•two", {}) == "- one\n- two"


@pytest.mark.parametrize(
    ("text", "following", "expected"),
    [
        ("1. a\n2. b", "3. c", True),
        ("1. a\n2. b", "1. c", False),
        ("• a", "• b", True),
        ("• a", "1. b", False),
        ("• a", "goes on", True),
    ],
)
def test_a_list_goes_on_with_its_next_number_or_the_same_bullet(text: str, following: str, expected: bool) -> None:
    assert lists_go_on(text, following) is expected
