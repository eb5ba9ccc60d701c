import random
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr_assets.core.drawings import Drawn, drawn_on
from ocr_assets.core.pages import Box
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from tests.pdf_making import text, write_pdf

SIZE = (200, 100)


def drawn(tmp_path: Path, content: bytes, page: bytes = b"") -> Drawn:
    """What a page of 200 x 100 points draws."""
    found = drawn_on(write_pdf(tmp_path / "page.pdf", content, size=SIZE, page=page), 1)
    close_last_pdf()
    return found


def picture_pdf(path: Path, *, rotation: int = 0, nested: bool = False) -> str:
    """A page of 200 x 100 points with an image from (20, 10), 60 wide and 30 high, from the lower left."""
    image_document = pypdfium2.PdfDocument.new()
    page = image_document.new_page(200, 100)
    image = pypdfium2.PdfImage.new(image_document)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.new("RGB", (60, 30), "red")))
    image.set_matrix(pypdfium2.PdfMatrix().scale(60, 30).translate(20, 10))
    page.insert_obj(image)
    page.gen_content()
    document = image_document
    if nested:
        document = pypdfium2.PdfDocument.new()
        page = document.new_page(200, 100)
        form = image_document.page_as_xobject(0, document).as_pageobject()
        form.set_matrix(pypdfium2.PdfMatrix().scale(0.5, 0.5).translate(100, 50))
        page.insert_obj(form)
        page.gen_content()
    page.set_rotation(rotation)
    document.save(path)
    return str(path)


@pytest.mark.parametrize(
    ("rotation", "box"),
    [(0, (0.1, 0.6, 0.4, 0.9)), (90, (0.1, 0.1, 0.4, 0.4)), (180, (0.6, 0.1, 0.9, 0.4)), (270, (0.6, 0.6, 0.9, 0.9))],
)
def test_an_image_is_found_where_the_upright_page_shows_it(
    tmp_path: Path, rotation: int, box: tuple[float, ...]
) -> None:
    path = picture_pdf(tmp_path / "picture.pdf", rotation=rotation)
    (found,) = drawn_on(path, 1).images
    with pdf_page(path, 1) as opened:
        shown = opened.render(scale=1).to_pil().convert("RGB")
    close_last_pdf()
    red = shown.point(lambda value: 255 * (value > 127)).getchannel("G").point(lambda v: 255 - v).getbbox()
    assert red is not None
    assert found == pytest.approx(box, abs=1e-4)
    assert found == pytest.approx([edge / size for edge, size in zip(red, shown.size * 2, strict=True)], abs=0.02)


def test_an_image_within_a_form_is_found_through_the_form_s_matrix(tmp_path: Path) -> None:
    (found,) = drawn_on(picture_pdf(tmp_path / "nested.pdf", nested=True), 1).images
    close_last_pdf()
    assert found == pytest.approx((0.55, 0.3, 0.7, 0.45), abs=1e-4)


def test_of_a_cropped_image_only_the_visible_part_counts(tmp_path: Path) -> None:
    grey = BytesIO()
    Image.new("L", (100, 100), 128).save(grey, "JPEG")
    content = b"q 50 25 50 50 re W n q 100 0 0 100 0 0 cm /I Do Q Q"
    path = write_pdf(tmp_path / "cropped.pdf", content, size=SIZE, jpeg=grey.getvalue())
    (found,) = drawn_on(path, 1).images
    close_last_pdf()
    assert found == pytest.approx((0.25, 0.25, 0.5, 0.75), abs=1e-4)


@pytest.mark.parametrize(
    ("content", "is_filled", "is_plain"),
    [
        (b"1 0 0 rg 20 10 40 30 re f", True, True),
        (b"20 10 m 60 10 l S", False, True),
        (b"20 10 m 60 40 l S", False, False),
        (b"20 10 m 20 40 60 40 60 10 c f", True, False),
    ],
    ids=["bar", "rule", "slanted line", "curve"],
)
def test_a_shape_is_plain_where_its_sides_are_level_and_upright(
    tmp_path: Path, content: bytes, is_filled: bool, is_plain: bool
) -> None:
    (shape,) = drawn(tmp_path, content).shapes
    assert (shape.is_filled, shape.is_plain) == (is_filled, is_plain)
    assert (shape.box.x0, shape.box.x1) == pytest.approx((0.1, 0.3), abs=0.01)


def test_a_rounded_rectangle_is_plain_and_a_circle_is_not(tmp_path: Path) -> None:
    def rounded(width: int, radius: int) -> bytes:
        right, top, corner = 20 + width, 10 + width, 20 + radius
        return (
            f"{corner} 10 m {right - radius} 10 l {right} 10 {right} 10 {right} {10 + radius} c "
            f"{right} {top - radius} l {right} {top} {right} {top} {right - radius} {top} c "
            f"{corner} {top} l 20 {top} 20 {top} 20 {top - radius} c "
            f"20 {10 + radius} l 20 10 20 10 {corner} 10 c f\n"
        ).encode()

    assert [shape.is_plain for shape in drawn(tmp_path, rounded(60, 5) + rounded(60, 30)).shapes] == [True, False]


def test_the_lines_of_a_grid_drawn_at_once_are_found_one_by_one(tmp_path: Path) -> None:
    shapes = drawn(tmp_path, b"20 10 m 180 10 l 20 50 m 180 50 l 20 90 m 180 90 l 100 10 m 100 90 l S").shapes
    assert len(shapes) == 4
    assert sorted(round(shape.box.y0, 2) for shape in shapes) == [0.1, 0.1, 0.5, 0.9]


def test_what_does_not_show_is_not_drawn(tmp_path: Path) -> None:
    white, clipped, outside = b"1 g 20 10 40 30 re f ", b"20 10 40 30 re W n ", b"0 g 300 10 40 30 re f "
    assert drawn(tmp_path, white + clipped + outside + text("words", y=50)) == Drawn()


def test_on_coloured_paper_white_shows_and_the_paper_s_colour_does_not(tmp_path: Path) -> None:
    paper, white = b"0 0 0.4 rg 0 0 200 100 re f ", b"1 g 20 10 40 30 re f "
    (shape,) = drawn(tmp_path, paper + b"0 0 0.4 rg 100 10 40 30 re f " + white).shapes
    assert shape.box == pytest.approx((0.1, 0.6, 0.3, 0.9), abs=1e-3)


def turned(box: Box) -> Box:
    """Of a page turned by a quarter, clockwise."""
    return Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)


@pytest.mark.parametrize("seed", range(5))
def test_shapes_stay_on_the_page_and_turn_with_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = b""
    for _ in range(30):
        x, y, width, height = (chance.uniform(-40, 200) for _ in range(4))
        content += b"%.2f g %.1f %.1f %.1f %.1f re f\n" % (chance.random() * 0.9, x, y, width, height)
        content += b"q %.2f %.2f %.2f %.2f %.1f %.1f cm 0 0 m 9 0 9 9 5 7 c S Q\n" % (
            *(chance.uniform(-5, 5) for _ in range(4)),
            x,
            y,
        )
    upright = [shape.box for shape in drawn(tmp_path, content).shapes]
    assert len(upright) > 20
    for rotation in (0, 90, 180, 270):
        found = [shape.box for shape in drawn(tmp_path, content, b"/Rotate %d" % rotation).shapes]
        for box, expected in zip(found, upright, strict=True):
            assert box == pytest.approx(expected, abs=1e-3)
            assert 0 <= box.x0 <= box.x1 <= 1
            assert 0 <= box.y0 <= box.y1 <= 1
        upright = list(map(turned, upright))


def test_a_page_of_very_many_lines_is_not_looked_at_to_the_end(tmp_path: Path) -> None:
    found = drawn(tmp_path, b"20 10 m 60 40 l S\n" * 20_000)
    assert 0 < len(found.shapes) <= 5_000
