"""PP-OCR for the pages of many documents at a time, in a process of its own that may have a GPU."""

import os
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, cast

import dagster as dg
from pydantic import Field

from ocr_assets.core.merging import TextLine
from ocr_assets.errors import DocumentFault
from resources.blobs import BlobReader
from resources.faults import fault_of
from resources.page_process import is_out_of_memory
from resources.page_readers.layout import grey_image
from resources.page_readers.ppocr_batches import BatchReader, ToRead
from resources.page_readers.ppocr_device import Device, networks
from resources.page_readers.ppocr_lines import COLUMNS, Room
from resources.workers import PageWorkers

READER: Final = "ppocr"
NO_LIMIT_MB: Final = 1 << 24
"""CUDA reserves far more than it uses. What the process takes is bound by what its networks are shown at a time."""
AT_ONCE: Final = 4
"""Pages that may together take as long as one page may elsewhere."""
BROKEN_GPU: Final = 78
"""Exit code of a process whose GPU does not answer it any more."""


@dataclass(frozen=True, slots=True)
class PageToRead:
    """A page that has been rendered. `image` names its blob, `type_height` is of capital letters, in 0..1 of it, and
    `columns` what it may take (`Room`).
    """

    document: str
    image: str
    blobs: BlobReader
    type_height: float
    columns: int = COLUMNS


class PageLines(NamedTuple):
    """The lines of a page, the room that it has left, and its share of the processor seconds that its batch took."""

    lines: list[TextLine]
    room: Room
    seconds: float


Found = PageLines | DocumentFault


class PpOcrReader(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`device` is cuda, cpu, or auto: cuda where it can be had. `processes` share a GPU: one prepares while another
    computes.
    """

    device: str = Field(default="auto", pattern="^(auto|cuda|cpu)$")
    pages: int = Field(default=32, ge=1, description="Pages that are read together.")
    processes: int = Field(default=1, ge=1)
    page_seconds: float = Field(default=120, gt=0, description="What a page may take; of a batch, four may.")

    def read(self, pages: Sequence[PageToRead]) -> list[Found]:
        """What each of these pages says. A batch that crashes, hangs or has no room is read in halves: in the end only
        the page that is to blame has the fault. Raises UsageError where a GPU must be used and cannot.
        """
        seconds = self.page_seconds * max(1.0, len(pages) / AT_ONCE)
        workers = PageWorkers(processes=self.processes, memory_mb=NO_LIMIT_MB, page_seconds=seconds)
        task = PageBatch(tuple(pages), cast("Device", self.device), self.pages)
        [(_, found)] = workers.map(read_batch, [task])
        if not isinstance(found, DocumentFault):
            return found
        if len(pages) == 1:
            return [found]
        middle = len(pages) // 2
        return self.read(pages[:middle]) + self.read(pages[middle:])


@dataclass(frozen=True, slots=True)
class PageBatch:
    """What the process needs: `at_once` pages are the most that its networks are shown together on a GPU."""

    pages: tuple[PageToRead, ...]
    device: Device
    at_once: int


def read_batch(batch: PageBatch) -> list[Found]:
    """Runs in the process of the networks. A page whose image cannot be had costs itself only."""
    began = time.process_time()
    reader = _reader(batch.device, batch.at_once)
    images: list[ToRead | DocumentFault] = [_loaded(page) for page in batch.pages]
    try:
        lines = iter(reader.read([image for image in images if isinstance(image, ToRead)]))
    except Exception as error:
        if is_broken_gpu(error, reader.networks.device):
            traceback.print_exc()
            os._exit(BROKEN_GPU)
        raise
    share = (time.process_time() - began) / len(images)
    return [
        PageLines(next(lines), image.room or Room(), share) if isinstance(image, ToRead) else image for image in images
    ]


def is_broken_gpu(error: Exception, device: Device) -> bool:
    """Whether nothing more can be had of this process: after an error of CUDA's, each call of the process fails, and
    with it pages that are not to blame.
    """
    is_runtimes = type(error).__module__.split(".")[0] == "onnxruntime"
    return device == "cuda" and is_runtimes and not is_out_of_memory(error)


@lru_cache(maxsize=1)
def _reader(device: Device, at_once: int) -> BatchReader:
    """The one of this process, which remembers how much was too much. Processors gain nothing from many pages."""
    found = networks(device)
    return BatchReader(found, at_once if found.device == "cuda" else 1)


def _loaded(page: PageToRead) -> ToRead | DocumentFault:
    try:
        grey = grey_image(page.blobs.get(page.document, page.image))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
        return fault_of(error)
    return ToRead(grey, page.type_height * grey.height, Room(page.columns))
