import numpy as np
import numpy.typing as npt
import pytest

from ocr_assets.core.marks import marks_of


def flood_filled(mask: npt.NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """Box and area of each mark, found pixel by pixel."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        front = [left.pop()]
        mark = list(front)
        while front:
            y, x = front.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            front += near
            mark += near
        ys, xs = zip(*mark, strict=True)
        found.append((min(xs), min(ys), max(xs) + 1, max(ys) + 1, len(mark)))
    return sorted(found)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_marks_are_what_a_flood_fill_finds(share: float) -> None:
    mask = np.random.default_rng(7).random((40, 30)) < share
    marks = marks_of(mask)
    found = [(*box, area) for box, area in zip(marks.boxes.tolist(), marks.areas.tolist(), strict=True)]
    assert sorted(found) == flood_filled(mask)


def test_a_spiral_is_one_mark() -> None:
    rows = ["#######", "......#", "#####.#", "#...#.#", "#.###.#", "#.....#", "#######"]
    marks = marks_of(np.array([[pixel == "#" for pixel in row] for row in rows]))
    assert marks.boxes.tolist() == [[0, 0, 7, 7]]
    assert marks.areas.tolist() == [sum(row.count("#") for row in rows)]


def test_a_mark_at_the_right_edge_does_not_go_on_at_the_left() -> None:
    assert marks_of(np.array([[False, True], [False, False], [True, False]])).boxes.tolist() == [
        [1, 0, 2, 1],
        [0, 2, 1, 3],
    ]
