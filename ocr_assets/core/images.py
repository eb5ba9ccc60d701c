"""Image files as documents: a PNG or JPEG is one page, each frame of a TIFF is one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ocr_assets.errors import PermanentFault

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE_INCHES: Final = 11.7
"""Long side taken for a page whose image does not say its resolution, or not credibly: A4's."""

_CREDIBLE_DPI: Final = (90.0, 2400.0)  # below stand the defaults of programs that do not know: 1 and 72
_CREDIBLE_INCHES: Final = (2.0, 50.0)
_TURNED: Final = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}  # EXIF orientation: degrees clockwise to upright


@dataclass(frozen=True, slots=True)
class Frame:
    """One page of an image file, upright, in mode L or RGB with square pixels; `rotation` was applied already."""

    image: Image
    dpi: float
    dpi_is_stated: bool
    rotation: int


def count_frames(path: str) -> int:
    """Pages of an image file; raises PermanentFault `corrupt` or `too_large`."""
    with _opened(path) as image:
        return _frames(image)


def load_frame(path: str, page: int) -> Frame:
    """One page (from 1) of an image file.

    Raises PermanentFault `corrupt` or `too_large`; IndexError for a page that the file does not have.
    """
    from PIL import ImageOps

    with _opened(path) as image:
        frames = _frames(image)
        if not 1 <= page <= frames:
            raise IndexError(f"page {page} of a document of {frames} pages")
        image.seek(page - 1)
        rotation = _TURNED.get(image.getexif().get(0x0112, 1), 0)
        stated = image.info.get("dpi")
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        upright = _eight_bit(image)
    if stated and rotation in (90, 270):
        stated = stated[::-1]
    return _with_square_pixels(upright, stated, rotation)


@contextmanager
def _opened(path: str) -> Iterator[Image]:
    """The image, with every way in which Pillow says "damaged" or "bomb" turned into a fault."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of half its pixel limit, and of odd metadata
            with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise PermanentFault("too_large", f"the image has too many pixels ({error}); save it smaller") from error
    except FileNotFoundError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, KeyError) as error:
        raise PermanentFault(
            "corrupt", f"the image cannot be decoded ({error}); get it again or save it anew as PNG"
        ) from error


def _frames(image: Image) -> int:
    """Only TIFF has pages: a second frame in a JPEG is a preview, in a PNG an animation."""
    return getattr(image, "n_frames", 1) if image.format == "TIFF" else 1


def _eight_bit(image: Image) -> Image:
    """Mode L or RGB, transparency on white."""
    from PIL import Image as Images

    if image.mode.startswith(("I", "F")):
        return _scaled_to_eight_bit(image)
    if image.mode == "LAB":
        return image.getchannel(0)
    if image.has_transparency_data:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        if layer.getchannel("A").getextrema() == (255, 255):
            return layer.convert("RGB")
        paper = Images.new("RGBA", layer.size, "white")
        return Images.alpha_composite(paper, layer).convert("RGB")
    wanted = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _scaled_to_eight_bit(image: Image) -> Image:
    """From 16 bits, 32 bits or floats; 12 bits in 16 and the like are told by the largest value."""
    import numpy as np
    from PIL import Image as Images

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0).clip(min=0)
    peak = float(values.max(initial=0))
    full = 2.0 ** np.ceil(np.log2(peak + 1)) - 1 if peak > 1 else 1.0
    return Images.fromarray((values * (255 / full)).clip(0, 255).astype(np.uint8))


def _with_square_pixels(image: Image, stated: tuple[float, float] | None, rotation: int) -> Frame:
    """Fax pages have twice as many dots across as down: stretch them."""
    across, down = (float(dpi) for dpi in stated) if stated else (0.0, 0.0)
    if not (_is_credible(across, image.width) and _is_credible(down, image.height)):
        return Frame(image, max(image.size) / PAGE_INCHES, False, rotation)
    dpi = max(across, down)
    if max(across, down) > 1.05 * min(across, down):
        image = image.resize((round(image.width * dpi / across), round(image.height * dpi / down)))
    return Frame(image, dpi, True, rotation)


def _is_credible(dpi: float, pixels: int) -> bool:
    return _CREDIBLE_DPI[0] <= dpi <= _CREDIBLE_DPI[1] and _CREDIBLE_INCHES[0] <= pixels / dpi <= _CREDIBLE_INCHES[1]
