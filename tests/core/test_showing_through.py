"""Words that only the second reader saw, and that are much paler than the page's print, are no text of this page."""

from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.showing_through import without_pale_words

PRINTED = ("keeper", "harbour", "light", "evening", "winter", "daughter")
HEIGHT, WIDTH = 400, 800


def sheet(*drawn: tuple[str, int, int]) -> tuple[Image.Image, list[Word]]:
    """A page of words, one below the other: their text, tone and place across."""
    image = Image.new("L", (WIDTH, HEIGHT), 250)
    draw, words = ImageDraw.Draw(image), []
    for number, (text, tone, x) in enumerate(drawn):
        y = 10 + 40 * (number % 9)
        draw.text((x, y), text, tone, ImageFont.load_default(30))
        x0, y0, x1, y1 = draw.textbbox((x, y), text, ImageFont.load_default(30))
        words.append(Word(text, Box(x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT), 0.95))
    return image, words


def lines(words: list[Word]) -> list[TextLine]:
    return [[ReadWord(word)] for word in words]


def kept(extra: tuple[str, int, int], printed: int = len(PRINTED), seen: bool = False) -> bool:
    image, words = sheet(*((text, 30, 20) for text in PRINTED[:printed]), extra)
    first = words if seen else words[:-1]
    return bool(without_pale_words(image, lines(first), lines(words[-1:])))


def test_what_shows_through_is_left_out() -> None:
    assert not kept(("behind", 205, 400))


def test_print_that_the_first_reader_overlooked_stays_as_does_a_pale_stamp() -> None:
    assert kept(("beside", 30, 400))
    assert kept(("ARCHIVE", 160, 400))


def test_a_pale_word_that_both_saw_stays() -> None:
    assert kept(("behind", 205, 400), seen=True)


def test_a_thin_dash_stays_however_pale() -> None:
    assert kept(("—", 205, 400))


def test_too_few_sure_words_tell_nothing() -> None:
    assert kept(("behind", 205, 400), printed=4)
