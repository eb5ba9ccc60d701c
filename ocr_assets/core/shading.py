"""Uneven light on a page: the shadow of a fold, of a lamp, of the one who takes the photo."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

CELL: Final = 24
"""Pixels to a side, of which the brightest tells the paper's tone."""
AROUND: Final = 5
"""Cells: print and small pictures are bridged."""
UNEVEN: Final = 60
"""Of 255, between the darkest and the brightest parts of the paper: less does not harm."""
STEP: Final = 25
SUDDEN: Final = 0.01
"""Share of neighbouring cells that differ by more than the step: there are pictures, or the edge of the sheet."""
BRIGHT: Final = 0.85
PAPER: Final = 0.7
"""Share of an evened page that is nearly as bright as paper: it is print on paper, and no photo."""
DARKEST: Final = 40
"""Darker ground is no paper: what is divided by it would be noise."""


def evened(grey: "Image") -> "Image":
    """A page in mode L as under even light, the page itself where its light is even enough."""
    import numpy as np
    from PIL import Image
    from PIL.ImageFilter import BoxBlur, MaxFilter, MedianFilter

    if min(grey.size) < CELL * AROUND:
        return grey
    small = grey.reduce(CELL // 4).filter(MedianFilter(3)).filter(MaxFilter(5)).reduce(4)
    paper = small.filter(MaxFilter(AROUND)).filter(BoxBlur(2))
    tones = np.asarray(paper)
    low, high = np.percentile(tones, (5, 95))
    steps = np.concatenate([np.abs(np.diff(tones.astype(int), axis=axis)).ravel() for axis in (0, 1)])
    if high - low < UNEVEN or low < DARKEST or (steps > STEP).mean() > SUDDEN:
        return grey
    light = np.asarray(paper.resize(grey.size, Image.Resampling.BILINEAR), np.float32)
    even = (np.asarray(grey) * (high / np.maximum(light, DARKEST))).clip(0, 255)
    return Image.fromarray(even.astype(np.uint8)) if (even > BRIGHT * high).mean() >= PAPER else grey
