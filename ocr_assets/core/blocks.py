"""Blocks of a page from a reader's words and the regions of a layout model. Every word ends up in exactly one block."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from ocr_assets.core.block_kinds import is_writing, level_of, refined
from ocr_assets.core.lines import Line, beside, fragments, is_right_to_left, rows, same_row, type_size
from ocr_assets.core.pages import OUTSIDE_BODY, Block, BlockKind, Box, PageReading, Word
from ocr_assets.core.reading_order import by_geometry, is_sane
from ocr_assets.core.regions import Region, bounding, holds, intersection
from ocr_assets.core.ruled_tables import with_ruled_tables
from ocr_assets.core.rulings import NO_RULINGS, Rulings
from ocr_assets.core.table_text import table_text
from ocr_assets.core.tables import find_table


@dataclass(frozen=True, slots=True)
class _Part:
    """A block in the making: its words with their places in the reader's order."""

    kind: BlockKind
    box: Box
    words: tuple[tuple[int, Word], ...]

    @property
    def lines(self) -> list[Line]:
        return _ordered_lines(rows(fragments(self.words)))


def assembled(
    reader: str, words: Sequence[Word], regions: Sequence[Region], rulings: Rulings = NO_RULINGS
) -> PageReading:
    """The reading of a page from its words, in the reader's order, its regions, free of overlaps, and its rulings."""
    blocks = blocks_of(words, regions, rulings)
    body = (block.text for block in blocks if block.kind not in OUTSIDE_BODY and block.text)
    letters = sum(len(word.text) for word in words)
    confidence = sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0
    return PageReading(reader, "\n\n".join(body), min(1.0, confidence), blocks, tuple(words))


def blocks_of(words: Sequence[Word], regions: Sequence[Region], rulings: Rulings = NO_RULINGS) -> tuple[Block, ...]:
    """Blocks in reading order. Regions without words stay only where they are figures or tables."""
    regions = [region for region in regions if not is_writing(region, words)]
    regions = with_ruled_tables(regions, rulings, words)
    homes = _homes(words, regions)
    parts = [
        _Part(region.kind, region.box, tuple((i, words[i]) for i, home in enumerate(homes) if home == r))
        for r, region in enumerate(regions)
    ]
    parts = [part for part in parts if part.words or part.kind in ("figure", "table")]
    parts = _with_loose(parts, [(i, words[i]) for i, home in enumerate(homes) if home is None])
    body_size = _body_size(parts) if words else 0.0
    blocks = tuple(_block(part, parts, body_size, rulings) for part in _in_order(parts))
    if any(block.text for block in blocks if block.kind not in OUTSIDE_BODY):
        return blocks
    # Nothing but headers and footers: then they are the page, and its text must not be empty.
    return tuple(replace(block, kind="text") if block.kind in OUTSIDE_BODY else block for block in blocks)


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
    holding = [r for r, region in enumerate(regions) if holds(region.box, word.box)]
    return max(holding, key=lambda r: intersection(word.box, regions[r].box), default=None)


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
    words = tuple(sorted((*part.words, *_numbered(fragment)), key=lambda numbered: numbered[0]))
    return _Part(part.kind, bounding([part.box, fragment.box]), words)


def _numbered(fragment: Line) -> tuple[tuple[int, Word], ...]:
    return tuple((fragment.first + n, word) for n, word in enumerate(fragment.words))


def _follows(last: Line, part: Line) -> bool:
    if same_row(last.box, part.box):
        return True
    gap = part.box.y0 - last.box.y1
    alike = 0.7 < part.size / last.size < 1.4
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
    """Size of the type that most of the text is set in; there must be words."""
    choices = (("text",), ("list", "reference", "table", "equation", "figure_caption", "table_caption"))
    for kinds in choices:
        if sizes := [type_size(word) for part in parts if part.kind in kinds for _, word in part.words]:
            return median(sizes)
    return median(type_size(word) for part in parts for _, word in part.words)


def _block(part: _Part, page: Sequence[_Part], body_size: float, rulings: Rulings) -> Block:
    lines = part.lines
    if not lines:
        return Block(part.kind, part.box, "")
    text = _table_text(part, lines, rulings) if part.kind == "table" else _plain(lines)
    box = bounding([part.box, *(line.box for line in lines)])
    size = median(line.size for line in lines) / body_size
    kind = refined(part.kind, box, text, size, _gap_below(box, page) / body_size)
    return Block(kind, box, text, level_of(size) if kind == "title" else None)


def _gap_below(box: Box, page: Sequence[_Part]) -> float:
    """Down to the next part that is not outside of the body too; the rest of the page where there is none."""
    tops = [part.box.y0 for part in page if part.kind not in OUTSIDE_BODY and part.box.y1 > box.y1]
    return min(tops, default=1.0) - box.y1


def _table_text(part: _Part, lines: Sequence[Line], rulings: Rulings) -> str:
    table = find_table([word for _, word in part.words], part.box, rulings)
    return table_text(table) if table else _plain(lines)


def _plain(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)
