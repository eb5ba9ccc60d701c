"""The text inside a picture, which no text layer has: of screenshots, charts, diagrams."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ocr_assets.core import confidence
from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.pages import Box, Word
from resources.page_readers.ppocr_lines import find_lines, read_lines

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_ROWS = 2  # that look like writing
LEAST_CONFIDENCE = 0.8  # of a word; textures and icons look like letters too
COVERED = 0.5  # share of a picture's marks from which the text layer has its text


def words_in_pictures(grey: "Image", pictures: Sequence[Box], words: Sequence[Word]) -> list[Word]:
    """What stands in these boxes of a page in mode L, by picture and line; nothing where `words` cover it already."""
    return [word for picture in pictures for word in _read(grey, picture, words)]


def _read(grey: "Image", picture: Box, words: Sequence[Word]) -> list[Word]:
    width, height = grey.size
    crop = grey.crop(
        (round(picture.x0 * width), round(picture.y0 * height), round(picture.x1 * width), round(picture.y1 * height))
    )
    if min(crop.size) < 8:
        return []
    ink = ink_of(crop)
    if ink.lines() < LEAST_ROWS or _is_covered(ink, picture, words):
        return []
    lines = read_lines(crop, find_lines(crop, ink.type_height() * crop.height))
    return [
        replace(
            read.word,
            box=_from_picture(read.word.box, picture),
            confidence=confidence.of_second(read.word.confidence),
        )
        for line in lines
        for read in line
        if read.word.confidence >= LEAST_CONFIDENCE
    ]


def _is_covered(ink: Ink, picture: Box, words: Sequence[Word]) -> bool:
    inside = [_to_picture(word.box, picture) for word in words if _overlaps(word.box, picture)]
    return bool(inside) and ink.coverage(inside) >= COVERED


def _overlaps(box: Box, picture: Box) -> bool:
    return box.x0 < picture.x1 and picture.x0 < box.x1 and box.y0 < picture.y1 and picture.y0 < box.y1


def _to_picture(box: Box, picture: Box) -> Box:
    width, height = picture.x1 - picture.x0, picture.y1 - picture.y0
    return Box(
        (box.x0 - picture.x0) / width,
        (box.y0 - picture.y0) / height,
        (box.x1 - picture.x0) / width,
        (box.y1 - picture.y0) / height,
    )


def _from_picture(box: Box, picture: Box) -> Box:
    width, height = picture.x1 - picture.x0, picture.y1 - picture.y0
    return Box(
        picture.x0 + box.x0 * width,
        picture.y0 + box.y0 * height,
        picture.x0 + box.x1 * width,
        picture.y0 + box.y1 * height,
    )
