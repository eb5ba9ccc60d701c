"""A PicoDet detector on ONNX Runtime: from grey pixels to labelled boxes. Knows nothing of pages.

Facts of the network (PP-PicoDet, arXiv:2111.00902; generalised focal loss, arXiv:2006.04388): for each cell of four
grids it gives a score a class and, for each side, a distribution over the distances 0..n to the cell's middle.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from resources.page_readers.hard_swish import with_hard_swish

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.floating[Any]]
    Integers = npt.NDArray[np.integer[Any]]

MEAN = (0.485, 0.456, 0.406)  # of ImageNet's red, green and blue, on which the network was trained
DEVIATION = (0.229, 0.224, 0.225)
STRIDES = (8, 16, 32, 64)  # pixels a cell, of the four grids
MAX_IOU = 0.5
CANDIDATES = 200  # of a class, looked at


class Detection(NamedTuple):
    """`corners` are x0, y0, x1, y1 in 0..1 of the image."""

    label: str
    corners: tuple[float, float, float, float]
    score: float


class PicoDet:
    """The model file on one thread; its metadata name the classes."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def detect(self, grey: "Image", min_score: float) -> list[Detection]:
        """What is seen in an image of mode L, scored above `min_score`, by class and then best first."""
        height, width = self._session.get_inputs()[0].shape[2:]
        scores, corners = self._decoded(_input(grey, width, height), width, height, min_score)
        found = []
        for number, label in enumerate(self._labels):
            for index in _kept(corners, scores[:, number], min_score):
                x0, y0, x1, y1 = corners[index].tolist()
                found.append(Detection(label, (x0, y0, x1, y1), float(scores[index, number])))
        return found

    def _decoded(self, pixels: "Floats", width: int, height: int, min_score: float) -> tuple["Floats", "Floats"]:
        """Scores, cells x classes, and corners, cells x 4 in 0..1 of the image, of the cells scored above `min_score`
        for some class: a few hundred of 10,000.
        """
        import numpy as np

        outputs = [output[0] for output in self._session.run(None, {self._session.get_inputs()[0].name: pixels})]
        scores, corners = [], []
        for of_cells, sides, stride in zip(outputs[: len(STRIDES)], outputs[len(STRIDES) :], STRIDES, strict=True):
            cells = np.flatnonzero(of_cells.max(axis=1) > min_score)
            scores.append(of_cells[cells])
            corners.append(_corners(sides[cells], cells, stride, -(-width // stride)))
        size = np.array([width, height, width, height])
        return np.concatenate(scores), (np.concatenate(corners) / size).clip(0, 1)

    @cached_property
    def _session(self) -> Any:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # 50 MB less a process, at the same speed
        options.log_severity_level = 3  # else a warning for each number that the rewritten graph does without
        return InferenceSession(with_hard_swish(self.model.read_bytes()), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _labels(self) -> list[str]:
        names: str = self._session.get_modelmeta().custom_metadata_map["character"]
        return names.split("\n")


def _input(grey: "Image", width: int, height: int) -> "Floats":
    """1 x 3 x height x width. Interpolates between the nearest pixels, without smoothing, as in the training."""
    import numpy as np
    from PIL.Image import Resampling, Transform

    small = grey.transform((width, height), Transform.EXTENT, (0, 0, *grey.size), Resampling.BILINEAR)
    values = np.asarray(small, np.float32)
    pixels = np.empty((1, 3, height, width), np.float32)
    for channel, mean, deviation in zip(pixels[0], MEAN, DEVIATION, strict=True):
        np.multiply(values, 1 / (255 * deviation), out=channel)
        channel -= mean / deviation
    return pixels


def _corners(sides: "Floats", cells: "Integers", stride: int, columns: int) -> "Floats":
    """Cells x 4 in pixels of the input: the expected distance to each side, from the cell's middle. `cells` are their
    numbers in a grid of so many columns.
    """
    import numpy as np

    y, x = (np.stack(np.divmod(cells, columns)) + 0.5) * stride
    weights = np.exp(sides.reshape(len(cells), 4, sides.shape[1] // 4))
    distances = stride * (weights @ np.arange(weights.shape[2])) / weights.sum(axis=2)
    return np.asarray(np.stack([x, y, x, y], axis=1) + distances * [-1, -1, 1, 1])


def _kept(corners: "Floats", scores: "Floats", min_score: float) -> list[int]:
    """Indices of one class, best first, without those that overlap a better one (non-maximum suppression)."""
    import numpy as np

    order = np.argsort(-scores)[:CANDIDATES]
    order = order[scores[order] > min_score]
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        order = order[_iou(corners[best], corners[order]) <= MAX_IOU]
    return kept


def _iou(box: "Floats", boxes: "Floats") -> "Floats":
    """Intersection over union of a box with each of n x 4 boxes."""
    import numpy as np

    shared = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection = shared.clip(0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + areas - intersection
    return np.asarray(intersection / np.maximum(union, np.finfo(union.dtype).tiny))
