"""Checkpoints: the pages of a stage that are already done, kept under the run's root id until the stage settles.

A retry has the same root id and redoes only the missing pages. A new run has another one and starts fresh, which is
what reprocessing means.
"""

import io
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import dagster as dg

from resources.object_storage import open_store, reaching
from resources.upkeep import Figures, StoredFile, Upkeep, files_under

if TYPE_CHECKING:
    import polars as pl

SUFFIX: Final = ".arrow"
VISION: Final = "vision"
UPSTAGE: Final = "upstage"
PAID: Final = frozenset({VISION, UPSTAGE})
"""In place of a run's id: answers that were paid for are every run's."""
PAID_KEPT: Final = timedelta(days=30)
"""A document may wait for a service, a batch or a budget that long. Upstage keeps its results for as long."""


class Checkpoints(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One Arrow file a page under `root`, a folder or an s3:// prefix: `<root run>/<stage>/<document>/<page>.arrow`."""

    root: str

    def save(self, run: str, stage: str, document: str, page: int, rows: "pl.DataFrame") -> None:
        """Keep this page's rows. Writing them again replaces them."""
        file = io.BytesIO()
        rows.write_ipc_stream(file, compression="zstd")
        with reaching(self.root):
            open_store(self.root).put(f"{run}/{stage}/{document}/{page}{SUFFIX}", file.getvalue())

    def load(self, run: str, stage: str, document: str) -> "dict[int, pl.DataFrame]":
        """Rows by page number; empty where nothing was kept."""
        import polars as pl

        rows = {}
        for file in files_under(self.root, f"{run}/{stage}/{document}/"):
            with reaching(self.root):
                data = open_store(self.root).get(file.path).bytes()
            rows[int(file.name.removesuffix(SUFFIX))] = pl.read_ipc_stream(io.BytesIO(data))
        return rows

    def clear(self, run: str, stage: str, document: str) -> None:
        """Remove what the run kept of a document."""
        self._remove(file.path for file in files_under(self.root, f"{run}/{stage}/{document}/"))

    def forget(self, documents: Iterable[str]) -> None:
        """Remove what any run kept of these documents. Looks at all that is kept, which is only of failed ones."""
        gone = set(documents)
        self._remove(file.path for file in files_under(self.root) if file.path.split("/")[-2] in gone)

    def abandon(self, before: datetime, busy: Collection[str]) -> Upkeep:
        """Remove what runs kept whose last page is older than `before`, but for the runs `busy`.

        Those are runs whose documents were given up, forgotten or done by another one. What was paid for goes by
        document, and `PAID_KEPT` later.
        """
        runs: dict[str, list[StoredFile]] = {}
        for file in files_under(self.root):
            run = file.path.split("/", 1)[0]
            runs.setdefault(file.path.rsplit("/", 1)[0] if run in PAID else run, []).append(file)
        ends = {run: before - PAID_KEPT if run.split("/", 1)[0] in PAID else before for run in runs.keys() - busy}
        old = {run for run, end in ends.items() if all(file.modified < end for file in runs[run])}
        self._remove(file.path for run in old for file in runs[run])
        held, left = ([f.bytes for run in which for f in runs[run]] for which in (runs.keys(), runs.keys() - old))
        return Upkeep("checkpoints", Figures(len(held), sum(held)), Figures(len(left), sum(left)))

    def documents(self) -> set[str]:
        """The documents of which anything is kept."""
        return {file.path.split("/")[-2] for file in files_under(self.root)}

    def _remove(self, paths: Iterable[str]) -> None:
        if listed := list(paths):
            with reaching(self.root):
                open_store(self.root).delete(listed)
