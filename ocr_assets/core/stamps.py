"""Stamps on scanned pages: ink of one colour, in a ring or a frame.

Black stamps, filled ones and those without a frame are not told from print; nor is a printed emblem in a coloured ring
told from a stamp.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.marks import marks_of
from ocr_assets.core.pages import Box
from ocr_assets.core.pixels import reduced

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[Any]
    Mask = npt.NDArray[np.bool_]

TINTED: Final = 0.13
"""By how much the most and the least reflected of red, green and blue differ, in 0..1 of what the paper reflects."""
DARKER: Final = 0.12
"""Ink reflects less than the paper by this, in its darkest colour."""
HUES: Final = 3
"""Colours of ink that are looked for on a page."""
HUE: Final = 30
"""Degrees to either side that count as one colour."""
LEAST_INK: Final = 60
"""Pixels of the reduced page, of one colour."""
PIECES: Final = 4
"""A stamp's letters, and its ring or frame; large letters may look like a ring, too."""
SPECK: Final = 3
"""Pixels that are no piece."""
CLOSE: Final = 5
"""Pixels: pieces of a stamp that are closer than this are of one."""
SIDES: Final = (0.022, 0.4)
"""Of the page's longer side."""
LONGEST: Final = 5
"""Times as long as high."""
FILL: Final = (0.03, 0.4)
"""Share of its box that a stamp's ink takes: a filled area is a picture or a logo."""
RING: Final = 0.75
FRAME: Final = 0.8
"""Share of a ring's or a frame's length that shows at least."""
OWN_INK: Final = {"ring": 0.2, "frame": 0.6}
"""Share of the ink in its box that is of its colour. Black print in a coloured frame is a form's."""
PAPER: Final = 0.5
"""Share of a stamp's box, and of a margin around it, that is bare paper: elsewhere it is a part of a picture."""
MARGIN: Final = 0.25
"""Of the box's sides."""
FEW: Final = 6
"""With more of them, they are part of a form's print."""
SECTORS: Final = 40
TILTS: Final = tuple(range(-20, 21, 4))
"""Degrees by which stamps are tilted."""


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """Where a stamp is, and its ink on the reduced page (height x width)."""

    box: Box
    ink: Mask
    all_ink: Mask

    def share(self, box: Box) -> float:
        """The share of the ink in a box of the page that is the stamp's own, 0 where there is none."""
        rows, columns = _pixels(box, self.ink)
        total = int((self.all_ink | self.ink)[rows, columns].sum())
        return float(self.ink[rows, columns].sum()) / total if total else 0.0


def stamps_on(page: Image) -> tuple[Stamp, ...]:
    """The stamps on a page; none on a grey one."""
    import numpy as np
    from PIL import ImageStat

    if page.mode == "L":
        return ()
    small = reduced(page).convert("RGB")
    colours = zip(small.split(), ImageStat.Stat(small).median, strict=True)
    shown = [np.minimum(np.asarray(plane, np.float32) / max(1, paper), 1) for plane, paper in colours]
    most, least = np.maximum.reduce(shown), np.minimum.reduce(shown)
    tinted = (most - least > TINTED) & (1 - least > DARKER)
    if tinted.sum() < LEAST_INK:
        return ()
    all_ink, bare = 1 - most > 2 * DARKER, 1 - least < DARKER
    stamps = []
    for ink in _by_hue(shown, tinted):
        for box, shape in _shapes(ink):
            stamp = Stamp(box, ink, all_ink)
            if stamp.share(box) >= OWN_INK[shape] and _is_on_paper(box, bare):
                stamps.append(stamp)
    return tuple(stamps) if len(stamps) <= FEW else ()


def _pixels(box: Box, mask: Mask) -> tuple[slice, slice]:
    """The rows and columns of a box of the page."""
    height, width = mask.shape
    return (
        slice(int(box.y0 * height), int(box.y1 * height) + 1),
        slice(int(box.x0 * width), int(box.x1 * width) + 1),
    )


def _is_on_paper(box: Box, bare: Mask) -> bool:
    across, down = MARGIN * (box.x1 - box.x0), MARGIN * (box.y1 - box.y0)
    around = Box(max(0, box.x0 - across), max(0, box.y0 - down), box.x1 + across, box.y1 + down)
    return all(bare[_pixels(part, bare)].mean() >= PAPER for part in (box, around))


def _by_hue(shown: Sequence[Floats], tinted: Mask) -> Iterator[Mask]:
    """The tinted ink of each colour that the page has."""
    import numpy as np

    red, green, blue = (plane[tinted] for plane in shown)
    hue = np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)) % 360
    left = np.ones(len(hue), bool)
    for _ in range(HUES):
        counts = np.bincount((hue[left] // 10).astype(int), minlength=36)
        peak = 10 * int((counts + np.roll(counts, 1) + np.roll(counts, -1)).argmax()) + 5
        here = left & (np.abs((hue - peak + 180) % 360 - 180) <= HUE)
        if here.sum() < LEAST_INK:
            return
        mask = np.zeros(tinted.shape, bool)
        mask[tinted] = here
        yield mask
        left &= ~here


def _shapes(ink: Mask) -> Iterator[tuple[Box, str]]:
    """Clusters of ink that a ring or a frame closes, and which."""
    import numpy as np
    from PIL import Image
    from PIL.ImageFilter import MaxFilter

    height, width = ink.shape
    low, high = SIDES[0] * max(ink.shape), SIDES[1] * max(ink.shape)
    grown = np.asarray(Image.fromarray(ink.astype(np.uint8) * 255).filter(MaxFilter(CLOSE))) > 0
    for x0, y0, x1, y1 in marks_of(grown).boxes.tolist():
        across, down = x1 - x0, y1 - y0
        if not (low <= min(across, down) and max(across, down) <= min(high, LONGEST * min(across, down))):
            continue
        y, x = np.nonzero(ink[y0:y1, x0:x1])
        fill = len(x) / (across * down)
        if not FILL[0] <= fill <= FILL[1] or (marks_of(ink[y0:y1, x0:x1]).areas >= SPECK).sum() < PIECES:
            continue
        shape = "ring" if _is_ring(x, y) else "frame" if _is_frame(x, y) else ""
        if shape:
            yield Box(x0 / width, y0 / height, x1 / width, y1 / height), shape


def _is_ring(x: Floats, y: Floats) -> bool:
    """Whether the points close an ellipse, level or tilted."""
    return any(_sectors(*_turned(x, y, tilt)) >= RING for tilt in TILTS)


def _sectors(x: Floats, y: Floats) -> float:
    """Share of the directions in which the outermost point lies on the ellipse in the points' bounding box."""
    import numpy as np

    u, v = _within(x), _within(y)
    radius = np.hypot(u, v)
    on_it = (radius > 0.8) & (radius < 1.12)
    sectors = ((np.arctan2(v[on_it], u[on_it]) / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
    corners = (radius > 1.15).mean()  # a frame has them, a ring not
    return float(len(np.unique(sectors)) / SECTORS) if corners < 0.02 else 0.0


def _is_frame(x: Floats, y: Floats) -> bool:
    """Whether the points close a rectangle, level or tilted."""
    return any(_sides(*_turned(x, y, tilt)) >= FRAME for tilt in TILTS)


def _sides(x: Floats, y: Floats) -> float:
    """The least share of a side of the points' bounding box that they show."""
    import numpy as np

    u, v = _within(x), _within(y)
    shares = []
    for along, off in ((u, v), (u, -v), (v, u), (v, -u)):
        on_it = off > 0.82
        shares.append(len(np.unique(((along[on_it] + 1) / 2 * SECTORS).astype(int))) / SECTORS)
    return min(shares)


def _turned(x: Floats, y: Floats, degrees: int) -> tuple[Floats, Floats]:
    import numpy as np

    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return cosine * x - sine * y, sine * x + cosine * y


def _within(values: Floats) -> Floats:
    """The values on a scale from -1 to 1."""
    low, high = values.min(), values.max()
    scaled: Floats = (values - low) * (2 / max(1.0, high - low)) - 1
    return scaled
