"""Regions of a page as a layout model sees them, and the choice between those that overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr_assets.core.pages import BlockKind, Box

WITHIN: Final = 0.7
"""A box of which another covers this share lies within it."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that a layout model found, or other evidence. `score` is the model's, 0..1, else 1."""

    kind: BlockKind
    box: Box
    score: float


def area(box: Box) -> float:
    return max(0.0, box.x1 - box.x0) * max(0.0, box.y1 - box.y0)


def intersection(a: Box, b: Box) -> float:
    """Area that both boxes cover."""
    return area(Box(max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)))


def overlap(a: Box, b: Box) -> float:
    """The share of the smaller box that both cover."""
    return intersection(a, b) / (min(area(a), area(b)) or 1.0)


def holds(box: Box, inner: Box) -> bool:
    """Whether the middle of `inner` lies in the box."""
    return box.x0 <= (inner.x0 + inner.x1) / 2 <= box.x1 and box.y0 <= (inner.y0 + inner.y1) / 2 <= box.y1


def is_within(inner: Box, box: Box) -> bool:
    """Whether the box covers most of `inner`."""
    return intersection(inner, box) > WITHIN * area(inner)


def bounding(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them; there must be one at least."""
    x0s, y0s, x1s, y1s = zip(*boxes, strict=True)
    return Box(min(x0s), min(y0s), max(x1s), max(y1s))


def without_overlaps(regions: Sequence[Region], max_overlap: float = 0.5) -> tuple[Region, ...]:
    """The regions, best first, less those that lie by more than `max_overlap` of the smaller box on a better one."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda r: -r.score):
        if all(overlap(region.box, other.box) <= max_overlap for other in kept):
            kept.append(region)
    return tuple(kept)
