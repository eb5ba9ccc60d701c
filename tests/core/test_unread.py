from pathlib import Path

from PIL import Image

from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import Box, PageReading, Word
from ocr_assets.core.unread import unread_share
from resources.page_readers.ladder import ReaderSettings, grey_of, read_page
from tests.page_images import DOCUMENTS, image_input, page_input

SCAN = page_input(DOCUMENTS / "phototest.tif")
GREY = grey_of(SCAN)
INK = ink_of(GREY)


def read(*boxes: Box, confidence: float = 0.9) -> PageReading:
    return PageReading("tesseract", "", confidence, (), tuple(Word("word", box, confidence) for box in boxes))


def share(reading: PageReading, *pictures: Box) -> float:
    return unread_share(reading, INK, pictures, GREY.height / GREY.width)


def test_all_writing_under_no_word_is_unread_and_under_words_none() -> None:
    assert share(read()) == 1.0
    assert share(read(Box(0, 0, 1, 1))) == 0.0


def test_lines_under_no_word_are_their_share_of_the_writing() -> None:
    middles = sorted((INK.marks[:, 1] + INK.marks[:, 3]) / 2)
    assert 0.5 < share(read(Box(0, 0, 1, middles[len(middles) // 3]))) < 0.75


def test_what_a_picture_shows_is_not_asked_for() -> None:
    assert share(read(), Box(0, 0, 1, 1)) == 0.0


def test_a_page_half_in_a_script_that_no_reader_knows_is_to_be_looked_at(tmp_path: Path) -> None:
    foreign = grey_of(page_input(DOCUMENTS / "right_to_left_01.pdf"))
    page = Image.new("L", (max(GREY.width, foreign.width), GREY.height + foreign.height), 255)
    page.paste(GREY, (0, 0))
    page.paste(foreign, (0, GREY.height))
    reading = read_page(image_input(tmp_path, page), ReaderSettings())
    assert "ocr code" in reading.text
    assert "of its writing was read by no reader; it looks like Arabic script" in reading.review
