"""Writing so faint that its page counts as blank: a washed-out copy, weak carbon, a scanner that was set too bright."""

from typing import TYPE_CHECKING, Final

from ocr_assets.core.ink import ink_of
from ocr_assets.core.pixels import reduced

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

AROUND: Final = 0.016
"""Of the longer side: what a pixel is compared with reaches so far, further than letters."""
SOFTENED: Final = 0.8
"""Pixels: radius of the blur that takes the noise from strokes, which are wider."""
DEEPEST: Final = 98.5
"""Percentile of the depths of all pixels that tells how dark the writing is: strokes take a twentieth of most pages."""
LEAST: Final = 4.0
"""Of 255, that writing stands out by."""
OVER_NOISE: Final = 3.0
"""Times as much as the noise of most pixels does; the grain of paper reaches 2.4."""
ROWS: Final = 3
MARKS: Final = 10
"""Of a row: fewer side by side come about in the grain of paper."""
PAPER, PRINT = 245, 25


def strengthened(grey: "Image") -> "Image | None":
    """A page in mode L, dark on light, with its faint writing as dark as print; None where there are no rows of it."""
    import numpy as np
    from PIL import Image

    small = _depths(reduced(grey))
    lighter = small[small < 0]
    noise = 1.25 * float(-lighter.mean()) if lighter.size else 0.0  # the standard deviation, were all of it noise
    deepest = float(np.percentile(small, DEEPEST))
    if deepest < max(LEAST, OVER_NOISE * noise):
        return None

    def darkened(depths: "npt.NDArray[np.float32]") -> Image.Image:
        tones = PAPER - depths * ((PAPER - PRINT) / deepest)
        return Image.fromarray(tones.clip(0, 255).astype(np.uint8))

    rows = ink_of(darkened(small)).rows(grey.height / grey.width)
    return darkened(_depths(grey)) if sum(len(row) >= MARKS for row in rows) >= ROWS else None


def _depths(grey: "Image") -> "npt.NDArray[np.float32]":
    """How much darker each pixel, its noise softened, is than those around it, of 255."""
    import numpy as np
    from PIL.ImageFilter import BoxBlur, GaussianBlur

    around = np.asarray(grey.filter(BoxBlur(AROUND * max(grey.size))), np.float32)
    return around - np.asarray(grey.filter(GaussianBlur(SOFTENED)), np.float32)
