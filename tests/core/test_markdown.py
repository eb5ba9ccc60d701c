import html
import re

import pytest
from markdown_it import MarkdownIt

from ocr_assets.core.list_items import list_markdown
from ocr_assets.core.markdown import contents_markdown, escaped, escaped_lines, is_contents, picture


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


def test_a_caption_with_brackets_is_safe_as_alternative_text() -> None:
    assert picture("Figure 1 [2]\nsecond line", "x.webp") == "![Figure 1 \\[2\\] second line](x.webp)"


def test_a_table_of_contents_is_known_by_its_leaders() -> None:
    assert is_contents("1 Aims . . . . . . 2\n2 Methods ........... 14")
    assert not is_contents("He said ...\nand then ... 14")


def test_a_table_of_contents_is_known_by_numbers_that_ascend_too() -> None:
    assert is_contents("Lösungen 99\nBildquellen 105\nSymbolverzeichnis 108")
    assert not is_contents("Rooms 99\nBeds 12\nVisitors 108")
    assert not is_contents("Rooms 99\nBeds 105")


def test_leaders_are_shortened() -> None:
    assert contents_markdown("1 Aims . . . . . . 2\nMethods........14") == "1 Aims … 2  \nMethods … 14"
