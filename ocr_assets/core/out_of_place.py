"""What readers give apart from what it belongs to: the marks of a list's items, and lines over a large heading."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from ocr_assets.core.lines import Line, fragments, same_row
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.pieces import Piece
from ocr_assets.core.regions import holds

LONGEST_BLANK: Final = 0.06
"""Between the mark of an item and its text, in 0..1 of the page's width."""
NEAR: Final = 0.03
"""Middles of what stands in one row are not further apart, in 0..1 of the page's height."""
LARGER: Final = 1.3
"""The type and the width of a heading over those of the line above it that belongs to it."""
MOST_TITLES: Final = 100
"""Of a page: more are none."""


def with_marks_in_place(words: Sequence[Word], tables: Sequence[Box] = ()) -> Sequence[Word]:
    """The words, the marks of items before their lines: readers of images may take these for a column of their own.

    Those in tables, whose cells may hold nothing else, stay, and all that a text layer gives.
    """
    if any(word.font for word in words):
        return words
    lines = fragments(list(enumerate(words)))
    marks = [line for line in lines if _is_mark(line) and not any(holds(table, line.box) for table in tables)]
    others = sorted((line for line in lines if not _is_mark(line)), key=_middle)
    middles = [_middle(line) for line in others]
    before: dict[int, Line] = {}
    for mark in marks:
        row = others[bisect_left(middles, _middle(mark) - NEAR) : bisect_right(middles, _middle(mark) + NEAR)]
        text = min((line for line in row if _is_after(mark.box, line.box)), key=lambda line: line.box.x0, default=None)
        if text and text.first != mark.first + 1:
            before.setdefault(text.first, mark)
    moved = {mark.first for mark in before.values()}
    ordered: list[Word] = []
    for place, word in enumerate(words):
        if place not in moved:
            ordered += [*(before[place].words if place in before else ()), word]
    return ordered


def _is_mark(line: Line) -> bool:
    return len(line.words) == 1 and item_mark(f"{line.text} x") == line.text


def _middle(line: Line) -> float:
    return (line.box.y0 + line.box.y1) / 2


def _is_after(mark: Box, text: Box) -> bool:
    return -0.01 < text.x0 - mark.x1 < LONGEST_BLANK and same_row(mark, text)


def with_kickers_in_place(pieces: Sequence[Piece], kinds: Sequence[BlockKind]) -> list[int]:
    """The order of the pieces, with each title right above a larger and wider one, but at the foot of a column that is
    read before, moved to that one.
    """
    order = list(range(len(pieces)))
    titles = [i for i in order if kinds[i] == "title" and pieces[i].lines]
    if len(titles) > MOST_TITLES:
        return order
    for i in titles:
        head = next((j for j in titles if j > i + 1 and _is_over(pieces[i], pieces[j])), None)
        if head is not None and pieces[head].box.y0 - pieces[i].box.y1 < _room_above(pieces[i].box, pieces):
            order.remove(i)
            order.insert(order.index(head), i)
    return order


def _is_over(line: Piece, head: Piece) -> bool:
    """Whether the line stands right above a heading in larger type that reaches further."""
    a, b = line.box, head.box
    wider = b.x1 - b.x0 > LARGER * (a.x1 - a.x0) and b.x0 - 0.01 < a.x0 and a.x1 < b.x1 + 0.01
    return wider and head.size > LARGER * line.size and 0 <= b.y0 - a.y1 < head.size


def _room_above(box: Box, pieces: Sequence[Piece]) -> float:
    column = (piece.box for piece in pieces if min(piece.box.x1, box.x1) > max(piece.box.x0, box.x0))
    return box.y0 - max((above.y1 for above in column if above.y1 < box.y1), default=0.0)
