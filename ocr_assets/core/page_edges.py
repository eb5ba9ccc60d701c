"""What stands near the upper and lower edges of a document's pages: among it are running heads and page numbers."""

from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

from ocr_assets.core.margins import is_number
from ocr_assets.core.pages import Block

ZONE: Final = 0.15
"""Nothing further from the upper and lower edge is looked at, in 0..1 of the page's height."""
NUMBER_ZONE: Final = 0.2
"""But for page numbers."""
LONGEST: Final = 200
LARGE: Final = 1.2
"""Type larger than this, as a multiple of the body's, makes a heading, and headings may repeat."""

Pages = Sequence[tuple[int, Sequence[Block]]]


class Place(NamedTuple):
    """A block of the document: its page and its place among the page's blocks."""

    page: int
    block: int


class Edges:
    """The blocks of all pages, and where those near the edges are: by page, and whether it is the upper edge.

    `lowest` are numbers further up with nothing below them: pages made from HTML have theirs right below their text.
    """

    def __init__(self, pages: Pages) -> None:
        self.blocks = dict(pages)
        sizes = [block.size for _, blocks in pages for block in blocks if block.kind == "text" and block.size]
        self.size = median(sizes) if sizes else 0.0
        self.near = {
            (page, top): [Place(page, i) for i, block in enumerate(blocks) if _is_near(block, top=top)]
            for page, blocks in pages
            for top in (True, False)
        }
        ends = (Place(page, _lowest(blocks)) for page, blocks in pages if blocks)
        self.lowest = [end for end in ends if is_number(self.at(end).text) and end not in self.near[end.page, False]]

    def at(self, place: Place) -> Block:
        return self.blocks[place.page][place.block]

    def is_large(self, block: Block) -> bool:
        return (block.size or 0.0) > LARGE * self.size


def _is_near(block: Block, *, top: bool) -> bool:
    short = block.text.strip() and len(block.text) <= LONGEST and block.text.count("\n") < 3
    reach = block.box.y1 if top else 1 - block.box.y0
    zone = NUMBER_ZONE if is_number(block.text) else ZONE
    return bool(short) and block.kind not in ("table", "figure", "code") and reach <= zone


def _lowest(blocks: Sequence[Block]) -> int:
    return max(range(len(blocks)), key=lambda i: blocks[i].box.y0)
