"""What speaks for and against a table or figure in a box of a page: its words, and what is drawn there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ocr_assets.core.captions import labelled_kind
from ocr_assets.core.document import FigureKind
from ocr_assets.core.drawings import Drawn, Shape
from ocr_assets.core.line_numbers import line_numbers
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, area, holds, intersection
from ocr_assets.core.rulings import NO_RULINGS, Rulings, separators
from ocr_assets.core.text_grid import Grid, grid_of, lines_of

THIN: Final = 0.004
"""A level or upright shape thinner than this, in 0..1 of the page (three points on A4), is a rule."""
SHORT: Final = 0.04
"""A shorter one is none: stripes of a logo, squares of a matrix code."""
WIDE: Final = 0.7
"""Shapes of one row that take this share of a table's width together are rules or shading; bars of a chart are not."""
SHADED_ROWS: Final = 3
"""Of a table with so many shaded rows the narrower shapes are shaded cells."""
MOST_DRAWN: Final = 0.05
"""Bars, curves and images over this share of a box make it a chart. Tables have at most a few icons."""
BACKGROUND: Final = 0.4
"""Shapes larger than this share of the page are the background of something."""
SCAN: Final = 0.85
"""Images larger than this are the page's scan or its background."""
NEAR: Final = 0.04
"""A caption is not further from its figure, in 0..1 of the page."""
ROW: Final = 0.003
"""Shapes whose tops and bottoms differ by less are of one row."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of a page, what it draws besides (None where it is an image, of which nobody knows), its straight
    lines, and its captions that say what they are of: "Figure 3:"."""

    words: tuple[Word, ...]
    drawn: Drawn | None
    rulings: Rulings = NO_RULINGS
    captions: tuple[tuple[Box, FigureKind], ...] = ()

    @property
    def images(self) -> list[Box]:
        return [image for image in self.drawn.images if area(image) < SCAN] if self.drawn else []

    @property
    def shapes(self) -> Sequence[Shape]:
        return self.drawn.shapes if self.drawn else ()

    def draws_in(self, box: Box, tables: Iterable[Box] = ()) -> bool:
        """Whether anything but text, the page's background and what is of these tables is drawn in the box."""
        things = [*self.images, *(shape.box for shape in self.shapes if area(shape.box) < SCAN)]
        edge = 2 * THIN
        of_tables = [Box(t.x0 - edge, t.y0 - edge, t.x1 + edge, t.y1 + edge) for t in tables]
        things = [thing for thing in things if not any(holds(table, thing) for table in of_tables)]
        return any(t.x0 <= box.x1 and box.x0 <= t.x1 and t.y0 <= box.y1 and box.y0 <= t.y1 for t in things)

    def is_over_a_picture(self, box: Box) -> bool:
        """Whether an image fills its background: key figures on a photo."""
        return self.drawn is not None and any(intersection(i, box) > SCAN * area(box) for i in self.drawn.images)

    def words_in(self, box: Box) -> list[Word]:
        return [word for word in self.words if holds(box, word.box)]

    def grid(self, box: Box) -> Grid:
        return grid_of(lines_of(self.words_in(box)))

    def label(self, box: Box) -> FigureKind | None:
        """What a caption above or below calls the thing in the box."""
        for caption, kind in self.captions:
            across = min(caption.x1, box.x1) - max(caption.x0, box.x0)
            if across > 0 and max(caption.y0 - box.y1, box.y0 - caption.y1) < NEAR:
                return kind
        return None

    def rules(self, box: Box) -> int:
        """How many horizontal rules cross the box or bound it."""
        around = Box(box.x0, box.y0 - 2 * THIN, box.x1, box.y1 + 2 * THIN)
        rules = separators(self.rulings.within(around).across, THIN, THIN)
        return sum(rule.covers(box.x0, box.x1, WIDE) for rule in rules)

    def is_chart(self, box: Box) -> bool:
        """Whether bars, curves or images take a part of the box that they take of no table."""
        solid = [s for s in self.shapes if is_solid(s) and intersection(s.box, box) > 0]
        rows = _rows(shape.box for shape in solid if shape.is_plain)
        bars = [row for row in rows if _covered(row, box) <= WIDE]
        if len(rows) - len(bars) >= SHADED_ROWS:
            bars = []
        drawn = [*self.images, *(s.box for s in solid if not s.is_plain), *(bar for row in bars for bar in row)]
        return sum(intersection(thing, box) for thing in drawn) > MOST_DRAWN * area(box)


def evidence_of(words: Sequence[Word], drawn: Drawn | None, rulings: Rulings, regions: Iterable[Region]) -> Evidence:
    """`regions` are those that the model is sure of: some hold captions."""
    numbers = line_numbers(words)
    written = tuple(word for i, word in enumerate(words) if word.text.strip() and i not in numbers)
    evidence = Evidence(written, drawn, rulings)
    captions = []
    for region in regions:
        if region.kind in ("figure_caption", "table_caption", "text", "title"):
            kind = labelled_kind(" ".join(word.text for word in evidence.words_in(region.box)))
            captions += [(region.box, kind)] if kind else []
    return replace(evidence, captions=tuple(captions))


def is_rule(shape: Shape) -> bool:
    """A line that parts, frames or underlines."""
    width, height = shape.box.x1 - shape.box.x0, shape.box.y1 - shape.box.y0
    return shape.is_plain and min(width, height) < THIN and max(width, height) > SHORT


def is_solid(shape: Shape) -> bool:
    """No rule, no frame, no background: a bar, a curve, the shading of a cell."""
    return not is_rule(shape) and area(shape.box) < BACKGROUND and (shape.is_filled or not shape.is_plain)


def _rows(boxes: Iterable[Box]) -> list[list[Box]]:
    """Boxes of the same top and bottom."""
    rows = defaultdict(list)
    for box in boxes:
        rows[round(box.y0 / ROW), round(box.y1 / ROW)].append(box)
    return list(rows.values())


def _covered(row: Sequence[Box], box: Box) -> float:
    """The share of the box's width that the row covers."""
    covered, end = 0.0, box.x0
    for part in sorted(row):
        covered += max(0.0, min(part.x1, box.x1) - max(part.x0, end))
        end = max(end, part.x1)
    return covered / max(box.x1 - box.x0, 1e-9)
