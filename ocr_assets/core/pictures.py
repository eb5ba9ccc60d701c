"""The pictures and drawings of a page, among all that it draws.

The rest is furniture: icons, rules, frames, shading and backgrounds of text, decoration. The bounds were read off some
100 figures of reports, slides and papers.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.marks import marks_of
from ocr_assets.core.page_evidence import Evidence, is_rule, is_solid
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import area, bounding, intersection

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

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
HATCHED: Final = 0.3
"""Rules that cover more of an area are its pattern."""
MOST_TEXT: Final = 0.2
"""A drawing under more text than this is a frame or shading of that text; a bar, too."""
CARRIED: Final = 0.15
"""A rectangle under words on more of its area is their background."""
PROSE: Final = 5
"""So is one under so many words."""
PRINTED: Final = 0.99
"""Confidence of words that the page prints; those that are read from the pixels of an image have less."""
OVERPRINTED: Final = 0.1
"""An image with printed words on more of its area is their background."""
LEGIBLE: Final = 0.7
"""Confidence of a word; a reader finds words in drawings that are none, but it is not sure of them."""


def images_of(evidence: Evidence) -> Iterator[Box]:
    """Images of sensible size that are no background of text."""
    printed = [word for word in evidence.words if word.confidence >= PRINTED]
    return (box for box in joined(evidence.images) if _is_sensible(box) and _text(box, printed) < OVERPRINTED)


def joined(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes with parts of one picture joined: strips of equal width or height that touch, and what overlaps."""
    import numpy as np

    joined = np.zeros((4, len(boxes)))
    is_left = np.zeros(len(boxes), bool)
    for count, box in enumerate(np.array(boxes)):  # thousands by thousands, where each sign of a map is an image
        while (parts := np.flatnonzero(is_left[:count] & _are_one_picture(box, joined[:, :count]))).size:
            part = joined[:, parts[0]]
            is_left[parts[0]] = False
            box = np.concatenate([np.minimum(box[:2], part[:2]), np.maximum(box[2:], part[2:])])
        joined[:, count], is_left[count] = box, True
    return tuple(Box(*box) for box in joined.T[is_left].tolist())


def _are_one_picture(box: "Floats", others: "Floats") -> "npt.NDArray[np.bool_]":
    """Which of 4 x n boxes are of the same picture."""
    import numpy as np

    x0, y0, x1, y1 = others
    same_columns, same_rows = ((np.abs(others - box[:, None]) < SEAM)[at : at + 3 : 2].all(axis=0) for at in (0, 1))
    across, down = np.minimum(x1, box[2]) - np.maximum(x0, box[0]), np.minimum(y1, box[3]) - np.maximum(y0, box[1])
    smaller = np.minimum((x1 - x0) * (y1 - y0), (box[2] - box[0]) * (box[3] - box[1]))
    is_over = across.clip(0) * down.clip(0) > 0.1 * smaller
    return np.asarray((same_columns & (down > -SEAM)) | (same_rows & (across > -SEAM)) | is_over)


def _is_sensible(box: Box) -> bool:
    return area(box) >= LEAST_AREA and min(box.x1 - box.x0, box.y1 - box.y0) >= LEAST_SIDE


def _legible(evidence: Evidence) -> list[Word]:
    return [word for word in evidence.words if word.confidence >= LEGIBLE]


# --- drawings -------------------------------------------------------------------------------------------------------


def drawings_of(evidence: Evidence) -> Iterator[Box]:
    """Clusters of shapes that are more than the frames, shading and bullets of a text."""
    words = _legible(evidence)
    yield from _stripes(evidence, words)
    solid = [shape for shape in evidence.shapes if is_solid(shape)]
    shapes = [
        s
        for s, carries in zip(solid, _carry([s.box for s in solid], words), strict=True)
        if not (s.is_plain and carries)
    ]
    for cluster in _clusters([shape.box for shape in shapes]):
        members = [shapes[index] for index in cluster]
        box = bounding([shape.box for shape in members])
        long, short = sorted([box.x1 - box.x0, box.y1 - box.y0], reverse=True)
        is_drawn = len(members) >= FEWEST or not all(shape.is_plain for shape in members)
        bleeds = min(box.x0, box.y0, 1 - box.x1, 1 - box.y1) < 0.001  # off the page: decoration
        if is_drawn and not bleeds and _is_sensible(box) and long < FLATTEST * short and _text(box, words) < MOST_TEXT:
            yield box


def _stripes(evidence: Evidence, words: Sequence[Word]) -> Iterator[Box]:
    """Rules so close that they fill an area: a logo, a bar code."""
    rules = [shape.box for shape in evidence.shapes if is_rule(shape)]
    for cluster in _clusters(rules):
        box = bounding([rules[index] for index in cluster])
        is_full = sum(area(rules[index]) for index in cluster) > HATCHED * area(box)
        if len(cluster) > FEWEST and is_full and _is_sensible(box) and not _text(box, words):
            yield box


def _carry(boxes: Sequence[Box], words: Sequence[Word]) -> list[bool]:
    """Which boxes are the background of text."""
    import numpy as np

    if not (boxes and words):
        return [False] * len(boxes)
    text = np.array([word.box for word in words])
    centres = (text[:, :2] + text[:, 2:]) / 2
    found = []
    for box in np.array(boxes):  # thousands of shapes by thousands of words: one shape at a time
        shared = (np.minimum(text[:, 2:], box[2:]) - np.maximum(text[:, :2], box[:2])).clip(0).prod(axis=1).sum()
        count = ((centres >= box[:2]) & (centres <= box[2:])).all(axis=1).sum()
        found.append(bool(shared > CARRIED * (box[2:] - box[:2]).prod() or count >= PROSE))
    return found


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
