"""Stamps, signatures and ink: what was put on a page after it was written, laid over its blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from ocr_assets.core.pages import Block, Box, FormField
from ocr_assets.core.regions import area, is_within

MarkedKind = Literal["stamp", "signature", "ink"]


@dataclass(frozen=True, slots=True)
class Marked:
    """A region of a page. `text` is what is surely known of it, "" where it was only seen."""

    kind: MarkedKind
    box: Box
    text: str = ""


def marked_fields(fields: Iterable[FormField]) -> tuple[Marked, ...]:
    """The signature fields of a form: their value says whether they are signed."""
    return tuple(Marked("signature", field.box, field.value) for field in fields if field.kind == "signature")


def marked_of(blocks: Iterable[Block]) -> tuple[Marked, ...]:
    """The regions that are among the blocks."""
    return tuple(
        Marked(cast("MarkedKind", block.kind), block.box, block.text)
        for block in blocks
        if block.kind in get_args(MarkedKind)
    )


def with_marked(blocks: Sequence[Block], marked: Sequence[Marked]) -> tuple[Block, ...]:
    """The blocks with these regions among them, each behind what stands above it; a figure that is one goes."""
    laid = [block for block in blocks if not (block.kind == "figure" and any(_is_it(block.box, m) for m in marked))]
    for region in sorted(marked, key=lambda region: (region.box.y0, region.box.x0), reverse=True):
        laid.insert(_place(region.box, laid), Block(region.kind, region.box, region.text))
    return tuple(laid)


def _is_it(figure: Box, marked: Marked) -> bool:
    return is_within(figure, marked.box) or (is_within(marked.box, figure) and area(figure) < 2 * area(marked.box))


def _place(box: Box, blocks: Sequence[Block]) -> int:
    """Behind the lowest block that begins over the box's middle in its column, and what else ends above it there."""
    middle = (box.y0 + box.y1) / 2
    body = [(i, block.box) for i, block in enumerate(blocks) if block.kind not in ("header", "footer", "footnote")]
    over = [(b.y0, i) for i, b in body if b.y0 <= middle and b.x0 < box.x1 and box.x0 < b.x1]
    place = max(over)[1] + 1 if over else 0
    while place < len(blocks) and blocks[place].box.y1 <= box.y0 and blocks[place].box.x0 < box.x1:
        place += 1
    return place
