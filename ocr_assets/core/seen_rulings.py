"""The straight lines that are seen on the image of a page, level as it must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ocr_assets.core.marks import runs_of
from ocr_assets.core.pixels import darker_than_around
from ocr_assets.core.rulings import Ruling, Rulings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from ocr_assets.core.marks import Mask

    Pixels = npt.NDArray[np.uint8]

LEAST: Final = 0.25
"""Inches: dashes, stems of letters and strokes of most headings are shorter."""
THICK: Final = 0.03
"""Inches: what is thicker is an area."""
BLANK: Final = 0.15
"""The most that may be dark on the two sides of a line, as a share of its length, unless all of a side is: the other
line of a double one. Letters that run into each other have more above or below them."""
_ENOUGH_DPI: Final = 125
_GAP: Final = 3  # pixels missing in a line
_CONTRAST: Final = 16  # of 255: faint lines of a form, not the noise of a scan


def seen_rulings(grey: Image, dpi: float) -> Rulings:
    """Dark lines on a page in mode L, dark on light."""
    import numpy as np

    factor = max(1, int(dpi // _ENOUGH_DPI))
    small, dpi = grey.reduce(factor), dpi / factor
    mask = darker_than_around(small, round(dpi / 12), _CONTRAST)
    pixels, (width, height) = np.asarray(small), small.size
    across, down = _lines(mask, pixels, dpi), _lines(np.ascontiguousarray(mask.T), pixels.T, dpi)
    return Rulings(
        tuple(Ruling(at / height, start / width, end / width) for at, start, end in across),
        tuple(Ruling(at / width, start / height, end / height) for at, start, end in down),
    )


def _lines(mask: Mask, grey: Pixels, dpi: float) -> Iterator[tuple[float, int, int]]:
    """Row, first and past-last column of each row's stretch of a horizontal line, in pixels."""
    reach = round(THICK * dpi)
    for row, start, end in _stretches(mask, LEAST * dpi):
        if all(_ends_beside(mask, grey, row, step, slice(start, end)) for step in (-reach, reach)):
            yield row + 0.5, start, end


def _ends_beside(mask: Mask, grey: Pixels, row: int, step: int, stretch: slice) -> bool:
    """Whether a dark row is blank on this side, or dark and then light again, as in a double line."""
    near, far = (min(max(0, row + steps * step), len(mask) - 1) for steps in (1, 2))
    share = mask[near, stretch].mean()
    beside = near if share <= BLANK else far
    is_light = grey[beside, stretch].mean() > grey[row, stretch].mean() + _CONTRAST
    return bool(is_light and (share <= BLANK or share >= 1 - BLANK))


def _stretches(mask: Mask, least: float) -> list[tuple[int, int, int]]:
    """Row, first and past-last column of runs of set pixels of at least this length, gaps of a few pixels closed."""
    import numpy as np

    runs = runs_of(mask)
    if not len(runs.starts):
        return []
    opens = np.ones(len(runs.starts), bool)
    opens[1:] = (runs.starts[1:] - runs.ends[:-1] > _GAP) | (
        runs.starts[1:] // runs.stride != runs.ends[:-1] // runs.stride
    )
    first = np.flatnonzero(opens)
    begin, end = runs.starts[first], runs.ends[np.append(first[1:], len(opens)) - 1]
    long = end - begin >= least
    rows, columns = np.divmod(begin[long], runs.stride)
    return list(zip(rows.tolist(), columns.tolist(), (columns + (end - begin)[long]).tolist(), strict=True))
