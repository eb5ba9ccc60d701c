"""Pictures for a vision model: the whole of them, in as many pixels as it looks at."""

from io import BytesIO
from typing import Literal, NamedTuple

QUALITY = 90


class Picture(NamedTuple):
    """An encoded picture; `pixels` are width times height."""

    data: bytes
    media_type: str
    pixels: int


def sized(
    image: bytes, pixels: int, side: int, encoding: Literal["png", "jpeg"] = "png", share: float = 1.0
) -> Picture:
    """The encoded image made to fit into that many pixels and that longer side; with `share` of the pixels it then has.

    It is never enlarged and never cropped.
    """
    from PIL import Image

    with Image.open(BytesIO(image)) as opened:
        picture = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
    factor = min(1.0, (pixels / (picture.width * picture.height)) ** 0.5, side / max(picture.size)) * share**0.5
    if factor < 1.0:
        size = (max(1, int(picture.width * factor)), max(1, int(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = BytesIO()
    if encoding == "jpeg":
        picture.save(out, "JPEG", quality=QUALITY)
    else:
        picture.save(out, "PNG", compress_level=3)
    return Picture(out.getvalue(), f"image/{encoding}", picture.width * picture.height)
