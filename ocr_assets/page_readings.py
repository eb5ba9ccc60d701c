"""A page's readings: by the local readers in a page process, then by a model or service where one is asked."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ocr_assets.core.forms import XFA
from ocr_assets.core.pages import PageInput, PageKind, PageReading, Turn
from ocr_assets.core.valid_reading import valid_reading
from ocr_assets.errors import DocumentFault, UsageError
from ocr_assets.page_batches import PageTask
from ocr_assets.settlement import Batch
from resources.blobs import BlobReader, Blobs
from resources.faults import fault_of
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.upstage.readings import PagesToRead, UpstageReadings
from resources.vision.asking import Asker, Attempt
from resources.vision.pages import NOT_ASKED, AskedPage, ask_page
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl


Rendered = Mapping[tuple[Any, ...], "pl.DataFrame"]
"""The rows of `page_images` by document."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page process needs to read a page. `image` names the blob of the rendered page."""

    document: str
    path: str
    page: int
    kind: PageKind
    dpi: float
    turned: Turn
    skew: float
    image: str
    blobs: BlobReader
    passwords: tuple[str, ...]
    settings: ReaderSettings


def read(task: Reading) -> tuple[PageReading, float]:
    """The reading and the processor seconds it took. Runs in a page process."""
    began = time.process_time()
    return valid_reading(read_page(page_input(task), task.settings)), time.process_time() - began


def page_input(task: Reading) -> PageInput:
    """The page as readers get it."""
    image = task.blobs.get(task.document, task.image)
    return PageInput(task.path, task.page, task.kind, task.dpi, image, task.passwords, task.turned, task.skew)


Local = tuple[PageTask[Reading], tuple[PageReading, float] | DocumentFault]
"""What the local readers made of a page."""
Done = tuple[PageTask[Reading], tuple[PageReading, float, AskedPage] | DocumentFault]


class UnreadPage(DocumentFault):
    """A page that nobody could read: the local readers' fault, and what was `asked` of a model or service for it."""

    def __init__(self, fault: DocumentFault, told: str, asked: AskedPage) -> None:
        super().__init__(fault.reason, "; ".join(filter(None, (fault.detail, told if fault.permanent else ""))))
        self.permanent = fault.permanent
        self.asked = asked


def is_for_model(batch: Batch, reader: str, local: Local) -> bool:
    """Whether the vision model is asked for a page: all that have ink, or those the local readers are unsure of."""
    task, result = local
    if task.document in batch.faults:
        return False
    if isinstance(result, DocumentFault):
        return result.reason == "unread_ink"
    review = result[0].review
    return task.work.kind != "blank" and (reader == "vision" or review not in ("", XFA))


def unasked(local: Local) -> Done:
    """The page as the local readers have it."""
    task, result = local
    return task, result if isinstance(result, DocumentFault) else (*result, NOT_ASKED)


def in_part(settings: ReaderSettings) -> ReaderSettings:
    """For pages that a model or service reads: of a scan the first reader's words, to place and to judge the answer."""
    return replace(settings, scan=replace(settings.scan, second=False))


def read_whole(workers: PageWorkers, settings: ReaderSettings, local: Local) -> Local:
    """The page by all local readers, where it was read in part and nothing better came: also one that was left to its
    text layer, since of two doubtful readings the better is kept.
    """
    task, seen = local
    is_settled = isinstance(seen, DocumentFault) and seen.reason != "unread_ink"
    if is_settled or task.work.settings == settings:
        return local
    [(_, found)] = workers.map(read, [replace(task.work, settings=settings)])
    return task, found


def ask(asker: Asker, whole: Callable[[Local], Local], local: Local) -> Done:
    """The page as the vision model reads it, or as the local readers do where none of its answers is good: they read it
    `whole` then.
    """
    task, result = local
    work = task.work
    seen, seconds = (None, 0.0) if isinstance(result, DocumentFault) else result
    try:
        asked = ask_page(asker, work.document, work.page, work.blobs.get(work.document, work.image), seen)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
        return task, fault_of(error)
    if asked.reading is not None:
        return task, (asked.reading, seconds, asked)
    _, result = whole(local)
    if isinstance(result, DocumentFault):
        return task, UnreadPage(result, told(asked), asked)
    seen, again = result
    seconds += again if result is not local[1] else 0.0
    return task, (replace(seen, review="; ".join(filter(None, (seen.review, told(asked))))), seconds, asked)


def as_upstage_reads(upstages: UpstageReadings, whole: Callable[[Local], Local], local: Local) -> Done:
    """The page as Upstage reads it, or as the local readers do where it reads nothing: they read it `whole` then."""
    task, result = local
    work = task.work
    if work.kind == "blank":
        return unasked(local)
    seen, seconds = (None, 0.0) if isinstance(result, DocumentFault) else result
    try:
        found = upstages.page(work.document, work.page, seen)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
        return task, fault_of(error)
    charged = AskedPage(found.reading, (Attempt(0, None, 0, found.told, 0, 0, found.cost, 0.0),), found.unplaced)
    if found.reading is not None:
        return task, (found.reading, seconds, charged)
    _, result = whole(local)
    if isinstance(result, DocumentFault):
        return task, UnreadPage(result, found.told, charged)
    seen, again = result
    seconds += again if result is not local[1] else 0.0
    return task, (replace(seen, review="; ".join(filter(None, (seen.review, found.told)))), seconds, charged)


@contextmanager
def read_by_upstage(batch: Batch, upstages: UpstageReadings, images: Rendered, blobs: Blobs) -> Iterator[None]:
    """Have Upstage read every page with ink; documents for which it does not answer now are failed.

    What was paid for is kept after the block for documents that are not settled.
    """
    if warning := upstages.upstage.warning():
        batch.context.log.warning(warning)
    wanted = {document: _pages_with_ink(images, document, blobs) for document in batch.undecided()}
    for document, fault in upstages.fetch(wanted).items():
        batch.failed(document, fault)
    try:
        yield
    finally:
        for document in batch.settled:
            upstages.clear(document)


def _pages_with_ink(images: Rendered, document: str, blobs: Blobs) -> PagesToRead:
    import polars as pl

    if (document,) not in images:
        return PagesToRead("", {})
    rendered = images[(document,)].filter(pl.col("image").is_not_null(), pl.col("kind") != "blank")
    named = dict(rendered.select("page", "image").iter_rows())
    version = sha256("".join(named.values()).encode()).hexdigest()[:12]
    return PagesToRead(version, {page: partial(blobs.get, document, image) for page, image in named.items()})


def told(asked: AskedPage) -> str:
    """What became of the model's answers, if there were any."""
    faults = ", ".join(attempt.fault for attempt in asked.attempts)
    return f"the vision model's answers are not to be trusted: {faults}" if faults else ""
