"""Heading levels of a whole document, from what each page says of its own headings, and the document's title."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

DEEPEST: Final = 6
LONGEST_TITLE: Final = 200

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+[^\W\d_]")
_NO_TITLE = re.compile(
    r"untitled|no title|microsoft (word|powerpoint|excel)\b|powerpoint presentation|.*\.(docx?|odt|indd|qxd|tex|dvi|pdf"
    r"|pptx?|xlsx?|rtf|txt|html?)|(print|slide|scan|document|layout|page)[\s_-]?\d*",
    re.IGNORECASE,
)


def heading_levels(headings: Sequence[tuple[str, int | None]]) -> list[int]:
    """Levels 1..6 for a document's headings, given in order with the level that the page's reader saw, if any.

    A number such as 2.3.1 says more than the size of letters: numbered headings are as deep as their numbers, below
    the level that those with one number mostly have. No heading is more than one level below the one before.
    """
    raw = [level or 2 for _, level in headings]
    depths = [_depth(text) for text, _ in headings]
    tops = Counter(level - depth + 1 for level, depth in zip(raw, depths, strict=True) if depth)
    if tops:
        top = max(1, min(tops, key=lambda level: (-tops[level], level)))
        raw = [top + depth - 1 if depth else level for level, depth in zip(raw, depths, strict=True)]
    ranks = {level: rank for rank, level in enumerate(sorted(set(raw)), 1)}
    levels: list[int] = []
    for level in raw:
        deepest = levels[-1] + 1 if levels else 1
        levels.append(min(ranks[level], deepest, DEEPEST))
    return levels


def document_title(stated: str | None, headings: Sequence[tuple[str, int]]) -> str:
    """The title that the file states where it is one, else the first of the highest headings, else "".

    Not titles: names of files and of programs, placeholders, texts without letters or over 200 characters.
    """
    title = " ".join((stated or "").split())
    is_title = len(re.findall(r"[^\W\d_]", title)) >= 3 and len(title) <= LONGEST_TITLE
    if is_title and not _NO_TITLE.match(title):
        return title
    highest = min((level for _, level in headings), default=0)
    return next((text for text, level in headings if level == highest), "")


def _depth(text: str) -> int:
    """How many numbers "2.3.1 Results" begins with; 0 where there are none."""
    numbered = _NUMBERED.match(text)
    return numbered[1].count(".") + 1 if numbered else 0
