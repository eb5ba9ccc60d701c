"""Pages of thousands of signs, as maps and plans have them: their steps grow with them, not with their square."""

import random
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PIL import Image

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.box_grid import BoxGrid
from ocr_assets.core.doubtful import doubtful_parts
from ocr_assets.core.form_words import with_fields
from ocr_assets.core.merging import ReadWord, TextLine, advantage, merged
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.parts import Part
from ocr_assets.core.pictures import joined
from ocr_assets.core.reading_order import by_geometry, downwards
from ocr_assets.core.regions import intersection
from ocr_assets.core.showing_through import without_pale_words
from ocr_assets.core.specks import without_specks

MB = 2**20


def scattered(count: int, width: float = 0.004, height: float = 0.004) -> list[Box]:
    chance = random.Random(count)
    places = [(chance.uniform(0, 0.99), chance.uniform(0, 0.99)) for _ in range(count)]
    return [Box(x, y, x + width, y + height) for x, y in places]


def labels(count: int) -> list[Word]:
    """In two sizes, some of them below each other as the lines of a text are."""
    boxes = scattered(count, width=0.02, height=0.003)
    signs = [Word("River" if n % 3 else f"{n % 60}", box, 1.0) for n, box in enumerate(boxes)]
    large = [Word("Hill", Box(x, y, x + 0.02, y + 0.006), 1.0) for x, y, _, _ in scattered(2 * count)]
    lines = [
        Word("Lake", Box(x, y + n * 0.004, x + 0.02, y + n * 0.004 + 0.003), 1.0)
        for x, y, _, _ in scattered(count // 10)
        for n in range(3)
    ]
    return [*signs, *large, *lines]


def specked(count: int) -> list[Word]:
    """As many words as specks."""
    chance = random.Random(count)
    boxes = scattered(2 * count, width=0.02, height=0.01)
    specks = [Box(x, y, x + 0.001, y + 0.001) for x, y, _, _ in boxes[::2]]
    words = [Word(chance.choice(("river", "lake")), box, 1.0) for box in boxes[1::2]]
    return [*words, *(Word(".", box, 0.5) for box in specks)]


def steps(function: Callable[[Any], object], given: object) -> int:
    """Functions called, those in C too."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        function(given)
    finally:
        sys.setprofile(None)
    return count


def blocks(words: Sequence[Word]) -> object:
    return blocks_of(words, ())


def printed(words: Sequence[Word]) -> object:
    return without_specks(words, (1700, 2200))


def read(boxes: Sequence[Box], text: str, confidence: float) -> list[TextLine]:
    return [[ReadWord(Word(text, box, confidence))] for box in boxes]


def two_readings(count: int) -> tuple[list[TextLine], list[TextLine]]:
    """Of two readers: of what the one saw, the other saw half, and as much besides."""
    seen = scattered(count, width=0.02)
    return read(seen, "Rivor", 0.5), read([*seen[::2], *scattered(count + 1, width=0.02)], "River", 0.99)


def both(readings: tuple[list[TextLine], list[TextLine]]) -> object:
    first, second = readings
    return merged(first, second, scattered(len(first)))


def compared(readings: tuple[list[TextLine], list[TextLine]]) -> object:
    return advantage(*readings)


def doubted(readings: tuple[list[TextLine], list[TextLine]]) -> object:
    first, second = readings
    return list(doubtful_parts([word.word.box for line in second for word in line], first, 0.9, 1.4))


def shown_through(readings: tuple[list[TextLine], list[TextLine]]) -> object:
    first, second = readings
    return without_pale_words(Image.new("L", (50, 50)), [*first, *read(scattered(9), "Hill", 0.99)], second)


def filled_in(readings: tuple[list[TextLine], list[TextLine]]) -> object:
    first, second = readings
    fields = [FormField("text", "", "", "Lake", line[0].word.box) for line in second]
    return with_fields([line[0].word for line in first], fields, (600, 800))


def torn(words: Sequence[Word]) -> object:
    """One block of them all, as none is told apart on a page without layout."""
    return Part("text", Box(0, 0, 1, 1), tuple(enumerate(words))).lines


@pytest.mark.parametrize(
    ("function", "page"),
    [
        (blocks, labels),
        (joined, scattered),
        (printed, specked),
        (both, two_readings),
        (compared, two_readings),
        (doubted, two_readings),
        (shown_through, two_readings),
        (filled_in, two_readings),
        (torn, labels),
    ],
)
def test_a_page_of_four_times_as_many_signs_takes_hardly_more_than_four_times_as_many_steps(
    function: Callable[[Any], object], page: Callable[[int], object]
) -> None:
    assert steps(function, page(1200)) < 6 * steps(function, page(300))


def test_a_grid_finds_all_boxes_that_touch_a_place_wherever_they_lie() -> None:
    chance = random.Random(1)
    boxes = [*scattered(300, 0.05, 0.01), *scattered(20, 1.5, 0.6), Box(-0.5, -0.5, -0.1, 0.2), Box(0.2, 0.5, 0.2, 0.5)]
    grid = BoxGrid(boxes)
    for _ in range(200):
        x, y = chance.uniform(-0.1, 1.1), chance.uniform(-0.1, 1.1)
        place = Box(x, y, x + 0.1, y + 0.02)
        touching = [number for number, box in enumerate(boxes) if intersection(place, box) > 0]
        found = grid.near(place)
        assert set(touching) <= set(found)
        assert found == sorted(set(found))
        assert set(found) <= set(grid.near(place, beside=0.1))
    assert BoxGrid([]).near(Box(0, 0, 1, 1)) == []


@pytest.mark.parametrize("order", [by_geometry, downwards])
def test_twenty_thousand_signs_are_ordered_in_little_memory(order: Callable[[Sequence[Box]], list[int]]) -> None:
    boxes = scattered(20_000)
    tracemalloc.start()
    try:
        assert sorted(order(boxes)) == list(range(len(boxes)))
        assert tracemalloc.get_traced_memory()[1] < 50 * MB
    finally:
        tracemalloc.stop()
