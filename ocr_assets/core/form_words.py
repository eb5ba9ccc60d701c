"""What stands in the fields of a form, among the words of its page."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ocr_assets.core.lines import same_row
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.regions import holds

TYPE: Final = 12.0
"""Points: the size of type that a field is taken to have, if it is high enough for it."""
NARROW: Final = 0.5
"""Width of a character over the size of type."""
PITCH: Final = 1.2
"""Distance of lines over the size of type."""


def with_fields(
    words: Sequence[Word], fields: Sequence[FormField], size: tuple[float, float], *, seen: bool = False
) -> tuple[Word, ...]:
    """The words of a page, in the reader's order, with those of its fields where they stand.

    `size` is that of the upright page in points. Where the page itself shows a value already, nothing is added. `seen`:
    the words were read from the image, so those in a field are its value, read less well than it is known: they go.
    """
    merged = list(words)
    for field in fields:
        if not field.value or field.kind == "signature":  # that is a region of its own
            continue
        inside = [word for word in merged if holds(field.box, word.box)]
        is_mark = field.kind in ("checkbox", "radio")
        if not is_mark and _letters(field.value) in _letters(" ".join(word.text for word in inside)):
            continue
        if seen or (is_mark and not any(_letters(word.text) for word in inside)):
            merged = [word for word in merged if word not in inside]
        added = list(_words(field, size))
        place = place_among(added[0].box, merged)
        merged[place:place] = added
    return tuple(merged)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _words(field: FormField, size: tuple[float, float]) -> Iterator[Word]:
    """The words of a value in the box of its field, line by line."""
    box = field.box
    width, height = (box.x1 - box.x0) * size[0], (box.y1 - box.y0) * size[1]
    lines = field.value.splitlines()
    type_size = min(TYPE, height / PITCH)
    room = max(1, int(width / (NARROW * type_size)))
    if height > 2 * PITCH * type_size:
        lines = [part for line in lines for part in _wrapped(line, room)]
    pitch = min(PITCH * type_size, height / len(lines)) / size[1]
    top = box.y0 if len(lines) > 1 or height > 2 * PITCH * type_size else (box.y0 + box.y1 - pitch) / 2
    for number, line in enumerate(lines):
        character = min(NARROW * type_size, width / max(1, len(line))) / size[0]
        y0 = top + number * pitch
        for found in re.finditer(r"\S+", line):
            x0, x1 = box.x0 + found.start() * character, box.x0 + found.end() * character
            yield Word(found[0], Box(x0, y0, min(x1, box.x1), min(y0 + pitch / PITCH, box.y1)), 1.0)


def _wrapped(line: str, room: int) -> list[str]:
    import textwrap

    return textwrap.wrap(line, room, break_long_words=False) or [""]


def place_among(box: Box, words: Sequence[Word]) -> int:
    """Behind the word on the left in the same row, else before the one on the right, else behind the row above."""
    level = [(index, word.box) for index, word in enumerate(words) if same_row(word.box, box)]
    left = [(other.x1, index) for index, other in level if (other.x0 + other.x1) / 2 <= (box.x0 + box.x1) / 2]
    if left:
        return max(left)[1] + 1
    if level:
        return min((other.x0, index) for index, other in level)[1]
    above = [(word.box.y1, index) for index, word in enumerate(words) if word.box.y1 <= box.y0]
    return max(above)[1] + 1 if above else 0
