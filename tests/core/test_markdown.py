import html
import re

import pytest
from markdown_it import MarkdownIt

from ocr_assets.core.markdown import escaped, escaped_lines, is_contents, is_list, list_markdown, picture


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("# 5 bolts", "\\# 5 bolts"),
        ("#5 bolts", "#5 bolts"),
        ("1984. It was", "1984\\. It was"),
        ("1.5 metres", "1.5 metres"),
        ("> 5 mm", "\\> 5 mm"),
        ("- 5 mm", "\\- 5 mm"),
        ("-5 mm", "-5 mm"),
        ("-----", "\\-----"),
        ("a *b* c", "a \\*b\\* c"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a snake_case_name", "a snake_case_name"),
        ("an _old_ word", "an \\_old\\_ word"),
        ("use <b>this</b>", "use \\<b>this\\</b>"),
        ("a < b and c > d", "a < b and c > d"),
        ("if a <b", "if a \\<b"),
        ("![t](https://evil/p.png)", "![t\\](https://evil/p.png)"),
        ("as [12] shows (see [3])", "as [12] shows (see [3])"),
        ("[12]: a note", "\\[12]: a note"),
        ("```", "\\```"),
        ("$5 & more [1]", "$5 & more [1]"),
    ],
)
def test_only_what_would_be_structure_is_escaped(text: str, safe: str) -> None:
    assert escaped(text) == safe


@pytest.mark.parametrize(
    "text",
    [
        "![t](https://evil/p.png)",
        "[x](javascript:alert(1))",
        "[a [b] c](https://evil)",
        "[x\\](https://evil)",
        "\\<img src=x>",
        "<img src=x\nonerror=alert(1)>",
        "<a\nhref=x>",
        "<!-- gone -->",
        "<?gone?>",
        "<https://evil>",
        "[t]: https://evil\n![t]",
    ],
)
def test_links_pictures_and_html_of_the_page_are_text(text: str) -> None:
    for markdown in (escaped(text.replace("\n", " ")), escaped_lines(text), list_markdown(f"• {text}\n• b", {})):
        shown = MarkdownIt("commonmark").render(f"{markdown}\n\n[t] ![t]")
        assert set(re.findall(r"<(\w+|\W)", shown)) <= {"p", "br", "ul", "li", "/"}
        assert " ".join(text.split()) in " ".join(html.unescape(shown).replace("<br />", "").split())


def test_lines_stay_lines() -> None:
    assert escaped_lines("a\n\n b ") == "a  \nb"


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
    ],
)
def test_a_list_has_two_items_or_is_announced(text: str, expected: bool) -> None:
    assert is_list(text) is expected


def test_a_caption_with_brackets_is_safe_as_alternative_text() -> None:
    assert picture("Figure 1 [2]\nsecond line", "x.webp") == "![Figure 1 \\[2\\] second line](x.webp)"


def test_a_line_that_announces_a_list_ends_the_one_before() -> None:
    assert list_markdown("• a\nThe others:\n1. b", {}) == "- a\n\nThe others:\n\n1. b"


def test_a_table_of_contents_is_known_by_its_leaders() -> None:
    assert is_contents("1 Aims . . . . . . 2\n2 Methods ........... 14")
    assert not is_contents("He said ...\nand then ... 14")
