"""Checkpoints: the pages of a stage that are already done, kept by document until the stage settles.

What continues an earlier run takes up what that has left and redoes only the missing pages, whichever run it was and
however it ended. Any other run starts fresh, which is what reprocessing means.
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
PAGES: Final = "pages"
VISION: Final = "vision"
UPSTAGE: Final = "upstage"
PAID: Final = frozenset({VISION, UPSTAGE})
"""Answers that were paid for: a run that starts fresh takes them too."""
PAID_KEPT: Final = timedelta(days=30)
"""A document may wait for a service, a batch or a budget that long. Upstage keeps its results for as long."""


class Checkpoints(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One Arrow file a page under `root`, a folder or an s3:// prefix: `<document>/<what>/<stage>/<page>.arrow`.

    `what` is PAGES or one of PAID. `stage` may name its code and settings too, `<stage>-<version>`.
    """

    root: str

    def save(self, what: str, stage: str, document: str, page: int, rows: "pl.DataFrame") -> None:
        """Keep this page's rows. Writing them again replaces them."""
        file = io.BytesIO()
        rows.write_ipc_stream(file, compression="zstd")
        with reaching(self.root):
            open_store(self.root).put(f"{document}/{what}/{stage}/{page}{SUFFIX}", file.getvalue())

    def load(self, what: str, stage: str, document: str) -> "dict[int, pl.DataFrame]":
        """Rows by page number; empty where nothing was kept."""
        import polars as pl

        rows = {}
        for file in files_under(self.root, f"{document}/{what}/{stage}/"):
            with reaching(self.root):
                data = open_store(self.root).get(file.path).bytes()
            rows[int(file.name.removesuffix(SUFFIX))] = pl.read_ipc_stream(io.BytesIO(data))
        return rows

    def clear(self, what: str, stage: str, document: str) -> None:
        """Remove what was kept of a document."""
        self._remove(file.path for file in files_under(self.root, f"{document}/{what}/{stage}/"))

    def clear_pages(self, document: str, stages: Collection[str]) -> None:
        """Remove the pages of a document in these stages, of whatever version; what was paid for stays."""
        kept = files_under(self.root, f"{document}/{PAGES}/")
        self._remove(file.path for file in kept if file.path.split("/")[-2].split("-", 1)[0] in stages)

    def forget(self, documents: Iterable[str]) -> None:
        """Remove all that is kept of these documents. Looks at all that is kept, which is only of unfinished ones."""
        gone = set(documents)
        self._remove(file.path for file in files_under(self.root) if file.path.split("/", 1)[0] in gone)

    def abandon(self, before: datetime, busy: Collection[str]) -> Upkeep:
        """Remove what was kept of a document in a stage where its last page is older than `before`.

        Such a document was given up, forgotten or settled otherwise. `busy` ones, in flight, are left alone. What was
        paid for goes `PAID_KEPT` later.
        """
        kept: dict[str, list[StoredFile]] = {}
        for file in files_under(self.root):
            kept.setdefault(file.path.rsplit("/", 1)[0], []).append(file)
        old = set()
        for place, files in kept.items():
            document, what = place.split("/")[:2]
            end = before - PAID_KEPT if what in PAID else before
            if document not in busy and all(file.modified < end for file in files):
                old.add(place)
        self._remove(file.path for place in old for file in kept[place])
        held, left = ([f.bytes for place in which for f in kept[place]] for which in (kept.keys(), kept.keys() - old))
        return Upkeep("checkpoints", Figures(len(held), sum(held)), Figures(len(left), sum(left)))

    def documents(self) -> set[str]:
        """The documents of which anything is kept."""
        return {file.path.split("/", 1)[0] for file in files_under(self.root)}

    def _remove(self, paths: Iterable[str]) -> None:
        if listed := list(paths):
            with reaching(self.root):
                open_store(self.root).delete(listed)
