"""Small pictures for the pages of Dagster's UI, as Markdown with the image inside.

They are kept in Dagster's event log, one for each materialization, so every one of them has a limit in bytes.
"""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from ocr_assets.core.document import Figure
from ocr_assets.core.pages import Block, BlockKind, Box, PageReading

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Size = tuple[int, int]
"""Width and height in pixels."""
STRIP_PAGES: Final = 8
STRIP_HEIGHT: Final = 180
THUMBNAIL: Final = (2 * STRIP_HEIGHT, STRIP_HEIGHT)
STRIP_BYTES: Final = 25_000
OVERLAY_WIDTH: Final = 640
OVERLAY_BYTES: Final = 60_000
TEXT_CHARACTERS: Final = 4_000
FIGURES: Final = 6
FIGURE_SIZE: Final = (260, 180)
FIGURE_BYTES: Final = 6_000
CAPTION_CHARACTERS: Final = 300
"""Limits: pages of a strip and pixels of their height, width of an overlay, figures of a strip, and so on. Bytes are
those of the WebP image; its text in Markdown is a third longer."""

QUALITIES: Final = (60, 35, 15)
"""Tried in this order: of 37 scans, 29 overlays are within their limit at the first."""
METHOD: Final = 2
"""Of WebP's 0 to 6: less than half the time of its default 4, for 3 % more bytes."""
PAPER: Final = "white"
COLOURS: Final[dict[BlockKind, str]] = {
    "title": "#c0392b",
    "text": "#2471a3",
    "list": "#148f77",
    "table": "#8e44ad",
    "figure": "#d35400",
    "figure_caption": "#e67e22",
    "table_caption": "#af7ac5",
    "equation": "#7d6608",
    "code": "#196f3d",
    "reference": "#5d6d7e",
    "header": "#909497",
    "footer": "#909497",
    "footnote": "#6e2c00",
    "stamp": "#c71585",
    "signature": "#c71585",
    "ink": "#c71585",
}
WORD_COLOUR: Final = "#e59866"
ENTITIES: Final = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#&~$"}


def thumbnails_strip(images: "Sequence[Image | bytes]") -> str:
    """The first pages side by side, as Markdown; "" without pages. `images` are encoded pages or thumbnails of them."""
    from PIL import Image

    pages = [_opened(image, THUMBNAIL) if isinstance(image, bytes) else image for image in images[:STRIP_PAGES]]
    if not pages:
        return ""
    gap = 6
    width = sum(page.width + gap for page in pages) + gap
    strip = Image.new("RGB", (width, STRIP_HEIGHT + 2 * gap), "#d5d8dc")
    x = gap
    for page in pages:
        strip.paste(page, (x, gap))
        x += page.width + gap
    return _inline(strip, STRIP_BYTES, f"pages 1 to {len(pages)}" if len(pages) > 1 else "page 1")


def reading_overlay(image: bytes, reading: PageReading) -> str:
    """The page with its blocks (colour and label by kind, in reading order), its words underlined, and its text.

    A Markdown table of two columns: the picture, and the text with the numbers of its blocks, cut where it is long.
    """
    from PIL import ImageDraw

    page = _opened(image, (OVERLAY_WIDTH, OVERLAY_WIDTH * 4))
    draw = ImageDraw.Draw(page)
    for word in reading.words:
        left, _, right, bottom = _pixels(word.box, page)
        draw.line((left, bottom + 1, right, bottom + 1), fill=WORD_COLOUR)  # a frame would hide the letters
    for number, block in enumerate(reading.blocks, 1):
        _draw_block(draw, block, number, page)
    picture = _inline(page, OVERLAY_BYTES, "the page with its blocks and words")
    head = f"read by {reading.reader}, confidence {reading.confidence:.2f}"
    numbered = (f"[{number}] {block.text}" for number, block in enumerate(reading.blocks, 1) if block.text)
    text = _cell("\n".join(numbered), TEXT_CHARACTERS)
    return f"| page | {_cell(head, CAPTION_CHARACTERS)} |\n| --- | --- |\n| {picture} | {text} |"


def figures_strip(figures: Sequence[Figure]) -> str:
    """The first figures with their captions as a Markdown table; "" without figures."""
    if not figures:
        return ""
    rows = ["| figure | page | caption | from |", "| --- | --- | --- | --- |"]
    for figure in figures[:FIGURES]:
        picture = _inline(_opened(figure.image, FIGURE_SIZE), FIGURE_BYTES, figure.kind)
        caption = _cell(figure.caption, CAPTION_CHARACTERS)
        rows.append(f"| {picture} | {figure.page} | {caption} | {figure.caption_source.replace('_', ' ')} |")
    more = len(figures) - FIGURES
    return "\n".join(rows) + (f"\n\nand {more} more" if more > 0 else "")


def shrunk(picture: "Image", size: Size) -> "Image":
    """The picture made to fit into this width and height; itself where it does."""
    from PIL.Image import Resampling

    scale = min(size[0] / picture.width, size[1] / picture.height)
    if scale >= 1:
        return picture
    small = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    # A fifth of an overlay's time less than bicubic.
    return picture.resize(small, Resampling.BILINEAR, reducing_gap=1.0)


def _opened(image: bytes, size: Size) -> "Image":
    """The encoded image in colour, made to fit into this width and height, on white where it is transparent."""
    from PIL import Image

    with Image.open(BytesIO(image)) as opened:
        opened.draft("RGB", size)
        whole = opened.convert("RGBA") if "A" in opened.getbands() or "transparency" in opened.info else opened
        picture = shrunk(whole, size)
        if picture.mode != "RGBA":
            return picture.convert("RGB")
        paper = Image.new("RGB", picture.size, PAPER)
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper


def _draw_block(draw: "ImageDraw", block: Block, number: int, page: "Image") -> None:
    """A frame and, over its upper left corner, a label."""
    colour = COLOURS[block.kind]
    left, top, right, bottom = _pixels(block.box, page)
    draw.rectangle((left, top, right, bottom), outline=colour, width=2)
    label = f"{number} {block.kind.replace('_', ' ')}"
    x, y = left, max(0, top - 12)
    draw.rectangle(draw.textbbox((x + 2, y), label), fill=colour, outline=colour, width=2)
    draw.text((x + 2, y), label, fill=PAPER)


def _pixels(box: Box, page: "Image") -> tuple[int, int, int, int]:
    right, bottom = page.width - 1, page.height - 1
    return round(box.x0 * right), round(box.y0 * bottom), round(box.x1 * right), round(box.y1 * bottom)


def _inline(picture: "Image", limit: int, alternative: str) -> str:
    """The picture as a Markdown image within `limit` bytes: worse first, then smaller."""
    while not (encoded := _best_within(picture, limit)):
        picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)))
    return f"![{alternative}](data:image/webp;base64,{b64encode(encoded).decode()})"


def _best_within(picture: "Image", limit: int) -> bytes:
    """The picture in the best quality that `limit` allows; empty where none does."""
    for quality in QUALITIES:
        out = BytesIO()
        picture.save(out, "WEBP", quality=quality, method=METHOD)
        if out.tell() <= limit:
            return out.getvalue()
    return b""


def _cell(text: str, limit: int) -> str:
    """Text for a cell of a Markdown table: on one line, which Dagster's UI cannot break, without mark-up of its own."""
    if len(text) > limit:
        text = text[:limit].rstrip() + " …"
    return " ".join(line.strip().translate(ENTITIES) for line in text.splitlines())
