"""Lines of a scan that run up or down the page."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.pages import Box, PageReading, Word
from ocr_assets.core.strips import strips
from resources.page_readers import turned_lines
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.ppocr_lines import Room
from resources.page_readers.turned_lines import with_turned_lines
from tests.page_images import DOCUMENTS, image_input

SIZE = (1240, 1754)


def blank() -> Image.Image:
    return Image.new("L", SIZE, 255)


def prose() -> Image.Image:
    """A page with a few lines of easy print on its right."""
    page = blank()
    with Image.open(DOCUMENTS / "phototest.tif") as image:
        page.paste(image.convert("L").crop((0, 0, 640, 480)).resize((960, 720)), (230, 100))
    return page


def put(page: Image.Image, text: str, x: int, y: int, degrees: int) -> None:
    """Text turned anticlockwise, its upper left corner at this point; running up, it ends at `y` from below."""
    font = ImageFont.load_default(28)
    strip = Image.new("L", (round(font.getlength(text)) + 10, 40), 255)
    ImageDraw.Draw(strip).text((5, 2), text, 20, font)
    page.paste(strip.rotate(degrees, expand=True), (x, y))


def read(folder: Path, page: Image.Image) -> PageReading:
    return read_page(image_input(folder, page), ReaderSettings())


@pytest.mark.parametrize(("degrees", "writing"), [(90, "up"), (270, "down")])
def test_a_line_beside_the_text_is_read_as_one_and_the_text_as_without_it(
    tmp_path: Path, degrees: int, writing: str
) -> None:
    line = "Harbour museum archive, copy 3 of 1952"
    page = prose()
    put(page, line, 60, 200, degrees)
    reading = read(tmp_path, page)
    assert [block.text for block in reading.blocks if "museum" in block.text] == [line]
    assert reading.text.split() == read(tmp_path, prose()).text.split()
    turned = [word for word in reading.words if word.writing != "across"]
    assert {word.writing for word in turned} == {writing}
    assert all(0.04 < word.box.x0 < word.box.x1 < 0.09 for word in turned)


def test_turned_heads_of_a_scanned_table_are_its_first_row(tmp_path: Path) -> None:
    heads = ["Household income", "Years of schooling", "Persons", "Public transport"]
    page = blank()
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for column, head in enumerate(heads):
        put(page, head, 500 + 110 * column, 650 - round(font.getlength(head)), 90)
    for row, name in enumerate(("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir")):
        draw.text((120, 700 + 46 * row), f"District of {name}", 20, font)
        for column in range(4):
            draw.text((500 + 110 * column, 700 + 46 * row), str(row * 37 + column * 113 + 10), 20, font)
    for y in (380, 685, 990):
        draw.line((110, y, 980, y), 0, 3)
    [table] = [block for block in read(tmp_path, page).blocks if block.kind == "table"]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.text.splitlines()]
    assert rows[0] == ["", *heads]
    assert rows[3] == ["District of Birch", "47", "160", "273", "386"]


def test_level_print_and_lines_of_dots_are_no_turned_lines() -> None:
    page = prose()
    for y in range(200, 900, 24):
        ImageDraw.Draw(page).ellipse((60, y, 70, y + 10), 0)
    assert with_turned_lines(page, [], ink_of(page), Room()) == []


def test_what_is_surely_read_is_not_looked_at_again() -> None:
    page = blank()
    put(page, "Harbour museum archive", 60, 200, 90)
    ink = ink_of(page)
    assert len(strips(ink, [], SIZE[1] / SIZE[0])) == 1
    assert strips(ink, [Box(0.04, 0.1, 0.1, 0.4)], SIZE[1] / SIZE[0]) == []


def test_words_made_of_a_turned_line_give_way_to_it() -> None:
    page = blank()
    put(page, "Harbour museum archive", 60, 200, 90)
    made_up, other = Word("Z_", Box(0.05, 0.2, 0.08, 0.22), 0.3), Word("text", Box(0.5, 0.2, 0.6, 0.22), 0.3)
    words = with_turned_lines(page, [made_up, other], ink_of(page), Room())
    assert [word.text for word in words] == ["text", "Harbour", "museum", "archive"]


def test_strips_grow_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of a long list below each other, of which each round takes the next one for a part of the strip."""
    page = blank()
    numbers = [Word(f"{n}", Box(0.1, 0.001 * n, 0.12, 0.001 * n + 0.0005), 0.99) for n in range(900)]
    rounds: list[int] = []

    def growing(ink: Ink, words: Sequence[Box], aspect: float) -> list[Box]:
        rounds.append(len(words))
        return [Box(0.1, -0.1, 0.12, 0.001 * (len(numbers) - len(words)))]

    monkeypatch.setattr(turned_lines, "strips", growing)
    with_turned_lines(page, numbers, ink_of(page), Room(0))
    assert len(rounds) == turned_lines.ROUNDS
    assert rounds == sorted(set(rounds), reverse=True)
