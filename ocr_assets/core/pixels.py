"""A page's bitmap: whether it has colour, and how much ink is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocr_assets.core.marks import marks_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_assets.core.marks import Mask

_LONG_SIDE: Final = 1000  # pixels measured on at least, about 100 dpi: fine enough for strokes, averages noise out
_CONTRAST: Final = 24  # of 255, to the surroundings (a third of an inch around): six times the noise of a usual scan
_AROUND: Final = 16  # pixels to each side
_DARK: Final = 128  # of 255: a page whose median is below
_SPECK: Final = 16  # pixels, a square millimetre: the figure 1 in small print has 23, dust on scans up to 13
_MARGIN: Final = 0.02  # of each side, where scanners leave shadows
_CHROMA: Final = 24  # of 255; JPEG gives grey scans up to half of it
_COLOURED: Final = 1e-4  # share of the page


def reduced(image: Image) -> Image:
    """The bitmap at the size on which colour and ink are measured."""
    factor = max(image.size) // _LONG_SIDE
    return image if factor < 2 else image.reduce(factor)


def has_colour(image: Image) -> bool:
    """Whether more than a ten-thousandth of the pixels of an image in mode L, RGB or RGBX are coloured."""
    from PIL.ImageChops import darker, lighter, subtract

    if image.mode == "L":
        return False
    red, green, blue = image.split()[:3]
    chroma = subtract(lighter(lighter(red, green), blue), darker(darker(red, green), blue))
    return sum(chroma.histogram()[_CHROMA + 1 :]) > _COLOURED * image.width * image.height


def ink_share(grey: Image) -> float:
    """Share of the pixels that are darker than their surroundings, or lighter on a dark page.

    Shading and the inside of large solid areas do not count, nor do specks and the outermost margin.
    """
    dark = darker_than_around(dark_on_light(grey), _AROUND, _CONTRAST)
    y, x = (round(side * _MARGIN) for side in dark.shape)
    inner = dark[y : dark.shape[0] - y, x : dark.shape[1] - x]
    areas = marks_of(inner).areas
    return float(areas[areas >= _SPECK].sum()) / inner.size


def dark_on_light(grey: Image) -> Image:
    """A page in mode L, inverted if it is dark and what stands out most from its surroundings is lighter.

    A dark page alone may be a photo taken in little light, or paper of a deep colour.
    """
    import numpy as np
    from PIL import ImageChops, ImageStat
    from PIL.ImageFilter import BoxBlur

    if ImageStat.Stat(grey).median[0] >= _DARK:
        return grey
    small = reduced(grey)
    apart = np.asarray(small, np.float32) - np.asarray(small.filter(BoxBlur(_AROUND)), np.float32)
    return ImageChops.invert(grey) if (apart**3).mean() > 0 else grey


def darker_than_around(grey: Image, reach: int, contrast: int) -> Mask:
    """Which pixels are darker, by more than `contrast` of 255, than the mean of those up to `reach` pixels away."""
    import numpy as np
    from PIL import ImageChops
    from PIL.ImageFilter import BoxBlur

    return np.asarray(ImageChops.subtract(grey.filter(BoxBlur(reach)), grey)) > contrast
