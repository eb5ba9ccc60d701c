"""Pages of thousands of signs, as maps and plans have them: their steps grow with them, not with their square."""

import random
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.pictures import joined
from ocr_assets.core.reading_order import by_geometry, downwards
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


def steps(function: Callable[[Sequence[Any]], object], given: Sequence[Any]) -> int:
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


@pytest.mark.parametrize(("function", "page"), [(blocks, labels), (joined, scattered), (printed, specked)])
def test_a_page_of_four_times_as_many_signs_takes_hardly_more_than_four_times_as_many_steps(
    function: Callable[[Sequence[Any]], object], page: Callable[[int], Sequence[Any]]
) -> None:
    assert steps(function, page(1200)) < 6 * steps(function, page(300))


@pytest.mark.parametrize("order", [by_geometry, downwards])
def test_twenty_thousand_signs_are_ordered_in_little_memory(order: Callable[[Sequence[Box]], list[int]]) -> None:
    boxes = scattered(20_000)
    tracemalloc.start()
    try:
        assert sorted(order(boxes)) == list(range(len(boxes)))
        assert tracemalloc.get_traced_memory()[1] < 50 * MB
    finally:
        tracemalloc.stop()
