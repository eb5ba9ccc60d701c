"""The ink of a rendered page: how much there is, which marks look like letters, and whether they stand in lines."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr_assets.core.marks import marks_of
from ocr_assets.core.pages import Box
from ocr_assets.core.pixels import darker_than_around, reduced

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.float64]

_MARK_HEIGHT = (3, 45)  # pixels of the reduced page, about 100 to the inch
_AROUND, _CONTRAST = 15, 14  # pixels to each side, of 255: finer than what tells a blank page, faint letters count
_RASTER = 1000
_FINE = 100  # dots to the inch
_ROW, _WRITING = 6, 4  # marks of a row that looks like writing by itself, and where it is no row of one sign
_UNEQUAL = 0.2  # standard deviation of their widths over the mean: letters have 0.3 and more, dots and bricks 0.1
_NARROW = 0.15  # and over their height: ticks that are a few pixels wide differ by one
_CORE = 0.5  # of a line's height, about its middle, in which marks on it have theirs
_MOST = 20_000  # marks that are put into rows


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The `marks` of a letter's size: n x 4 of x0, y0, x1, y1 in 0..1 of the page."""

    marks: "Floats"

    def coverage(self, words: Sequence[Box], pictures: Sequence[Box] = ()) -> float:
        """Share of the marks outside of pictures that lie in a word's box; 1 where there are none to cover."""
        outside = self.outside(pictures).marks
        return float(_inside(outside, [grown(box) for box in words]).mean()) if len(outside) else 1.0

    def type_height(self, percentile: float = 75) -> float:
        """Height of capital letters in 0..1 of the page, or another percentile of all letters; 0 without marks."""
        import numpy as np

        return float(np.percentile(self.marks[:, 3] - self.marks[:, 1], percentile)) if len(self.marks) else 0.0

    def densest(self, height: float) -> tuple[float, float, int]:
        """Top and bottom of the band of this height (0..1 of the page) that holds the most marks, and their number."""
        import numpy as np

        if not len(self.marks):
            return 0.0, min(1.0, height), 0
        middles = np.sort((self.marks[:, 1] + self.marks[:, 3]) / 2)
        inside = np.searchsorted(middles, middles + height) - np.arange(len(middles))
        top = max(0.0, float(middles[inside.argmax()]) - height / 10)
        return top, min(1.0, top + 1.2 * height), int(inside.max())

    def between(self, top: float, bottom: float) -> "Ink":
        """The marks whose middle lies in this band of the page (0..1)."""
        middles = (self.marks[:, 1] + self.marks[:, 3]) / 2
        return Ink(self.marks[(middles >= top) & (middles <= bottom)])

    def along(self, lines: Sequence[Box], least: float) -> Iterator[list[float]]:
        """For each of these lines (0..1 of the page) where marks stand along it, from the left: those in its core that
        are at least so high, as a share of its height.
        """
        import numpy as np

        across, down = (self.marks[:, :2] + self.marks[:, 2:]).T / 2
        by_level = down.argsort()
        levels = down[by_level]
        for line in lines:
            middle, height = (line.y0 + line.y1) / 2, line.y1 - line.y0
            top, bottom = np.searchsorted(levels, (middle - _CORE / 2 * height, middle + _CORE / 2 * height))
            near = by_level[top:bottom]
            near = near[self.marks[near, 3] - self.marks[near, 1] >= least * height]
            found: list[float] = np.sort(across[near]).tolist()
            yield found

    def lines(self, pictures: Sequence[Box] = ()) -> int:
        """Number of rows that look like writing: six and more marks of like height side by side."""
        return sum(len(row) >= _ROW for row in _rows(self.outside(pictures).marks))

    def runs(self, aspect: float, least: int = 1) -> int:
        """Number of runs of so many marks side by side: lines of text, labels, cells. `aspect` as in `rows`."""
        import numpy as np

        return sum(len(row) >= least for row in _rows(self.marks[:_MOST] * np.array([1, aspect, 1, aspect])))

    def higher(self, height: float) -> "Ink":
        """The marks that are at least so high (0..1 of the page)."""
        return Ink(self.marks[self.marks[:, 3] - self.marks[:, 1] >= height])

    def rows(self, aspect: float) -> "list[Floats]":
        """The marks of each row that looks like writing. `aspect` is the page's height over its width."""
        import numpy as np

        square = self.marks[:_MOST] * np.array([1, aspect, 1, aspect])
        return [self.marks[row] for row in _rows(square) if len(row) >= _ROW]

    def transposed(self) -> "Ink":
        """Across and down exchanged: what stood below each other stands side by side."""
        return Ink(self.marks[:, [1, 0, 3, 2]])

    def outside(self, boxes: Sequence[Box]) -> "Ink":
        """Without the marks that have their middle in one of the boxes."""
        return Ink(self.marks[~_inside(self.marks, boxes)])

    def written(self, aspect: float) -> int:
        """Number of marks in rows of unequal ones: letters, not the dots, ticks and bricks that a drawing repeats.

        `aspect` is the page's height over its width.
        """
        import numpy as np

        marks = self.marks[:_MOST] / np.array([aspect, 1, aspect, 1])
        sizes = marks[:, 2:] - marks[:, :2]
        rows = (sizes[row] for row in _rows(marks) if len(row) >= _WRITING)
        return sum(len(row) for row in rows if (row.std(axis=0)[0] > (_UNEQUAL, _NARROW) * row.mean(axis=0)).all())


def explained(words: Sequence[Box], pictures: Sequence[Box], page: Ink, undrawn: Ink, aspect: float) -> float:
    """Share of the marks outside of pictures that lie in a word's box, of those that should: not what is drawn.

    `undrawn` is the page without its drawings. Of the drawn marks those count that look like writing: text may be drawn
    as outlines. `aspect` is the page's height over its width.
    """
    known = [*pictures, *(grown(box) for box in words)]
    outside = page.outside(pictures)
    rest = outside.outside(known)
    covered = len(outside.marks) - len(rest.marks)
    open_marks = len(undrawn.outside(known).marks) + rest.written(aspect)
    return covered / (covered + open_marks) if open_marks else 1.0


def ink_of(grey: "Image", dpi: float | None = None) -> Ink:
    """Ink of a page in mode L. Shading does not count, dark marks on it do.

    With its resolution, the marks of a letter's size are told by that; without, a page is as large as a letter's.
    """
    import numpy as np

    if dpi is None:
        grey = reduced(grey)
    elif (factor := round(dpi / _FINE)) > 1:
        grey = grey.reduce(factor)
    marks = marks_of(darker_than_around(grey, _AROUND, _CONTRAST))
    width, height = marks.boxes[:, 2] - marks.boxes[:, 0], marks.boxes[:, 3] - marks.boxes[:, 1]
    low, high = _MARK_HEIGHT
    letters = (height >= low) & (height <= high) & (width <= 8 * height) & (width >= 2) & (marks.areas >= 5)
    return Ink(marks.boxes[letters] / np.array([*grey.size, *grey.size]))


def grown(box: Box) -> Box:
    """A word's box with room around it for what of its letters is outside of it."""
    margin = 0.2 * (box.y1 - box.y0)
    return Box(box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin)


def _inside(marks: "Floats", boxes: Sequence[Box]) -> "npt.NDArray[np.bool_]":
    """Which marks have their centre in one of the boxes."""
    import numpy as np

    area = np.zeros((_RASTER, _RASTER), dtype=bool)
    for box in boxes:
        x0, y0, x1, y1 = (max(0, round(edge * _RASTER)) for edge in box)
        area[y0 : y1 + 1, x0 : x1 + 1] = True
    x = np.clip((marks[:, 0] + marks[:, 2]) / 2 * _RASTER, 0, _RASTER - 1).astype(int)
    y = np.clip((marks[:, 1] + marks[:, 3]) / 2 * _RASTER, 0, _RASTER - 1).astype(int)
    return np.asarray(area[y, x])


def _rows(marks: "Floats") -> list[list[int]]:
    """Places of marks of like height side by side.

    Walks the marks from left to right, joining each to the first row whose last mark it continues. Rows are looked for
    at the mark's own level only: a page has thousands of marks and hundreds of rows.
    """
    rows: list[list[int]] = []
    ends: list[tuple[float, float, float]] = []  # of each row: right edge, centre y, height
    levels: defaultdict[int, list[int]] = defaultdict(list)  # rows that may go on
    deepest = max(1e-9, float((marks[:, 3] - marks[:, 1]).max(initial=0.0)))
    for place in marks[:, 0].argsort().tolist():
        x0, y0, x1, y1 = marks[place].tolist()
        centre, height = (y0 + y1) / 2, y1 - y0
        level = int(centre / deepest)
        first = len(rows)
        for near in (level - 1, level, level + 1):
            if not levels[near]:
                continue
            levels[near] = [row for row in levels[near] if x0 - ends[row][0] < 1.5 * ends[row][2]]
            for row in levels[near]:
                _, row_centre, row_height = ends[row]
                if row < first and abs(centre - row_centre) < 0.5 * row_height and 0.5 < height / row_height < 2:
                    first = row
        if first == len(rows):
            rows.append([place])
            ends.append((x1, centre, height))
            levels[level].append(first)
            continue
        right, row_centre, row_height = ends[first]
        rows[first].append(place)
        ends[first] = (max(right, x1), centre, max(height, row_height))
        if (before := int(row_centre / deepest)) != level:
            levels[before].remove(first)
            levels[level].append(first)
    return rows
