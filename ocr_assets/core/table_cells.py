"""The text of a cell from its lines: as one where they are broken text, each for itself where they are items."""

from collections.abc import Sequence
from typing import Any, Final

from ocr_assets.core.list_items import item_mark
from ocr_assets.core.pages import Word
from ocr_assets.core.paragraphs import join_lines
from ocr_assets.core.table_lines import Run, Scale, joined_text

UPRIGHT: Final = 2.0
"""A word this many times as high as wide, and of some letters, is written upwards."""

Lines = Sequence[Sequence[Run]]
"""The runs of each line."""


class _HyphensStay(dict[str, int]):
    """A vocabulary in which every word is known with a hyphen: programs that set tables do not break words."""

    def get(self, word: str, _default: Any = 0) -> int:
        return int("-" in word)


def cell_text(lines: Lines, width: float = 0.0, scale: Scale | None = None) -> str:
    """Broken lines are joined; items of a list and lines with room for the next word stay lines.

    `width` is the room that the column has, as far as it is known: without it, in headings and cells over several
    columns, all lines are joined but items.
    """
    words = [word for line in lines for run in line for word in run.words]
    if _is_upright(words):
        return " ".join(word.text for word in sorted(words, key=_turned_place))
    texts = [joined_text([run.text for run in line]) for line in lines]
    items = [_is_item(text) for text in texts]
    is_list, mark = sum(items) > 1, 1.0
    parts = texts[:1]
    for number, text in enumerate(texts[1:], 1):
        above, line = lines[number - 1], lines[number]
        mark = above[0].start if items[number - 1] else mark
        anew = is_list and items[number]
        if not anew and width and scale is not None:
            goes_on = is_list and line[0].start > mark + scale.character / 2  # in line with the text of its item
            anew = not goes_on and _had_room(above, line, width, scale)
        parts.append(text) if anew else parts.append(join_lines(f"{parts.pop()}\n{text}", _HyphensStay()))
    return "\n".join(parts)


def _is_item(text: str) -> bool:
    """Whether it begins with the mark of an item, and words follow: a dash before a number is a minus."""
    return item_mark(text) is not None and any(map(str.isalpha, text[1:]))


def _is_upright(words: Sequence[Word]) -> bool:
    if all(word.writing != "across" for word in words):
        return bool(words)
    boxes = [word.box for word in words if len(word.text) > 3]
    return bool(boxes) and all(box.y1 - box.y0 > UPRIGHT * (box.x1 - box.x0) for box in boxes)


def _turned_place(word: Word) -> tuple[float, float]:
    """Lines that run up follow each other to the right, those that run down to the left."""
    if word.writing in ("down", "columns"):
        return -word.box.x1, word.box.y0
    return word.box.x0, -word.box.y0


def _had_room(above: Sequence[Run], line: Sequence[Run], width: float, scale: Scale) -> bool:
    """Whether the first word of a line had room in the line above."""
    first = line[0].words[0].box
    return above[-1].end - above[0].start + 2 * scale.character + first.x1 - first.x0 < width
