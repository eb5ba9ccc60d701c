import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.shading import evened


def page(paper: int = 245) -> Image.Image:
    image = Image.new("L", (1240, 1754), paper)
    for line in range(25):
        ImageDraw.Draw(image).text(
            (100, 150 + 60 * line), "the lamp had burned as it should", 25, ImageFont.load_default(34)
        )
    return image


def in_shadow(image: Image.Image, darkest: float) -> Image.Image:
    return Image.fromarray((np.asarray(image, float) * np.linspace(darkest, 1, image.width)[None]).astype(np.uint8))


@pytest.mark.parametrize("darkest", [0.35, 0.6])
def test_a_shadow_goes_and_the_print_stays(darkest: float) -> None:
    even = np.asarray(evened(in_shadow(page(), darkest)), int)
    clean = np.asarray(page(), int)
    paper = clean > 240
    assert np.ptp(np.percentile(even[paper], (2, 98))) < 25
    assert even[clean < 30].mean() < 60


def test_even_light_pictures_and_dark_pages_are_left_as_they_are() -> None:
    picture = page()
    ImageDraw.Draw(picture).rectangle((150, 600, 1100, 1300), 60)
    photo = Image.effect_mandelbrot((900, 900), (-2, -1.5, 1, 1.5), 100)
    for image in (
        page(),
        in_shadow(page(), 0.9),
        picture,
        photo,
        page(30),
        Image.new("L", (1, 1)),
        Image.new("L", (5, 900)),
    ):
        assert evened(image) is image
