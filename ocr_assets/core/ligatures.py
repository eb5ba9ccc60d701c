"""Ligatures that a PDF maps to their last letter only, told by their width: "signiicant", "diference", "he End"."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from ocr_assets.core.glyphs import Character
from ocr_assets.core.pages import Box

WIDE: Final = 1.6
"""A glyph is always of one width in a font: one this many times as wide as the letter is another glyph."""
LEAST_SEEN: Final = 4
"""Letters of a font that tell how wide it is."""
TWO_MORE: Final = 1.6
"""A glyph wider than its last letter by this many times an f has two of them."""
EXACT: Final = 1e-6
"""Of 0..1 of the page: parts of one box differ by less."""

_LAST_LETTERS = frozenset("filh")


def with_ligatures(
    characters: Sequence[Character | None], font: Callable[[Character], object]
) -> list[Character | None]:
    """The characters, those that stand for a whole ligature spelled out.

    `font` gives a character's font and size, None where they are not known.
    """
    spelled = list(characters)
    places: dict[str, list[int]] = defaultdict(list)
    for place, character in enumerate(characters):
        if character and character.text in _LAST_LETTERS:
            places[character.text].append(place)
    if not any(_differ([_width(_at(spelled, place)) for place in found]) for found in places.values()):
        return spelled
    by_font: dict[tuple[object, str], list[int]] = defaultdict(list)
    for letter, found in places.items():
        for place in found:
            by_font[font(_at(characters, place)), letter].append(place)
    for (name, letter), found in by_font.items():
        if name is None or len(found) < LEAST_SEEN:
            continue
        width = median(_width(_at(characters, place)) for place in found)
        height = median(_height(_at(characters, place)) for place in found)
        f = median([_width(_at(characters, place)) for place in by_font.get((name, "f"), ())] or [width])
        for place in found:
            wide = _at(characters, place)
            # Writing that runs upwards has other heights too.
            level = 0.8 * height < _height(wide) < 1.25 * height
            if _width(wide) > WIDE * width and level and _stands_alone(characters, place):
                begins = place == 0 or characters[place - 1] is None
                text = _spelled(letter, begins=begins, more=(_width(wide) - width) / f)
                spelled[place] = wide._replace(text=text)
    return spelled


def _width(character: Character) -> float:
    return character.box.x1 - character.box.x0


def _height(character: Character) -> float:
    return character.box.y1 - character.box.y0


def _differ(widths: Sequence[float]) -> bool:
    return max(widths) > WIDE * median(widths)


def _at(characters: Sequence[Character | None], place: int) -> Character:
    character = characters[place]
    assert character is not None
    return character


def _stands_alone(characters: Sequence[Character | None], place: int) -> bool:
    """Whether no neighbour is of the same glyph: to the letters of a ligature that it knows, which may be any two
    ("ti"), PDFium gives equal parts of the glyph's box, or the whole of it."""
    around = [*characters[max(0, place - 1) : place], *characters[place + 1 : place + 2]]
    return not any(other and _share_a_glyph(_at(characters, place).box, other.box) for other in around)


def _share_a_glyph(box: Box, other: Box) -> bool:
    left, right = sorted((box, other))
    is_level = abs(left.y0 - right.y0) + abs(left.y1 - right.y1) < EXACT
    is_next = abs(left.x1 - right.x0) < EXACT and abs((left.x1 - left.x0) - (right.x1 - right.x0)) < EXACT
    return is_level and (is_next or abs(left.x0 - right.x0) + abs(left.x1 - right.x1) < EXACT)


def _spelled(letter: str, *, begins: bool, more: float) -> str:
    if letter == "h":
        return "Th" if begins else "h"
    if letter == "f":
        return "ff"
    return ("ff" if more > TWO_MORE else "f") + letter
