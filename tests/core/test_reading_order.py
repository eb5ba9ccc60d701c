from ocr_assets.core.pages import Box
from ocr_assets.core.reading_order import by_geometry, is_sane

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
