import pytest

from ocr_assets.core.glyphs import Character
from ocr_assets.core.ligatures import with_ligatures
from ocr_assets.core.pages import Box

WIDTHS = {"f": 0.006, "i": 0.003, "l": 0.003, "h": 0.008}


def written(text: str, wide: dict[int, float] | None = None, height: float = 0.01) -> list[Character | None]:
    """A line of type; `wide` has the widths of some of its glyphs, by place."""
    x, line = 0.1, list[Character | None]()
    for place, letter in enumerate(text):
        width = (wide or {}).get(place, WIDTHS.get(letter, 0.007))
        line.append(None if letter == " " else Character(letter, Box(x, 0.5, x + width, 0.5 + height), False, place))
        x += width + 0.001
    return line


def spelled(characters: list[Character | None], font: object = "Arial") -> str:
    return "".join(c.text if c else " " for c in with_ligatures(characters, lambda _: font))


PLAIN = "half of his life is his"


def test_a_wide_letter_is_the_end_of_a_ligature() -> None:
    wide = {len(PLAIN) + 6: 0.009, len(PLAIN) + 13: 0.016}
    assert spelled(written(PLAIN + " signiicant oices", wide)) == PLAIN + " significant offices"


def test_a_wide_f_is_two_and_a_wide_h_at_the_start_is_th() -> None:
    text = PLAIN + " he diference half high"
    wide = {text.index(" he") + 1: 0.018, text.index("dif") + 2: 0.012}
    assert spelled(written(text, wide)) == PLAIN + " The difference half high"


def test_letters_of_another_font_tell_nothing() -> None:
    characters = written(PLAIN + " signiicant", {len(PLAIN) + 6: 0.009})
    fonts = iter(range(len(characters)))
    assert "".join(c.text if c else " " for c in with_ligatures(characters, lambda _: next(fonts))).endswith(
        "signiicant"
    )


def test_type_without_a_known_font_stays() -> None:
    assert spelled(written(PLAIN + " signiicant", {len(PLAIN) + 6: 0.009}), None).endswith("signiicant")


def test_letters_of_a_ligature_that_is_known_share_its_box_and_stay() -> None:
    characters = written(PLAIN + " first")
    f, i = characters[-5], characters[-4]
    assert f
    assert i
    both = Box(f.box.x0, 0.5, f.box.x0 + 0.009, 0.51)
    characters[-5], characters[-4] = f._replace(box=both), i._replace(box=both)
    assert spelled(characters).endswith("first")


@pytest.mark.parametrize("text", ["first", "time", "office"])
def test_letters_that_share_a_ligature_s_box_by_equal_parts_stay(text: str) -> None:
    characters = written(f"{PLAIN} {text}")
    ends = len(characters) - len(text) + text.index("i")
    for place in range(ends - (2 if text == "office" else 1), ends + 1):
        letter = characters[place]
        assert letter
        characters[place] = letter._replace(box=Box(0.7 + 0.009 * place, 0.5, 0.7 + 0.009 * (place + 1), 0.51))
    assert spelled(characters).endswith(f" {text}")


def test_writing_that_runs_upwards_stays() -> None:
    upright = written(PLAIN)
    turned = [c and c._replace(box=Box(0.5, 0.5, 0.51, 0.503)) for c in written("in")]
    assert spelled([*upright, None, *turned]).endswith(" in")
