"""Paragraphs that a layout model takes into a figure: they stand above or below all that the figure draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import holds, intersection
from ocr_assets.core.text_grid import Line, lines_of

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_WORDS: Final = 5
"""Of a line of text; labels of axes have fewer, and legends stand apart."""
LEAST_LINES: Final = 2
"""Of a text, one below the other; titles and notes of a chart are its own."""
CLOSE: Final = 2.5
"""Times their height lines of a text are apart at most."""
AROUND: Final = 0.3
"""Of a word's height: as far around its box is ink of its own."""
LEAST_DRAWN: Final = 0.25
"""Of a figure's width and height: what is left is a figure if it takes as much of one of them."""


def without_paragraphs(figure: Box, words: Sequence[Word], shown: Image) -> Box:
    """The figure without the texts above and below what it draws; `shown` is 0 where the page has its own colour."""
    inside = [word for word in words if holds(figure, word.box)]
    if len(inside) < LEAST_WORDS * LEAST_LINES:
        return figure
    drawing = _drawing(figure, [word for word in words if intersection(figure, word.box)], shown)
    if drawing is None:
        return figure
    below = lines_of([word for word in inside if word.box.y0 + word.box.y1 > 2 * drawing.y1])
    above = lines_of([word for word in inside if word.box.y0 + word.box.y1 < 2 * drawing.y0])
    top = max((line.box.y1 for line in _text(above[::-1])), default=figure.y0)
    bottom = min((line.box.y0 for line in _text(below)), default=figure.y1)
    return figure._replace(y0=max(figure.y0, top), y1=min(figure.y1, bottom)) if top < bottom else figure


def _drawing(figure: Box, words: Sequence[Word], shown: Image) -> Box | None:
    """Around all that shows in the figure besides its words."""
    from PIL import ImageDraw

    width, height = shown.size
    left, top = int(figure.x0 * width), int(figure.y0 * height)
    ink = shown.crop((left, top, round(figure.x1 * width), round(figure.y1 * height)))
    draw = ImageDraw.Draw(ink)
    for word in words:
        x0, y0, x1, y1 = word.box
        more = AROUND * (y1 - y0) * height
        place = (x0 * width - more - left, y0 * height - more - top, x1 * width + more - left, y1 * height + more - top)
        draw.rectangle(place, fill=0)
    found = ink.getbbox()
    if found is None or max((found[2] - found[0]) / ink.width, (found[3] - found[1]) / ink.height) < LEAST_DRAWN:
        return None
    x0, y0, x1, y1 = found
    return Box((left + x0) / width, (top + y0) / height, (left + x1) / width, (top + y1) / height)


def _text(lines: Sequence[Line]) -> Sequence[Line]:
    """Of the lines from the drawing outward those from the first long one, if they hold a text."""
    long = [max(map(len, line.cells)) >= LEAST_WORDS for line in lines]
    text = lines[long.index(True) :] if any(long) else []
    height = median(line.box.y1 - line.box.y0 for line in text) if text else 0.0
    steps = [abs(a.box.y0 - b.box.y0) for a, b in pairwise(text)]
    pairs = pairwise(long[len(lines) - len(text) :])
    close = sum(step < CLOSE * height and all(pair) for step, pair in zip(steps, pairs, strict=True))
    return text if close >= LEAST_LINES - 1 else []
