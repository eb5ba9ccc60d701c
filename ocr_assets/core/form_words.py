"""What stands in the fields of a form, among the words of its page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.lines import SAME_ROW
from ocr_assets.core.pages import Box, FormField, Word

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

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
    merged = _InOrder(words)
    for field in fields:
        if not field.value or field.kind == "signature":  # that is a region of its own
            continue
        places = merged.inside(field.box)
        inside = [merged.words[place] for place in places]
        is_mark = field.kind in ("checkbox", "radio")
        if not is_mark and _letters(field.value) in _letters(" ".join(word.text for word in inside)):
            continue
        if seen or (is_mark and not any(_letters(word.text) for word in inside)):
            merged.remove(places)
        merged.add(list(_words(field, size)))
    return tuple(merged.words)


class _InOrder:
    """Words in a reader's order, and their boxes as n x 4: a form has thousands of fields, and its page of words."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = list(words)
        self.boxes = _boxes(words)

    def inside(self, box: Box) -> list[int]:
        """The places of the words with their middle in the box, as `regions.holds` tells it."""
        import numpy as np

        x0, y0, x1, y1 = self.boxes.T
        across, down = (x0 + x1) / 2, (y0 + y1) / 2
        places: list[int] = np.flatnonzero(
            (box.x0 <= across) & (across <= box.x1) & (box.y0 <= down) & (down <= box.y1)
        ).tolist()
        return places

    def remove(self, places: Sequence[int]) -> None:
        import numpy as np

        for place in reversed(places):
            del self.words[place]
        self.boxes = np.delete(self.boxes, places, axis=0)

    def add(self, words: Sequence[Word]) -> None:
        """Where the first of them belongs."""
        import numpy as np

        place = _place(words[0].box, self.boxes)
        self.words[place:place] = words
        self.boxes = np.concatenate([self.boxes[:place], _boxes(words), self.boxes[place:]])


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
    return _place(box, _boxes(words))


def _place(box: Box, boxes: Floats) -> int:
    import numpy as np

    x0, y0, x1, y1 = boxes.T
    lower = np.minimum(y1 - y0, box.y1 - box.y0)
    shared = np.minimum(y1, box.y1) - np.maximum(y0, box.y0)
    level = shared / np.where(lower == 0, 1.0, lower) >= SAME_ROW
    left = level & ((x0 + x1) / 2 <= (box.x0 + box.x1) / 2)
    if left.any():
        return _last_of_highest(x1, left) + 1
    if level.any():
        return int(np.where(level, x0, np.inf).argmin())
    above = y1 <= box.y0
    return _last_of_highest(y1, above) + 1 if above.any() else 0


def _last_of_highest(edges: Floats, chosen: Floats) -> int:
    import numpy as np

    return len(edges) - 1 - int(np.where(chosen, edges, -np.inf)[::-1].argmax())


def _boxes(words: Sequence[Word]) -> Floats:
    import numpy as np

    return np.array([word.box for word in words], float).reshape(-1, 4)
