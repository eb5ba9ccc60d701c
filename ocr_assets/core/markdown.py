"""Markdown that stays as close to the page as it can: only what would be taken for structure is escaped."""

import re
from typing import Final

FENCE: Final = "```"
HARD_BREAK: Final = "  \n"
"""Between lines that are meant as lines; a plain line end is only where the page's line ended."""

_LEADER = re.compile(r"\s*(?:[.…·_]\s*){4,}(?=\w{1,5}$)")
_LAST_NUMBER = re.compile(r"[^\W\d_]{3}.*\s(\d{1,4})$")
_AT_START = re.compile(r"^(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|\||(?:-{3,}|={3,}|_{3,}|\*{3,})$|`{3,}|~{3,})")
_NUMBER_AT_START = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_STARS = re.compile(r"\*(?=\S)([^*\n]*\S)\*")
_UNDERSCORES = re.compile(r"(?<!\w)_(?=\S)([^\n]*?\S)_(?!\w)")
_TAG = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_LINK = re.compile(r"(?<!\\)(\\*)\](?=\()")
_FENCES = re.compile(r"`{3,}")
_LINK_TARGET_AT_START = re.compile(r"^\[(?=.*\]:)")


def escaped(text: str) -> str:
    """One paragraph's text, safe at the start of a line and within it."""
    text = _LINK_TARGET_AT_START.sub(r"\\[", escaped_within(text))
    return _NUMBER_AT_START.sub(r"\1\\\2", _AT_START.sub(r"\\\1", text))


def escaped_within(text: str) -> str:
    """Text safe behind a mark, as in a heading: the page's own HTML, links and pictures stay text."""
    # Backslashes that stand before are doubled, else they would take the escape away.
    text = _TAG.sub(r"\1\1\\<", text)
    text = _LINK.sub(r"\1\1\\]", text)
    text = _STARS.sub(r"\\*\1\\*", text)
    return _UNDERSCORES.sub(r"\\_\1\\_", text)


def escaped_lines(text: str) -> str:
    """The lines of the page, kept as lines by hard breaks."""
    return HARD_BREAK.join(escaped(line.strip()) for line in text.splitlines() if line.strip())


def fenced(code: str) -> str:
    """Lines of code as they are, in a fence that nothing within it ends."""
    longest = max(map(len, _FENCES.findall(code)), default=0)
    fence = "`" * max(len(FENCE), longest + 1)
    return f"{fence}\n{code}\n{fence}"


def picture(caption: str, link: str) -> str:
    """An image whose alternative text is the caption, on one line."""
    alternative = re.sub(r"([\\\[\]<])", r"\\\1", " ".join(caption.split()))
    return f"![{alternative}]({link})"


def anchor(page: int) -> str:
    return f'<a id="page-{page}"></a>'


def has_leader(line: str) -> bool:
    """Whether dots lead to a page number at the line's end."""
    return _LEADER.search(line.rstrip()) is not None


def is_contents(text: str) -> bool:
    """A part of a table of contents: two lines or more with leaders to a page number, or three whose numbers ascend."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if sum(map(has_leader, lines)) > 1:
        return True
    numbers = [int(found[1]) for line in lines if (found := _LAST_NUMBER.search(line))]
    return len(lines) == len(numbers) > 2 and numbers == sorted(numbers)


def contents_markdown(text: str) -> str:
    """The lines of a table of contents, their leaders shortened."""
    return escaped_lines("\n".join(_LEADER.sub(" … ", line.rstrip()) for line in text.splitlines()))
