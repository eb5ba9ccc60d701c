"""Batches of pages whose networks crash their process, or break its GPU, on a page that is `DEADLY` pixels wide."""

import os
import signal
from collections.abc import Sequence
from typing import Final

import onnxruntime
import pytest

from ocr_assets.core.merging import TextLine
from resources import ppocr_reader
from resources.page_readers.layout import grey_image
from resources.page_readers.ppocr_batches import BatchReader, ToRead
from resources.page_readers.ppocr_device import networks
from resources.ppocr_reader import Found, PageBatch, read_batch

DEADLY: Final = 777


def read_batch_in_trouble(batch: PageBatch) -> list[Found]:
    for page in batch.pages:
        if grey_image(page.blobs.get(page.document, page.image)).width == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
    return read_batch(batch)


def read_batch_on_a_gpu_that_breaks(batch: PageBatch) -> list[Found]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ppocr_reader, "_reader", lambda *_: _Breaking())
        return read_batch(batch)


class _Breaking:
    """Once its GPU is broken, all that this process asks of it fails: so CUDA's errors are."""

    is_broken = False

    def __init__(self) -> None:
        self.reader = BatchReader(networks("cpu"), 1)
        self.networks = _AsOnGpu()

    def read(self, pages: Sequence[ToRead]) -> list[list[TextLine]]:
        if _Breaking.is_broken or any(page.grey.width == DEADLY for page in pages):
            _Breaking.is_broken = True
            told = "CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; expr=cudaStreamSynchronize"
            raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException(told)
        return self.reader.read(pages)


class _AsOnGpu:
    device = "cuda"
