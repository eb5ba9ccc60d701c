"""Pictures as they are sent: whole, and no larger than the model looks at."""

import io

import pytest
from PIL import Image

from resources.vision.images import sized


def encoded(width: int, height: int, mode: str = "L") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 200 if mode == "L" else (200, 10, 10)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("size", [(1654, 2339), (2339, 1654), (6000, 300), (300, 6000), (100, 80), (1, 9000)])
def test_a_picture_fits_the_budget_and_keeps_its_shape(size: tuple[int, int]) -> None:
    found = sized(encoded(*size), 1_000_000, 1_500, "png")
    with Image.open(io.BytesIO(found.data)) as picture:
        width, height = picture.size
        assert picture.format == "PNG"
    assert width * height == found.pixels <= 1_000_000
    assert max(width, height) <= 1_500
    if min(width, height) > 50:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.03)
    if size == (100, 80):
        assert (width, height) == size


def test_colour_stays_and_jpeg_is_named_so() -> None:
    found = sized(encoded(400, 300, "RGB"), 1_000_000, 1_500, "jpeg", share=0.5)
    assert found.media_type == "image/jpeg"
    assert found.pixels == pytest.approx(60_000, rel=0.02)
    with Image.open(io.BytesIO(found.data)) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
