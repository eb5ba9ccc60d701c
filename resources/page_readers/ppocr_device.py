"""Where PP-OCR's networks run in batches: on a GPU by ONNX Runtime's CUDA provider, or on the processors."""

import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ocr_assets.errors import UsageError
from resources import onnx_format
from resources.page_process import is_out_of_memory
from resources.page_readers.ppocr import model_file

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

Device = Literal["auto", "cuda", "cpu"]
CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"
RECOGNISED: Final = "fetch_name_0"
"""The recogniser's output."""
OPTIONS: Final = {
    # The default tries all algorithms whenever pictures have another size, as they have in most batches.
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
}
INSTALL: Final = (
    "pip uninstall -y onnxruntime && pip install --force-reinstall --no-deps onnxruntime-gpu; docs/operations.md says"
    " what else it needs"
)


class Networks:
    """Detector and recogniser on one device; `device` is what they really run on, cuda or cpu.

    Raises UsageError where that is to be cuda and there is none.
    """

    def __init__(self, device: Device) -> None:
        self.device: Device = "cuda" if device != "cpu" and _has_cuda(device) else "cpu"
        detector = model_file("PP-OCRv6_det_small.onnx")
        self._detector = self._on_gpu(detector) if self.device == "cuda" else self._session(detector)
        if self._detector is None:
            if device == "cuda":
                raise UsageError(f"OCR_ASSETS_PPOCR_DEVICE=cuda: driver, CUDA or cuDNN cannot be used: {INSTALL}")
            self.device = "cpu"
            self._detector = self._session(detector)
        self._recogniser = self._session(with_best(model_file("PP-OCRv6_rec_small.onnx")))
        listed: str = self._recogniser.get_modelmeta().custom_metadata_map["character"]
        self.alphabet = ["", *listed.splitlines(), " "]

    def detected(self, pixels: "Array") -> "list[Array]":
        """For each of n x 3 x height x width pixels the probabilities, height x width, of a line's core."""
        return list(self._detector.run(None, {"x": pixels})[0][:, 0])

    def recognised(self, pixels: "Array") -> "list[tuple[Array, Array]]":
        """For each of n x 3 x 48 x width pixels the best class of each column, and its probability."""
        best, sure = self._recogniser.run(["best", "sure"], {"x": pixels})
        return list(zip(best, sure, strict=True))

    def _on_gpu(self, model: Path) -> Any:
        """The session, None where there is no GPU to be had: some causes raise, for others it takes the processors."""
        try:
            session = self._session(model)
        except Exception as error:
            if is_out_of_memory(error):  # of which there may be more in a while
                raise
            warnings.warn(f"{CUDA} cannot be used: {error}", stacklevel=2)
            return None
        return session if CUDA in session.get_providers() else None

    def _session(self, model: Path | bytes) -> Any:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # page processes need the processors
        options.enable_mem_pattern = False  # pictures differ in size, and it would keep memory for each size met
        options.enable_cpu_mem_arena = False
        providers: list[Any] = [(CUDA, OPTIONS), CPU] if self.device == "cuda" else [CPU]
        return InferenceSession(model, options, providers=providers)


@lru_cache(maxsize=1)
def networks(device: Device) -> Networks:
    """The ones of this process, loaded when first asked for."""
    return Networks(device)


def _has_cuda(device: Device) -> bool:
    """Whether ONNX Runtime can use a GPU at all. Raises UsageError where it must and cannot."""
    import onnxruntime

    if CUDA in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls()  # of the nvidia wheels, where these are installed
        return True
    if device == "cuda":
        raise UsageError(f"OCR_ASSETS_PPOCR_DEVICE=cuda needs ONNX Runtime with CUDA: {INSTALL}")
    return False


def with_best(model: Path) -> bytes:
    """The recogniser with two outputs more, n x columns: the `best` class of each column, and how `sure` it is.

    Its own, the probabilities of all 18,710 classes, are 6 MB for a line of 640 pixels, too much to bring from a GPU.
    """
    last = {"axis": -1, "keepdims": 0}
    best = onnx_format.node("ArgMax", [RECOGNISED], "best", "", last)
    sure = onnx_format.node("ReduceMax", [RECOGNISED], "sure", "", {"axes": [-1], "keepdims": 0})
    outputs = {"best": onnx_format.INT64, "sure": onnx_format.FLOAT}
    values = (onnx_format.value(name, kind, ["n", "columns"]) for name, kind in outputs.items())
    return onnx_format.extended(model.read_bytes(), onnx_format.graph("best", [best, sure], [], [], values))
