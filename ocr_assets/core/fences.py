"""Fenced listings in a model's Markdown.

Nothing of an answer is trusted: a fence that does not end, or in which the next one begins, fences nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MARKDOWN: Final = frozenset({"markdown", "md"})
PAGES: Final = MARKDOWN | {"", "text", "txt", "plaintext", "html"}
"""Labels of fences that models put around a whole answer."""

# Runs of one sign are looked at once: `*+` gives nothing back, and no fence is longer than ten.
_FENCE = re.compile(r"(?P<before>[ \t]*+)(?P<marks>`{3,10}|~{3,10})[ \t]*+(?P<label>[^`~\n]*)")


class Listing(NamedTuple):
    """The lines within a fence, and what it says they are, in lower case."""

    text: str
    label: str


class _Fence(NamedTuple):
    marks: str
    label: str
    before: int

    def ends(self, other: "_Fence") -> bool:
        return self.is_like(other) and not self.label

    def is_like(self, other: "_Fence") -> bool:
        """Whether it is of the same sign, and no shorter."""
        return self.marks.startswith(other.marks)


def parted(text: str) -> Iterator[str | Listing]:
    """The text as what stands outside of fences, and what within. Fences without an end are left out."""
    lines = text.split("\n")
    outside: list[str] = []
    place = 0
    while place < len(lines):
        fence = _fence(lines[place])
        end = _end(lines, place, fence) if fence else None
        if fence is None:
            outside.append(lines[place])
        elif end is not None:
            yield "\n".join(outside)
            yield Listing(listed(_set_back(line, fence.before) for line in lines[place + 1 : end]), fence.label)
            outside, place = [], end
        place += 1
    yield "\n".join(outside)


def listed(lines: Iterator[str] | Sequence[str]) -> str:
    """Lines of code as they stand, without blanks at their ends, and empty lines before and after all."""
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def code_of(text: str) -> str:
    """The code of a block that is stated to be code, within its fence if it has one."""
    within = [part for part in parted(text) if not isinstance(part, str) or part.strip()]
    if len(within) == 1 and isinstance(within[0], Listing):
        return within[0].text
    return listed(text.split("\n"))


def page_within(text: str) -> str:
    """Without the fence that models like to put around an answer; one around a page's code alone stays."""
    lines = text.strip().split("\n")
    fence = _fence(lines[0])
    if fence is None or fence.label not in PAGES:
        return text.strip()
    last = _fence(lines[-1]) if len(lines) > 1 else None
    closes = last is not None and last.ends(fence)
    end = _end(lines, 0, fence)
    if fence.label not in MARKDOWN and end is not None and end < len(lines) - 1:
        return text.strip()  # it ends amid the answer
    return "\n".join(lines[1:-1] if closes else lines[1:]).strip()


def _fence(line: str) -> _Fence | None:
    found = _FENCE.fullmatch(line.rstrip())
    return _Fence(found["marks"], found["label"].strip().lower(), len(found["before"])) if found else None


def _end(lines: Sequence[str], start: int, fence: _Fence) -> int | None:
    """The line that ends this fence; None where there is none before the next one begins.

    No line is looked at more than once for fences of each length: the next one of the same length ends the search.
    """
    for place in range(start + 1, len(lines)):
        other = _fence(lines[place])
        if other is not None and other.is_like(fence):
            return place if other.ends(fence) else None
    return None


def _set_back(line: str, blanks: int) -> str:
    """Without so many blanks, those that a fence in a list is set in by."""
    return line[min(blanks, len(line) - len(line.lstrip(" \t"))) :]
