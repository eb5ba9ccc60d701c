"""Streaks: thin lines down the whole page, through its letters, from dust in a scanner or scratches on a film.

A reader takes one for the edge of a column, and half words for words. The lines of tables and between columns are as
long, but letters keep off them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
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


class _Piece(NamedTuple):
    """Of a streak: the number of its band, its first and its past-last column, the share of its rows that other ink
    touches.
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

    if grey.height < 4 * BAND or grey.width < 8 * BESIDE:
        return grey
    lines = _lines(_pieces(grey))
    long = [line for line in lines if len(line) >= LONG * grey.height / BAND]
    streaks = [line for line in long if TOUCHED[0] <= sum(piece.touched for piece in line) / len(line) <= TOUCHED[1]]
    if not streaks:
        return grey
    pixels = np.array(grey, np.int16)
    for piece in (piece for line in streaks for piece in line):
        _bridge(piece, pixels)
    return Image.fromarray(pixels.astype(np.uint8))


def _pieces(grey: "Image") -> Iterator[_Piece]:
    """Where a band is darker than on both sides, and in nearly every row; band by band, from the left."""
    import numpy as np

    pixels, means = np.asarray(grey), np.asarray(grey.reduce((1, BAND)), np.int16)
    dark = np.zeros(means.shape, bool)
    beside = np.minimum(means[:, : -2 * BESIDE], means[:, 2 * BESIDE :])
    dark[:, BESIDE:-BESIDE] = beside - means[:, BESIDE:-BESIDE] > DEEP
    bands, starts = np.nonzero(dark[:, 1:] & ~dark[:, :-1])
    ends = np.nonzero(dark[:, :-1] & ~dark[:, 1:])[1]
    for band, start, end in zip(bands.tolist(), (starts + 1).tolist(), (ends + 1).tolist(), strict=True):
        rows = pixels[band * BAND : (band + 1) * BAND]
        printed = int(means[band, max(0, start - BAND) : end + BAND].max()) - DEEP
        if (rows[:, start:end].min(axis=1) < printed).mean() >= UNBROKEN:
            left, right = rows[:, start - 3] < printed, rows[:, min(end + 2, grey.width - 1)] < printed
            yield _Piece(band, start, end, float((left | right).mean()))


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
