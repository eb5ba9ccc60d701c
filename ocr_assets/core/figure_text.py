"""Paragraphs that a layout model takes into a figure: above or below all that it draws, or in a column beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from ocr_assets.core.lines import Line as TextLine
from ocr_assets.core.lines import fragments
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, bounding, holds, intersection
from ocr_assets.core.text_grid import Line, lines_of

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_WORDS: Final = 5
"""Of a line of text; labels of axes have fewer, and legends stand apart."""
LEAST_LINES: Final = 2
"""Of a text, one below the other; titles and notes of a chart are its own."""
LEAST_PARAGRAPH: Final = 4
"""Lines of a text amid a figure; its labels have fewer."""
FLUSH: Final = 0.006
"""In 0..1 of the page's width: lines of a paragraph begin or end as close to each other."""
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
    long = [any(map(_is_long, line.cells)) for line in lines]
    text = lines[long.index(True) :] if any(long) else []
    height = median(line.box.y1 - line.box.y0 for line in text) if text else 0.0
    steps = [abs(a.box.y0 - b.box.y0) for a, b in pairwise(text)]
    pairs = pairwise(long[len(lines) - len(text) :])
    close = sum(step < CLOSE * height and all(pair) for step, pair in zip(steps, pairs, strict=True))
    return text if close >= LEAST_LINES - 1 else []


def _is_long(words: Sequence[Word]) -> bool:
    return sum(any(map(str.isalpha, word.text)) for word in words) >= LEAST_WORDS


def with_paragraphs(regions: Sequence[Region], words: Sequence[Word]) -> list[Region]:
    """The regions with a text for each paragraph that stands within a figure, before all others."""
    found = []
    for region in regions:
        if region.kind == "figure":
            inside = [(i, word) for i, word in enumerate(words) if holds(region.box, word.box)]
            for lines in _paragraphs(fragments(inside)):
                found.append(Region("text", bounding([line.box for line in lines]), region.score))
    return [*found, *regions]


def _paragraphs(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """Runs of long lines flush with each other, with the shorter line that ends them."""
    run: list[TextLine] = []
    for line in lines:
        if run and _is_long(run[-1].words) and _goes_on(run[-1], line):
            run.append(line)
            continue
        yield from _whole(run)
        run = [line]
    yield from _whole(run)


def _whole(run: list[TextLine]) -> Iterator[list[TextLine]]:
    if len(run) >= LEAST_PARAGRAPH:
        yield run


def _goes_on(above: TextLine, below: TextLine) -> bool:
    is_near = 0 < below.base - above.base < CLOSE * above.size and 0.8 < below.size / above.size < 1.25
    return is_near and min(abs(above.box.x0 - below.box.x0), abs(above.box.x1 - below.box.x1)) < FLUSH
