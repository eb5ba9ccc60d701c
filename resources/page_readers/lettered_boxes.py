"""Squares with a printed letter or number in them, which are no check boxes: steps, keys, codes, seats, dates.

A mark is no letter to PP-OCR, or one that it is not sure of: of drawn ticks, crosses and dots none was read with
`SURE` as any other than `MARKS`.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ocr_assets.core.seen_boxes import SeenBox, is_as_large
from resources.page_readers.ppocr import recogniser

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

SURE: Final = 0.9
"""Confidence of each character."""
MARKS: Final = frozenset("xvyjmnwil1")
"""Letters, small or capital, that crosses, ticks, strokes and scribbles are read as."""
FRAME: Final = 0.14
"""Of a box's side, what is left out on each side."""
SAMPLE: Final = 8
"""Boxes of one size that are read first; where none of them has a letter the others are not read."""
PATTERN: Final = 0.67
"""Of the boxes of one size, those with letters, at least, where none of that size is to be marked: seats, dates."""
INKED: Final = 0.4
"""Of the contrast of a box and its frame, that of an inside with something in it."""


def without_lettered(grey: "Image", boxes: Sequence[SeenBox]) -> tuple[SeenBox, ...]:
    """The boxes without those that hold a letter or number; where most of one size do, without all of that size."""
    lettered = {box for group in _alike(boxes) for box in _lettered(grey, group)}
    return tuple(box for box in boxes if box not in lettered)


def _alike(boxes: Sequence[SeenBox]) -> Iterator[list[SeenBox]]:
    """Groups of one size."""
    rest = [box for box in boxes if box.kind == "checkbox"]
    while rest:
        group = [box for box in rest if is_as_large(box, rest[0])]
        yield group
        rest = [box for box in rest if box not in group]


def _lettered(grey: "Image", group: Sequence[SeenBox]) -> list[SeenBox]:
    insides = [(box, inside) for box in group if (inside := _inside(grey, box)) is not None]
    step = max(1, len(insides) // SAMPLE)
    if not any(_is_letter(_read(inside)) for _, inside in insides[::step]):
        return []
    printed = [(box, text) for box, inside in insides if (text := _read(inside))]
    letters = [box for box, text in printed if _is_letter(text)]
    if 2 * len(letters) >= len(printed):
        letters = [box for box, _ in printed]
    return list(group) if len(letters) >= PATTERN * len(group) else letters


def _is_letter(text: str) -> bool:
    return not MARKS.issuperset(text.casefold())


def _inside(grey: "Image", box: SeenBox) -> "npt.NDArray[np.uint8] | None":
    """What stands in a box, dark on light; None where nothing does."""
    import numpy as np

    x0, y0, x1, y1 = (e * s for e, s in zip(box.box, (grey.width, grey.height) * 2, strict=True))
    frame = FRAME * (y1 - y0)
    whole = np.asarray(grey.crop((round(x0), round(y0), round(x1), round(y1))))
    inside = np.asarray(grey.crop((round(x0 + frame), round(y0 + frame), round(x1 - frame), round(y1 - frame))))
    if not inside.size:
        return None
    dark, light = (float(tone) for tone in np.percentile(whole, (2, 98)))
    low, middle, high = (float(tone) for tone in np.percentile(inside, (2, 50, 98)))
    if high - low < INKED * (light - dark):
        return None
    return 255 - inside if middle < (dark + light) / 2 else inside


def _read(inside: "npt.NDArray[np.uint8]") -> str:
    """The letters and figures in it, none unless it is sure of all."""
    import numpy as np
    from PIL import Image

    side = len(inside)
    paper = round(float(np.percentile(inside, 90)))
    line = np.pad(inside, ((side // 4, side // 4), (side // 2, side // 2)), constant_values=paper)
    read = recogniser().read(Image.fromarray(line))
    text = "".join(character.text for character in read)
    is_sure = text.isascii() and text.isalnum() and all(character.confidence >= SURE for character in read)
    return text if is_sure else ""
