"""Writing that runs up or down the page: from words, and from PDFs whose text is turned."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import ImageFont

from ocr_assets.core.blocks import assembled
from ocr_assets.core.pages import Box, PageReading, Turn, Word, Writing
from ocr_assets.core.regions import Region
from ocr_assets.core.rulings import Ruling, Rulings
from ocr_assets.core.turned import turned_back, turned_rulings, turned_word
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.page_images import page_input
from tests.page_making import line, lines
from tests.pdf_making import character_map, stream, text, write_pdf

PROSE = ("It was the best of times, it was the worst", "of times, it was the age of wisdom, it was")
BODY = b"".join(text(PROSE[n % 2], x=110, y=700 - 15 * n) for n in range(20))
UP, DOWN = "0 1 -1 0", "0 -1 1 0"


def sideways(words: str, x: int, y: int, matrix: str = UP, size: int = 12) -> bytes:
    """Page content that draws a line of text that runs up from this point, or down."""
    return f"BT /F {size} Tf {matrix} {x} {y} Tm ({words}) Tj ET\n".encode()


def read(path: str) -> PageReading:
    return read_page(page_input(path), ReaderSettings())


def write_columns(path: Path, *columns: str) -> str:
    """A page with columns of writing, from the left. Whatever glyphs show, the font says they are these signs."""
    signs = sorted(set("".join(columns)))
    code = {sign: 20 + number for number, sign in enumerate(signs)}
    drawn = b"".join(
        b"BT /F 14 Tf %d 700 Td <%b> Tj ET\n" % (400 + 24 * n, b"".join(b"%04x" % code[sign] for sign in column))
        for n, column in enumerate(columns)
    )
    typeface = ImageFont.load_default(10)
    assert isinstance(typeface, ImageFont.FreeTypeFont)
    assert isinstance(typeface.path, BytesIO)
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-V/DescendantFonts[7 0 R]/ToUnicode 10 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/FontDescriptor 8 0 R/CIDToGIDMap/Identity/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        b"<</Type/FontDescriptor/FontName/A/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0"
        b"/Ascent 880/Descent -120/CapHeight 700/StemV 80/FontFile2 9 0 R>>",
        stream(typeface.path.getvalue()),
        character_map({chr(number): sign for sign, number in code.items()}, wide=True),
    )
    return write_pdf(path, drawn, fonts=font)


def standing(words: list[Word], turn: Turn) -> list[Word]:
    """Level words on the page turned."""
    return [turned_word(word, turn) for word in words]


# --- from a text layer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("matrix", "y"), [(UP, 200), (DOWN, 500)])
def test_a_line_along_the_side_is_one_header_and_the_body_stays_as_it_is(tmp_path: Path, matrix: str, y: int) -> None:
    stamp = "arXiv:2305.03393v1 [cs.CV] 5 May 2023"
    plain = read(write_pdf(tmp_path / "plain.pdf", BODY))
    stamped = read(write_pdf(tmp_path / "stamped.pdf", sideways(stamp, 40, y, matrix, 16) + BODY))
    assert [(block.kind, block.text) for block in stamped.blocks if block.kind != "text"] == [("header", stamp)]
    assert stamped.text == plain.text


def test_a_turned_paragraph_beside_the_text_is_a_block_of_its_own(tmp_path: Path) -> None:
    caption = sideways("Photo: a harbour in the morning", 440, 300) + sideways("with some fishing boats", 454, 300)
    blocks = read(write_pdf(tmp_path / "a.pdf", BODY + caption)).blocks
    texts = [block.text for block in blocks]
    assert "Photo: a harbour in the morning\nwith some fishing boats" in texts
    assert sum("harbour" in text for text in texts) == 1


@pytest.mark.parametrize(
    ("matrix", "turn"), [("0 1 -1 0 612 0", 90), ("0 -1 1 0 0 792", 270), ("-1 0 0 -1 612 792", 180)]
)
def test_a_page_that_is_set_on_its_side_or_head_is_read_upright(tmp_path: Path, matrix: str, turn: Turn) -> None:
    rows = b"".join(
        text(word, x=72 + 120 * column, y=500 - 16 * row, size=10)
        for row in range(12)
        for column, word in enumerate((f"Place {row}", f"{row * 37 + 11}", f"{row * 53 + 7}", f"{row + 0.5}"))
    )
    rules = b"".join(b"72 %d m 560 %d l S\n" % (y, y) for y in (515, 495, 318))
    path = write_pdf(tmp_path / "a.pdf", b"q " + matrix.encode() + b" cm " + rules + rows + b" Q")
    page = page_input(path)
    assert (page.turned, page.kind) == (turn, "digital")
    reading = read_page(page, ReaderSettings())
    [table] = [block for block in reading.blocks if block.kind == "table"]
    assert [cell.strip() for cell in table.text.splitlines()[5].strip("|").split("|")] == [
        "Place 4",
        "159",
        "219",
        "4.5",
    ]
    assert all(word.box.x1 - word.box.x0 > word.box.y1 - word.box.y0 for word in reading.words if len(word.text) > 2)


def test_a_page_whose_few_turned_letters_are_labels_is_not_turned(tmp_path: Path) -> None:
    page = page_input(write_pdf(tmp_path / "a.pdf", sideways("Cases per year", 80, 300) + b"100 300 400 200 re S"))
    assert page.turned == 0


def test_turned_heads_of_a_table_are_its_first_row(tmp_path: Path) -> None:
    heads = ("Household income", "Years of schooling", "Persons")
    content = b"".join(sideways(head, 215 + 60 * n, 500, size=10) for n, head in enumerate(heads))
    content += b"".join(
        text(word, x=72 if column == 0 else 145 + 60 * column, y=480 - 16 * row, size=10)
        for row in range(10)
        for column, word in enumerate((f"District {row}", f"{row * 37 + 11}", f"{row * 5 + 70}", f"{row + 2}"))
    )
    content += b"".join(b"72 %d m 380 %d l S\n" % (y, y) for y in (610, 495, 325))
    [table] = [b for b in read(write_pdf(tmp_path / "a.pdf", content)).blocks if b.kind == "table"]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.text.splitlines()]
    assert rows[0] == ["", *heads]
    assert rows[2] == ["District 0", "11", "70", "2"]


def test_columns_of_japanese_are_read_from_the_right(tmp_path: Path) -> None:
    columns = ("日本語の文章は縦に", "書かれることがあり、", "右から左へ読む。")
    path = write_columns(tmp_path / "a.pdf", *reversed(columns))
    reading = read(path)
    assert "".join(reading.text.split()) == "".join(columns)
    assert len(reading.blocks) == 1
    assert all(word.writing == "columns" for word in reading.words)


# --- from words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [90, 270])
def test_a_page_of_turned_words_has_the_blocks_of_the_level_page(turn: Turn) -> None:
    words = [*lines("Chapter One", size=0.03), *lines(*PROSE, *PROSE, y=0.3), *lines(*PROSE, y=0.6)]
    level = assembled("x", words, ())
    turned = assembled("x", standing(words, turn), ())
    assert turned.text == level.text
    assert [block.kind for block in turned.blocks] == [block.kind for block in level.blocks]
    assert turned.blocks[0].box == turned_word(Word("", level.blocks[0].box, 1), turn).box


@pytest.mark.parametrize(("writing", "turn"), [("up", 270), ("down", 90)])
def test_turned_words_in_a_figure_are_lines_of_its_text(writing: Writing, turn: Turn) -> None:
    label = standing(line("Cases per year", 0.5, 0.5), turn)
    assert {word.writing for word in label} == {writing}
    ticks = [word for n in range(4) for word in line(f"{n}00", 0.55, 0.45 + 0.02 * n)]
    figure = Region("figure", Box(0.3, 0.3, 0.7, 0.7), 1.0)
    [block] = assembled("x", [ticks[0], *label, *ticks[1:]], [figure]).blocks
    assert "Cases per year" in block.text.splitlines()
    assert block.text.splitlines()[-3:] == ["100", "200", "300"]


def test_a_turned_word_beside_a_line_does_not_join_it() -> None:
    words = lines(*PROSE, x=0.2)
    strip = Word("Annex", Box(0.17, 0.18, 0.19, 0.26), 1.0, "", "up")
    for order in ([strip, *words], [*words[:10], strip, *words[10:]], [*words, strip]):
        blocks = assembled("x", order, ()).blocks
        assert sorted(block.text for block in blocks) == ["Annex", "\n".join(PROSE)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turning_rulings_there_and_back_changes_nothing(turn: Turn) -> None:
    rulings = Rulings((Ruling(0.25, 0.125, 0.5),), (Ruling(0.75, 0.25, 1.0), Ruling(0.5, 0.0, 1.0)))
    assert turned_rulings(turned_rulings(rulings, turn), turned_back(turn)) == rulings
