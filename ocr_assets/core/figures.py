"""Figures and tables of a page: where they are, their captions and their pictures."""

from collections.abc import Callable, Sequence
from io import BytesIO
from textwrap import shorten
from typing import TYPE_CHECKING, Final, NamedTuple

from ocr_assets.core.captions import captions_of
from ocr_assets.core.document import CaptionSource, Figure, FigureKind
from ocr_assets.core.lines import same_row
from ocr_assets.core.pages import Block, Box, Word
from ocr_assets.core.paragraphs import join_lines
from ocr_assets.core.regions import area, intersection
from ocr_assets.core.table_text import plain_lines

if TYPE_CHECKING:
    from PIL.Image import Image

MARGIN: Final = 0.004
"""What is kept around a region in its picture, in 0..1 of the page."""
QUALITY: Final = 80
MOST_PIXELS: Final = 8_000
"""On a side of a picture: WebP ends at 16,383, and nobody looks at more."""
LONGEST_INSIDE: Final = 200
"""Characters of the text inside that stand in for a caption."""


class FoundFigure(NamedTuple):
    """A figure or table of a page before its picture is cut."""

    kind: FigureKind
    box: Box


PictureReader = Callable[["Image", Box], Sequence[Word]]
"""Reads the words within a box of a page's image."""


def page_figures(
    image: bytes,
    page: int,
    blocks: Sequence[Block],
    words: Sequence[Word] = (),
    read: PictureReader = lambda _image, _box: (),
    *,
    formulas: bool = False,
) -> tuple[Figure, ...]:
    """The figures and tables of a page in reading order, with caption, text inside and picture; `formulas` too if
    asked for.

    `image` is the encoded upright page, `blocks` and `words` its reading; `read` is asked for the text of figures in
    which that has none. The caption is the one printed beside it, which formulas have none of, else the text inside,
    else none.
    """
    from PIL import Image

    found = [
        FoundFigure(block.kind, block.box)
        for block in blocks
        if block.kind == "figure" or block.kind == "table" or (formulas and block.kind == "equation")
    ]
    if not found:
        return ()
    captions = captions_of(found, blocks)
    figures = []
    with Image.open(BytesIO(image)) as picture:
        for index, (kind, box) in enumerate(found):
            text = text_inside(box, blocks, apart_from=captions.get(index)) or words_inside(box, words)
            if not text and kind == "figure":
                text = words_inside(box, read(picture, box))
            caption, source = _caption(blocks[captions[index]].text if index in captions else "", text)
            figures.append(Figure(page, kind, box, caption, source, text, _cut(picture, box)))
    return tuple(figures)


def reading_position(box: Box, blocks: Sequence[Block]) -> int:
    """How many blocks are read before this box: those up to the last one that stands above it or is it."""
    before = [
        index
        for index, block in enumerate(blocks)
        if block.box.x0 < box.x1
        and box.x0 < block.box.x1
        and (block.box.y0 + block.box.y1) / 2 <= (box.y0 + box.y1) / 2
    ]
    return max(before, default=-1) + 1


def text_inside(box: Box, blocks: Sequence[Block], apart_from: int | None = None) -> str:
    """The texts of the blocks that lie within the box, one below the other, without the block that is its caption."""
    inside = (
        plain_lines(block.text)
        for index, block in enumerate(blocks)
        if index != apart_from and intersection(block.box, box) > 0.7 * area(block.box)
    )
    return "\n".join(text for text in inside if text.strip())


def words_inside(box: Box, words: Sequence[Word]) -> str:
    """The words within the box, in the reader's order, a line a row: for a figure within a larger block of text."""
    found: list[list[Word]] = []
    for word in words:
        if intersection(word.box, box) > 0.5 * area(word.box):
            if found and same_row(found[-1][-1].box, word.box):
                found[-1].append(word)
            else:
                found.append([word])
    return "\n".join(" ".join(word.text for word in row) for row in found)


def caption_text(text: str) -> str:
    """A printed caption on one line."""
    return join_lines(text, {})


def cut(image: bytes, box: Box) -> bytes:
    """The part of the encoded page that the box covers, with a small margin, as WebP."""
    from PIL import Image

    with Image.open(BytesIO(image)) as picture:
        return _cut(picture, box)


def _cut(picture: "Image", box: Box) -> bytes:
    width, height = picture.size
    left, top = int(max(0.0, box.x0 - MARGIN) * width), int(max(0.0, box.y0 - MARGIN) * height)
    right, bottom = round(min(1.0, box.x1 + MARGIN) * width), round(min(1.0, box.y1 + MARGIN) * height)
    part = picture.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    part.thumbnail((MOST_PIXELS, MOST_PIXELS))
    out = BytesIO()
    part.convert("RGB").save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def _caption(printed: str, inside: str) -> tuple[str, CaptionSource]:
    if printed.strip():
        return caption_text(printed), "document"
    if inside.strip():
        return shorten(inside, LONGEST_INSIDE, placeholder=" …"), "text_inside"
    return "", "none"
