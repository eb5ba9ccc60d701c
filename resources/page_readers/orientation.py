"""Which way up a scanned page lies: by the direction of its lines, and by how well they read either way up.

Most pages are upright, and their marks stand in rows that show it: of 37 scans 3.9 times as many marks and more stand
in rows as in columns, and the other way round where a page lies on its side. Only the rest are looked at by a detector.
"""

from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from ocr_assets.core.denoising import denoised
from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.pages import Turn
from ocr_assets.core.straightening import Straightened, levelled, skew_of, turned
from resources.page_readers.ppocr import detector, recogniser, upside_down
from resources.page_readers.rows import cut_row, longest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.integer[Any]]

SIDE = 640  # pixels of the longer side, enough to see where lines are
LOOKED_AT = 12  # lines, the longest
UPRIGHT = 0.35  # below this mean probability of "upside down" nothing more is asked
FIRST, AT_ONCE = (
    4,
    0.15,
)  # so many of the lines settle it below that: of 38 scans 32 have less, on their head all 0.56 and more
CLEARLY = 2.0  # times as many marks in rows as in columns: the lines are level
LEAST_MARKS = 20  # in rows
LEANING = 2.0  # degrees
READ = 4  # lines that are read both ways up where it is not
SURE = 0.9  # mean confidence of few lines that settles it: the wrong way up no line of 110 had more than 0.81
FEW = 2  # such lines
LEAST_READABLE = 0.6  # mean confidence that speaks for a direction; what reads neither way up stays as it is


def straightened(image: "Image") -> Straightened:
    """A scanned page upright and level."""
    grey = denoised(image.convert("L"))
    ink = ink_of(grey)
    turn = turn_by_marks(grey, ink)
    if turn is None:
        turn = turn_of(grey)
    if turn:
        grey = turned(grey, turn)
        ink = ink_of(grey)
    skew = skew_of(ink, grey.height / grey.width)
    return Straightened(levelled(turned(image, turn), skew), turn, skew)


def turn_by_marks(grey: "Image", ink: Ink) -> Turn | None:
    """As `turn_of`, where the marks of a page in mode L show it; None where they do not.

    Of full pages the detector may see no line.
    """
    rows, columns = _rows_and_columns(grey, ink)
    across, down = (sum(map(len, found)) for found in (rows, columns))
    if across >= max(LEAST_MARKS, CLEARLY * down):
        lines = _lines(grey, ink, rows)
        return 0 if _look_upright(lines) else _turn_of_lines(lines)
    if down < max(LEAST_MARKS, CLEARLY * across):
        return None
    level = turned(grey, 90)
    return _from_its_side(_turn_of_lines(_lines(level, ink_of(level))))


def _lines(grey: "Image", ink: Ink, rows: "list[Floats] | None" = None) -> list["Image"]:
    """The widest rows of a page whose lines run across it, cut out of it. Those that lean are levelled first: cut out
    as they lie, they would show their neighbours.
    """
    skew = skew_of(ink, grey.height / grey.width)
    if abs(skew) > LEANING:
        grey = levelled(grey, skew)
        ink, rows = ink_of(grey), None
    return [cut_row(grey, row) for row in longest(rows or ink.rows(grey.height / grey.width), LOOKED_AT)]


def _rows_and_columns(grey: "Image", ink: Ink) -> tuple[list["Floats"], list["Floats"]]:
    """The marks of each row, and of each column."""
    aspect = grey.height / grey.width
    return ink.rows(aspect), ink.transposed().rows(1 / aspect)


def turn_of(grey: "Image") -> Turn:
    """Degrees clockwise by which a page in mode L must be turned to be read; 0 where no line can be read either way."""
    scale = max(1.0, max(grey.size) / SIDE)
    small = grey.resize((max(1, round(grey.width / scale)), max(1, round(grey.height / scale))))
    boxes = detector().boxes(small)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    sideways = bool(height[height > 1.5 * width].sum() > width[width > 1.5 * height].sum())
    if sideways:
        grey, boxes = turned(grey, 90), _turned_boxes(boxes, small.height)
    lines = _longest(grey, boxes, scale)
    if not lines:
        return 0
    if not sideways and _look_upright(lines):
        return 0
    turn = _turn_of_lines(lines)
    return _from_its_side(turn) if sideways else turn or 0


def _from_its_side(turn: Literal[0, 180] | None) -> Turn:
    """The turn of a page whose lines, laid level by 90 degrees, must be turned by `turn` more."""
    if turn is None:
        return 0
    return 90 if turn == 0 else 270


def _look_upright(lines: list["Image"]) -> bool:
    first = [upside_down().score(line) for line in lines[:FIRST]]
    return fmean(first) < AT_ONCE or fmean([*first, *map(upside_down().score, lines[FIRST:])]) < UPRIGHT


def _turn_of_lines(lines: list["Image"]) -> Literal[0, 180] | None:
    """How level lines must be turned to be read; None where they read badly either way."""
    few, rest = lines[:FEW], lines[FEW:READ]
    upright = _confidences(few, 0)
    if _mean(upright) >= SURE:
        return 0
    on_their_head = _confidences(few, 180)
    if _mean(on_their_head) >= SURE:
        return 180
    one_way, other_way = _mean(upright + _confidences(rest, 0)), _mean(on_their_head + _confidences(rest, 180))
    if max(one_way, other_way) < LEAST_READABLE:
        return None
    return 0 if one_way >= other_way else 180


def _confidences(lines: list["Image"], turn: Turn) -> list[float]:
    """Of the characters that these lines show when turned."""
    return [character.confidence for line in lines for character in recogniser().read(turned(line, turn))]


def _mean(values: list[float]) -> float:
    return fmean(values) if values else 0.0


def _turned_boxes(boxes: "Integers", height: int) -> "Integers":
    """n x 4 boxes in an image of this height, turned clockwise by 90 degrees with it."""
    import numpy as np

    x0, y0, x1, y1 = boxes.T
    return np.stack([height - y1, x0, height - y0, x1], axis=1)


def _longest(grey: "Image", boxes: "Integers", scale: float) -> list["Image"]:
    """The longest lines, cut out of the page; boxes are in pixels of the page divided by `scale`."""
    order = (boxes[:, 0] - boxes[:, 2]).argsort(kind="stable")[:LOOKED_AT]
    corners = (boxes[order] * scale).round().astype(int).tolist()
    return [grey.crop((x0, y0, x1, y1)) for x0, y0, x1, y1 in corners if x1 - x0 > y1 - y0 > 0]
