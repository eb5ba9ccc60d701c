"""Photographed pages made flat."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.flattening import corners_of, flattened
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.page_images import DOCUMENTS, page_input
from tests.pdf_making import image as drawn_image
from tests.pdf_making import stream, text, write_pdf

GROUND = (90, 75, 60)
Corners = tuple[tuple[int, int], ...]
ASKEW: Corners = ((260, 120), (1010, 240), (900, 1330), (80, 1190))
LEVEL: Corners = ((150, 150), (1050, 160), (1045, 1350), (150, 1345))


def sheet() -> Image.Image:
    """A portrait page of easy print."""
    page = Image.new("RGB", (960, 1280), "white")
    with Image.open(DOCUMENTS / "phototest.tif") as print_:
        page.paste(print_.convert("RGB").resize((900, 675)), (30, 100))
    return page


def photo(corners: Corners, page: Image.Image | None = None, ground: tuple[int, int, int] = GROUND) -> Image.Image:
    """A page whose corners lie there, on a noisy ground, darker towards one side."""
    page = page or sheet()
    width, height = 1200, 1500
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, ((0, 0), (page.width, 0), page.size, (0, page.height)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    projection = [float(number) for number in np.linalg.solve(np.array(rows, float), np.array(values, float))]
    laid = page.transform((width, height), Image.Transform.PERSPECTIVE, projection, Image.Resampling.BICUBIC)
    outline = Image.new("L", (width, height))
    ImageDraw.Draw(outline).polygon(corners, fill=255)
    noise = np.random.default_rng(1).normal(0, 8, (height, width, 3))
    light = np.linspace(1, 0.75, width)[None, :, None]
    pixels = np.where(np.asarray(outline)[..., None] > 0, np.asarray(laid, float), np.array(ground, float)) * light
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


def saved(folder: Path, picture: Image.Image) -> Path:
    picture.save(folder / "photo.jpg", quality=90)
    return folder / "photo.jpg"


def text_of(path: Path) -> str:
    return " ".join(read_page(page_input(path), ReaderSettings()).text.split())


@pytest.mark.parametrize("corners", [ASKEW, LEVEL])
def test_the_corners_of_a_sheet_are_found(corners: Corners) -> None:
    found = corners_of(photo(corners))
    assert found is not None
    assert np.abs(found - np.array(corners)).max() < 12


def test_a_page_that_was_photographed_askew_is_read_as_if_it_lay_flat(tmp_path: Path) -> None:
    picture = photo(ASKEW)
    assert abs(flattened(picture).width / flattened(picture).height - sheet().width / sheet().height) < 0.15
    read = text_of(saved(tmp_path, picture))
    assert read.startswith("This is a lot of 12 point text to test the ocr code")
    assert read.count("The quick brown dog jumped over the lazy fox.") == 4


def test_one_that_lies_nearly_level_is_left_as_it_is() -> None:
    picture = photo(LEVEL)
    assert flattened(picture) is picture


def test_what_is_no_sheet_with_four_sides_on_a_darker_ground_is_left_as_it_is() -> None:
    plate = Image.new("RGB", (1200, 1500), GROUND)
    ImageDraw.Draw(plate).ellipse((200, 300, 1000, 1100), fill="white")
    cut_off = photo(((260, -90), (1010, 30), (900, 1120), (80, 980)))
    bright = photo(ASKEW, ground=(240, 238, 230))
    small = photo(((500, 500), (650, 540), (620, 700), (470, 660)))
    torn = photo(ASKEW)
    ImageDraw.Draw(torn).polygon(((80, 1190), (500, 700), (520, 1270)), fill=GROUND)
    for picture in (
        sheet(),
        plate,
        cut_off,
        bright,
        small,
        torn,
        Image.new("L", (1, 1)),
        Image.new("L", (3, 900), 200),
    ):
        assert flattened(picture) is picture


def test_a_photo_in_a_pdf_is_made_flat_unless_its_places_are_known_to_a_text_layer(tmp_path: Path) -> None:
    encoded = io.BytesIO()
    photo(ASKEW).save(encoded, "JPEG", quality=90)
    entries = (
        b"/Type/XObject/Subtype/Image/Width 1200/Height 1500/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
    )
    pages = {}
    for name, layer in (("plain", b""), ("layered", text("This is a lot of point text", visible=False))):
        content = drawn_image(0, 0, 576, 720) + layer
        path = write_pdf(
            tmp_path / f"{name}.pdf", content, size=(576, 720), picture=stream(encoded.getvalue(), entries)
        )
        page = page_input(path)
        with Image.open(io.BytesIO(page.image)) as shown:
            pages[name] = shown.height / shown.width
        assert page.kind == "scanned"
    assert pages["layered"] == pytest.approx(720 / 576, abs=0.01)
    assert abs(pages["plain"] - sheet().height / sheet().width) < 0.15
