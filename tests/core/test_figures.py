from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr_assets.core.embedded import embedded_images
from ocr_assets.core.figures import cut, find_figures, page_figures, reading_position
from ocr_assets.core.pages import Block, Box, Word
from ocr_assets.core.pdf import close_last_pdf, pdf_page

DOCUMENTS = Path(__file__).parents[1] / "documents"
PICTURES = str(DOCUMENTS / "picture_classification.pdf")
UPPER = Box(0.1, 0.1, 0.9, 0.4)


def page_png(path: str, page: int) -> bytes:
    with pdf_page(path, page) as opened:
        picture = opened.render(scale=1).to_pil()
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


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
def test_an_embedded_image_is_found_where_the_upright_page_shows_it(
    tmp_path: Path, rotation: int, box: tuple[float, ...]
) -> None:
    path = picture_pdf(tmp_path / "picture.pdf", rotation=rotation)
    (found,) = embedded_images(path, 1)
    with Image.open(BytesIO(page_png(path, 1))) as shown:
        red = shown.convert("RGB").point(lambda value: 255 * (value > 127)).getchannel("G").point(lambda v: 255 - v)
    close_last_pdf()
    drawn = red.getbbox()
    assert drawn is not None
    assert found == pytest.approx(box, abs=1e-4)
    assert found == pytest.approx([edge / size for edge, size in zip(drawn, shown.size * 2, strict=True)], abs=0.02)


def test_an_image_within_a_form_is_found_through_the_form_s_matrix(tmp_path: Path) -> None:
    (found,) = embedded_images(picture_pdf(tmp_path / "nested.pdf", nested=True), 1)
    close_last_pdf()
    assert found == pytest.approx((0.55, 0.3, 0.7, 0.45), abs=1e-4)


def test_a_real_page_yields_its_pictures_with_their_captions() -> None:
    embedded = embedded_images(PICTURES, 1)
    caption = Block(
        "figure_caption", Box(0.2, embedded[0].y1, 0.8, embedded[0].y1 + 0.02), "Figure 1: This is an\nexample."
    )
    (figure,) = page_figures(page_png(PICTURES, 1), 1, [caption], embedded)
    close_last_pdf()
    assert (figure.kind, figure.caption, figure.caption_source) == (
        "figure",
        "Figure 1: This is an example.",
        "document",
    )
    with Image.open(BytesIO(figure.image)) as picture:
        assert picture.width / 612 == pytest.approx(figure.box.x1 - figure.box.x0, abs=0.02)


def test_layout_and_the_page_s_own_images_give_each_figure_once() -> None:
    blocks = [Block("figure", UPPER, ""), Block("table", Box(0.1, 0.7, 0.9, 0.9), "| a |\n| --- |")]
    embedded = [Box(0.12, 0.12, 0.88, 0.38), Box(0.3, 0.45, 0.7, 0.65), Box(0.3, 0.45, 0.7, 0.65)]
    assert [(found.kind, found.box.y0) for found in find_figures(blocks, embedded)] == [
        ("figure", 0.1),
        ("figure", 0.45),
        ("table", 0.7),
    ]


def test_icons_scans_and_backgrounds_of_text_are_no_figures() -> None:
    text = Block("text", Box(0.1, 0.5, 0.9, 0.8), "a paragraph")
    assert find_figures([text], [Box(0, 0, 0.05, 0.05), Box(0, 0, 1, 1), Box(0.05, 0.45, 0.95, 0.85)]) == []


def test_without_a_caption_the_text_inside_stands_in_and_without_text_there_is_none() -> None:
    page = page_png(PICTURES, 1)
    with_text, without = (page_figures(page, 1, [Block("figure", UPPER, text)], [])[0] for text in ("axis\nlabels", ""))
    close_last_pdf()
    assert (with_text.caption, with_text.caption_source, with_text.text) == (
        "axis labels",
        "text_inside",
        "axis\nlabels",
    )
    assert (without.caption, without.caption_source) == ("", "none")


def test_a_box_at_the_edge_is_cut_within_the_page() -> None:
    page = BytesIO()
    Image.new("L", (100, 50), 128).save(page, "PNG")
    with Image.open(BytesIO(cut(page.getvalue(), Box(0.5, 0.5, 1.0, 1.0)))) as part:
        assert part.size == (51, 26)


def test_a_figure_is_read_after_what_stands_above_it_in_its_column() -> None:
    left, right = Block("text", Box(0.1, 0.1, 0.45, 0.3), "l"), Block("text", Box(0.55, 0.1, 0.9, 0.3), "r")
    assert reading_position(Box(0.1, 0.4, 0.45, 0.6), [left, right]) == 1
    assert reading_position(Box(0.55, 0.4, 0.9, 0.6), [left, right]) == 2


def test_a_figure_within_a_larger_block_has_the_words_within_its_box_as_its_text() -> None:
    image = page_png(PICTURES, 1)
    words = [
        Word("MEMBER", Box(0.2, 0.20, 0.3, 0.22), 1.0),
        Word("EXCLUSIVE", Box(0.32, 0.20, 0.5, 0.22), 1.0),
        Word("TECHSAVE2024", Box(0.2, 0.25, 0.5, 0.27), 1.0),
        Word("below", Box(0.2, 0.60, 0.3, 0.62), 1.0),
    ]
    blocks = [Block("figure", UPPER, ""), Block("text", Box(0.1, 0.1, 0.9, 0.9), "the whole receipt")]
    (figure,) = page_figures(image, 1, blocks, (), words)
    assert figure.text == "MEMBER EXCLUSIVE\nTECHSAVE2024"
    assert figure.caption_source == "text_inside"
