from ocr_assets.core.accents import with_accents
from ocr_assets.core.glyphs import Character
from ocr_assets.core.pages import Box


def character(text: str, x: float, y0: float = 0.50, y1: float = 0.51) -> Character:
    return Character(text, Box(x, y0, x + 0.01, y1), False)


def over(text: str, x: float) -> Character:
    """An accent right above a small letter at x."""
    return Character(text, Box(x + 0.003, 0.496, x + 0.007, 0.499), False)


def text(characters: list[Character | None]) -> str:
    return "".join(c.text if c else " " for c in with_accents(characters))


def test_an_accent_joins_the_letter_that_it_stands_over() -> None:
    assert text([character("J", 0.10), over("\u00b4", 0.11), character("a", 0.11), character("n", 0.12)]) == "Ján"


def test_an_accent_that_comes_late_finds_its_letter_and_leaves_no_blank() -> None:
    line = [character("J", 0.10), character("a", 0.11), character("n", 0.12), None, character("M", 0.14)]
    assert text([*line, None, over("\u00b4", 0.11), None, character("i", 0.1505)]) == "Ján Mi"


def test_a_blank_that_has_room_stays() -> None:
    assert text([character("u", 0.10), over("\u00a8", 0.10), None, character("n", 0.12)]) == "ü n"


def test_a_cedilla_stands_under_its_letter() -> None:
    cedilla = Character("\u00b8", Box(0.103, 0.511, 0.107, 0.514), False)
    assert text([character("c", 0.10), cedilla, character("a", 0.11)]) == "ça"


def test_a_dotless_i_takes_its_accent() -> None:
    assert text([over("\u00b4", 0.10), character("\u0131", 0.10)]) == "í"


def test_an_accent_over_no_letter_stays() -> None:
    assert text([character("a", 0.10), over("`", 0.30), character("b", 0.31)]) == "a`b"


def test_an_accent_that_its_letter_cannot_have_stays() -> None:
    assert text([over("\u02dc", 0.10), character("x", 0.10)]) == "\u02dcx"
