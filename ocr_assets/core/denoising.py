"""Noise all over a page: specks, dithered paper, a scanner or camera set too sensitive.

The paper tells, not the print: in the calmest quarter of the tiles of 37 scans a pixel differs from its neighbours by
0 to 3 of 255, on pages on which noise costs words by 15 to 90.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

TILE: Final = 48
"""Pixels to a side."""
TILES: Final = 8
"""Across and down the page, evenly: enough to tell its noise."""
CALM: Final = 25
"""Percentile of the tiles' noise that is the paper's: there is print on others."""
NOISY: Final = 13.0
"""Of 255, the root of the mean squared difference of a pixel from the median of those around it."""
RADIUS: Final = 1.2
"""Pixels of the blur. Readers see words best with 1.2 of 1.0, 1.2 and 1.4; the median of nine takes small type away."""


def denoised(grey: "Image") -> "Image":
    """A page in mode L with its noise blurred, the page itself where there is little."""
    from PIL.ImageFilter import GaussianBlur

    return grey.filter(GaussianBlur(RADIUS)) if noise_of(grey) > NOISY else grey


def noise_of(grey: "Image") -> float:
    """By how much the pixels of bare paper differ from their neighbours, of 255; 0 for pages under two tiles."""
    import numpy as np
    from PIL import Image
    from PIL.ImageFilter import MedianFilter

    if min(grey.size) < 2 * TILE:
        return 0.0
    xs, ys = (np.linspace(0, side - TILE, min(TILES, side // TILE)).astype(int).tolist() for side in grey.size)
    tiles = Image.new("L", (len(xs) * TILE, len(ys) * TILE))
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            tiles.paste(grey.crop((x, y, x + TILE, y + TILE)), (column * TILE, row * TILE))
    apart = np.asarray(tiles, np.float32) - np.asarray(tiles.filter(MedianFilter(3)), np.float32)
    by_tile = apart.reshape(len(ys), TILE, len(xs), TILE)[:, 1:-1, :, 1:-1]  # without the edges between tiles
    return float(np.percentile(np.sqrt((by_tile**2).mean(axis=(1, 3))), CALM))
