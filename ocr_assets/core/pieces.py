"""What a region of a page falls into: paragraphs, lists, lines that are meant as lines. Each becomes a block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ocr_assets.core.breaks import INDENT, Paragraph, paragraphs_of
from ocr_assets.core.lines import Line, is_right_to_left
from ocr_assets.core.list_items import GOES_ON, LEVEL, item_mark
from ocr_assets.core.listings import listing_text
from ocr_assets.core.markdown import HARD_BREAK, is_contents
from ocr_assets.core.pages import BlockKind, Box
from ocr_assets.core.parts import Part
from ocr_assets.core.regions import bounding

FALLS_APART: Final[frozenset[BlockKind]] = frozenset({"text", "list", "reference", "title"})


@dataclass(frozen=True)
class Piece:
    """Lines of one block. `kind` and `region` are of the region, `box` is its own; a figure may have no lines."""

    kind: BlockKind
    box: Box
    lines: tuple[Line, ...]
    text: str
    region: Box

    @property
    def size(self) -> float:
        """Of its type; there must be lines."""
        return median(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        return bool(self.lines) and all(line.bold > 0.8 for line in self.lines)


def pieces_of(part: Part, column: tuple[float, float], leading: float) -> Iterator[Piece]:
    """The pieces of a part in reading order; `column` and `leading` as in `paragraphs_of`."""
    text = listing_text(part.lines) if part.kind == "code" else "\n".join(line.text for line in part.lines)
    if part.kind not in FALLS_APART or not part.lines or is_contents(text):
        yield Piece(part.kind, part.extent, tuple(part.lines), text, part.box)
        return
    run: list[Paragraph] = []
    for paragraph in paragraphs_of(part.lines, column, leading):
        if run and not _goes_with(run, paragraph):
            yield _piece(part, run)
            run = []
        run.append(paragraph)
    yield _piece(part, run)


def _goes_with(run: Sequence[Paragraph], paragraph: Paragraph) -> bool:
    """Whether it is one more item of a list, goes on in its last item, or one more single line."""
    if _is_item(run[0]):
        if paragraph.reason in ("type", "column"):
            return False
        item = next(before for before in reversed(run) if _is_item(before))
        return _is_item(paragraph) or _start(paragraph.lines[0]) > _text_start(item) - INDENT * _letter(item.lines)
    single = len(run[-1].lines) == len(paragraph.lines) == 1
    return single and paragraph.reason == "end" and not _is_item(paragraph)


def _is_item(paragraph: Paragraph) -> bool:
    return item_mark(paragraph.lines[0].text) is not None


def _piece(part: Part, run: Sequence[Paragraph]) -> Piece:
    lines = tuple(line for paragraph in run for line in paragraph.lines)
    if _is_item(run[0]):
        text = "\n".join(_list_lines(run))
    else:
        text = HARD_BREAK.join("\n".join(line.text for line in paragraph.lines) for paragraph in run)
    return Piece(part.kind, bounding([line.box for line in lines]), lines, text, part.box)


def _list_lines(run: Sequence[Paragraph]) -> Iterator[str]:
    """The lines of a list, indented by how far its items stand from the edge."""
    letter = _letter([line for paragraph in run for line in paragraph.lines])
    levels: list[float] = []
    for start in sorted(_start(paragraph.lines[0]) for paragraph in run if _is_item(paragraph)):
        if not levels or start - levels[-1] > INDENT * letter:
            levels.append(start)
    blanks = ""
    for paragraph in run:
        if _is_item(paragraph):
            start = _start(paragraph.lines[0])
            blanks = LEVEL * (sum(level <= start for level in levels) - 1)
            yield blanks + paragraph.lines[0].text
        else:
            yield blanks + GOES_ON + paragraph.lines[0].text
        for line in paragraph.lines[1:]:
            yield blanks + GOES_ON + line.text


def _start(line: Line) -> float:
    return 1 - line.box.x1 if is_right_to_left(line.text) else line.box.x0


def _text_start(item: Paragraph) -> float:
    """Where the text of an item starts, behind its mark."""
    first = item.lines[0]
    word = first.words[min(1, len(first.words) - 1)]
    return 1 - word.box.x1 if is_right_to_left(first.text) else word.box.x0


def _letter(lines: Sequence[Line]) -> float:
    return median((line.box.x1 - line.box.x0) / max(1, len(line.text)) for line in lines)
