"""The model that reads a page is chosen by the language of its lines, and by comparison where that does not tell it."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr_assets.core.ink import ink_of
from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.rendering import render
from resources.page_readers.model_choice import choose, told_models
from resources.page_readers.ppocr import Character, recogniser
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from tests.page_images import DOCUMENTS
from tests.test_page_kinds import PROSE, page

FRENCH = (
    "Le gardien du phare écrivait chaque soir dans un grand livre",
    "comment le vent avait tourné, quels navires étaient passés et si",
    "la lampe avait brûlé comme elle le devait. Quand il tomba malade",
    "en hiver, sa fille tint le livre à sa place, et personne ne le vit.",
)


def models_for(image: Image.Image, *names: str) -> list[str] | None:
    return told_models(image, ink_of(image), names)


def test_the_longest_lines_tell_the_language_and_so_the_models() -> None:
    names = ("eng", "deu", "fra", "frk")
    assert models_for(page(PROSE * 3), *names) == ["eng"]
    assert models_for(page(FRENCH * 5), *names) == ["fra"]
    assert models_for(page(FRENCH * 5), "eng", "deu") == []


def test_one_longer_line_in_another_language_does_not_tell_it() -> None:
    quoted = "The keeper of the harbour light wrote in a large book every single evening"
    assert models_for(page((quoted, *FRENCH * 5)), "eng", "deu", "fra") == ["fra"]
    assert models_for(page((*FRENCH * 5, quoted)), "eng", "deu", "fra") == ["fra"]


def test_fraktur_is_told_from_usual_print_by_comparing_its_models() -> None:
    with Image.open(DOCUMENTS / "1809_0070.tif") as scan:
        assert models_for(scan.convert("L"), "eng", "deu", "frk") == ["deu", "frk"]


def arabic() -> Image.Image:
    with Image.open(io.BytesIO(render(str(DOCUMENTS / "right_to_left_01.pdf"), 1).png)) as image:
        return image.convert("L")


@pytest.mark.parametrize(
    "image",
    [page(()), page().filter(ImageFilter.GaussianBlur(7)), arabic()],
    ids=["nothing", "blurred", "another script"],
)
def test_lines_that_cannot_be_read_tell_nothing(image: Image.Image) -> None:
    assert models_for(image, "eng", "deu") is None


class Counted(Tesseract):
    """Counts what it reads."""

    read: list[str]

    def lines(self, grey: Image.Image, dpi: float, model: str):  # type: ignore[no-untyped-def]
        self.read.append(model)
        return super().lines(grey, dpi, model)


@pytest.fixture
def tesseract() -> Counted:
    counted = Counted(installed())
    counted.read = []
    return counted


def test_no_line_is_sampled_where_one_model_suits(tesseract: Counted) -> None:
    image = page(FRENCH * 5)
    assert choose(tesseract, ("eng", "deu"), image, 150, ink_of(image)).model == "eng"
    assert choose(tesseract, ("deu", "eng"), page(), 150, ink_of(page())).model == "eng"
    assert tesseract.read == []


def test_a_page_hardly_longer_than_the_sample_is_not_read_twice(tesseract: Counted) -> None:
    few = page(("no 17", "No. 9-b", "417/2"))
    chosen = choose(tesseract, ("eng", "deu"), few, 150, ink_of(few))
    assert chosen.lines is not None
    assert tesseract.read.count(chosen.model) == 1


@pytest.fixture
def lines_read(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """What the second reader was shown."""
    shown: list[Image.Image] = []
    read = recogniser().read

    def noted(line: Image.Image) -> tuple[Character, ...]:
        shown.append(line)
        return read(line)

    monkeypatch.setattr(recogniser(), "read", noted)
    return shown


def test_a_line_that_tells_the_language_clearly_is_the_only_one_read(lines_read: list[Image.Image]) -> None:
    assert models_for(page(FRENCH * 5), "eng", "fra") == ["fra"]
    assert len(lines_read) == 1


def test_print_that_several_models_may_suit_is_told_by_two_lines(lines_read: list[Image.Image]) -> None:
    with Image.open(DOCUMENTS / "1809_0070.tif") as scan:
        models_for(scan.convert("L"), "eng", "deu", "frk")
    assert len(lines_read) == 2


def ornamented() -> Image.Image:
    """A few lines over a field of printer's flowers, in which most of the page's marks stand."""
    image = page(PROSE)
    draw = ImageDraw.Draw(image)
    for row in range(14):
        for column in range(60):
            x, y = 120 + 16 * column, 1000 + 22 * row
            draw.polygon(((x, y + 8), (x + 6, y), (x + 12, y + 8), (x + 6, y + 16)), 25)
    return image


class Said(Tesseract):
    """Reads one German sentence on whole pages and nothing on parts of them, each model with its own confidence."""

    sure: dict[str, float]

    def lines(self, grey: Image.Image, dpi: float, model: str) -> list[TextLine]:
        assert dpi
        text = "Der Leuchtturm stand auf einem Felsen und die Fischer sahen ihn jeden Abend"
        words = text.split() if grey.height == page().height else []
        return [[ReadWord(Word(word, Box(0, 0, 1, 1), self.sure[model])) for word in words]] if words else []


def said(**sure: float) -> Said:
    reader = Said({})
    reader.sure = sure
    return reader


def test_where_an_ornament_is_densest_the_whole_page_tells_the_model() -> None:
    image = ornamented()
    assert choose(said(eng=0.6, deu=0.8), ("eng", "deu"), image, 150, ink_of(image)).model == "deu"


def test_a_model_for_the_language_is_tried_however_sure_the_usual_one_is() -> None:
    nothing = page(())
    names = ("eng", "deu", "frk")
    assert choose(said(eng=0.93, deu=0.95, frk=0.6), names, nothing, 150, ink_of(nothing)).model == "deu"
    assert choose(said(eng=0.93, deu=0.5, frk=0.6), names, nothing, 150, ink_of(nothing)).model == "eng"
