"""The text inside a picture, which no text layer has: of screenshots, charts, diagrams."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ocr_assets.core import confidence
from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import Box, Word
from resources.page_readers.ppocr_lines import find_lines, read_lines

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_ROWS = 2  # that look like writing
LEAST_CONFIDENCE = 0.8  # of a word; textures and icons look like letters too
LEAST_SIDE = 8  # pixels


def words_in_picture(page: "Image", picture: Box) -> list[Word]:
    """What stands in this box of a page's image, line by line."""
    width, height = page.size
    left, right = round(picture.x0 * width), round(picture.x1 * width)
    crop = page.crop((left, round(picture.y0 * height), right, round(picture.y1 * height))).convert("L")
    if min(crop.size) < LEAST_SIDE:
        return []
    ink = ink_of(crop)
    if ink.lines() < LEAST_ROWS:
        return []
    lines = read_lines(crop, find_lines(crop, ink.type_height() * crop.height))
    return [_on_page(read.word, picture) for line in lines for read in line if read.word.confidence >= LEAST_CONFIDENCE]


def _on_page(word: Word, picture: Box) -> Word:
    width, height = picture.x1 - picture.x0, picture.y1 - picture.y0
    box = Box(
        picture.x0 + word.box.x0 * width,
        picture.y0 + word.box.y0 * height,
        picture.x0 + word.box.x1 * width,
        picture.y0 + word.box.y1 * height,
    )
    return replace(word, box=box, confidence=confidence.of_second(word.confidence))
