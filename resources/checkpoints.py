"""Checkpoints: the pages of a stage that are already done, kept under the run's root id until the stage settles.

A retry has the same root id and redoes only the missing pages. A new run has another one and starts fresh, which is
what reprocessing means.
"""

import io
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from resources.object_storage import open_store
from resources.upkeep import Figures, StoredFile, Upkeep, files_under

if TYPE_CHECKING:
    import polars as pl

SUFFIX: Final = ".arrow"


class Checkpoints(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One Arrow file a page under `root`, a folder or an s3:// prefix: `<root run>/<stage>/<document>/<page>.arrow`."""

    root: str

    def save(self, run: str, stage: str, document: str, page: int, rows: "pl.DataFrame") -> None:
        """Keep this page's rows. Writing them again replaces them."""
        file = io.BytesIO()
        rows.write_ipc_stream(file, compression="zstd")
        self._store().put(f"{run}/{stage}/{document}/{page}{SUFFIX}", file.getvalue())

    def load(self, run: str, stage: str, document: str) -> "dict[int, pl.DataFrame]":
        """Rows by page number; empty where nothing was kept."""
        import polars as pl

        store, rows = self._store(), {}
        for listed in store.list(prefix=f"{run}/{stage}/{document}/"):
            for item in listed:
                page = int(item["path"].rsplit("/", 1)[1].removesuffix(SUFFIX))
                rows[page] = pl.read_ipc_stream(io.BytesIO(store.get(item["path"]).bytes()))
        return rows

    def clear(self, run: str, stage: str, document: str) -> None:
        """Remove what the run kept of a document."""
        store = self._store()
        for listed in store.list(prefix=f"{run}/{stage}/{document}/"):
            store.delete([item["path"] for item in listed])

    def forget(self, documents: Iterable[str]) -> None:
        """Remove what any run kept of these documents. Looks at all that is kept, which is only of failed ones."""
        store, gone = self._store(), set(documents)
        for listed in store.list():
            if paths := [item["path"] for item in listed if item["path"].split("/")[-2] in gone]:
                store.delete(paths)

    def abandon(self, before: datetime, busy: Collection[str]) -> Upkeep:
        """Remove what runs kept whose last page is older than `before`, but for the runs `busy`.

        Those are runs whose documents were given up, forgotten or done by another one.
        """
        runs: dict[str, list[StoredFile]] = {}
        for file in files_under(self.root):
            runs.setdefault(file.path.split("/", 1)[0], []).append(file)
        old = {run for run in runs.keys() - busy if all(file.modified < before for file in runs[run])}
        if paths := [file.path for run in old for file in runs[run]]:
            self._store().delete(paths)
        held, left = ([f.bytes for run in which for f in runs[run]] for which in (runs.keys(), runs.keys() - old))
        return Upkeep("checkpoints", Figures(len(held), sum(held)), Figures(len(left), sum(left)))

    def documents(self) -> set[str]:
        """The documents of which anything is kept."""
        return {file.path.split("/")[-2] for file in files_under(self.root)}

    def _store(self) -> Any:
        return open_store(self.root)
