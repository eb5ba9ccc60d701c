"""A page with a passage marked on it, for people."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from ocr_assets.core.pages import Box

MARKER: Final = (255, 214, 0)
EDGE: Final = (214, 40, 40)
MARGIN: Final = 0.004
"""What is marked around a box, in 0..1 of the page."""


def marked_page(image: bytes, boxes: Sequence[Box]) -> bytes:
    """The encoded page as PNG, what is within the boxes on yellow with a red frame. Dark writing stays dark."""
    from PIL import Image, ImageChops, ImageDraw

    with Image.open(BytesIO(image)) as opened:
        page = opened.convert("RGB")
    ink = Image.new("RGB", page.size, "white")
    frames = [_pixels(box, page.size) for box in boxes]
    for frame in frames:
        ImageDraw.Draw(ink).rectangle(frame, fill=MARKER)
    page = ImageChops.multiply(page, ink)
    for frame in frames:
        ImageDraw.Draw(page).rectangle(frame, outline=EDGE, width=max(2, page.width // 500))
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _pixels(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The box with its margin, within the page."""
    edges = (box.x0 - MARGIN, box.y0 - MARGIN, box.x1 + MARGIN, box.y1 + MARGIN)
    x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in edges)
    right, bottom = size[0] - 1, size[1] - 1
    return min(x0, x1) * right, min(y0, y1) * bottom, max(x0, x1) * right, max(y0, y1) * bottom
