"""Of the figures of a document, those that are ornaments."""

from io import BytesIO
from pathlib import Path

import polars as pl
from PIL import Image

from ocr_assets.core.figures import page_figures
from ocr_assets.core.identity import document_id
from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import render
from ocr_assets.figure_captions import without_ornaments
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.pdf_making import image, text, write_pdf


def kept(*figures: tuple[int, str]) -> list[tuple[int, str]]:
    rows = pl.DataFrame(figures, schema={"page": pl.Int64, "image": pl.String}, orient="row")
    return without_ornaments(rows).rows()


def test_a_picture_on_three_pages_is_kept_once_and_others_as_they_are() -> None:
    assert kept((1, "logo"), (1, "chart"), (2, "logo"), (3, "map"), (5, "logo")) == [
        (1, "logo"),
        (1, "chart"),
        (3, "map"),
    ]


def test_a_picture_on_two_pages_or_thrice_on_one_is_no_ornament() -> None:
    twice, thrice = [(1, "plan"), (4, "plan")], [(2, "icon"), (2, "icon"), (2, "icon")]
    assert kept(*twice, *thrice) == [*twice, *thrice]


def test_a_document_without_figures_has_no_ornaments() -> None:
    assert kept() == []


def test_the_logo_of_every_page_is_cut_out_as_the_same_bytes(tmp_path: Path) -> None:
    logo = BytesIO()
    Image.radial_gradient("L").resize((100, 100)).save(logo, "JPEG")
    pages = [image(450, 700, 90, 60) + text(f"This is page {number}") for number in ("one", "two", "three")]
    path = write_pdf(tmp_path / "letter.pdf", *pages, jpeg=logo.getvalue())
    rows = []
    for number in (1, 2, 3):
        shown = render(path, number)
        reading = read_page(PageInput(path, number, shown.kind, shown.dpi, shown.png), ReaderSettings())
        figures = page_figures(shown.png, number, reading.blocks, reading.words)
        rows += [(number, document_id(figure.image)) for figure in figures]
    assert [number for number, _ in rows] == [1, 2, 3]
    assert kept(*rows) == rows[:1]
