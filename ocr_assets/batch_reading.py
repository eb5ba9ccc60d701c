"""Pages read by PP-OCR in batches, across documents: looked at and finished in page processes, read by the networks in
between.

A page is kept as soon as its batch is finished; one with a sound text layer waits for none.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import PageReading
from ocr_assets.core.valid_reading import valid_reading
from ocr_assets.errors import DocumentFault
from ocr_assets.page_batches import PageTask
from ocr_assets.page_readings import Local, Reading, page_input
from resources.page_readers.ladder import Unread, read_image, read_layer
from resources.page_readers.layout import grey_of
from resources.page_readers.ppocr_lines import Room
from resources.page_readers.scan import read_by_ppocr
from resources.ppocr_reader import PageToRead, PpOcrReader
from resources.vision.threads import with_asked
from resources.workers import PageWorkers

Looked = tuple[PageTask[Reading], tuple[PageReading | Unread, float] | DocumentFault]
"""A page by its text layer, or what is to be known of it before it is read from its image; and processor seconds."""
ToRead = tuple[PageTask[Reading], Unread, float]


def look(task: Reading) -> tuple[PageReading | Unread, float]:
    """Runs in a page process, before the networks."""
    began = time.process_time()
    found = read_layer(page_input(task), task.settings)
    return valid_reading(found) if isinstance(found, PageReading) else found, time.process_time() - began


def with_batches(looked: Iterator[Looked], ppocr: PpOcrReader, workers: PageWorkers) -> Iterator[Local]:
    """The pages as they get done: those of a batch once it was read, the others at once."""
    read = partial(_read, ppocr, workers)
    # One more than there are processes: while the pages of a batch are finished, the next is read.
    for done in with_asked(_batches(looked, ppocr.pages), _is_batch, read, _alone, ppocr.processes + 1):
        yield from done


@dataclass(frozen=True, slots=True)
class _Finishing:
    """A page with the lines that the networks read on it, for a page process."""

    task: PageTask[Reading]
    found: Unread
    lines: Sequence[TextLine]
    room: Room
    seconds: float


def finish(finishing: _Finishing) -> tuple[PageReading, float]:
    """Runs in a page process, after the networks."""
    began = time.process_time()
    work = finishing.task.work
    page = page_input(work)
    scan = read_by_ppocr(grey_of(page), finishing.lines, finishing.found.ink, finishing.room)
    reading = valid_reading(read_image(page, finishing.found, scan, work.settings))
    return reading, finishing.seconds + time.process_time() - began


def _batches(looked: Iterator[Looked], size: int) -> Iterator[Local | list[ToRead]]:
    waiting: list[ToRead] = []
    for task, result in looked:
        if isinstance(result, DocumentFault):
            yield task, result
            continue
        found, seconds = result
        if isinstance(found, PageReading):
            yield task, (found, seconds)
            continue
        waiting.append((task, found, seconds))
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _is_batch(item: Local | list[ToRead]) -> bool:
    return isinstance(item, list)


def _alone(item: Local | list[ToRead]) -> list[Local]:
    assert isinstance(item, tuple)
    return [item]


def _read(ppocr: PpOcrReader, workers: PageWorkers, batch: Local | list[ToRead]) -> list[Local]:
    assert isinstance(batch, list)
    works = ((task.work, found) for task, found, _ in batch)
    pages = [
        PageToRead(work.document, work.image, work.blobs, found.type_height, work.settings.scan.columns)
        for work, found in works
    ]
    done, todo = list[Local](), list[_Finishing]()
    for (task, found, seconds), read in zip(batch, ppocr.read(pages), strict=True):
        if isinstance(read, DocumentFault):
            done.append((task, read))
        else:
            todo.append(_Finishing(task, found, read.lines, read.room, seconds + read.seconds))
    return done + [(finishing.task, result) for finishing, result in workers.map(finish, todo)]
