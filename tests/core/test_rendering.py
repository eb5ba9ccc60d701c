import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.pdf import close_last_pdf
from ocr_assets.core.previews import Size, shrunk
from ocr_assets.core.rendering import MAX_SIDE, RenderedPage, RenderSettings, Straighten, as_it_is, render
from ocr_assets.core.straightening import Straightened
from ocr_assets.errors import PermanentFault
from tests.pdf_making import image, text, write_pdf

DOCUMENTS = Path(__file__).parents[1] / "documents"
LINE = "The quick brown fox jumps over the lazy dog"


def opened(page: RenderedPage) -> Image.Image:
    picture = Image.open(io.BytesIO(page.png))
    assert picture.size == (page.width, page.height)
    return picture


def jpeg(dots: bool = True) -> bytes:
    picture = Image.new("L", (100, 100), 255)
    if dots:
        ImageDraw.Draw(picture).line([(10, 10), (90, 20), (10, 60), (80, 90)], fill=0, width=3)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def dark_half(page: RenderedPage) -> str:
    """On which side of the page its ink is."""
    ink = np.asarray(opened(page).convert("L")) < 128
    rows, columns = (ink.sum(axis=axis).astype(float) for axis in (1, 0))
    sides = {
        "top": rows[: len(rows) // 3].sum(),
        "bottom": rows[-(len(rows) // 3) :].sum(),
        "left": columns[: len(columns) // 3].sum(),
        "right": columns[-(len(columns) // 3) :].sum(),
    }
    return max(sides, key=lambda side: sides[side])


def test_a_letter_page_at_200_dpi_has_1700_by_2200_grey_pixels(tmp_path: Path) -> None:
    page = render(write_pdf(tmp_path / "a.pdf", text(LINE)), 1)
    assert (page.width, page.height, page.dpi, page.rotation) == (1700, 2200, 200, 0)
    assert (page.kind, page.grey, opened(page).mode) == ("digital", True, "L")
    assert 0.0001 < page.ink < 0.01


def test_a_page_with_a_little_colour_stays_coloured(tmp_path: Path) -> None:
    page = render(write_pdf(tmp_path / "a.pdf", b"1 0 0 rg 100 100 40 20 re f 0 g " + text(LINE)), 1)
    assert not page.grey
    assert opened(page).getpixel((330, 1890)) == (255, 0, 0)


def test_a_page_that_is_shown_with_its_text_on_its_side_is_rendered_upright() -> None:
    page = render(str(DOCUMENTS / "rotated-page-90.pdf"), 1)
    assert (page.rotation, page.turned) == (90, 270)
    assert page.width < page.height


@pytest.mark.parametrize(
    ("path", "straighten"),
    [
        ("rotated-page-90.pdf", as_it_is),
        ("phototest.tif", lambda image: Straightened(image.rotate(90, expand=True), 270)),
    ],
)
@pytest.mark.parametrize("size", [(360, 180), (9_000, 9_000)])
def test_a_thumbnail_is_what_the_page_looks_like_small(path: str, straighten: Straighten, size: Size) -> None:
    page = render(str(DOCUMENTS / path), 1, straighten=straighten, thumbnail=size)
    assert page.thumbnail is not None
    expected = shrunk(opened(page), size)
    assert (page.thumbnail.size, page.thumbnail.mode) == (expected.size, expected.mode)
    apart = np.asarray(page.thumbnail, np.float32) - np.asarray(expected, np.float32)
    assert np.abs(apart).mean() < 3
    assert render(str(DOCUMENTS / path), 1).thumbnail is None


@pytest.mark.parametrize(("rotation", "side"), [(0, "top"), (90, "right"), (180, "bottom"), (270, "left")])
def test_the_rotation_that_a_page_asks_for_is_applied(tmp_path: Path, rotation: int, side: str) -> None:
    path = write_pdf(tmp_path / "a.pdf", b"20 700 572 60 re f", page=b"/Rotate %d" % rotation)
    page = render(path, 1)
    assert page.rotation == rotation
    assert dark_half(page) == side


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (text(LINE), "digital"),
        (b"100 100 200 200 re S", "digital"),
        (image(0, 0, 612, 792), "scanned"),
        (text(LINE, visible=False) + image(0, 0, 612, 792), "scanned"),
        (text(LINE) + image(0, 0, 612, 792), "scanned"),
        (image(0, 0, 612, 792) + text(LINE), "mixed"),
        (image(100, 100, 300, 300) + text(LINE), "mixed"),
        (image(100, 100, 20, 20) + text(LINE), "digital"),
        (b"", "blank"),
        (text(LINE, visible=False), "blank"),
    ],
    ids=[
        "text",
        "lines only",
        "scan",
        "scan over an invisible text layer",
        "scan over a text layer that it hides",
        "text over a background image",
        "text and a figure",
        "text and a logo",
        "nothing",
        "invisible text only",
    ],
)
def test_the_kind_of_a_page_is_told_by_what_it_shows(tmp_path: Path, content: bytes, kind: str) -> None:
    assert render(write_pdf(tmp_path / "a.pdf", content, jpeg=jpeg()), 1).kind == kind


def test_an_image_within_a_form_counts_as_one() -> None:
    assert render(str(DOCUMENTS / "formxobject.pdf"), 1).kind == "mixed"


def test_a_blank_scan_is_blank(tmp_path: Path) -> None:
    assert render(write_pdf(tmp_path / "a.pdf", image(0, 0, 612, 792), jpeg=jpeg(dots=False)), 1).kind == "blank"


def test_a_scan_whose_image_cannot_be_decoded_is_corrupt_not_blank(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", image(0, 0, 612, 792), jpeg=b"not a jpeg")
    with pytest.raises(PermanentFault, match="image") as raised:
        render(path, 1)
    assert raised.value.reason == "corrupt"


@pytest.mark.parametrize("size", [(14_400, 14_400), (20_000, 3), (0.5, 0.5), (612, 0)])
def test_pages_of_any_size_stay_within_the_pixel_limits(tmp_path: Path, size: tuple[float, float]) -> None:
    settings = RenderSettings(max_pixels=1_000_000)
    page = render(write_pdf(tmp_path / "a.pdf", text(LINE), size=size), 1, settings)
    assert 1 <= page.width * page.height <= settings.max_pixels
    assert max(page.width, page.height) <= MAX_SIDE
    assert 0 < page.dpi <= settings.dpi


def test_a_scan_is_not_rendered_far_beyond_its_own_resolution(tmp_path: Path) -> None:
    letter = write_pdf(tmp_path / "letter.pdf", image(0, 0, 612, 792), jpeg=jpeg())  # its image has 9 dpi
    assert render(letter, 1, RenderSettings(dpi=400)).dpi == 200
    poster = write_pdf(tmp_path / "poster.pdf", image(0, 0, 2000, 3000), jpeg=jpeg(), size=(2000, 3000))
    assert render(poster, 1).height == pytest.approx(2340, abs=2)


def test_what_was_filled_into_a_form_is_on_the_image(tmp_path: Path) -> None:
    path = Path(write_pdf(tmp_path / "form.pdf", b"", page=b"/Annots[11 0 R]"))
    field = b"<</Subtype/Widget/FT/Tx/T(name)/V(Erika Mustermann)/DA(/Helv 24 Tf 0 g)/Rect[72 600 400 640]>>"
    form = b"/AcroForm<</Fields[11 0 R]/DA(/Helv 24 Tf 0 g)/DR<</Font<</Helv 3 0 R>>>>>>"
    data = path.read_bytes().replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R%b>>" % form)
    path.write_bytes(data.replace(b"trailer", b"11 0 obj\n%b\nendobj\ntrailer" % field))
    assert render(str(path), 1).ink > 0.0001


def test_a_page_that_cannot_be_loaded_costs_only_itself() -> None:
    path = str(DOCUMENTS / "Pages-tree-refs.pdf")
    assert render(path, 1).width > 0
    with pytest.raises(PermanentFault, match="page 2") as raised:
        render(path, 2)
    assert raised.value.reason == "corrupt"


def test_a_file_that_changed_is_opened_anew(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text(LINE))
    first = render(path, 1)
    write_pdf(tmp_path / "a.pdf", text(LINE), size=(300, 300))
    assert render(path, 1).width < first.width
    close_last_pdf()
    assert render(path, 1).width < first.width


def test_a_page_that_the_document_does_not_have_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        render(write_pdf(tmp_path / "a.pdf", text(LINE)), 2)
    with pytest.raises(IndexError):
        render(str(DOCUMENTS / "phototest.tif"), 2)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="dpi"):
        RenderSettings(dpi=0)
