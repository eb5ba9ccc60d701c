"""A scanned page made straight: turned upright and levelled, and where its boxes go.

Turns and skews are degrees clockwise that were applied to the page as the file shows it, the turn first.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

from ocr_assets.core.pages import Box, Turn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from ocr_assets.core.ink import Ink

MOST_SKEW = 12.0  # degrees to either side
COARSE, STEP = 0.4, 0.1  # degrees: steps of the first look, and of the second around the best of it
LEAST_SKEW = 0.15  # degrees: less is not worth a blur
LEAST_MARKS = 40  # fewer say nothing sure
ROW = 0.002  # of the page's width: the height of a row in the profile, half of a small letter
SHARPER = 1.1  # times as sharp as the level page must a skewed one be


class Straightened(NamedTuple):
    """A page's image made straight, and what was done to it."""

    image: "Image"
    turned: Turn = 0
    skew: float = 0.0


def skew_of(ink: "Ink", aspect: float) -> float:
    """Degrees by which a page with this ink must be turned clockwise to lie level, 0 where its marks do not tell.

    The feet of letters stand in rows: of all angles, the one at which they do so most sharply (Postl, 1986). `aspect`
    is the page's height over its width.
    """
    import numpy as np

    if len(ink.marks) < LEAST_MARKS:
        return 0.0
    middles, feet = (ink.marks[:, 0] + ink.marks[:, 2]) / 2, ink.marks[:, 3] * aspect

    def sharpness(angles: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
        rows = feet[None] + middles[None] * np.tan(np.radians(angles))[:, None]
        bins = ((rows - rows.min()) / ROW).astype(int)
        return np.array([(np.bincount(row).astype(float) ** 2).sum() for row in bins])

    coarse = np.arange(-MOST_SKEW, MOST_SKEW + STEP, COARSE)
    near = coarse[sharpness(coarse).argmax()] + np.arange(-COARSE, COARSE + STEP / 2, STEP)
    found, [level] = sharpness(near), sharpness(np.zeros(1))
    best = float(near[found.argmax()])
    return best if found.max() > SHARPER * level and abs(best) >= LEAST_SKEW else 0.0


def turned(image: "Image", degrees: Turn) -> "Image":
    """The image turned clockwise."""
    from PIL.Image import Transpose

    turns = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
    return image.transpose(turns[degrees]) if degrees else image


def levelled(image: "Image", skew: float) -> "Image":
    """The image turned clockwise by a small angle about its middle, of the same size; corners take the page's tone."""
    from PIL.Image import Resampling
    from PIL.ImageStat import Stat

    if not skew:
        return image
    tone = tuple(Stat(image).median)
    return image.rotate(-skew, Resampling.BICUBIC, fillcolor=tone if len(tone) > 1 else tone[0])


def straightened_box(box: Box, turn: Turn, skew: float, aspect: float) -> Box:
    """Where a box of the page goes. `aspect` is the straightened page's height over its width.

    A skew moves the box and leaves it level and as large as it was; what leaves the page is cut off.
    """
    x0, y0, x1, y1 = box
    box = {
        0: box,
        90: Box(1 - y1, x0, 1 - y0, x1),
        180: Box(1 - x1, 1 - y1, 1 - x0, 1 - y0),
        270: Box(y0, 1 - x1, y1, 1 - x0),
    }[turn]
    if not skew:
        return box
    across, down = (box.x0 + box.x1) / 2 - 0.5, ((box.y0 + box.y1) / 2 - 0.5) * aspect
    sine, cosine = math.sin(math.radians(skew)), math.cos(math.radians(skew))
    dx = across * cosine - down * sine - across
    dy = (across * sine + down * cosine - down) / aspect
    moved = (box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)
    return Box(*(min(1.0, max(0.0, edge)) for edge in moved))
