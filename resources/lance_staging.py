"""Long documents in a LanceDB table: rows are added unseen, and one small commit puts them in the place of others.

LanceDB's merge keeps up to 100 MB of what it is given in memory, and more beside; adding keeps next to nothing. So rows
of a long writing are added first, in one commit together with a *gate* for each document: a row without a passage.
Readers leave out the rows of writings that have gates. Then a merge of each document's first passage alone removes the
gates with all earlier rows. Whoever replaces a document removes what is staged of it too: the writer finds its gates
gone and begins again. A writer that was killed leaves staged rows, which nobody sees, to that, or to maintenance.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault
from resources.vector_store import Passage

if TYPE_CHECKING:
    import pyarrow as pa

STAGED: Final = "staged"
"""Column with the name of the writing that a row was staged by; null in all others."""
ABANDONED_SECONDS: Final = 3_600
"""Age from which a gate is that of a killed writer: between both commits lies a moment."""
_GATES: Final = "ordinal < 0"  # every search asks it of the whole table; numbers are read in half the time of names


def new_writing() -> str:
    """A name for a writing, which tells when it began."""
    return f"{time.time():.0f}-{token_hex(8)}"


def gates(schema: "pa.Schema", writing: str, documents: Collection[str]) -> "pa.RecordBatch":
    """The gates of these documents."""
    import pyarrow as pa

    rows = [
        {"id": f"{writing}/{document}", "document": document, "ordinal": -1, STAGED: writing} for document in documents
    ]
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def without_first(passages: Iterator[Passage], first: list[Passage]) -> Iterator[Passage]:
    """The passages but for the first of each document, which are put into `first`."""
    seen = set[str]()
    for passage in passages:
        if passage.document in seen:
            yield passage
        else:
            seen.add(passage.document)
            first.append(passage)


def pinned(table: Any) -> str | None:
    """Keep the table at its present version, and tell in SQL which of its rows are to be seen; None for all."""
    table.checkout(table.version)
    writings = _gated(table)
    return f"({STAGED} IS NULL OR NOT {STAGED} IN ({_quoted(writings)}))" if writings else None


def replaced(writing: str, among: str) -> str:
    """SQL for what the writing takes the place of in the documents that are told by the SQL `among`, and its gates."""
    return f"({among} AND ({STAGED} IS NULL OR {STAGED} <> '{writing}')) OR ({STAGED} = '{writing}' AND ordinal < 0)"


def require(table: Any, writing: str, rows: int) -> None:
    """Raise TransientFault unless there are so many rows of this writing: another writer has removed some."""
    if table.count_rows(f"{STAGED} = '{writing}'") != rows:
        raise TransientFault("service_unavailable", f"{table.name}: another writer replaced the document meanwhile")


def abandon(table: Any) -> None:
    """Remove what killed writers have left."""
    before = time.time() - ABANDONED_SECONDS
    if dead := [writing for writing in _gated(table) if int(writing.split("-")[0]) < before]:
        table.delete(f"{STAGED} IN ({_quoted(dead)})")


def _gated(table: Any) -> list[str]:
    """The writings that have gates."""
    if STAGED not in table.schema.names:
        return []
    found = table.search().where(_GATES).select([STAGED]).limit(None).to_arrow()[STAGED]
    return sorted(set(found.to_pylist()))


def _quoted(writings: Sequence[str]) -> str:
    return ", ".join(f"'{writing}'" for writing in writings)
