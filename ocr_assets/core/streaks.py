"""Streaks: thin lines down or across the whole page, through its letters, from dust in a scanner, scratches on a film
or a fax machine.

A reader takes one for the edge of a column, and half words for words. The lines of tables and between columns are as
long, but letters keep off them; where they stand on a line, as in forms, it does not go on to the page's edges.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Pixels = npt.NDArray[np.integer[Any]]

BAND: Final = 64
"""Pixels: the page is looked at in bands of this height, higher than letters; within one a streak hardly leans."""
BESIDE: Final = 5
"""Pixels to each side that a streak is darker than; half of its greatest width."""
DEEP: Final = 40
"""Of 255, by which it is."""
LEAN: Final = 4
"""Pixels from one band to the next."""
MISSED: Final = 3
"""Bands in which it may not be told from what it crosses."""
LONG: Final = 0.6
"""Of the page's height."""
UNBROKEN: Final = 0.85
"""Share of a band's rows that are dark: letters that stand below each other leave gaps."""
TOUCHED: Final = (0.07, 0.26)
"""Share of its rows in which other ink touches it: 0.08 to 0.2 where it runs through text, 0.06 and less of lines of
tables; 0.29 and more of the edges of sheets."""
TOUCHED_ACROSS: Final = 0.12
"""Least share of the columns of a streak across the page in which other ink touches it: 0.25 to 0.6 of those drawn
through print."""
MOST_ACROSS: Final = 12
"""More of them are a pattern that the page is printed with."""
EDGE_TO_EDGE: Final = 0.95
"""Of the page's width."""
EDGE: Final = 0.02
"""Of the page's height: lines as close to its upper and lower edge are those of sheets."""
SEEN: Final = 0.6
"""Share of a band's rows that are dark at its middle: what has less is not looked at further."""


class _Piece(NamedTuple):
    """Of a streak: the number of its band, its first and its past-last column, the share of its rows that other ink
    touches. Of one across the page rows are columns, and the other way round.
    """

    band: int
    x0: int
    x1: int
    touched: float

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


def without_streaks(grey: "Image") -> "Image":
    """A page in mode L, dark on light, without its streaks; the page itself where it has none."""
    import numpy as np
    from PIL import Image

    down = [line for line in _long(grey, upright=True) if TOUCHED[0] <= _touched(line) <= TOUCHED[1]]
    across = [line for line in _long(grey, upright=False) if _is_streak_across(line, grey)]
    across = across if len(across) <= MOST_ACROSS else []
    if not (down or across):
        return grey
    pixels = np.array(grey, np.int16)
    for streaks, turned in ((down, pixels), (across, pixels.T)):
        for piece in (piece for line in streaks for piece in line):
            _bridge(piece, turned)
    return Image.fromarray(pixels.astype(np.uint8))


def _touched(line: Sequence[_Piece]) -> float:
    return sum(piece.touched for piece in line) / len(line)


def _is_streak_across(line: Sequence[_Piece], grey: "Image") -> bool:
    extent = (line[-1].band + 1 - line[0].band) * BAND / grey.width
    inside = EDGE < line[0].middle / grey.height < 1 - EDGE
    return inside and extent >= EDGE_TO_EDGE and _touched(line) >= TOUCHED_ACROSS


def _long(grey: "Image", *, upright: bool) -> list[list[_Piece]]:
    """The lines that go down, or across, most of the page."""
    import numpy as np

    length, breadth = (grey.height, grey.width) if upright else (grey.width, grey.height)
    if length < 4 * BAND or breadth < 8 * BESIDE:
        return []
    pixels, means = np.asarray(grey), np.asarray(grey.reduce((1, BAND) if upright else (BAND, 1)), np.int16)
    lines = _lines(_pieces(pixels, means) if upright else _pieces(pixels.T, means.T))
    return [line for line in lines if len(line) >= LONG * length / BAND]


def _pieces(pixels: "Pixels", means: "Pixels") -> Iterator[_Piece]:
    """Where a band is darker than on both sides, and in nearly every row; band by band, from the left."""
    import numpy as np

    dark = np.zeros(means.shape, bool)
    beside = np.minimum(means[:, : -2 * BESIDE], means[:, 2 * BESIDE :])
    dark[:, BESIDE:-BESIDE] = beside - means[:, BESIDE:-BESIDE] > DEEP
    bands, starts = np.nonzero(dark[:, 1:] & ~dark[:, :-1])
    ends = np.nonzero(dark[:, :-1] & ~dark[:, 1:])[1]
    seen = _seen(bands, (starts + ends + 1) // 2, pixels, means)
    for band, start, end in zip(
        bands[seen].tolist(), (starts[seen] + 1).tolist(), (ends[seen] + 1).tolist(), strict=True
    ):
        rows = pixels[band * BAND : (band + 1) * BAND]
        printed = int(means[band, max(0, start - BAND) : end + BAND].max()) - DEEP
        if (rows[:, start:end].min(axis=1) < printed).mean() >= UNBROKEN:
            left, right = rows[:, start - 3] < printed, rows[:, min(end + 2, rows.shape[1] - 1)] < printed
            yield _Piece(band, start, end, float((left | right).mean()))


def _seen(bands: "Pixels", middles: "Pixels", pixels: "Pixels", means: "Pixels") -> "npt.NDArray[np.bool_]":
    """Which of these may be pieces, by their middle columns: all looked up at once, for rows of letters are many."""
    import numpy as np

    rows = np.minimum(bands[:, None] * BAND + np.arange(BAND), len(pixels) - 1)
    tones = np.minimum.reduce([pixels[rows, middles[:, None] + step] for step in (-1, 0, 1)])
    lightest = means.max(axis=1)[bands]
    seen: npt.NDArray[np.bool_] = (tones < lightest[:, None] - DEEP).mean(axis=1) >= SEEN
    return seen


def _lines(pieces: Iterable[_Piece]) -> list[list[_Piece]]:
    """Pieces that go on from band to band. Each is held against the lines near it only: hatchings have thousands."""
    lines: list[list[_Piece]] = []
    near: defaultdict[int, list[int]] = defaultdict(list)  # by column: the lines that end there, and may go on
    for piece in pieces:
        column = int(piece.middle // LEAN)
        for beside in (column - 1, column, column + 1):
            near[beside] = [number for number in near[beside] if piece.band - lines[number][-1].band <= MISSED + 1]
        open_lines = sorted(number for beside in (column - 1, column, column + 1) for number in near[beside])
        for number in open_lines:
            last = lines[number][-1]
            if last.band < piece.band and abs(last.middle - piece.middle) <= LEAN:
                near[int(last.middle // LEAN)].remove(number)
                lines[number].append(piece)
                break
        else:
            number = len(lines)
            lines.append([piece])
        near[column].append(number)
    return lines


def _bridge(piece: _Piece, pixels: "Pixels") -> None:
    """Each row as if it went on from the left to the right of the streak; letters that are darker show through it."""
    import numpy as np

    rows = pixels[piece.band * BAND : (piece.band + 1) * BAND]
    left, right = piece.x0 - 2, min(piece.x1 + 1, pixels.shape[1] - 1)
    share = np.linspace(0, 1, right - left + 1)[None]
    bridged = rows[:, left, None] * (1 - share) + rows[:, right, None] * share
    streak = rows[:, left : right + 1]
    own_tone = np.median(rows[:, piece.x0 : piece.x1])
    streak[:] = np.where(streak < own_tone - DEEP, streak, bridged)
