from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ocr_assets.core.figures import cut, page_figures, reading_position
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


def test_figures_and_tables_are_cut_in_reading_order_with_the_captions_printed_beside_them() -> None:
    blocks = [
        Block("figure", UPPER, ""),
        Block("figure_caption", Box(0.2, 0.41, 0.8, 0.43), "Figure 1: This is an\nexample."),
        Block("text", Box(0.1, 0.5, 0.9, 0.6), "a paragraph"),
        Block("table", Box(0.1, 0.7, 0.9, 0.9), "| a |\n| --- |"),
    ]
    figure, table = page_figures(page_png(PICTURES, 1), 1, blocks)
    close_last_pdf()
    assert (figure.kind, figure.caption, figure.caption_source) == (
        "figure",
        "Figure 1: This is an example.",
        "document",
    )
    assert (table.kind, table.caption_source) == ("table", "text_inside")
    with Image.open(BytesIO(figure.image)) as picture:
        assert picture.width / 612 == pytest.approx(figure.box.x1 - figure.box.x0, abs=0.02)


def test_formulas_are_cut_where_they_are_asked_for_and_take_no_caption() -> None:
    blocks = [
        Block("equation", Box(0.2, 0.1, 0.8, 0.13), "a = b + c (1)"),
        Block("figure_caption", Box(0.2, 0.14, 0.8, 0.16), "Figure 1: This is an example."),
        Block("figure", Box(0.1, 0.2, 0.9, 0.4), ""),
    ]
    page = page_png(PICTURES, 1)
    formula, figure = page_figures(page, 1, blocks, formulas=True)
    assert [found.kind for found in page_figures(page, 1, blocks)] == ["figure"]
    close_last_pdf()
    assert (formula.kind, formula.text, formula.caption_source) == ("equation", "a = b + c (1)", "text_inside")
    assert figure.caption_source == "document"


def test_without_a_caption_the_text_inside_stands_in_and_without_text_there_is_none() -> None:
    page = page_png(PICTURES, 1)
    with_text, without = (page_figures(page, 1, [Block("figure", UPPER, text)])[0] for text in ("axis\nlabels", ""))
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
    (figure,) = page_figures(image, 1, blocks, words)
    assert figure.text == "MEMBER EXCLUSIVE\nTECHSAVE2024"
    assert figure.caption_source == "text_inside"
