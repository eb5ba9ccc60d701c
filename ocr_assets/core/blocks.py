"""Blocks of a page from a reader's words and the regions of a layout model. Every word ends up in exactly one block."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ocr_assets.core.lines import Line, beside, fragments, is_right_to_left, rows, same_row, type_size
from ocr_assets.core.pages import OUTSIDE_BODY, Block, BlockKind, Box, PageReading, Word
from ocr_assets.core.reading_order import by_geometry, is_sane
from ocr_assets.core.regions import Region, area, bounding, intersection

_LIST_ITEM = re.compile(r"^(?:[•▪●○◦‣∙·■□*\u2013\u2014-]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of)\s*\d{1,4})?\W*$", re.IGNORECASE)
_MARGIN = 0.07
_TITLE = 1.12
"""Size of type against the body's, from which on a header is a title; running heads are set small."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A block in the making: its words with their places in the reader's order."""

    kind: BlockKind
    box: Box
    words: tuple[tuple[int, Word], ...]

    @property
    def lines(self) -> list[Line]:
        return _ordered_lines(rows(fragments(self.words)))


def assembled(reader: str, words: Sequence[Word], regions: Sequence[Region]) -> PageReading:
    """The reading of a page from its words, in the reader's order, and its regions, free of overlaps."""
    blocks = blocks_of(words, regions)
    body = (block.text for block in blocks if block.kind not in OUTSIDE_BODY and block.text)
    letters = sum(len(word.text) for word in words)
    confidence = sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0
    return PageReading(reader, "\n\n".join(body), min(1.0, confidence), blocks, tuple(words))


def blocks_of(words: Sequence[Word], regions: Sequence[Region]) -> tuple[Block, ...]:
    """Blocks in reading order. Regions without words stay only where they are figures or tables."""
    regions = [region for region in regions if not _is_writing(region, words)]
    homes = _homes(words, regions)
    parts = [
        _Part(region.kind, region.box, tuple((i, words[i]) for i, home in enumerate(homes) if home == r))
        for r, region in enumerate(regions)
    ]
    parts = [part for part in parts if part.words or part.kind in ("figure", "table")]
    parts = _with_loose(parts, [(i, words[i]) for i, home in enumerate(homes) if home is None])
    body_size = _body_size(parts)
    return tuple(_block(part, body_size) for part in _in_order(parts))


def _is_writing(region: Region, words: Sequence[Word]) -> bool:
    """A figure or table as full of words as only text is: pages of a receipt or of formulas are taken for them.

    Words take 1 to 20 % of a figure's area, up to 33 % of a table's, and more than that of a paragraph's.
    """
    inside = [(i, word) for i, word in enumerate(words) if _holds(region, word)]
    if region.kind not in ("figure", "table") or not inside:
        return False
    full = sum(area(word.box) for _, word in inside) > area(region.box) * (0.15 if area(region.box) > 0.5 else 0.35)
    return full and (region.kind == "figure" or not _is_tabular(inside))


def _is_tabular(words: Sequence[tuple[int, Word]]) -> bool:
    lines = rows(fragments(words))
    return sum(len(fragments(list(enumerate(line.words)))) > 1 for line in lines) > 0.2 * len(lines)


def _homes(words: Sequence[Word], regions: Sequence[Region]) -> list[int | None]:
    """For each word the region that holds it. A word just outside goes along with its neighbour in the line."""
    homes = [_home(word, regions) for word in words]
    for step in (1, -1):
        sequence = range(len(words)) if step == 1 else range(len(words) - 1, -1, -1)
        for i in sequence:
            last = i - step
            if (
                homes[i] is None
                and 0 <= last < len(words)
                and homes[last] is not None
                and beside(words[last], words[i])
            ):
                homes[i] = homes[last]
    return homes


def _home(word: Word, regions: Sequence[Region]) -> int | None:
    holding = [r for r, region in enumerate(regions) if _holds(region, word)]
    return max(holding, key=lambda r: intersection(word.box, regions[r].box), default=None)


def _holds(region: Region, word: Word) -> bool:
    x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
    return region.box.x0 <= x <= region.box.x1 and region.box.y0 <= y <= region.box.y1


def _with_loose(parts: Sequence[_Part], words: Sequence[tuple[int, Word]]) -> list[_Part]:
    """The parts and the words that no region holds: lines that follow closely on a text go to it, the others form
    paragraphs of their own."""
    grown = list(parts)
    open_part = -1
    for fragment in fragments(words):
        before = next((p for p, part in enumerate(grown) if _ends_at(part, fragment.first - 1)), open_part)
        if before >= 0 and grown[before].kind == "text" and _follows(grown[before].lines[-1], fragment):
            open_part = before
            grown[before] = _joined(grown[before], fragment)
        else:
            open_part = len(grown)
            grown.append(_Part("text", fragment.box, _numbered(fragment)))
    return grown


def _ends_at(part: _Part, place: int) -> bool:
    return bool(part.words) and part.words[-1][0] == place


def _joined(part: _Part, fragment: Line) -> _Part:
    words = tuple(sorted((*part.words, *_numbered(fragment))))
    return _Part(part.kind, bounding([part.box, fragment.box]), words)


def _numbered(fragment: Line) -> tuple[tuple[int, Word], ...]:
    return tuple((fragment.first + n, word) for n, word in enumerate(fragment.words))


def _follows(last: Line, part: Line) -> bool:
    if same_row(last.box, part.box):
        return True
    gap = part.box.y0 - last.box.y1
    alike = last.size == 0 or 0.7 < part.size / last.size < 1.4
    overlap = min(last.box.x1, part.box.x1) - max(last.box.x0, part.box.x0)
    return alike and -0.4 * last.size < gap < 0.8 * max(last.size, part.size) and overlap > 0


# --- order ----------------------------------------------------------------------------------------------------------


def _ordered_lines(lines: list[Line]) -> list[Line]:
    if is_sane([line.box for line in lines]):
        return lines
    backwards = is_right_to_left(" ".join(line.text for line in lines))
    return [lines[i] for i in by_geometry([line.box for line in lines], right_to_left=backwards)]


def _in_order(parts: Sequence[_Part]) -> list[_Part]:
    """By the reader's order where it is sane, else by geometry; figures without words by geometry always."""
    written = sorted((part for part in parts if part.words), key=lambda part: median(i for i, _ in part.words))
    if not is_sane([part.box for part in written]):
        backwards = is_right_to_left(" ".join(word.text for part in written for _, word in part.words))
        written = [written[i] for i in by_geometry([part.box for part in written], right_to_left=backwards)]
    for part in parts:
        if not part.words:
            written.insert(_place(part.box, [other.box for other in written]), part)
    return written


def _place(box: Box, ordered: Sequence[Box]) -> int:
    """Where a box without words goes: behind the nearest one that stands over it in its column."""
    over = [
        i for i, other in enumerate(ordered) if other.y1 <= box.y0 + 0.01 and other.x0 < box.x1 and box.x0 < other.x1
    ]
    return max(over, key=lambda i: ordered[i].y1) + 1 if over else 0


# --- blocks ---------------------------------------------------------------------------------------------------------


def _body_size(parts: Sequence[_Part]) -> float:
    sizes = [type_size(word) for part in parts if part.kind == "text" for _, word in part.words]
    sizes = sizes or [type_size(word) for part in parts for _, word in part.words]
    return median(sizes) if sizes else 0.0


def _block(part: _Part, body_size: float) -> Block:
    lines = part.lines
    text = "\n".join(line.text for line in lines)
    box = bounding([part.box, *(line.box for line in lines)])
    if part.kind == "table" and lines:
        text = _table_text(part, lines)
    size = median(line.size for line in lines) / body_size if lines and body_size else 1.0
    kind = _refined(part.kind, box, text, size)
    return Block(kind, box, text, _level(size) if kind == "title" else None)


def _table_text(part: _Part, lines: Sequence[Line]) -> str:
    from ocr_assets.core.tables import markdown_table

    return markdown_table(tuple(word for _, word in part.words), part.box) or "\n".join(line.text for line in lines)


def _refined(kind: BlockKind, box: Box, text: str, size: float) -> BlockKind:
    """What the layout model does not tell, or gets wrong.

    It takes large titles at the top for headers, and knows neither lists nor page numbers in the margin. `size` is
    that of the type against the body's.
    """
    if kind in OUTSIDE_BODY and size > _TITLE:
        return "title"
    if kind in OUTSIDE_BODY and 0.15 < (box.y0 + box.y1) / 2 < 0.85:
        return "text"
    if kind != "text":
        return kind
    if (box.y1 < _MARGIN or box.y0 > 1 - _MARGIN) and _PAGE_NUMBER.match(text):
        return "header" if box.y1 < _MARGIN else "footer"
    return "list" if _LIST_ITEM.match(text) else "text"


def _level(size: float) -> int:
    """1..3 by the size of the title's type against the body's."""
    return 1 if size >= 1.6 else 2 if size >= 1.25 else 3
