"""PP-OCR's networks on ONNX Runtime: from grey pixels to lines of characters. Knows nothing of pages.

Facts of the networks: the detector gives each pixel the probability that it lies in the shrunken core of a text line
(differentiable binarisation, arXiv:1911.08947), so boxes are grown back; the recogniser reads a line 48 pixels high and
gives for each column of 8 pixels the probability of each character or of none (CTC).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr_assets.core.marks import marks_of
from ocr_assets.errors import UsageError
from resources.page_readers.bands import Band, bands

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.floating[Any]]
    Integers = npt.NDArray[np.integer[Any]]

IS_TEXT = 0.3  # probability from which a pixel belongs to a line's core
LEAST_MEAN = 0.5  # of the probability over a line's core
GROWTH = 1.6  # by which a core is grown: times its area over its outline
LEAST_SIDE = 3  # pixels of a core
STRIDE = 32  # of the detector: sides must be multiples of it
LINE_HEIGHT = 48  # pixels that the recogniser reads
LEAST_WIDTH = 160  # pixels of its input; shorter lines are padded. On 320, as in the training, it reads no better
WIDEST = 3200  # pixels: lines that are longer are squeezed
CLASSIFIED = (192, 48)  # pixels of a line's beginning that tell whether it lies upside down


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a line; `start` and `end` in 0..1 along it, `confidence` in 0..1."""

    text: str
    start: float
    end: float
    confidence: float


class TextDetector:
    """Where lines of text are."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def boxes(self, grey: "Image") -> "Integers":
        """n x 4 of x0, y0, x1, y1 in pixels of an image of mode L whose lines lie level.

        A large image is looked at band by band, for its memory grows with the pixels: 250 MB a million.
        """
        import numpy as np

        return np.concatenate([boxes_of(self._scores(shown(band.image)), band) for band in bands(grey)])

    def _scores(self, image: "Image") -> "Floats":
        pixels = stacked([image], image.size, 1.0)
        scores: Floats = self._session.run(None, {self._session.get_inputs()[0].name: pixels})[0][0, 0]
        return scores

    @cached_property
    def _session(self) -> Any:
        return _session(self.model)


def shown(image: "Image") -> "Image":
    """An image as the detector takes it, its sides multiples of `STRIDE`."""
    width, height = (max(STRIDE, round(side / STRIDE) * STRIDE) for side in image.size)
    return image.resize((width, height))


def boxes_of(scores: "Floats", band: Band) -> "Integers":
    """n x 4 boxes of lines, in pixels of the whole image, from the detector's answer to `shown(band.image)`."""
    import numpy as np

    core = scores > IS_TEXT
    core[1:] |= core[:-1].copy()
    core[:, 1:] |= core[:, :-1].copy()
    boxes = marks_of(core).boxes
    sizes = boxes[:, 2:] - boxes[:, :2]
    boxes = boxes[(sizes.min(axis=1) >= LEAST_SIDE)]
    boxes = boxes[_means(scores, boxes) >= LEAST_MEAN]
    sizes = boxes[:, 2:] - boxes[:, :2]
    growth = (sizes.prod(axis=1) * GROWTH / (2 * sizes.sum(axis=1)))[:, None]
    size = np.array([*band.image.size] * 2)
    scale = size / np.array([*scores.shape[::-1]] * 2)
    grown = np.concatenate([boxes[:, :2] - growth, boxes[:, 2:] + growth], axis=1) * scale
    placed = grown.round().astype(int).clip(0, size) + np.array([0, band.start, 0, band.start])
    middles = (placed[:, 1] + placed[:, 3]) / 2
    return np.asarray(placed[(middles >= band.top) & (middles < band.bottom)])


class TextRecogniser:
    """What a line of text says."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def read(self, line: "Image") -> tuple[Character, ...]:
        """The characters of a line of mode L, blanks among them, in the order they stand."""
        import numpy as np

        image = line_image(line)
        pixels = stacked([image], (columns_of(*line.size), LINE_HEIGHT), 0.0)
        columns = self._session.run(None, {self._session.get_inputs()[0].name: pixels})[0][0]
        best = columns.argmax(axis=1)
        sure = columns[np.arange(len(best)), best]
        return characters(best, sure, alphabet_of(self._session), pixels.shape[-1] / image.width)

    @cached_property
    def _session(self) -> Any:
        return _session(self.model)


def line_image(line: "Image") -> "Image":
    """A line as high as the recogniser takes it."""
    return line.resize((_levelled_width(*line.size), LINE_HEIGHT))


def columns_of(width: float, height: float) -> int:
    """How wide the recogniser's input is for a line of this size: the time that reading it takes grows with that."""
    return max(LEAST_WIDTH, _levelled_width(width, height))


def _levelled_width(width: float, height: float) -> int:
    return min(WIDEST, max(1, math.ceil(LINE_HEIGHT * width / height)))


@cache
def alphabet_of(session: Any) -> list[str]:
    """The recogniser's classes: none, the characters of the model's list, a blank."""
    listed: str = session.get_modelmeta().custom_metadata_map["character"]
    return ["", *listed.splitlines(), " "]


class UpsideDown:
    """Whether a line lies upside down, from its beginning."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def score(self, line: "Image") -> float:
        """The probability for a level line of mode L."""
        longest, height = CLASSIFIED
        start = line.crop((0, 0, min(line.width, round(longest * line.height / height)), line.height))
        width = min(longest, max(1, math.ceil(height * start.width / start.height)))
        pixels = stacked([start.resize((width, height))], CLASSIFIED, 0.0)
        return float(self._session.run(None, {self._session.get_inputs()[0].name: pixels})[0][0, 1])

    @cached_property
    def _session(self) -> Any:
        return _session(self.model)


@lru_cache(maxsize=1)
def detector() -> TextDetector:
    """The one of this process; its model is loaded when first used, as the others are."""
    return TextDetector(model_file("PP-OCRv6_det_small.onnx"))


@lru_cache(maxsize=1)
def recogniser() -> TextRecogniser:
    """For Latin scripts, Chinese and Japanese."""
    return TextRecogniser(model_file("PP-OCRv6_rec_small.onnx"))


@lru_cache(maxsize=1)
def upside_down() -> UpsideDown:
    """Tells the two ways up of a line apart."""
    return UpsideDown(model_file("ch_ppocr_mobile_v2.0_cls_mobile.onnx"))


def model_file(name: str) -> Path:
    """A file that the wheel of rapidocr carries; its code, which needs OpenCV, stays unused."""
    package = find_spec("rapidocr")  # located, not imported
    if package is None or package.origin is None:
        raise UsageError("the OCR models are missing: pip install --no-deps rapidocr")
    return Path(package.origin).parent / "models" / name


def _session(model: Path) -> Any:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Lines differ in width, and both of these would keep memory for each width met.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])


def stacked(images: Sequence["Image"], size: tuple[int, int], filled: float) -> "Floats":
    """n x 3 x height x width of images of mode L, -1 black and 1 white, `filled` to the right and below."""
    import numpy as np

    width, height = size
    pixels = np.full((len(images), 3, height, width), filled, np.float32)
    for place, image in zip(pixels, images, strict=True):
        place[:, : image.height, : image.width] = np.asarray(image, np.float32) / 127.5 - 1
    return pixels


def _means(values: "Floats", boxes: "Integers") -> "Floats":
    """The mean over each box."""
    import numpy as np

    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.cumsum(axis=0, dtype=float).cumsum(axis=1)
    x0, y0, x1, y1 = boxes.T
    total = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return np.asarray(total / ((x1 - x0) * (y1 - y0)))


def characters(best: "Integers", sure: "Floats", alphabet: Sequence[str], scale: float) -> tuple[Character, ...]:
    """What the best class of each column and its probability come to: neighbouring columns of one class are one
    character. `scale` is the width of the recogniser's input over that of the line in it.
    """
    import numpy as np

    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(starts[1:], len(best))
    width = len(best) / scale
    return tuple(
        Character(alphabet[best[a]], min(1.0, a / width), min(1.0, b / width), float(sure[a:b].max()))
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
        if best[a]
    )
