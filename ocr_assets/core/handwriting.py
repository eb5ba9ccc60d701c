"""Whether the marks of a page look written by hand: of all heights, and on no common line.

Of 34 scans of print the most uneven has 28 % of its marks within a sixth of one height; the least level has 53 % on a
line with six others, or 11 % where letters run together. A page written by hand has 17 % and none. A photo is like
it: this is only to say why a page was read badly.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ocr_assets.core.ink import Ink

LEAST_MARKS: Final = 20
ONE_HEIGHT: Final = 1.17
"""Heights that differ by less than this factor are one."""
EVEN: Final = 0.24
"""Share of the marks that have the most common height."""
LEVEL: Final = 0.3
"""Share of the marks that stand on a line with others."""
NEIGHBOURS: Final = 6
ON_LINE: Final = 0.08
"""Of a tall mark's height: feet that differ by less are on one line."""


def looks_handwritten(ink: "Ink") -> bool:
    """False where there are too few marks to tell."""
    import numpy as np

    if len(ink.marks) < LEAST_MARKS:
        return False
    heights, feet = np.sort(ink.marks[:, 3] - ink.marks[:, 1]), np.sort(ink.marks[:, 3])
    alike = np.searchsorted(heights, heights * ONE_HEIGHT) - np.arange(len(heights))
    reach = ON_LINE * np.percentile(heights, 75)
    beside = np.searchsorted(feet, feet + reach) - np.searchsorted(feet, feet - reach) - 1
    return bool(alike.max() < EVEN * len(heights) and (beside >= NEIGHBOURS).mean() < LEVEL)
