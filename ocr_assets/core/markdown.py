"""Markdown that stays as close to the page as it can: only what would be taken for structure is escaped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ocr_assets.core.paragraphs import Vocabulary, join_lines

BULLETS: Final = "•▪●○◦‣∙·■□➢➤✓❖*+–—-\uf0a7\uf0b7\uf0d8\uf076"  # noqa: RUF001
"""The last four are what Word's symbol fonts leave in a text layer."""
DASHES: Final = "*+–—-"  # noqa: RUF001
"""Bullets that also begin lines of other text."""

_LEADER = re.compile(r"(?:[.…·_]\s*){4,}\w{1,5}$")
_AT_START = re.compile(r"^(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|\||(?:-{3,}|={3,}|_{3,}|\*{3,})$|`{3,}|~{3,})")
_NUMBER_AT_START = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_STARS = re.compile(r"\*(?=\S)([^*\n]*\S)\*")
_UNDERSCORES = re.compile(r"(?<!\w)_(?=\S)([^\n]*?\S)_(?!\w)")
_TAG = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_LINK = re.compile(r"(?<!\\)(\\*)\](?=\()")
_LINK_TARGET_AT_START = re.compile(r"^\[(?=.*\]:)")
_ITEM = re.compile(
    rf"(?P<bullet>[{re.escape(BULLETS)}])\s+|(?P<mark>\(?(?:\d{{1,3}}|[a-z]|[ivx]{{1,4}})[.)]|\[\d{{1,3}}\])\s+"
)
_DECIMAL = re.compile(r"\d+[.)]")


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
    return "  \n".join(escaped(line.strip()) for line in text.splitlines() if line.strip())


def picture(caption: str, link: str) -> str:
    """An image whose alternative text is the caption, on one line."""
    alternative = re.sub(r"([\\\[\]<])", r"\\\1", " ".join(caption.split()))
    return f"![{alternative}]({link})"


def anchor(page: int) -> str:
    return f'<a id="page-{page}"></a>'


@dataclass(slots=True)
class _Item:
    """An item of a list: its mark on the page, its lines, and how deep it is nested."""

    mark: str
    lines: list[str]
    depth: int = 0


@dataclass(slots=True)
class _List:
    """The lines before a list's first item, and its items."""

    lead: list[str]
    items: list[_Item]


def is_list(text: str) -> bool:
    """Two lines or more begin with the mark of an item; one is enough that is a dot, or behind a colon."""
    lines = list(_marked_lines(text))
    marks = [mark for mark, _ in lines if mark]
    announced = any(mark and line.endswith(":") for (_, line), (mark, _) in pairwise(lines))
    return announced or len(marks) > 1 or any(mark in BULLETS and mark not in DASHES for mark in marks)


def split_lead(text: str) -> tuple[str, str]:
    """The lines before a list's first item, and the others."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((index for index, (mark, _) in enumerate(_marked_lines(text)) if mark), len(lines))
    return "\n".join(lines[:first]), "\n".join(lines[first:])


def is_contents(text: str) -> bool:
    """Two lines or more with leaders to a page number, as in a table of contents."""
    return sum(bool(_LEADER.search(line)) for line in text.splitlines()) > 1


def list_markdown(text: str, words: Vocabulary) -> str:
    """The items of a list as Markdown, one after the other; lines before the first item are a paragraph.

    Bullets become "-", numbers stay, "(a)" and its like stay behind a "-". Items whose mark is of another kind than
    those before are nested below them. A line such as "The others:" ends a list and announces the next.
    """
    lists: list[_List] = [_List([], [])]
    for mark, line in _marked_lines(text):
        if mark:
            lists[-1].items.append(_Item(mark, [line]))
        elif not lists[-1].items:
            lists[-1].lead.append(line)
        elif line.endswith(":") and line[0].isupper():
            lists.append(_List([line], []))
        else:
            lists[-1].items[-1].lines.append(line)
    parts = (part for each in lists for part in _list_parts(each, words))
    return "\n\n".join(filter(None, parts))


def _list_parts(part: _List, words: Vocabulary) -> tuple[str, str]:
    _nest(part.items)
    lead = escaped(join_lines("\n".join(part.lead), words))
    return lead, "\n".join(_item_markdown(item, words) for item in part.items)


def _marked_lines(text: str) -> Iterator[tuple[str | None, str]]:
    """Each line with the mark of the item that it begins, or None. Numbers must count up to be marks."""
    last: int | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _ITEM.match(line)
        number = int(digits[0]) if found and (digits := re.search(r"\d+", found[0])) else None
        if not found or (number is not None and last is not None and number not in (1, last + 1)):
            yield None, line
            continue
        last = last if number is None else number
        yield found["bullet"] or found["mark"], line[found.end() :]


def _nest(items: list[_Item]) -> None:
    outer: list[str] = []
    for item in items:
        kind = re.sub(r"\d+", "1", re.sub(r"[a-z]+", "a", item.mark))
        if kind in outer:
            del outer[outer.index(kind) + 1 :]
        else:
            outer.append(kind)
        item.depth = len(outer) - 1


def _item_markdown(item: _Item, words: Vocabulary) -> str:
    text = escaped(join_lines("\n".join(item.lines), words))
    mark = item.mark if _DECIMAL.fullmatch(item.mark) else "-" if item.mark in BULLETS else f"- {item.mark}"
    return "    " * item.depth + f"{mark} {text}"
