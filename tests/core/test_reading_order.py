from collections.abc import Callable
from random import Random

import pytest

from ocr_assets.core.pages import Box
from ocr_assets.core.reading_order import by_geometry, downwards, is_sane

HEADING = Box(0.1, 0.05, 0.9, 0.1)
LEFT = [Box(0.1, 0.15 + n / 10, 0.45, 0.22 + n / 10) for n in range(4)]
RIGHT = [Box(0.55, 0.14 + n / 10, 0.9, 0.23 + n / 10) for n in range(4)]
FOOT = Box(0.1, 0.7, 0.9, 0.8)


def test_columns_are_read_one_after_the_other_between_what_spans_them() -> None:
    boxes = [FOOT, *(box for row in zip(RIGHT, LEFT, strict=True) for box in row), HEADING]
    assert [boxes[i] for i in by_geometry(boxes)] == [HEADING, *LEFT, *RIGHT, FOOT]


def test_columns_of_right_to_left_text_start_at_the_right() -> None:
    boxes = [*LEFT, HEADING, *RIGHT]
    assert [boxes[i] for i in by_geometry(boxes, right_to_left=True)] == [HEADING, *RIGHT, *LEFT]


def test_a_heading_across_the_columns_ends_them() -> None:
    boxes = [*RIGHT[:2], *RIGHT[2:], *LEFT[:2], Box(0.1, 0.335, 0.9, 0.345), *LEFT[2:]]
    ordered = [boxes[i] for i in by_geometry(boxes)]
    assert ordered == [*LEFT[:2], *RIGHT[:2], boxes[6], *LEFT[2:], *RIGHT[2:]]


def test_an_order_that_keeps_jumping_up_in_its_column_is_not_sane() -> None:
    assert is_sane([HEADING, *LEFT, *RIGHT, FOOT])
    assert not is_sane([FOOT, *reversed(LEFT), *RIGHT])


def test_what_was_drawn_last_goes_to_its_place() -> None:
    texts = [Box(0.1, 0.1 + n / 5, 0.9, 0.2 + n / 5) for n in range(4)]
    formulas = [Box(0.3, 0.22 + n / 5, 0.6, 0.28 + n / 5) for n in range(4)]
    boxes = [*texts, *formulas]
    assert [boxes[i] for i in downwards(boxes)] == sorted(boxes, key=lambda box: box.y0)


def test_a_footer_that_was_drawn_first_moves_alone() -> None:
    wide, narrow = Box(0.3, 0.2, 0.9, 0.25), Box(0.1, 0.1, 0.2, 0.15)
    boxes = [Box(0.5, 0.9, 0.7, 0.95), narrow, wide, *RIGHT]
    assert downwards(boxes) == [1, 2, 3, 4, 5, 6, 0]


def test_a_late_block_of_the_left_column_does_not_break_the_columns() -> None:
    boxes = [LEFT[0], *LEFT[2:], *RIGHT, LEFT[1]]
    assert [boxes[i] for i in downwards(boxes)] == [*LEFT, *RIGHT]


SEEDS = range(60)


def page(seed: int) -> tuple[list[Box], list[Box]]:
    """A random page: a heading, two or three columns of blocks between white gutters, and a foot across all of them.
    Its boxes in reading order, and shuffled."""
    random = Random(seed)
    count = random.choice((2, 3))
    width = 0.8 / count
    columns = []
    for n in range(count):
        y, column = 0.15, []
        while y < 0.75:
            bottom = y + random.uniform(0.01, 0.2)
            left = 0.1 + n * width
            column.append(Box(left + random.uniform(0, 0.02), y, left + width * random.uniform(0.75, 0.9), bottom))
            y = bottom + random.uniform(0.004, 0.05)
        columns.append(column)
    foot = max(column[-1].y1 for column in columns) + 0.01
    ordered = [
        Box(0.1, 0.05, 0.9, 0.1),
        *(box for column in columns for box in column),
        Box(0.1, foot, 0.9, foot + 0.01),
    ]
    return ordered, random.sample(ordered, len(ordered))


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_of_any_blocks_are_not_interleaved(seed: int) -> None:
    ordered, shuffled = page(seed)
    assert [shuffled[i] for i in by_geometry(shuffled)] == ordered


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("order", [by_geometry, downwards])
def test_order_is_a_permutation_whatever_the_boxes(seed: int, order: Callable[[list[Box]], list[int]]) -> None:
    random = Random(seed)
    corners = [[random.random() for _ in range(4)] for _ in range(random.randrange(40))]
    boxes = [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]
    boxes += boxes[:3]  # twice the same
    assert sorted(order(boxes)) == list(range(len(boxes)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("order", [by_geometry, downwards])
def test_order_does_not_depend_on_place_and_size_of_the_page(
    seed: int, order: Callable[[list[Box]], list[int]]
) -> None:
    _, boxes = page(seed)
    moved = [Box(*(0.1 + 0.5 * edge for edge in box)) for box in boxes]
    assert order(moved) == order(boxes)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_good_order_stays(seed: int) -> None:
    ordered, _ = page(seed)
    assert is_sane(ordered)
    assert downwards(ordered) == list(range(len(ordered)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_few_misplaced_blocks_find_back(seed: int) -> None:
    ordered, _ = page(seed)
    random = Random(seed)
    wrong = list(ordered)
    wrong.append(wrong.pop(random.randrange(1, len(wrong) - 1)))
    assert [wrong[i] for i in downwards(wrong)] == ordered
