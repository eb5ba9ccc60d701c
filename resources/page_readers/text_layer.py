"""The text layer of a PDF's page, by PDFium."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from ocr_assets.core.annotations import annotated
from ocr_assets.core.blocks import assembled
from ocr_assets.core.drawn_rulings import rulings_of
from ocr_assets.core.form_words import with_fields
from ocr_assets.core.forms import XFA, form_fields, is_xfa
from ocr_assets.core.marked import Marked, marked_fields
from ocr_assets.core.opening import media_type_of
from ocr_assets.core.pages import FormField, PageInput, PageReading, Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.rulings import NO_RULINGS
from ocr_assets.core.seen_rulings import seen_rulings
from ocr_assets.core.straightening import straightened_box
from ocr_assets.core.text_layer import words_of
from ocr_assets.core.turned import turned_rulings, turned_word
from resources.page_readers.layout import LayoutModel, grey_of
from resources.page_readers.reader import PageReader

Placed = TypeVar("Placed", Word, FormField, Marked)


class TextLayerReader(PageReader):
    """Reads what the PDF says it shows, and what is filled into its form.

    An image file has no text layer and gives an empty reading.
    """

    name = "text_layer"

    def __init__(self, layout: LayoutModel) -> None:
        self.layout = layout

    def read(self, page: PageInput) -> PageReading:
        if media_type_of(page.path) != "application/pdf":
            return assembled(self.name, (), ())
        with pdf_page(page.path, page.page, page.passwords) as opened:
            fields = tuple(_straightened(page, form_fields(opened)))
            marked = (*marked_fields(fields), *_straightened(page, annotated(opened)))
            words = with_fields(tuple(_straightened(page, words_of(opened))), fields, points_of(page))
            review = XFA if is_xfa(opened) else ""
            if not words:
                return replace(assembled(self.name, (), (), marked=marked), review=review, form_fields=fields)
            rulings = NO_RULINGS if page.skew else turned_rulings(rulings_of(opened), page.turned)
        if page.kind != "digital":
            rulings += seen_rulings(grey_of(page), page.dpi)
        reading = assembled(self.name, words, self.layout.regions(page, words, rulings), rulings, marked)
        return replace(reading, review=review, form_fields=fields)


def points_of(page: PageInput) -> tuple[float, float]:
    """Width and height of the page as its image shows it."""
    width, height = grey_of(page).size
    return width * 72 / page.dpi, height * 72 / page.dpi


def _straightened(page: PageInput, words: Iterable[Placed]) -> Iterator[Placed]:
    """The words or fields where they stand on the image, which was turned if the page did not lie straight."""
    if not (page.turned or page.skew):
        yield from words
        return
    grey = grey_of(page)
    for word in words:
        box = straightened_box(word.box, page.turned, page.skew, grey.height / grey.width)
        placed = turned_word(word, page.turned) if isinstance(word, Word) else word
        yield replace(placed, box=box)
