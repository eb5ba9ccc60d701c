"""A page's bitmap: whether it has colour, how much ink is on it, and its encoding as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_LONG_SIDE: Final = 1000  # pixels measured on at least, about 100 dpi: fine enough for strokes, averages noise out
_CONTRAST: Final = 24  # of 255, to the surroundings (a third of an inch around): six times the noise of a usual scan
_SURROUNDINGS: Final = 33
_SPECK: Final = 16  # pixels, a square millimetre: the figure 1 in small print has 23, dust on scans up to 13
_MARGIN: Final = 0.02  # of each side, where scanners leave shadows
_CHROMA: Final = 24  # of 255; JPEG gives grey scans up to half of it
_COLOURED: Final = 1e-4  # share of the page


def reduced(pixels: Pixels) -> Pixels:
    """The bitmap at the size on which colour and ink are measured."""
    import cv2
    import numpy as np

    factor = max(pixels.shape[:2]) // _LONG_SIDE
    if factor < 2:
        return pixels
    height, width = (max(1, side // factor) for side in pixels.shape[:2])
    whole = pixels[: height * factor, : width * factor]  # whole factors are five times as fast as broken ones
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def has_colour(bgr: Pixels) -> bool:
    """Whether more than a ten-thousandth of the pixels (height x width x 3) are coloured."""
    import cv2
    import numpy as np

    blue, green, red = cv2.split(bgr)
    highest, lowest = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return bool(np.count_nonzero(highest - lowest > _CHROMA) > _COLOURED * blue.size)


def ink_share(grey: Pixels) -> float:
    """Share of the pixels (height x width) that are darker than their surroundings, or lighter on a dark page.

    Shading and the inside of large solid areas do not count, nor do specks and the outermost margin.
    """
    import cv2
    import numpy as np

    light = grey if np.median(grey) >= 128 else cv2.bitwise_not(grey)
    dark = cv2.subtract(cv2.blur(light, (_SURROUNDINGS, _SURROUNDINGS)), light) > _CONTRAST
    y, x = (round(side * _MARGIN) for side in grey.shape)
    inner = dark[y : grey.shape[0] - y, x : grey.shape[1] - x].astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(inner, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas[areas >= _SPECK].sum()) / inner.size


def to_grey(bgr: Pixels) -> Pixels:
    import cv2
    import numpy as np

    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def png(pixels: Pixels) -> bytes:
    """PNG of grey (height x width) or blue-green-red pixels.

    With the one row filter given, zlib's fastest level takes 23 ms a page where trying all filters takes 53 for files
    3 % smaller (32 pages at 200 dpi).
    """
    import cv2

    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    _, encoded = cv2.imencode(".png", pixels, settings)
    return encoded.tobytes()
