from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.errors import PermanentFault

DOCUMENTS = Path(__file__).parents[1] / "documents"


def drawn(mode: str = "L", size: tuple[int, int] = (600, 800)) -> Image.Image:
    """A white page with a black bar near its top."""
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).rectangle((60, 60, size[0] - 60, 80), fill=0)
    return picture.convert(mode)


def test_a_scan_on_a_tiff_is_rendered_at_its_own_resolution() -> None:
    page = render(str(DOCUMENTS / "phototest.tif"), 1)
    assert (page.width, page.height, page.kind, page.grey) == (640, 480, "scanned", True)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LA", "RGBA"])
def test_every_mode_of_pixels_comes_out_black_on_white(tmp_path: Path, mode: str) -> None:
    drawn(mode).save(tmp_path / "a.tif")
    page = render(str(tmp_path / "a.tif"), 1)
    assert page.grey
    assert 0.01 < page.ink < 0.05


@pytest.mark.parametrize("peak", [255, 4095, 65535])
def test_twelve_and_sixteen_bits_are_scaled(tmp_path: Path, peak: int) -> None:
    deep = np.asarray(drawn()).astype(np.uint16) * (peak // 255)
    Image.fromarray(deep).save(tmp_path / "a.png")
    assert 0.01 < render(str(tmp_path / "a.png"), 1).ink < 0.05


def test_the_camera_s_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn().rotate(90, expand=True).save(tmp_path / "a.jpg", exif=exif)
    page = render(str(tmp_path / "a.jpg"), 1)
    assert (page.width, page.height, page.rotation) == (600, 800, 90)


def test_a_fax_with_twice_as_many_dots_across_gets_square_pixels(tmp_path: Path) -> None:
    drawn("1", (1728, 1100)).save(tmp_path / "fax.tif", dpi=(204, 98))
    page = render(str(tmp_path / "fax.tif"), 1)
    assert page.height / page.width == pytest.approx(1100 / 98 / (1728 / 204), rel=0.01)


def test_a_scan_of_600_dpi_is_reduced_and_one_of_unknown_resolution_is_not(tmp_path: Path) -> None:
    large = drawn("L", (5100, 6600))
    large.save(tmp_path / "stated.png", dpi=(600, 600))
    large.save(tmp_path / "unknown.png", dpi=(1, 1))
    assert render(str(tmp_path / "stated.png"), 1).dpi == pytest.approx(212, abs=1)
    assert render(str(tmp_path / "unknown.png"), 1, RenderSettings(max_pixels=40_000_000)).width == 5100
    assert render(str(tmp_path / "unknown.png"), 1, RenderSettings(max_pixels=1_000_000)).width < 1000


def test_the_preview_in_a_camera_s_jpeg_is_no_page(tmp_path: Path) -> None:
    drawn("RGB").save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[drawn("RGB")])
    with pytest.raises(IndexError):
        render(str(tmp_path / "a.jpg"), 2)
    assert render(str(tmp_path / "a.jpg"), 1).kind == "scanned"


def test_an_image_that_was_cut_off_is_corrupt(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PermanentFault) as raised:
        render(str(tmp_path / "a.png"), 1)
    assert raised.value.reason == "corrupt"


def test_white_paper_is_blank_and_so_is_paper_with_dust(tmp_path: Path) -> None:
    paper = np.full((1100, 850), 230, np.uint8)
    paper[100:900:200, 100:800:150] = 40
    Image.fromarray(paper).save(tmp_path / "a.png")
    assert render(str(tmp_path / "a.png"), 1).kind == "blank"
