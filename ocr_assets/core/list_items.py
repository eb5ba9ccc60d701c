"""Lists: which lines begin an item, how deep it is nested, and the list as Markdown.

Within a block's text a list is laid out as Markdown does it, if the reader knows where the lines stand: four blanks
before the mark for each level, and two more before the lines that go on. Without blanks the marks alone tell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from ocr_assets.core.markdown import escaped
from ocr_assets.core.paragraphs import Vocabulary, join_lines

BULLETS: Final = "•▪●○◦‣∙·■□➢➤✓❖*+–—-"  # noqa: RUF001
DASHES: Final = "*+–—-·"  # noqa: RUF001
"""Bullets that also begin lines of other text."""
LEVEL: Final = "    "
GOES_ON: Final = "  "

_ITEM = re.compile(
    rf"(?P<sure>[{re.escape(''.join(set(BULLETS) - set(DASHES)))}])\s*(?=\S)|(?P<symbol>[\uf000-\uf0ff\ufffd])\s+(?=\w)"
    rf"|(?P<dash>[{re.escape(DASHES)}])\s+(?=\S)"
    r"|(?!\(\d{3}\)\s*\d)(?P<mark>\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|\([A-Z]\)|\[\d{1,3}\])\s+(?=\S)"
)
"""Its last kind leaves telephone numbers alone, such as (605) 574-2307."""
_DECIMAL = re.compile(r"\d+[.)]")


class _Marked(NamedTuple):
    """A line without the mark of the item that it begins; `mark` is None where it begins none."""

    mark: str | None
    depth: int
    text: str


@dataclass(slots=True)
class _Item:
    """An item of a list: its mark on the page, its lines, and how deep it is nested."""

    mark: str
    lines: list[str]
    depth: int


@dataclass(slots=True)
class _List:
    """The lines before a list's first item, and its items."""

    lead: list[str]
    items: list[_Item]


def item_mark(line: str) -> str | None:
    """The mark of the item that this line begins, by its text alone."""
    found = _ITEM.match(line)
    return found[0].strip() if found else None


def is_bullet(mark: str) -> bool:
    """Whether the mark stands for nothing else."""
    return _is_symbol(mark) or (mark in BULLETS and mark not in DASHES)


def _is_symbol(mark: str) -> bool:
    """What the symbol fonts of word processors leave in a text layer."""
    return "\uf000" <= mark <= "\uf0ff" or mark == "\ufffd"


def without_mark(line: str) -> str:
    found = _ITEM.match(line)
    return line[found.end() :] if found else line


def is_list(text: str) -> bool:
    """Two lines or more begin with the mark of an item; one is enough that is a dot, or behind a colon."""
    lines = list(_marked_lines(text))
    marks = [line.mark for line in lines if line.mark]
    announced = any(after.mark and line.text.endswith(":") for line, after in pairwise(lines))
    return announced or len(marks) > 1 or any(map(is_bullet, marks))


def lists_go_on(text: str, following: str) -> bool:
    """Whether the first item of `following` is one more of the list: numbers count up, other marks are of a kind."""
    marks = [line.mark for line in _marked_lines(text) if line.mark]
    first = next((line.mark for line in _marked_lines(following)), None)
    if first is None or not marks:
        return True
    number, numbers = _number(first), [n for mark in marks if (n := _number(mark)) is not None]
    if number is not None:
        return numbers[-1:] == [number - 1]
    return _kind(first) in map(_kind, marks)


def _number(mark: str) -> int | None:
    digits = re.search(r"\d+", mark)
    return int(digits[0]) if digits else None


def _kind(mark: str) -> str:
    return re.sub(r"\d+", "1", re.sub(r"[a-z]+", "a", mark))


def split_lead(text: str) -> tuple[str, str]:
    """The lines before a list's first item, and the others."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((index for index, line in enumerate(_marked_lines(text)) if line.mark), len(lines))
    return "\n".join(lines[:first]), "\n".join(lines[first:])


def list_markdown(text: str, words: Vocabulary) -> str:
    """The items of a list as Markdown, one after the other; lines before the first item are a paragraph.

    Bullets become "-", numbers stay, "(a)" and its like stay behind a "-". Items are nested as they are laid out; where
    all stand at one level, those whose mark is of another kind than the ones before are nested below them. A line such
    as "The others:" ends a list and announces the next.
    """
    lists: list[_List] = [_List([], [])]
    for mark, depth, line in _marked_lines(text):
        if mark:
            lists[-1].items.append(_Item(mark, [line], depth))
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


def _marked_lines(text: str) -> Iterator[_Marked]:
    """Each line with its mark. Where no layout tells, numbers must count up to be marks."""
    laid_out = any(line.startswith(GOES_ON) for line in text.splitlines())
    last: int | None = None
    for line in filter(str.strip, text.splitlines()):
        depth, more = divmod(len(line) - len(line.lstrip()), len(LEVEL))
        line = line.strip()
        mark = None if laid_out and more else item_mark(line)
        number = _number(mark) if mark else None
        if mark is None or (not laid_out and number is not None and last is not None and number not in (1, last + 1)):
            yield _Marked(None, depth, line)
            continue
        last = last if number is None else number
        yield _Marked(mark, depth, without_mark(line))


def _nest(items: list[_Item]) -> None:
    """Depths without gaps, by the layout or else by the kinds of marks."""
    by_layout = any(item.depth for item in items)
    outer: list[int | str] = []
    for item in items:
        kind = item.depth if by_layout else _kind(item.mark)
        if isinstance(kind, int):
            outer = [depth for depth in outer if isinstance(depth, int) and depth < kind]
        elif kind in outer:
            del outer[outer.index(kind) :]
        outer.append(kind)
        item.depth = len(outer) - 1


def _item_markdown(item: _Item, words: Vocabulary) -> str:
    text = escaped(join_lines("\n".join(item.lines), words))
    mark = (
        item.mark
        if _DECIMAL.fullmatch(item.mark)
        else "-"
        if item.mark in BULLETS or _is_symbol(item.mark)
        else f"- {item.mark}"
    )
    return f"{LEVEL * item.depth}{mark} {text}"
