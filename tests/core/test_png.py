import io

import numpy as np
import pytest
from PIL import Image, ImageChops

from ocr_assets.core import png


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    channels = [Image.effect_noise(size, 90) for _ in range(3)]
    return channels[0] if mode == "L" else Image.merge("RGB", channels).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBX"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (300, 200)])
def test_pillow_reads_back_the_pixels(mode: str, size: tuple[int, int]) -> None:
    image = noise(mode, size)
    with Image.open(io.BytesIO(png.encoded(image))) as read:
        assert read.format == "PNG"
        assert read.mode == ("L" if mode == "L" else "RGB")
        assert ImageChops.difference(read, image.convert(read.mode)).getbbox() is None


def test_the_same_pixels_make_the_same_bytes() -> None:
    page = Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (50, 1)))
    assert png.encoded(page) == png.encoded(page.copy())
