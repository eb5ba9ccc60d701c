import io
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps
from rapidfuzz.distance import Levenshtein

from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, PageReading, Turn, Word
from ocr_assets.core.rendering import render
from ocr_assets.core.straightening import levelled, turned
from ocr_assets.errors import PermanentFault, UsageError
from resources.page_readers import ppocr, scan
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.orientation import straightened, turn_of
from resources.page_readers.ppocr_lines import COLUMNS, Room, sized_to_type
from resources.page_readers.scan import (
    FRAKTUR,
    MOST_IN_TABLES,
    USUAL,
    ScanLimits,
    ScanReader,
    lines_to_read,
    may_look_for_tables,
)
from resources.page_readers.tesseract import FINDS_TABLES, Tesseract
from resources.page_readers.tesseract_models import installed, is_fraktur, suitable
from tests.page_images import DOCUMENTS, image_input, page_input
from tests.test_page_kinds import PROSE, page

GERMAN = ReaderSettings(languages="eng+deu")


def grey(name: str) -> Image.Image:
    with Image.open(DOCUMENTS / name) as image:
        return image.convert("L")


def error_rate(reading: PageReading, name: str) -> float:
    truth = " ".join((DOCUMENTS / name).read_text("utf-8").replace("\N{LATIN SMALL LETTER LONG S}", "s").split())
    return Levenshtein.distance(truth, " ".join(reading.text.split())) / len(truth)


@pytest.mark.parametrize("name", ["phototest.tif", "1809_0070.tif"])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_turned_upright_however_it_lies(name: str, turn: Turn) -> None:
    upright = grey(name)
    lying = turned(upright, turn)
    assert turn_of(lying) == straightened(lying).turned == (360 - turn) % 360
    assert straightened(lying).image.size == upright.size


def test_no_lines_are_looked_for_on_a_page_that_shows_that_it_is_upright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ppocr.TextDetector, "boxes", lambda *_: pytest.fail("looked for lines"))
    assert straightened(grey("phototest.tif")).turned == 0


@pytest.mark.parametrize("turn", [90, 270])
def test_a_full_page_is_turned_by_its_marks_where_the_detector_sees_no_lines(turn: Turn) -> None:
    lying = turned(page(PROSE * 3), turn)
    assert turn_of(lying) == 0
    assert straightened(lying).turned == 360 - turn


def test_a_page_without_lines_stays_as_it_lies() -> None:
    assert turn_of(Image.new("L", (800, 600), 255)) == 0


@pytest.mark.parametrize("turn", [0, 180, 270])
def test_a_page_that_leans_by_as_much_as_nine_degrees_is_turned_upright(turn: Turn) -> None:
    straight = straightened(levelled(turned(page(), turn), 9.0))
    assert (straight.turned, straight.skew) == ((360 - turn) % 360, pytest.approx(-9.0, abs=0.2))


def test_a_page_that_lies_on_its_head_and_askew_is_read(tmp_path: Path) -> None:
    file = image_input(tmp_path, levelled(turned(grey("phototest.tif"), 180), 2.0))
    lying = page_input(file.path)
    assert (lying.turned, lying.skew) == (180, pytest.approx(-2.0, abs=0.2))
    reading = read_page(lying, GERMAN)
    assert " ".join(reading.text.split()).startswith("This is a lot of 12 point text to test the ocr code")


def test_light_type_on_a_dark_page_is_read(tmp_path: Path) -> None:
    reading = read_page(image_input(tmp_path, ImageOps.invert(grey("phototest.tif"))), GERMAN)
    assert "The quick brown dog jumped over the lazy fox" in " ".join(reading.text.split())


def test_an_easy_page_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models: list[str] = []
    lines = Tesseract.lines
    monkeypatch.setattr(Tesseract, "lines", lambda self, *page: models.append(page[-1]) or lines(self, *page))
    page = page_input(DOCUMENTS / "phototest.tif")
    monkeypatch.setattr(ppocr.TextDetector, "boxes", lambda *_: pytest.fail("looked for lines"))
    reading = read_page(page, GERMAN)
    assert (reading.reader, reading.language, reading.review) == ("tesseract", "en", "")
    assert models == ["eng"]


def test_lines_are_looked_for_only_where_the_first_reader_has_not_found_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheet, looked_for = page(PROSE), [Box(0.1, 0.1, 0.9, 0.2)]
    ink = ink_of(sheet)
    lines = ScanReader(Tesseract(installed()), ["eng"]).first(sheet, 200, ink)
    monkeypatch.setattr(scan, "find_lines", lambda *_: looked_for)
    assert len(lines_to_read(sheet, lines, ink)) == len(lines)
    assert lines_to_read(sheet, lines[:-1], ink) == looked_for
    assert lines_to_read(sheet, [], ink) == looked_for


def test_two_readers_read_better_than_either_where_no_model_suits_the_print() -> None:
    page = page_input(DOCUMENTS / "1809_0070.tif")
    reading = read_page(page, GERMAN)
    assert (reading.reader, reading.language) == ("tesseract+ppocr", "de")
    assert error_rate(reading, "1809_0070.txt") < 0.09


def test_a_page_with_more_doubtful_lines_than_it_has_time_for_keeps_what_was_read_and_says_so() -> None:
    page = page_input(DOCUMENTS / "1809_0070.tif")
    whole, part, first = (
        read_page(page, replace(GERMAN, scan=ScanLimits(columns=columns))) for columns in (COLUMNS, 5_000, 0)
    )
    assert "Tesseract alone" not in whole.review
    left_out = [int(re.findall(r"(\d+) of its lines .* read by Tesseract alone", r.review)[0]) for r in (part, first)]
    assert 0 < left_out[0] < left_out[1]
    assert error_rate(whole, "1809_0070.txt") < error_rate(part, "1809_0070.txt")
    assert error_rate(part, "1809_0070.txt") < error_rate(first, "1809_0070.txt") < 0.2


def test_a_large_sheet_in_tiny_type_is_looked_at_in_no_more_pixels_than_there_is_time_for() -> None:
    assert sized_to_type(Image.new("L", (6000, 4000)), 6.0).size == pytest.approx((5477, 3651), abs=1)
    assert sized_to_type(Image.new("L", (1500, 1000)), 6.0).size == (3000, 2000)


def test_room_is_for_the_first_lines_that_fit_and_none_is_squeezed_to_nothing() -> None:
    page, room = Image.new("L", (1000, 1000)), Room(1000)
    long, short, flat = Box(0, 0, 0.5, 0.04), Box(0, 0.1, 0.02, 0.12), Box(0, 0.2, 1, 0.2)
    assert room.taken(page, [long, long, short, flat]) == [long, short]
    assert (room.columns, room.left_out) == (1000 - 600 - 160, 2)


def test_small_type_is_enlarged_before_it_is_read(tmp_path: Path) -> None:
    page = grey("phototest.tif")
    reading = read_page(image_input(tmp_path, page.resize((page.width // 3, page.height // 3))), GERMAN)
    assert "brown dog jumped over the lazy fox" in " ".join(reading.text.split())


def heights_read(page: Image.Image, monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[list[int], PageReading]:
    """Of the images that Tesseract gets of a page, and what is read."""
    heights: list[int] = []
    lines = Tesseract.lines
    monkeypatch.setattr(
        Tesseract, "lines", lambda self, grey, *rest: heights.append(grey.height) or lines(self, grey, *rest)
    )
    return heights, read_page(image_input(folder, page), ReaderSettings(languages="eng"))


def test_large_type_is_made_smaller_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = page(PROSE, size=58, width=2480)
    heights, reading = heights_read(sheet, monkeypatch, tmp_path)
    assert max(heights) < 0.6 * sheet.height
    assert "his daughter kept the book in his place" in " ".join(reading.text.split())


def test_large_type_keeps_its_size_beside_small_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = page(PROSE * 2, size=22)
    sheet.paste(page(PROSE, size=58, width=1240).crop((0, 0, 1240, 700)), (0, 900))
    heights, reading = heights_read(sheet, monkeypatch, tmp_path)
    assert min(heights) > 0.8 * sheet.height
    assert "the lamp had burned as it should" in " ".join(reading.text.split())


def test_a_page_that_nobody_can_read_well_is_marked_for_review(tmp_path: Path) -> None:
    page = grey("1809_0070.tif").reduce(7).resize((1156, 1782))
    reading = read_page(image_input(tmp_path, page), ReaderSettings(languages="eng"))
    assert reading.confidence < 0.7
    assert reading.review.startswith(("read with confidence 0.", "it cannot be read: of "))


def test_models_are_found_in_the_folder_that_the_operator_names(tmp_path: Path) -> None:
    shutil.copy(installed()["deu"] / "deu.traineddata", tmp_path / "house_style.traineddata")
    models = installed(str(tmp_path))
    assert models["house_style"] == tmp_path
    assert "osd" not in models
    reading = read_page(
        page_input(DOCUMENTS / "phototest.tif"), ReaderSettings(languages="house_style", tessdata=str(tmp_path))
    )
    assert "The quick brown dog" in reading.text


def test_a_model_that_is_not_installed_is_named() -> None:
    with pytest.raises(UsageError, match=r"'xyz' is not installed; there are: .*deu"):
        read_page(page_input(DOCUMENTS / "phototest.tif"), ReaderSettings(languages="xyz"))


def test_models_for_a_language_come_with_usual_print_first() -> None:
    assert suitable("de", ["eng", "frk", "deu"]) == ["deu", "frk"]
    assert suitable("fr", ["eng", "deu"]) == []
    assert suitable(None, ["eng"]) == []


@pytest.mark.skipif("ara" in installed(), reason="a model for Arabic is installed here")
def test_a_page_in_a_script_without_a_model_says_so(tmp_path: Path) -> None:
    arabic = render(str(DOCUMENTS / "right_to_left_01.pdf"), 1)
    with Image.open(io.BytesIO(arabic.png)) as image, pytest.raises(PermanentFault) as raised:
        read_page(image_input(tmp_path, image), GERMAN)
    assert raised.value.reason == "unread_ink"
    assert str(raised.value).endswith("it looks like Arabic script: install a model for it, for Tesseract")


def test_an_image_without_extent_has_no_lines_and_nothing_is_written_to_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert Tesseract(installed()).lines(Image.new("L", (100, 0)), 200, "eng") == []
    assert capfd.readouterr().err == ""


def test_tesseract_looks_for_no_tables_on_a_page_of_thousands_of_signs_where_that_takes_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[bool] = []
    lines = Tesseract.lines
    monkeypatch.setattr(Tesseract, "lines", lambda self, *page: looked.append(self.finds_tables) or lines(self, *page))
    reader, small = ScanReader(Tesseract(installed()), ["eng"]), page(PROSE)
    few, many = ink_of(small), Ink(np.tile(ink_of(small).marks, (20, 1)))
    assert reader.first(small, 200, few) == reader.first(small, 200, many)
    assert looked == [True, False]
    assert reader.tesseract._engine("eng").GetVariableAsString(FINDS_TABLES) == "0"


def test_tesseract_looks_for_no_tables_on_a_list_of_a_thousand_parts_with_few_signs_each() -> None:
    """1,200 cells take it 5 s of a processor; the fullest page of the evaluation set has 410 runs of signs."""

    def listed(rows: int) -> Image.Image:
        sheet = Image.new("L", (1654, 2339), 255)
        for row in range(rows):
            for column in range(12):
                place = 50 + 130 * column, 60 + 22 * row
                ImageDraw.Draw(sheet).text(place, str(37 * row % 90 + 10), 0, ImageFont.load_default(16))
        return sheet

    few, many = ink_of(listed(50)), ink_of(listed(100))
    assert (few.runs(1.41), many.runs(1.41)) == (600, 1200)
    assert (may_look_for_tables(few, 1.41), may_look_for_tables(many, 1.41)) == (True, False)
    assert len(many.marks) < MOST_IN_TABLES
    prose = ink_of(page(PROSE))
    assert prose.runs(1.41) < len(prose.marks) / 4
    assert may_look_for_tables(prose, 1.41)


def printed(text: str, y: float, confidence: float) -> list[ReadWord]:
    boxes = (Box(0.1 + 0.1 * i, y, 0.19 + 0.1 * i, y + 0.02) for i in range(8))
    return [ReadWord(Word(word, box, confidence)) for word, box in zip(text.split(), boxes, strict=False)]


def asked_on_a_page(*, fraktur: bool) -> list[float]:
    """Tops of the lines that the second reader is asked to read, on a page with one more that the first did not see."""
    first = [printed("durch Kreisschreiben vom 28. Maerz uebermacht der", y / 20, 0.85) for y in range(1, 15)]
    reader = ScanReader(Tesseract({}), ["frk"])
    reader.weights = FRAKTUR if fraktur else USUAL

    def read(boxes: Sequence[Box]) -> list[TextLine]:
        return [printed("bura Rreisfchreiben bom 28. Marz ubermadt ber", box.y0, 0.8) for box in boxes]

    boxes = [Box(0.1, y / 20, 0.79 if y < 15 else 0.2, y / 20 + 0.02) for y in range(1, 16)]
    _, asked = reader.asked(boxes, first, 1.4, read)
    return [box.y0 for box in asked]


def test_of_fraktur_the_second_reader_reads_a_sample_and_what_the_first_did_not_see() -> None:
    assert len(asked_on_a_page(fraktur=False)) == 15
    few = asked_on_a_page(fraktur=True)
    assert len(few) == 9
    assert 15 / 20 in few


def test_models_for_fraktur_are_known_by_their_names() -> None:
    assert [name for name in ("eng", "deu", "frk", "Fraktur", "deu_latf") if is_fraktur(name)] == [
        "frk",
        "Fraktur",
        "deu_latf",
    ]
