"""A page in bands, for a network whose memory grows with the pixels that it is shown."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 600_000  # shown at once: with twice as many a process takes 90 MB more, and is no faster
LEAST_BAND = 400  # pixels, of an image however wide
BESIDE = 96  # pixels of the next band that are looked at too: half of the height of the largest heading


class Band(NamedTuple):
    """A part of an image that is looked at at once: its first row, and the rows between which an answer counts."""

    image: "Image"
    start: int
    top: int
    bottom: int


def bands(grey: "Image") -> Iterator[Band]:
    """An image in parts of at most some `MOST_PIXELS`, which overlap: each line is whole in one of them."""
    for top, bottom in pairwise([0, *_cuts(grey), grey.height]):
        start = max(0, top - BESIDE)
        yield Band(grey.crop((0, start, grey.width, min(grey.height, bottom + BESIDE))), start, top, bottom)


def _cuts(grey: "Image") -> list[int]:
    """Rows between the bands of an image, the emptiest thereabouts."""
    import numpy as np

    height = max(LEAST_BAND, MOST_PIXELS // grey.width)
    if grey.height <= height:
        return []
    marked = np.asarray(grey, np.float32).std(axis=1)
    count = math.ceil(grey.height / height)
    nominal = [grey.height * number // count for number in range(1, count)]
    return [row - BESIDE + int(marked[row - BESIDE : row + BESIDE].argmin()) for row in nominal]
