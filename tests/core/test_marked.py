"""Stamps and signatures: what a PDF says of them, and what a scan shows."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.marked import Marked, with_marked
from ocr_assets.core.pages import Block, Box, PageReading, Word
from ocr_assets.core.seen_marks import seen_marks
from ocr_assets.core.signatures import signatures_on
from ocr_assets.core.stamps import stamps_on
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.form_making import annotation, signature, write_form
from tests.page_images import image_input, page_input
from tests.pdf_making import text

PROSE = "It was the best of times, it was the worst of times, it was"
RED, BLUE, BLACK = (190, 40, 50), (40, 60, 190), (25, 25, 25)
WHERE = Box(0.55, 0.5, 0.8, 0.68)


def letter(paper: tuple[int, int, int] = (240, 238, 230), lines: int = 14) -> Image.Image:
    """A page of black type at 100 dpi, with room below."""
    page = Image.new("RGB", (1240, 1754), paper)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for n in range(lines):
        draw.text((150, 150 + 45 * n), PROSE, BLACK, font)
    return page


def stamp(label: str, *, ring: bool = True, tilt: float = 0.0, colour: tuple[int, int, int] = RED) -> Image.Image:
    """A stamp on nothing."""
    picture = Image.new("RGBA", (300, 300 if ring else 130), (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(36)
    outline = (5, 5, picture.width - 5, picture.height - 5)
    draw.ellipse(outline, outline=colour, width=5) if ring else draw.rectangle(outline, outline=colour, width=5)
    draw.text((picture.width / 2, picture.height / 2), label, colour, font, anchor="mm")
    return picture.rotate(tilt, expand=True, resample=Image.Resampling.BICUBIC)


def stamped(picture: Image.Image, at: tuple[int, int] = (680, 900), page: Image.Image | None = None) -> Image.Image:
    page = page or letter()
    page.paste(picture, at, picture)
    return page


def scribble(page: Image.Image, x: int, y: int, colour: tuple[int, int, int] = BLUE) -> Image.Image:
    """Something like a signature of 340 x 90 pixels."""
    t = np.linspace(0, 1, 400)
    points = [(x + 340 * a, y + 45 + 42 * np.sin(31 * a) * np.cos(9 * a)) for a in t]
    ImageDraw.Draw(page).line(points, colour, 4)
    return page


def within(box: Box, other: Box) -> bool:
    return other.x0 <= box.x0 and other.y0 <= box.y0 and box.x1 <= other.x1 and box.y1 <= other.y1


# --- in PDFs --------------------------------------------------------------------------------------------------------


def marks_of(reading: PageReading) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in reading.blocks if block.kind in ("stamp", "signature", "ink")]


def read(path: str) -> PageReading:
    return read_page(page_input(path), ReaderSettings())


def test_signature_fields_are_regions_that_say_whether_they_are_signed(tmp_path: Path) -> None:
    fields = [signature("lessor", True, (72, 300, 250, 350)), signature("lessee", False, (320, 300, 500, 350))]
    reading = read(write_form(tmp_path / "a.pdf", text(PROSE) + text("Signed:", y=360), fields))
    assert marks_of(reading) == [("signature", "[signed]"), ("signature", "")]
    assert [(field.name, field.value) for field in reading.form_fields] == [("lessor", "[signed]"), ("lessee", "")]
    assert reading.text.count("[signed]") == 1


@pytest.mark.parametrize(
    ("subtype", "entries", "expected"),
    [
        ("Stamp", "/Name/NotApproved", ("stamp", "Not Approved")),
        ("Stamp", "/Name/#23x17/Contents(Received 12 March)", ("stamp", "Received 12 March")),
        ("Stamp", "/Name/#23x17", ("stamp", "")),
        ("Stamp", "/Subj(Signature)", ("signature", "")),
        ("Ink", "/InkList[[1 2 3 4]]", ("ink", "")),
        ("Ink", "/InkList[[1 2 3 4]]/Contents(Unterschrift A. Turing)", ("signature", "Unterschrift A. Turing")),
    ],
)
def test_stamps_and_ink_laid_over_a_page_are_regions_with_their_names(
    tmp_path: Path, subtype: str, entries: str, expected: tuple[str, str]
) -> None:
    over = annotation(subtype, entries, (300, 500, 450, 560))
    hidden = annotation("Stamp", "/Name/Draft", (300, 100, 450, 160)).replace(b"/F 4", b"/F 2")
    reading = read(write_form(tmp_path / "a.pdf", text(PROSE), [over, hidden]))
    assert marks_of(reading) == [expected]
    [block] = [block for block in reading.blocks if block.kind == expected[0]]
    assert block.box == pytest.approx((300 / 612, 1 - 560 / 792, 450 / 612, 1 - 500 / 792), abs=2e-3)
    assert PROSE in reading.text


def test_a_figure_that_is_a_stamp_is_no_figure_and_others_stay() -> None:
    body, logo = Block("text", Box(0.1, 0.2, 0.9, 0.4), "body"), Block("figure", Box(0.1, 0.05, 0.2, 0.1), "")
    found = Block("figure", Box(0.52, 0.48, 0.8, 0.7), "")
    foot = Block("footer", Box(0.1, 0.95, 0.9, 0.97), "7")
    marked = with_marked([logo, body, found, foot], [Marked("stamp", WHERE, "Paid")])
    assert [(block.kind, block.text) for block in marked] == [
        ("figure", ""), ("text", "body"), ("stamp", "Paid"), ("footer", "7")
    ]  # fmt: skip


# --- on scans -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", [(255, 255, 255), (225, 212, 178)], ids=["white", "yellowed"])
@pytest.mark.parametrize("colour", [RED, BLUE, (30, 120, 60), (110, 50, 140)], ids=["red", "blue", "green", "violet"])
def test_a_ring_of_coloured_ink_is_a_stamp(colour: tuple[int, int, int], paper: tuple[int, int, int]) -> None:
    [found] = stamps_on(stamped(stamp("RECEIVED", colour=colour), page=letter(paper)))
    assert found.box == pytest.approx((680 / 1240, 900 / 1754, 980 / 1240, 1200 / 1754), abs=0.01)


@pytest.mark.parametrize("tilt", [0, 12, -8])
def test_so_is_a_tilted_frame_and_a_stamp_over_print(tilt: float) -> None:
    assert len(stamps_on(stamped(stamp("PAID 12 MAR", ring=False, tilt=tilt)))) == 1
    assert len(stamps_on(stamped(stamp("PAID 12 MAR", tilt=tilt), at=(500, 500)))) == 1


def test_coloured_headings_photos_charts_and_forms_are_no_stamps() -> None:
    heading = letter()
    ImageDraw.Draw(heading).text((150, 900), "Annual Report Overview", BLUE, ImageFont.load_default(90))
    chart = letter()
    for n in range(6):
        ImageDraw.Draw(chart).rectangle((200 + 90 * n, 1300 - 60 * n, 260 + 90 * n, 1500), BLUE)
    photo = letter()
    photo.paste(Image.effect_mandelbrot((500, 400), (-2, -1.5, 1, 1.5), 100).convert("RGB"), (200, 900))
    form = letter()
    for n in range(9):
        ImageDraw.Draw(form).rectangle((150, 850 + 90 * n, 650, 910 + 90 * n), outline=RED, width=3)
        ImageDraw.Draw(form).text((170, 862 + 90 * n), "Name and address", RED, ImageFont.load_default(30))
    framed = letter()
    ImageDraw.Draw(framed).rectangle((130, 130, 1000, 300), outline=RED, width=3)
    assert [stamps_on(page) for page in (letter(), heading, chart, photo, form, framed)] == [()] * 6


def test_unsure_words_of_a_stamp_are_dropped_and_print_beneath_it_stays(tmp_path: Path) -> None:
    page = stamped(stamp("RECEIVED"), at=(560, 500))
    made_up = Word("RCEIV", Box(590 / 1240, 630 / 1754, 810 / 1240, 670 / 1754), 0.5)
    print_ = Word("worst", Box(600 / 1240, 515 / 1754, 680 / 1240, 545 / 1754), 0.5)
    marks = seen_marks(page, page.convert("L"), [print_, made_up])
    assert marks.words == (print_,)
    assert [(mark.kind, mark.text) for mark in marks.marked] == [("stamp", "")]
    sure = seen_marks(page, page.convert("L"), [print_, Word("RECEIVED", made_up.box, 0.97)])
    assert [mark.text for mark in sure.marked] == ["RECEIVED"]


def test_a_stamped_scan_is_read_as_without_the_stamp(tmp_path: Path) -> None:
    plain = read_page(image_input(tmp_path, letter()), ReaderSettings())
    reading = read_page(image_input(tmp_path, stamped(stamp("RECEIVED", tilt=15))), ReaderSettings())
    [block] = [block for block in reading.blocks if block.kind == "stamp"]
    assert within(block.box, Box(0.5, 0.48, 0.85, 0.72))
    assert reading.text.replace(block.text, "").split() == plain.text.split()


def word(text: str, x: float, y: float, confidence: float = 0.97) -> Word:
    return Word(text, Box(x / 1240, y / 1754, (x + 15 * len(text)) / 1240, (y + 26) / 1754), confidence)


@pytest.mark.parametrize("cue", ["Signature:", "Unterschrift", "Signé", "signed"])
def test_strokes_beside_a_word_that_asks_for_one_are_a_signature(cue: str) -> None:
    page = scribble(letter(), 350, 1180)
    [box] = signatures_on(page.convert("L"), [word(cue, 150, 1210)])
    assert box == pytest.approx((350 / 1240, 1180 / 1754, 690 / 1240, 1270 / 1754), abs=0.02)


def test_what_readers_make_of_a_signature_is_dropped() -> None:
    page = scribble(letter(), 350, 1180)
    cue, guess = word("Signature:", 150, 1210), word("dunmm", 400, 1200, 0.6)
    marks = seen_marks(page, page.convert("L"), [cue, guess])
    assert marks.words == (cue,)
    assert [mark.kind for mark in marks.marked] == ["signature"]


def test_without_such_a_word_and_without_strokes_nothing_is_a_signature() -> None:
    cue = word("Signature:", 150, 1210)
    assert signatures_on(scribble(letter(), 350, 1180).convert("L"), [word("Regards", 150, 1210)]) == ()
    assert signatures_on(letter().convert("L"), [cue]) == ()
    ruled = letter()
    ImageDraw.Draw(ruled).line((350, 1235, 800, 1235), BLACK, 3)
    assert signatures_on(ruled.convert("L"), [cue]) == ()
    boxed = letter()
    ImageDraw.Draw(boxed).rectangle((330, 1190, 800, 1250), outline=BLACK, width=3)
    assert signatures_on(boxed.convert("L"), [cue]) == ()
