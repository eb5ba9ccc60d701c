"""Where the figures of a page are: what a layout model saw, checked against what the page draws, and what it missed.

The model knows the figures of papers. In reports and slides it misses most photos, logos and charts, and takes whole
slides for one. The bounds were read off some 100 figures of reports, slides and papers.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ocr_assets.core.block_kinds import is_writing
from ocr_assets.core.marks import marks_of
from ocr_assets.core.page_evidence import Evidence, is_solid
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, area, bounding, holds, intersection, overlap

LEAST_AREA: Final = 0.002
LEAST_SIDE: Final = 0.02
"""Smaller things are icons, bullets and rules. A company's logo on A4 takes 0.003 of it and more."""
FLATTEST: Final = 6
"""A drawing this many times longer than wide is a brace, a frame's side or a row of dots."""
SEAM: Final = 0.002
"""Images closer than this, in 0..1 of the page, are strips of one picture."""
CLOSE: Final = 0.012
"""Shapes closer than this are of one drawing: the bars of a chart."""
RASTER: Final = 250
"""Cells to a side by which closeness is told."""
FEWEST: Final = 4
"""Bars that make a drawing; of curves, one is enough."""
MOST_TEXT: Final = 0.2
"""A drawing under more text than this is a frame or shading of that text; a bar, too."""
PROSE: Final = 5
"""Words on a rectangle that make it the background of a text."""
PRINTED: Final = 0.99
"""Confidence of words that the page prints; those that are read from the pixels of an image have less."""
OVERPRINTED: Final = 0.1
"""An image with printed words on more of its area is their background."""
LEGIBLE: Final = 0.7
"""Confidence of a word; a reader finds words in drawings that are none, but it is not sure of them."""
WITHIN: Final = 0.7
"""A box of which another covers this share lies within it."""
DOUBTFUL: Final = 0.1
"""Least score of a box of the model that is taken for the extent of what is drawn in it."""
APART: Final = 0.005
"""Pictures with a blank of this width between them are two."""
PAGE: Final = 0.5
"""A figure that takes more of the page must be filled with pictures: the model takes slides for figures."""


def figure_regions(
    seen: Sequence[Region], kept: Sequence[Region], tables: Sequence[Box], evidence: Evidence
) -> tuple[Box, ...]:
    """The boxes of the page's figures, none within another or a table.

    `seen` is all that the model saw, doubtful regions too; `kept` what it is sure of, without overlaps.
    """
    images = [box for box in _images(evidence) if not any(_is_within(box, table) for table in tables)]
    drawings = [box for box in _drawings(evidence) if not any(overlap(box, t) > 0.3 for t in [*tables, *images])]
    texts = [r.box for r in kept if r.kind in ("text", "list", "reference")]
    drawings = [box for box in drawings if not any(intersection(t, box) > 0.5 * area(box) for t in texts)]
    drawn = [*images, *drawings]
    whole = [r.box for r in kept if r.kind == "figure" and _is_figure(r, seen, tables, drawn, evidence)]
    figures = [part for figure in whole for part in _parts(figure, drawn, evidence)]
    for box in drawn:
        if any(_is_within(box, figure) for figure in figures):
            continue
        full = box if box in images else _extent(box, seen, images, drawings)
        figures = [figure for figure in figures if not _is_within(figure, full)]
        figures.append(full)
    return tuple(figures)


def _is_figure(
    region: Region, seen: Sequence[Region], tables: Sequence[Box], drawn: Sequence[Box], evidence: Evidence
) -> bool:
    """Whether the model's figure is no text, no table and, where it takes the page, more than a few pictures on it."""
    if is_writing(region, evidence.words) or _is_caption(region, seen):
        return False
    if sum(intersection(region.box, table) for table in tables) > 0.6 * area(region.box):
        return False
    if evidence.drawn is None or not evidence.draws_in(region.box):
        return evidence.drawn is None
    pictures = sum(area(box) for box in drawn if _is_within(box, region.box))
    return area(region.box) < PAGE or pictures > 0.5 * area(region.box)


def _is_caption(region: Region, seen: Sequence[Region]) -> bool:
    """Whether the model wavers between a figure and a caption over a strip of the page."""
    width, height = region.box.x1 - region.box.x0, region.box.y1 - region.box.y0
    captions = (r.box for r in seen if r.kind == "figure_caption" and r.score >= 0.4)
    return height < width / FLATTEST and any(
        intersection(box, region.box) > 0.6 * max(area(box), area(region.box)) for box in captions
    )


def _extent(box: Box, seen: Sequence[Region], images: Sequence[Box], drawings: Sequence[Box]) -> Box:
    """The drawing with its labels: the box that the model gives to it and to little else, if any."""

    def is_full(region: Region) -> bool:
        inside = sum(area(other) for other in drawings if _is_within(other, region.box))
        return inside > 0.4 * area(region.box) and not any(_is_within(image, region.box) for image in images)

    around = [r for r in seen if r.kind == "figure" and r.score >= DOUBTFUL and area(r.box) < PAGE]
    around = [r for r in around if _is_within(box, r.box) and is_full(r)]
    return max(around, key=lambda r: r.score).box if around else box


def _parts(figure: Box, drawn: Sequence[Box], evidence: Evidence) -> list[Box]:
    """Pictures side by side that the model took for one, each with its share of the figure.

    They stay together under one caption ("Figure 3: …"), and where they fill little of the figure: in a diagram.
    """
    inner = [box for box in drawn if _is_within(box, figure)]
    if sum(map(area, inner)) < 0.4 * area(figure) or evidence.label(figure) == "figure":
        return [figure]
    words = [word.box for word in evidence.words_in(figure)]
    for start, end in ((0, 2), (1, 3)):
        cuts = [figure[start]]
        for low, high in _blanks([(box[start], box[end]) for box in inner]):
            between = [(max(w[start], low), min(w[end], high)) for w in words if w[start] < high and w[end] > low]
            blanks = _blanks([(low, low), *between, (high, high)])
            if blanks and (widest := max(blanks, key=lambda blank: blank[1] - blank[0]))[1] - widest[0] >= APART:
                cuts.append(sum(widest) / 2)
        if len(cuts) > 1:
            edges = pairwise([*cuts, figure[end]])
            parts = [Box(*(*figure[:start], a, *figure[start + 1 : end], b, *figure[end + 1 :])) for a, b in edges]
            if all(_stands_alone(part, evidence) for part in parts):
                return [piece for part in parts for piece in _parts(part, inner, evidence)]
    return [figure]


def _stands_alone(part: Box, evidence: Evidence) -> bool:
    """Whether it is a picture or a chart, which has words, and no part of an artwork."""
    return any(_is_within(image, part) for image in evidence.images) or len(evidence.words_in(part)) > 1


def _blanks(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What the spans leave free between the first and the last of them."""
    blanks = []
    reach = min((start for start, _ in spans), default=0.0)
    for start, end in sorted(spans):
        if start > reach:
            blanks.append((reach, start))
        reach = max(reach, end)
    return blanks


# --- images ---------------------------------------------------------------------------------------------------------


def _images(evidence: Evidence) -> Iterator[Box]:
    """Images of sensible size that are no background of text."""
    printed = [word for word in evidence.words if word.confidence >= PRINTED]
    return (box for box in joined(evidence.images) if _is_sensible(box) and _text(box, printed) < OVERPRINTED)


def joined(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes with parts of one picture joined: strips of equal width or height that touch, and what overlaps."""
    joined: list[Box] = []
    for box in boxes:
        while (part := next((other for other in joined if _is_one_picture(box, other)), None)) is not None:
            joined.remove(part)
            box = bounding([box, part])
        joined.append(box)
    return tuple(joined)


def _is_one_picture(a: Box, b: Box) -> bool:
    same_columns = abs(a.x0 - b.x0) < SEAM and abs(a.x1 - b.x1) < SEAM
    same_rows = abs(a.y0 - b.y0) < SEAM and abs(a.y1 - b.y1) < SEAM
    touch_down = max(a.y0, b.y0) - min(a.y1, b.y1) < SEAM
    touch_across = max(a.x0, b.x0) - min(a.x1, b.x1) < SEAM
    return (same_columns and touch_down) or (same_rows and touch_across) or overlap(a, b) > 0.1


def _is_sensible(box: Box) -> bool:
    return area(box) >= LEAST_AREA and min(box.x1 - box.x0, box.y1 - box.y0) >= LEAST_SIDE


def _is_within(box: Box, other: Box) -> bool:
    return intersection(box, other) > WITHIN * area(box)


def _legible(evidence: Evidence) -> list[Word]:
    return [word for word in evidence.words if word.confidence >= LEGIBLE]


# --- drawings -------------------------------------------------------------------------------------------------------


def _drawings(evidence: Evidence) -> Iterator[Box]:
    """Clusters of shapes that are more than the frames, shading and bullets of a text."""
    words = _legible(evidence)
    shapes = [s for s in evidence.shapes if is_solid(s) and not (s.is_plain and _is_background(s.box, words))]
    for cluster in _clusters([shape.box for shape in shapes]):
        members = [shapes[index] for index in cluster]
        box = bounding([shape.box for shape in members])
        long, short = sorted([box.x1 - box.x0, box.y1 - box.y0], reverse=True)
        is_drawn = len(members) >= FEWEST or not all(shape.is_plain for shape in members)
        bleeds = min(box.x0, box.y0, 1 - box.x1, 1 - box.y1) < 0.001  # off the page: decoration
        if is_drawn and not bleeds and _is_sensible(box) and long < FLATTEST * short and _text(box, words) < MOST_TEXT:
            yield box


def _is_background(box: Box, words: Sequence[Word]) -> bool:
    return _text(box, words) > 0.15 or sum(holds(box, word.box) for word in words) >= PROSE


def _text(box: Box, words: Sequence[Word]) -> float:
    """The share of the box that words cover."""
    return sum(intersection(word.box, box) for word in words) / (area(box) or 1.0)


def _clusters(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that are close to each other, directly or through others."""
    import numpy as np

    if not boxes:
        return []
    raster = np.zeros((RASTER, RASTER), bool)
    edges = np.asarray(boxes) + np.array([-1, -1, 1, 1]) * CLOSE / 2
    cells = np.clip(np.floor(edges * RASTER), 0, RASTER - 1).astype(int)
    for x0, y0, x1, y1 in cells.tolist():
        raster[y0 : y1 + 1, x0 : x1 + 1] = True
    found = sorted(marks_of(raster).boxes.tolist(), key=lambda mark: (mark[2] - mark[0]) * (mark[3] - mark[1]))
    clusters: list[list[int]] = [[] for _ in found]
    for index, (x0, y0, x1, y1) in enumerate(cells.tolist()):
        home = next(n for n, m in enumerate(found) if m[0] <= x0 and m[1] <= y0 and x1 < m[2] and y1 < m[3])
        clusters[home].append(index)
    return [cluster for cluster in clusters if cluster]
