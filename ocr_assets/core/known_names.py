"""Lists of names, and where they stand in a text."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ocr_assets.core.names import UPPER

KEY: Final = 3
"""Characters by which names are looked up; none is shorter."""
_BEGINNING: Final = re.compile(rf"(?<![\w&'\u2019.-])[{UPPER}]")
_BEHIND: Final = re.compile(r"(?![\w&-]|\.\w)")


class KnownNames:
    """Names and their values; of two that begin at one place the longer one is found."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._by_beginning: dict[str, list[str]] = {}
        for name in sorted(values, key=len, reverse=True):
            self._by_beginning.setdefault(name[:KEY], []).append(name)

    def value(self, name: str) -> str | None:
        """The value of this name, None where it is not known."""
        return self._values.get(name)

    def found_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and value of each name that stands there as words of its own."""
        for match in _BEGINNING.finditer(text):
            start = match.start()
            for name in self._by_beginning.get(text[start : start + KEY], ()):
                if text.startswith(name, start) and _BEHIND.match(text, start + len(name)):
                    yield start, start + len(name), self._values[name]
                    break


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a list, without what follows a #."""
    return (line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
