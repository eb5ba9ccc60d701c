"""Page-level parallelism for the stages that work page by page, with checkpoints and the budget for failed pages.

Pages of all documents of a batch go through the same workers, so a short document is not kept waiting by a long one's
last page. A finished page is checkpointed at once; a document is decided when its last page is. Until then its pages
are kept as small frames: as Python values, the words of a page take 25 times as much memory.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ocr_assets.core.budget import check_budget
from ocr_assets.core.stages import stages_from
from ocr_assets.errors import WAITING_REASONS, DocumentFault
from ocr_assets.progress import advance
from ocr_assets.settlement import Batch
from resources.checkpoints import PAGES, Checkpoints
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
R = TypeVar("R")
Row = dict[str, Any]

_JOINED: Final = 64  # pages


@dataclass(frozen=True, slots=True)
class PageTask(Generic[T]):
    """One page to do; `work` is what the stage's function gets in the worker process."""

    document: str
    page: int
    work: T


@dataclass(frozen=True)
class PageStage(Generic[T, R]):
    """How one stage treats a page.

    `pages` lists a document's pages: None for one to do, else the fault that it has from an earlier stage. `work` makes
    what the stage's function gets for a page, when its turn comes: few are in memory at a time. `function` runs in a
    worker process. `rows` makes the page's rows of the table from its result, and `failed_rows` from its fault.
    `finish` gives a document's metadata from all its rows, and the rows as they are to be kept. `then` is given the
    results as they come and gives them on, with what is still to be done about some.
    """

    pages: Callable[[str], Mapping[int, DocumentFault | None]]
    work: Callable[[str, int], T]
    function: Callable[[T], Any]
    rows: Callable[[str, int, R], list[Row]]
    failed_rows: Callable[[str, int, DocumentFault], list[Row]]
    finish: "Callable[[str, pl.DataFrame], tuple[pl.DataFrame, Mapping[str, Any]]]"
    then: Callable[[Iterator[Any]], Iterator[Any]] = iter


@dataclass
class _Document:
    """A document in the making: the rows of its pages, in any order, and the faults of those that failed."""

    pages: int
    decided: int = 0
    frames: "list[pl.DataFrame]" = field(default_factory=list)
    faults: dict[int, DocumentFault] = field(default_factory=dict)

    def add(self, rows: "pl.DataFrame", page: int, fault: DocumentFault | None = None) -> None:
        """One page more. Many small frames take thrice the memory of one, so they are joined now and then."""
        import polars as pl

        self.decided += 1
        self.frames.append(rows)
        if fault is not None:
            self.faults[page] = fault
        if self.decided % _JOINED == 0:
            self.frames[-_JOINED:] = [pl.concat(self.frames[-_JOINED:], rechunk=True)]

    def rows(self) -> "pl.DataFrame":
        """All pages' rows by page. To be called once, at the end."""
        import polars as pl

        joined = pl.concat(self.frames, rechunk=True)
        self.frames.clear()
        return joined if joined["page"].is_sorted() else joined.sort("page", maintain_order=True)


def run_pages(
    batch: Batch, workers: PageWorkers, checkpoints: Checkpoints, stage: PageStage[T, R], failed_pages: float
) -> None:
    """Do every page of every document of the batch, decide each document as its last page is done, and settle them.

    `failed_pages` is the share (0..1) of a document's pages that may fail; once more have, its other pages are left.
    """
    documents: dict[str, _Document] = {}
    todo: list[tuple[str, int]] = []
    for document in list(batch.undecided()):
        with batch.guard(document):
            documents[document], left = _plan(batch, checkpoints, stage, document)
            todo += ((document, page) for page in left)
            _decide(batch, failed_pages, stage, document, documents[document])
    tasks = (
        PageTask(document, page, stage.work(document, page)) for document, page in todo if document not in batch.faults
    )
    results = stage.then(workers.map(_Work(stage.function), tasks))
    for finished, (task, result) in enumerate(results, start=1):
        state = documents[task.document]
        if task.document in batch.faults:
            continue
        with batch.guard(task.document):
            if isinstance(result, DocumentFault):
                state.add(batch.frame(stage.failed_rows(task.document, task.page, result)), task.page, result)
            else:
                rows = batch.frame(stage.rows(task.document, task.page, result))
                checkpoints.save(PAGES, batch.checkpoint_stage, task.document, task.page, rows)
                state.add(rows, task.page)
            _decide(batch, failed_pages, stage, task.document, state)
        advance(batch.stage, finished, len(todo), "pages")
    _settle(batch, checkpoints)


@dataclass(frozen=True, slots=True)
class _Work(Generic[T]):
    """The stage's function, applied to a page task's work."""

    function: Callable[[T], Any]

    def __call__(self, task: PageTask[T]) -> Any:
        return self.function(task.work)


def _settle(batch: Batch, checkpoints: Checkpoints) -> None:
    """Settle the batch; a settled document needs its checkpoints no more, a failed one keeps them for its next try."""
    batch.write()
    for document in batch.frames:
        _clear(batch, checkpoints, document)
    batch.report()


def _clear(batch: Batch, checkpoints: Checkpoints, document: str) -> None:
    """Nothing is to be taken up any more of this stage, nor of those after it, whose pages were made of what it was."""
    checkpoints.clear_pages(document, stages_from(batch.stage))


def _plan(batch: Batch, checkpoints: Checkpoints, stage: PageStage[T, R], document: str) -> tuple[_Document, list[int]]:
    """What was decided by the stage before and by the runs that this one continues, and the pages that are left."""
    pages = stage.pages(document)
    kept: Mapping[int, pl.DataFrame] = {}
    if batch.continues:
        kept = checkpoints.load(PAGES, batch.checkpoint_stage, document)
    else:
        _clear(batch, checkpoints, document)
    state, left = _Document(len(pages), frames=[batch.frame(())]), []
    for page, fault in pages.items():
        if fault is not None:
            state.add(batch.frame(stage.failed_rows(document, page, fault)), page, fault)
        elif page in kept:
            state.add(kept[page], page)
        else:
            left.append(page)
    return state, left


def _decide(batch: Batch, failed_pages: float, stage: PageStage[T, R], document: str, state: _Document) -> None:
    """Fail the document when too many of its pages have failed, settle it when all of them are decided."""
    check_budget(state.faults, state.pages, failed_pages)
    if state.decided == state.pages:
        if waiting := [fault for fault in state.faults.values() if fault.reason in WAITING_REASONS]:
            raise waiting[0]
        rows, metadata = stage.finish(document, state.rows())
        batch.done(document, rows, {**metadata, "failed_pages": sorted(state.faults)})
