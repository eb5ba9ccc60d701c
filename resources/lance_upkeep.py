"""The tables of a LanceDB store: which there are, and each put in order."""

from datetime import timedelta
from typing import Any, Final

from ocr_assets.errors import TransientFault
from resources.lance_search import index
from resources.lance_staging import abandon
from resources.object_storage import refusal
from resources.upkeep import Figures, Upkeep, files_under

PURGED: Final = timedelta(milliseconds=1)
"""Age from which a purge removes versions: LanceDB's unit, and nothing is as young when rows were written anew."""


def opened(connection: Any, name: str) -> Any | None:
    """The table; None where it was dropped, which listings may tell late."""
    try:
        return connection.open_table(name)
    except ValueError as error:
        if "was not found" in str(error):
            return None
        raise


def table_names(connection: Any) -> list[str]:
    """All of them."""
    names, token = list[str](), None
    while True:
        page = connection.list_tables(page_token=token)
        names += page.tables
        token = page.page_token
        if not token:
            return names


def maintain(connection: Any, uri: str, name: str, retention: timedelta, purge: bool, index_rows: int) -> Upkeep:
    """The table under `uri` put in order, as `LanceVectors.maintain` says; from `index_rows` on its vectors indexed."""
    before, note = _figures(connection, uri, name), ""
    try:
        table = connection.open_table(name)
        abandon(table)
        if purge:
            table.update(values_sql={"ordinal": "ordinal"})
            index(table)
        if before.rows and before.rows >= index_rows:
            _index_vectors(table)
        # Of a writer that has not committed yet it leaves the files alone, unless they are a week old.
        table.optimize(cleanup_older_than=PURGED if purge else retention)
    except (RuntimeError, OSError) as error:
        if refused := refusal(uri, error):
            raise refused from error
        if purge:
            raise TransientFault("service_unavailable", f"{uri}/{name} was written meanwhile: {error}") from error
        note = "passages were written meanwhile; merged the next time"
    return Upkeep(f"vectors/{name}", before, _figures(connection, uri, name), note)


def _figures(connection: Any, uri: str, name: str) -> Figures:
    files = [file.bytes for file in files_under(uri, f"{name}.lance/")]
    table = connection.open_table(name)
    return Figures(len(files), sum(files), len(table.list_versions()), table.count_rows())


def _index_vectors(table: Any) -> None:
    """Indexes without which a search reads every vector, and a replacement every document's hash."""
    from lancedb.index import BTree, IvfFlat

    there = {column for one in table.list_indices() for column in one.columns}
    if "vector" not in there:
        table.create_index("vector", config=IvfFlat(distance_type="cosine"))
    if "document" not in there:
        table.create_index("document", config=BTree())
