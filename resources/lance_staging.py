"""Replacing documents in a LanceDB table: rows are added unseen, then a delete puts them in the place of earlier ones.

LanceDB's merge keeps up to 100 MB of what it is given in memory and looks at every row of the table; adding and
deleting do neither, but they are two commits. So a *writing* adds its rows in one commit together with a *gate* for
each document: a row without a passage. Readers leave out the rows of writings that have gates. Then one delete removes
the gates, with all rows of those documents that were there before the writing's own were added.

Commits are in one order, so of two writings of a document the later knows the earlier and removes it, wherever it has
come to, and the earlier leaves the later alone. A row is never changed but by being removed, so the order of the
deletes does not matter: at every version readers see all of one writing, never a part and never two. A writer that was
killed leaves staged rows, which nobody sees, to the document's next writing, or to maintenance.
"""

import time
from collections.abc import Collection, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault
from resources.lance_search import among

if TYPE_CHECKING:
    import pyarrow as pa

STAGED: Final = "staged"
"""Column with the name of the writing that added a row; null in those that an earlier version merged."""
ABANDONED_SECONDS: Final = 86_400
"""Age from which a gate is that of a killed writer: between both commits lies a moment."""
_GATES: Final = "ordinal < 0"  # every search asks it of the whole table; numbers are read in half the time of names


class Writing:
    """One replacement of these documents: its rows carry its `name`, which tells when it began."""

    def __init__(self, documents: Collection[str]) -> None:
        self.documents, self.began = documents, time.time()
        self.name = f"{self.began:.0f}-{token_hex(8)}"

    def gates(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """What is added with the rows: a gate a document."""
        import pyarrow as pa

        rows = [
            {"id": f"{self.name}/{document}", "document": document, "ordinal": -1, STAGED: self.name}
            for document in self.documents
        ]
        return pa.RecordBatch.from_pylist(rows, schema=schema)

    def earlier(self, table: Any, version: int) -> list[str]:
        """The writings of these documents whose rows were there before this one's were added; `version` is a later one.

        Looked for backwards, as LanceDB now and then tells a version after that of the commit, when another may have
        removed these rows already. Raises TransientFault where maintenance has just removed the versions before.
        """
        among_these, added = among("document", self.documents), False
        try:
            while True:
                table.checkout(version)
                found = table.search().where(among_these).select([STAGED]).limit(None).to_arrow()[STAGED].unique()
                names = {name for name in found.to_pylist() if name}
                if added and self.name not in names:
                    return sorted(names)
                added, version = self.name in names, version - 1
        except ValueError as error:
            raise TransientFault("service_unavailable", f"{table.name}: {error}") from error
        finally:
            table.checkout_latest()

    def take_place(self, table: Any, earlier: Sequence[str]) -> None:
        """Show this one's rows, and remove those of earlier ones. Raises TransientFault where they may be gone."""
        before = f"{STAGED} IS NULL OR {among(STAGED, earlier)}"
        self._in_time(table)
        table.delete(f"{among('document', self.documents)} AND ({before} OR ({STAGED} = '{self.name}' AND {_GATES}))")
        self._in_time(table)

    def _in_time(self, table: Any) -> None:
        if time.time() - self.began > ABANDONED_SECONDS:
            raise TransientFault("service_unavailable", f"{table.name}: the writing took so long that it was given up")


def pinned(table: Any) -> str | None:
    """Keep the table at its present version, and tell in SQL which of its rows are to be seen; None for all."""
    table.checkout(table.version)
    writings = _gated(table)
    return f"({STAGED} IS NULL OR NOT {among(STAGED, writings)})" if writings else None


def abandon(table: Any) -> None:
    """Remove what killed writers have left."""
    before = time.time() - ABANDONED_SECONDS
    if dead := [writing for writing in _gated(table) if int(writing.split("-")[0]) < before]:
        table.delete(among(STAGED, dead))


def _gated(table: Any) -> list[str]:
    """The writings that have gates."""
    if STAGED not in table.schema.names:
        return []
    found = table.search().where(_GATES).select([STAGED]).limit(None).to_arrow()[STAGED]
    return sorted(set(found.to_pylist()))
