"""A photographed page made flat: a bright sheet with four straight sides that lies askew on a darker ground.

Sheets that lie nearly level are left to levelling, and so is whatever does not surely have four sides: sheets that are
curled, cut off by the picture's edge, or as bright as what they lie on.
"""

import math
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.marks import marks_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.floating[Any]]
    Mask = npt.NDArray[np.bool_]

SIDE: Final = 300
"""Pixels of the longer side, on which the sheet is looked for."""
CONTRAST: Final = 40
"""Of 255, between the sheet and its ground."""
AREA: Final = (0.2, 0.93)
"""Share of the picture that the sheet takes."""
STRAIGHT: Final = 0.96
"""Share that the sheet and its four-sided figure have in common."""
LEVEL: Final = 4.0
"""Degrees by which a side may lean before the page is flattened. Levelling finds what all sides lean alike."""
EDGE: Final = 0.004
"""Of its sides: what is cut off, since the edge itself throws a shadow."""
LEAST_ANGLE: Final = 60.0
"""Degrees between two sides of a sheet that was photographed from anywhere near above."""


def flattened(image: "Image") -> "Image":
    """The sheet on the picture, seen from above; the picture itself where there is none or it lies nearly level."""
    corners = corners_of(image)
    return image if corners is None or not _is_askew(corners) else _seen_from_above(image, corners)


def corners_of(image: "Image") -> "Floats | None":
    """Of the sheet on a picture: 4 x 2 of x and y in pixels, clockwise from the upper left; None where none is sure."""
    import numpy as np

    factor = max(1, max(image.size) // SIDE)
    small = image.reduce(factor).convert("L")
    sheet = _sheet(np.asarray(small, np.float32))
    if sheet is None:
        return None
    y, x = np.nonzero(_outline(sheet))
    corners = _four_corners(np.stack([x, y], axis=1) + 0.5)
    if corners is None or _in_common(sheet, corners) < STRAIGHT:
        return None
    return corners * factor


def _sheet(grey: "Floats") -> "Mask | None":
    """The largest bright area, its dark marks filled up from its left to its right edge."""
    import numpy as np

    threshold = _otsu(grey)
    bright = grey > threshold
    if not 0 < bright.mean() < 1 or grey[bright].mean() - grey[~bright].mean() < CONTRAST:
        return None
    marks = marks_of(bright)
    largest = int(marks.areas.argmax())
    x0, y0, x1, y1 = marks.boxes[largest].tolist()
    height, width = grey.shape
    at_edge = (x0 == 0) + (y0 == 0) + (x1 == width) + (y1 == height)
    if at_edge > 0:
        return None
    sheet = np.zeros(grey.shape, bool)
    inside = bright[y0:y1, x0:x1]
    across = np.logical_or.accumulate(inside, axis=1) & np.logical_or.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
    down = np.logical_or.accumulate(inside, axis=0) & np.logical_or.accumulate(inside[::-1], axis=0)[::-1]
    sheet[y0:y1, x0:x1] = across & down
    return sheet if AREA[0] <= sheet.mean() <= AREA[1] else None


def _otsu(grey: "Floats") -> float:
    """The brightness that parts the picture into the two most uniform halves (Otsu, 1979)."""
    import numpy as np

    counts = np.bincount(grey.astype(int).ravel(), minlength=256).astype(float)
    below, values = counts.cumsum(), (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = below * above * (values / below - (values[-1] - values) / above) ** 2
    return float(np.nan_to_num(spread).argmax())


def _outline(sheet: "Mask") -> "Mask":
    inner = sheet.copy()
    inner[1:-1, 1:-1] = sheet[1:-1, 1:-1] & sheet[:-2, 1:-1] & sheet[2:, 1:-1] & sheet[1:-1, :-2] & sheet[1:-1, 2:]
    return sheet & ~inner


def _four_corners(points: "Floats") -> "Floats | None":
    """The corners of the outline: the points furthest out along the diagonals of its narrowest upright frame."""
    import numpy as np

    degrees = np.radians(np.arange(-44, 46))
    across = points[:, 0] * np.cos(degrees)[:, None] + points[:, 1] * np.sin(degrees)[:, None]
    down = points[:, 1] * np.cos(degrees)[:, None] - points[:, 0] * np.sin(degrees)[:, None]
    frames = np.ptp(across, axis=1) * np.ptp(down, axis=1)
    best = int(frames.argmin())
    u, v = across[best], down[best]
    u, v = (u - u.mean()) / max(1.0, np.ptp(u)), (v - v.mean()) / max(1.0, np.ptp(v))
    furthest = [int((u * a + v * b).argmax()) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners = points[furthest]
    return corners if len(set(furthest)) == 4 and min(_angles(corners)) >= LEAST_ANGLE else None


def _angles(corners: "Floats") -> list[float]:
    """Between the sides at each corner, in degrees."""
    found = []
    for i in range(4):
        a, b = corners[i - 1] - corners[i], corners[(i + 1) % 4] - corners[i]
        cosine = float(a @ b) / max(1e-9, math.hypot(*a) * math.hypot(*b))
        found.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return found


def _in_common(sheet: "Mask", corners: "Floats") -> float:
    """How much of sheet and figure is both."""
    import numpy as np
    from PIL import Image, ImageDraw

    figure = Image.new("1", (sheet.shape[1], sheet.shape[0]))
    ImageDraw.Draw(figure).polygon([(float(x), float(y)) for x, y in corners], fill=1)
    drawn = np.asarray(figure)
    return float((drawn & sheet).sum() / max(1, (drawn | sheet).sum()))


def _is_askew(corners: "Floats") -> bool:
    leans = []
    for i in range(4):
        across, down = corners[(i + 1) % 4] - corners[i]
        lean = math.degrees(math.atan2(down, across)) % 90
        leans.append(min(lean, 90 - lean))
    return max(leans) > LEVEL


def _seen_from_above(image: "Image", corners: "Floats") -> "Image":
    from PIL.Image import Resampling, Transform

    sides = [math.hypot(*(corners[(i + 1) % 4] - corners[i])) for i in range(4)]
    width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
    x, y = EDGE * width, EDGE * height
    target = [(-x, -y), (width + x, -y), (width + x, height + y), (-x, height + y)]
    return image.transform((width, height), Transform.PERSPECTIVE, _projection(target, corners), Resampling.BICUBIC)


def _projection(target: "list[tuple[float, float]]", corners: "Floats") -> list[float]:
    """The eight numbers by which Pillow finds for each place of the target the one on the picture."""
    import numpy as np

    rows, values = [], []
    for (x, y), (u, v) in zip(target, corners.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(values))]
