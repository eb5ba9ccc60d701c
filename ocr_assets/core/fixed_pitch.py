"""Which fonts of a PDF page give every sign the same width, as those of program code and typewriters do.

Names and flags of fonts do not tell: BookMaster is such a font, Arial is often flagged as one. The widths do.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.glyphs import Character, to_upright

if TYPE_CHECKING:
    import pypdfium2

NARROW: Final = frozenset("iltfI.,:;'")
WIDE: Final = frozenset("abdehkmnouwxABCDEFGHKMNOPQRTUVWX")
"""Not what reaches above or below the font's box, as brackets do: PDFium widens the box for them."""
SAMPLES: Final = 4
"""Signs of each of these that are looked at."""
SAME: Final = 0.04
"""Widths that differ by a smaller share are the same; TeX's fonts are rounded."""


def advances(
    page: "pypdfium2.PdfPage",
    textpage: "pypdfium2.PdfTextPage",
    runs: Sequence[Sequence[Character]],
    fonts: Sequence[str],
) -> list[float]:
    """For each run of characters the width that its font, named beside it, gives to every sign, in 0..1 of the page's
    width; 0 where signs differ, or where the run does not go across the page."""
    from pypdfium2 import raw

    loose = raw.FS_RECTF()

    def box_at(place: int) -> tuple[float, float, float, float]:
        raw.FPDFText_GetLooseCharBox(textpage.raw, place, loose)
        return loose.left, loose.bottom, loose.right, loose.top

    def shape_at(place: int) -> float:
        left, bottom, right, top = box_at(place)
        return (right - left) / (top - bottom) if top > bottom else 0.0

    fixed = {
        font
        for font, (narrow, wide) in _samples(runs, fonts).items()
        if narrow and wide and _are_same([shape_at(place) for place in (*narrow.values(), *wide.values())])
    }
    if not fixed:
        return [0.0] * len(runs)
    to_page = to_upright(page)

    def advance(run: Sequence[Character], font: str) -> float:
        if font not in fixed or run[0].writing != "across":
            return 0.0
        box = to_page(box_at(run[0].place))
        return box.x1 - box.x0

    return [advance(run, font) for run, font in zip(runs, fonts, strict=True)]


def _samples(
    runs: Sequence[Sequence[Character]], fonts: Sequence[str]
) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """By font the places of a few narrow and a few wide signs, each once."""
    samples: dict[str, tuple[dict[str, int], dict[str, int]]] = defaultdict(lambda: ({}, {}))
    for run, font in zip(runs, fonts, strict=True):
        narrow, wide = samples[font]
        if len(narrow) >= SAMPLES and len(wide) >= SAMPLES:
            continue
        for character in run:
            for signs, found in ((NARROW, narrow), (WIDE, wide)):
                if character.text in signs and len(found) < SAMPLES:
                    found.setdefault(character.text, character.place)
    return samples


def _are_same(widths: Sequence[float]) -> bool:
    return max(widths) > 0 and min(widths) > (1 - SAME) * max(widths)
