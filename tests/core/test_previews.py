import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr_assets.core.document import Figure
from ocr_assets.core.figures import cut
from ocr_assets.core.pages import Block, Box, PageReading, Word
from ocr_assets.core.previews import (
    FIGURE_BYTES,
    FIGURES,
    OVERLAY_BYTES,
    OVERLAY_WIDTH,
    STRIP_BYTES,
    figures_strip,
    reading_overlay,
    thumbnails_strip,
)

DOCUMENTS = Path(__file__).parents[1] / "documents"


@pytest.fixture(scope="module")
def pages() -> list[bytes]:
    with pypdfium2.PdfDocument(DOCUMENTS / "multi_page.pdf") as document:
        return [png(page.render(scale=100 / 72).to_pil()) for page in document]


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def noise() -> bytes:
    """What compresses worst."""
    return png(Image.effect_noise((1000, 1400), 100))


def pictures(markdown: str) -> list[bytes]:
    return [b64decode(data) for data in re.findall(r"\(data:image/webp;base64,([^)]*)\)", markdown)]


def reading(text: str) -> PageReading:
    blocks = (Block("title", Box(0.1, 0.0, 0.9, 0.1), "T"), Block("text", Box(0.1, 0.2, 0.9, 0.9), text))
    return PageReading("tesseract", text, 0.875, blocks, (Word("T", Box(0.1, 0.0, 0.2, 0.1), 1.0),))


def test_the_first_pages_make_one_small_strip(pages: list[bytes]) -> None:
    (strip,) = pictures(thumbnails_strip(pages))
    assert len(strip) <= STRIP_BYTES
    with Image.open(BytesIO(strip)) as picture:
        assert picture.width > 4 * picture.height * 0.6


def test_no_pages_give_no_strip() -> None:
    assert thumbnails_strip([]) == ""


def test_the_overlay_is_bounded_and_has_the_blocks_in_their_colours(pages: list[bytes]) -> None:
    (overlay,) = pictures(reading_overlay(pages[0], reading("text")))
    assert len(overlay) <= OVERLAY_BYTES
    with Image.open(BytesIO(overlay)) as picture:
        assert picture.width == OVERLAY_WIDTH
        red, green, blue = picture.convert("RGB").getpixel(
            (round(0.1 * OVERLAY_WIDTH), round(0.6 * picture.height))
        )  # the text block's frame
    assert blue > red + 50
    assert blue > green + 20


def test_pictures_of_noise_stay_within_their_limits() -> None:
    page = noise()
    figure = Figure(1, "figure", Box(0, 0, 1, 1), "c", "document", "", cut(page, Box(0, 0, 1, 1)))
    assert len(pictures(thumbnails_strip([page] * 8))[0]) <= STRIP_BYTES
    assert len(pictures(reading_overlay(page, reading("text")))[0]) <= OVERLAY_BYTES
    assert len(pictures(figures_strip([figure]))[0]) <= FIGURE_BYTES


def test_the_text_beside_the_page_cannot_break_the_table(pages: list[bytes]) -> None:
    markdown = reading_overlay(pages[0], reading("a | b\n<script> # *x*\n" + "long " * 2000))
    head, rule, row = markdown.split("\n")
    assert head == "| page | read by tesseract, confidence 0.88 |"
    assert rule == "| --- | --- |"
    assert row.count("|") == 3
    assert "a &#124; b &#60;script&#62; &#35; &#42;x&#42; long" in row
    assert len(row) < OVERLAY_BYTES * 4 / 3 + 6000


def test_figures_come_with_caption_and_its_source_and_only_the_first_ones(pages: list[bytes]) -> None:
    box = Box(0.1, 0.1, 0.5, 0.3)
    figures = [
        Figure(2, "figure", box, f"Figure {n}", "text_inside", "", cut(pages[0], box)) for n in range(FIGURES + 2)
    ]
    markdown = figures_strip(figures)
    assert len(pictures(markdown)) == FIGURES
    assert "| 2 | Figure 0 | text inside |" in markdown
    assert markdown.endswith("\n\nand 2 more")
    assert figures_strip([]) == ""
