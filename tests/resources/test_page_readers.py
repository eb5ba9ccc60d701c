import io
import itertools
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.pages import PageInput
from ocr_assets.errors import PermanentFault
from resources.page_readers import layer_check
from resources.page_readers.ladder import EMPTY, ReaderSettings, read_page
from tests.core.test_seen_boxes import form
from tests.form_making import check_box, choice, text_field, write_form
from tests.page_images import DOCUMENTS, image_input, page_input
from tests.pdf_making import text, write_pdf


def test_a_digital_page_is_read_from_its_text_layer_in_blocks() -> None:
    reading = read_page(page_input(DOCUMENTS / "multi_page.pdf"), ReaderSettings())
    assert reading.reader == "text_layer"
    assert reading.confidence == 1.0
    assert "The concept of the word processor predates modern computers" in reading.text
    assert [block.text for block in reading.blocks if block.kind == "title"][-1].startswith("The Rise of Personal")


def test_a_sound_text_layer_never_loads_tesseract() -> None:
    code = (
        "import sys\n"
        "from tests.resources.test_page_readers import *\n"
        "reading = read_page(page_input(DOCUMENTS / 'multi_page.pdf'), ReaderSettings())\n"
        "print(reading.reader, 'tesserocr' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DOCUMENTS.parents[1]
    )
    assert done.stdout.split() == ["text_layer", "False"]
    assert done.stderr == ""


def test_a_scan_is_read_by_tesseract() -> None:
    reading = read_page(page_input(DOCUMENTS / "phototest.tif"), ReaderSettings())
    assert reading.reader == "tesseract"
    assert reading.confidence > 0.9
    assert " ".join(reading.text.split()).startswith("This is a lot of 12 point text to test the ocr code and see if")
    first = reading.words[0]
    assert first.text == "This"
    assert 0 < first.box.x0 < first.box.x1 < 0.2


def test_a_garbage_text_layer_gives_way_to_tesseract(tmp_path: Path) -> None:
    scan = page_input(DOCUMENTS / "phototest.tif")
    shifted = "".join(chr(ord(c) - 29) for c in "itwasthebestoftimesandtheworstofthem").replace("\\", "")
    layer = b"".join(text(f"{shifted} {shifted}", visible=False, y=720 - 20 * n) for n in range(30))
    path = write_pdf(tmp_path / "scan.pdf", layer)
    reading = read_page(PageInput(path, 1, "scanned", scan.dpi, scan.image), ReaderSettings())
    assert reading.reader == "tesseract"
    assert "ocr code" in reading.text


def layered(
    tmp_path: Path, scan: PageInput, change: Callable[[str], str], visible: bool = False, added: str = ""
) -> PageInput:
    """The scan with a layer, invisible if not said: its own words, changed, where they stand; and a visible line."""
    with Image.open(io.BytesIO(scan.image)) as image:
        width, height = (side * 72 / scan.dpi for side in image.size)
    layer = b"".join(
        text(
            change(word.text),
            visible=visible,
            size=8,
            x=round(word.box.x0 * width),
            y=round((1 - word.box.y1) * height),
        )
        for word in read_page(scan, ReaderSettings()).words
    )
    layer += text(added, size=8, x=20, y=10)
    path = write_pdf(tmp_path / "layered.pdf", layer, size=(width, height))
    return PageInput(path, 1, "mixed" if added or visible else "scanned", scan.dpi, scan.image)


def test_a_scan_s_layer_is_taken_where_it_says_what_the_page_shows(tmp_path: Path) -> None:
    page = layered(tmp_path, page_input(DOCUMENTS / "phototest.tif"), str)
    assert read_page(page, ReaderSettings()).reader == "text_layer"


def test_a_scan_s_layer_that_agrees_is_checked_on_two_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, asked = layered(tmp_path, page_input(DOCUMENTS / "phototest.tif"), str), []
    read = layer_check.read_lines
    monkeypatch.setattr(layer_check, "read_lines", lambda grey, boxes: asked.append(boxes) or read(grey, boxes))
    assert read_page(page, ReaderSettings()).reader == "text_layer"
    assert len(asked) == 2


def test_a_plausible_layer_that_says_something_else_gives_way(tmp_path: Path) -> None:
    others = itertools.cycle(
        ["some", "ordinary", "words", "that", "nobody", "printed", "here", "though", "they", "look"]
    )
    page = layered(tmp_path, page_input(DOCUMENTS / "phototest.tif"), lambda _: next(others))
    reading = read_page(page, ReaderSettings())
    assert (reading.reader, "ocr code" in reading.text) == ("tesseract", True)


def test_a_wrong_layer_gives_way_though_a_visible_line_was_added(tmp_path: Path) -> None:
    others = itertools.cycle(["some", "ordinary", "words", "that", "nobody", "printed"])
    page = layered(tmp_path, page_input(DOCUMENTS / "phototest.tif"), lambda _: next(others), added="Made by a system")
    reading = read_page(page, ReaderSettings())
    assert (page.kind, reading.reader, "ocr code" in reading.text) == ("mixed", "tesseract", True)


def test_text_that_a_page_with_images_shows_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = layered(tmp_path, page_input(DOCUMENTS / "phototest.tif"), str, visible=True)
    monkeypatch.delattr(layer_check, "read_lines")
    assert (page.kind, read_page(page, ReaderSettings()).reader) == ("mixed", "text_layer")


def test_a_latin_layer_over_another_script_gives_way(tmp_path: Path) -> None:
    """As an OCR program leaves it that has no model for the script."""
    scan = page_input(DOCUMENTS / "right_to_left_01.pdf")
    with Image.open(io.BytesIO(scan.image)) as image:
        width, height = (side * 72 / scan.dpi for side in image.size)
    layer = b"".join(
        text("lSjui", visible=False, size=8, x=round(word.box.x0 * width), y=round((1 - word.box.y1) * height))
        for word in read_page(scan, ReaderSettings()).words
    )
    path = write_pdf(tmp_path / "arabic.pdf", layer, size=(width, height))
    with pytest.raises(PermanentFault, match="it looks like Arabic script: install a model"):
        read_page(replace(scan, path=path, page=1, kind="scanned"), ReaderSettings())


def test_a_text_layer_that_is_only_a_stamp_gives_way_to_tesseract(tmp_path: Path) -> None:
    scan = page_input(DOCUMENTS / "phototest.tif")
    path = write_pdf(tmp_path / "scan.pdf", text("Downloaded from an archive", y=30))
    reading = read_page(PageInput(path, 1, "scanned", scan.dpi, scan.image), ReaderSettings())
    assert (reading.reader, "ocr code" in reading.text) == ("tesseract", True)


def test_a_blank_page_is_read_by_none(tmp_path: Path) -> None:
    page = replace(image_input(tmp_path, Image.new("L", (1200, 1600), 255)), kind="blank")
    assert read_page(page, ReaderSettings()) == EMPTY


def test_a_drawing_without_writing_is_accepted_as_empty(tmp_path: Path) -> None:
    image = Image.new("L", (1200, 1600), 255)
    ImageDraw.Draw(image).ellipse((200, 300, 1000, 1100), outline=0, width=6)
    assert read_page(image_input(tmp_path, image), ReaderSettings()).text == ""


def test_a_photo_without_writing_is_accepted_as_empty(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8)
    image = Image.new("L", (1200, 1600), 255)
    image.paste(Image.fromarray(noise).resize((1000, 1000), Image.Resampling.BICUBIC), (100, 200))
    assert read_page(image_input(tmp_path, image), ReaderSettings()).text == ""


def test_rows_of_signs_that_no_reader_knows_are_unread_ink(tmp_path: Path) -> None:
    image = Image.new("L", (1200, 1600), 255)
    draw = ImageDraw.Draw(image)
    for y in range(200, 1300, 60):
        for x in range(150, 1050, 30):
            draw.rectangle((x, y, x + 18, y + 26), fill=0)
    with pytest.raises(PermanentFault) as raised:
        read_page(image_input(tmp_path, image), ReaderSettings())
    assert raised.value.reason == "unread_ink"


def form_page(path: Path) -> PageInput:
    content = text("Name:") + text("I am a member", x=140, y=662) + text("Your country:", y=604)
    fields = [
        text_field("name", "Ada Lovelace", (120, 695, 300, 715)),
        check_box("member", True, (120, 660, 132, 672)),
        choice("country", "[(de)(Germany)][(fr)(France)]", "fr", (160, 600, 300, 620)),
    ]
    return page_input(Path(write_form(path / "form.pdf", content, fields)))


def test_what_is_filled_into_a_form_is_in_the_text_at_its_place(tmp_path: Path) -> None:
    reading = read_page(form_page(tmp_path), ReaderSettings())
    assert reading.reader == "text_layer"
    assert reading.text.split("\n\n") == ["Name: Ada Lovelace", "☒ I am a member", "Your country: France"]
    assert [field.value for field in reading.form_fields] == ["Ada Lovelace", "☒", "France"]


def test_an_xfa_form_is_marked_for_review(tmp_path: Path) -> None:
    page = page_input(
        Path(write_form(tmp_path / "xfa.pdf", text("Please wait... this form needs another viewer."), [], xfa=True))
    )
    assert "XFA" in read_page(page, ReaderSettings()).review


def test_the_boxes_of_a_scanned_form_are_read_as_marked_or_empty(tmp_path: Path) -> None:
    reading = read_page(image_input(tmp_path, form()), ReaderSettings())
    lines = [line.strip() for line in reading.text.splitlines() if line.strip()]
    assert lines[1:-1] == ["☒ Single", "☒ Married", "☒ Widowed", "☐ Divorced", "☒ Do not know", "☐ None of these"]
    assert lines[0].startswith("Please tell us about yourself, O reader of D and Q")
    assert [(field.label, field.value) for field in reading.form_fields][:2] == [("Single", "☒"), ("Married", "☒")]
