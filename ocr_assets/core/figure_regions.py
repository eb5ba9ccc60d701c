"""Where the figures of a page are: what a layout model saw, checked against what the page draws, and what it missed.

The model knows the figures of papers. In reports and slides it misses most photos, logos and charts, and takes whole
slides for one. The bounds were read off some 100 figures of reports, slides and papers.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr_assets.core.block_kinds import is_writing
from ocr_assets.core.page_evidence import NEAR, Evidence
from ocr_assets.core.pages import Box
from ocr_assets.core.pictures import drawings_of, images_of
from ocr_assets.core.regions import Region, area, intersection, is_within, overlap

FLAT: Final = 6
"""A strip of the page so many times longer than wide is rather a caption, if the model wavers."""
DOUBTFUL: Final = 0.1
"""Least score of a box of the model that is taken for the extent of what is drawn in it."""
FILLED: Final = 0.4
"""Of the model's box, what is drawn in it takes more than this if it is the box of that and of nothing else."""
APART: Final = 0.005
"""Pictures with a blank of this width between them are two."""
PAGE: Final = 0.5
"""A figure that takes more of the page must be filled with pictures: the model takes slides for figures."""
CAPTION: Final = 0.4
"""Score from which the model's captions count."""
LABELS: Final = 80
"""Words that a plan or chart over half of a scan has at most; a bill or letter with pictures on it has more.
A figure with a caption may have any number."""


def figure_regions(
    seen: Sequence[Region], kept: Sequence[Region], tables: Sequence[Box], evidence: Evidence
) -> tuple[Box, ...]:
    """The boxes of the page's figures, none within another or a table.

    `seen` is all that the model saw, doubtful regions too; `kept` what it is sure of, without overlaps.
    """
    images = [box for box in images_of(evidence) if not any(is_within(box, table) for table in tables)]
    drawings = [box for box in drawings_of(evidence) if not any(overlap(box, t) > 0.3 for t in [*tables, *images])]
    texts = [r.box for r in kept if r.kind in ("text", "list", "reference")]
    drawings = [box for box in drawings if not any(intersection(t, box) > 0.5 * area(box) for t in texts)]
    drawn = [*images, *drawings]
    whole = [r.box for r in kept if r.kind == "figure" and _is_figure(r, seen, tables, drawn, evidence)]
    figures = [part for figure in whole for part in _parts(figure, drawn, evidence)]
    for box in drawn:
        if any(is_within(box, figure) for figure in figures):
            continue
        full = box if box in images else _extent(box, seen, images, drawings)
        figures = [figure for figure in figures if not is_within(figure, full)]
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
    if evidence.drawn is None:
        has_room = area(region.box) < PAGE or len(evidence.words_in(region.box)) < LABELS
        return has_room or _has_caption(region.box, seen)
    if not evidence.draws_in(region.box, tables):
        return False
    pictures = sum(area(box) for box in drawn if is_within(box, region.box))
    return area(region.box) < PAGE or pictures > 0.5 * area(region.box)


def _has_caption(figure: Box, seen: Sequence[Region]) -> bool:
    """Whether the model saw a caption right above or below it."""
    captions = [r.box for r in seen if r.kind == "figure_caption" and r.score >= CAPTION]
    near = (c for c in captions if max(c.y0 - figure.y1, figure.y0 - c.y1) < NEAR)
    return any(min(c.x1, figure.x1) > max(c.x0, figure.x0) and not is_within(c, figure) for c in near)


def _is_caption(region: Region, seen: Sequence[Region]) -> bool:
    """Whether the model wavers between a figure and a caption over a strip of the page."""
    width, height = region.box.x1 - region.box.x0, region.box.y1 - region.box.y0
    captions = (r.box for r in seen if r.kind == "figure_caption" and r.score >= CAPTION)
    return height < width / FLAT and any(
        intersection(box, region.box) > 0.6 * max(area(box), area(region.box)) for box in captions
    )


def _extent(box: Box, seen: Sequence[Region], images: Sequence[Box], drawings: Sequence[Box]) -> Box:
    """The drawing with its labels: the box that the model gives to it and to little else, if any."""

    def is_full(region: Region) -> bool:
        return _is_filled(region.box, drawings) and not any(is_within(image, region.box) for image in images)

    around = [r for r in seen if r.kind == "figure" and r.score >= DOUBTFUL and area(r.box) < PAGE]
    around = [r for r in around if is_within(box, r.box) and is_full(r)]
    return max(around, key=lambda r: r.score).box if around else box


def _parts(figure: Box, drawn: Sequence[Box], evidence: Evidence) -> list[Box]:
    """Pictures side by side that the model took for one, each with its share of the figure.

    They stay together under one caption ("Figure 3: …"), and where they fill little of the figure: in a diagram.
    """
    inner = [box for box in drawn if is_within(box, figure)]
    if not _is_filled(figure, inner) or evidence.label(figure) == "figure":
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
            if _has_image(figure, evidence) or all(_is_chart(part, inner, evidence) for part in parts):
                return [piece for part in parts for piece in _parts(part, inner, evidence)]
    return [figure]


def _is_filled(figure: Box, drawn: Sequence[Box]) -> bool:
    """Whether pictures take enough of it for it to be no diagram; around the bars of a chart stand its labels."""
    return sum(area(box) for box in drawn if is_within(box, figure)) > FILLED * area(figure)


def _has_image(figure: Box, evidence: Evidence) -> bool:
    return any(is_within(image, figure) for image in evidence.images)


def _is_chart(part: Box, drawn: Sequence[Box], evidence: Evidence) -> bool:
    """Whether it has words, as no part of an artwork has, and not only words."""
    return _is_filled(part, drawn) and len(evidence.words_in(part)) > 1


def _blanks(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What the spans leave free between the first and the last of them."""
    blanks = []
    reach = min((start for start, _ in spans), default=0.0)
    for start, end in sorted(spans):
        if start > reach:
            blanks.append((reach, start))
        reach = max(reach, end)
    return blanks
