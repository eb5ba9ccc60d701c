"""The lake: one Delta table a stage, Polars in and Polars out.

A document's rows are always replaced as a whole, in one commit for the whole batch. Delta's conflict check makes that
safe beside other writers of the same documents; see docs/adr/0002-always-replace.md.
"""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import dagster as dg

from ocr_assets.errors import TransientFault, UsageError
from ocr_assets.schemas import TABLES, Table
from resources.object_storage import allowed, refusal, table_options

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable

COMMIT_ATTEMPTS: Final = 20
"""Overlapping writers redo their whole replacement; disjoint ones never get here."""
ROW_GROUP: Final = 2_048
"""Rows after which a reader may skip: a batch has some hundred pages or some thousand chunks."""
TABLE_PROPERTIES: Final = {"delta.dataSkippingStatsColumns": "document"}
"""Else the table's log would hold the beginnings of texts, which then outlive their documents."""

_COLOURS: Final = re.compile("\x1b\\[[0-9;]*m")  # in which Delta's errors are written


class Lake(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Delta tables under `root`, a folder or an s3:// prefix."""

    root: str

    def uri(self, table: str) -> str:
        """Where that table lies."""
        return f"{self.root.rstrip('/')}/{table}"

    def frame(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> "pl.DataFrame":
        """Rows as a frame of the table's schema. An unknown, missing or wrongly typed column is an error."""
        import polars as pl

        schema = table.polars_schema()
        for row in rows:
            if row.keys() != schema.keys():
                raise ValueError(f"a row of {table.name} differs in the columns {sorted(row.keys() ^ schema.keys())}")
        return pl.DataFrame(list(rows), schema=schema, orient="row", strict=True)

    def replace(self, table: Table, documents: Sequence[str], frame: "pl.DataFrame") -> None:
        """Put `frame` in the place of all rows of `documents`, in one commit.

        A document without rows gets one that holds only its id, so that "nothing found" differs from "never done".
        Rows of other documents are an error.
        """
        import polars as pl

        if not documents:
            return
        if frame.schema != pl.Schema(table.polars_schema()):
            raise ValueError(f"the frame for {table.name} has the schema {frame.schema}")
        strangers = set(frame["document"].unique()) - set(documents)
        if strangers:
            raise ValueError(f"rows of {sorted(strangers)[:3]} are not among the documents to replace in {table.name}")
        frame = _in_order(_with_markers(frame, documents), table)
        self._commit(table, frame, mode="overwrite", predicate=_predicate(documents))

    def append(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows in one commit. For tables whose readers expect repeated rows."""
        if rows:
            self._commit(table, self.frame(table, rows), mode="append")

    def read(
        self, table: Table, documents: Iterable[str] | None = None, columns: "Sequence[str | pl.Expr] | None" = None
    ) -> "pl.DataFrame":
        """Rows of these documents, or of all, ordered by document and ordinal; of `columns` or expressions on them."""
        import polars as pl

        frame = self._scan(table, documents)
        if table.ordinal:
            frame = frame.filter(pl.col(table.ordinal).is_not_null())
        frame = frame.sort("document", *([table.ordinal] if table.ordinal else []))
        with allowed(self.uri(table.name)):
            return (frame.select(columns) if columns else frame).collect()

    def find(
        self, table: Table, condition: "pl.Expr", columns: Sequence[str], documents: Iterable[str] | None = None
    ) -> "pl.DataFrame":
        """Rows of these documents, or of whatever document, for which the condition holds, in no order."""
        with allowed(self.uri(table.name)):
            return self._scan(table, documents).filter(condition).select(columns).collect()

    def documents(self, table: Table, among: Iterable[str] | None = None) -> set[str]:
        """The documents that were settled in that table, those without rows included."""
        frame = self._scan(table, among).select("document").unique()
        with allowed(self.uri(table.name)):
            return set(frame.collect()["document"])

    def delete(self, documents: Sequence[str], but: Table) -> None:
        """Remove every row of these documents from every table but that one."""
        for name in TABLES:
            if name != but.name and documents:
                with allowed(self.uri(name)):
                    _until_committed(partial(self._delete, name, _predicate(documents)))

    def open(self, table: str) -> "DeltaTable | None":
        """The table as it is now; None where nothing was ever written to it. Raises TransientFault."""
        from deltalake.exceptions import TableNotFoundError

        try:
            return _table_type(self.root)(self.uri(table), storage_options=table_options(self.root))
        except TableNotFoundError:
            return None
        except OSError as error:
            if refused := refusal(self.uri(table), error):
                raise refused from error
            told = " ".join(_COLOURS.sub("", str(error)).split())
            raise TransientFault("service_unavailable", f"{self.uri(table)} cannot be opened now: {told}") from error

    def _delete(self, name: str, predicate: str) -> None:
        if (table := self.open(name)) is not None:
            table.delete(predicate)

    def _commit(self, table: Table, frame: "pl.DataFrame", **how: Any) -> None:
        from deltalake import CommitProperties, WriterProperties, write_deltalake

        properties = WriterProperties(compression="SNAPPY", max_row_group_size=ROW_GROUP)

        def write() -> None:
            self._create(table)
            write_deltalake(
                self.uri(table.name),
                frame,
                storage_options=table_options(self.root),
                commit_properties=CommitProperties(max_commit_retries=100),
                writer_properties=properties,
                schema_mode="merge",  # a table from before a column was added gets it
                **how,
            )

        with allowed(self.uri(table.name)):
            _until_committed(write)

    def _scan(self, table: Table, documents: Iterable[str] | None) -> "pl.LazyFrame":
        import polars as pl

        delta = self.open(table.name)
        wanted = None if documents is None else sorted(set(documents))
        if delta is None or wanted == []:
            return pl.LazyFrame(schema=table.polars_schema())
        frame = _with_columns(pl.scan_delta(delta), table)
        if wanted is None:
            return frame
        # The range beside the list lets the files' own minimum and maximum skip most of them.
        within = pl.col("document").is_between(pl.lit(wanted[0]), pl.lit(wanted[-1]))
        return frame.filter(within & pl.col("document").is_in(wanted))

    def _create(self, table: Table) -> None:
        import polars as pl
        from deltalake import write_deltalake
        from deltalake.exceptions import DeltaError

        if self.open(table.name) is not None:
            return
        empty = pl.DataFrame(schema=table.polars_schema())
        try:
            write_deltalake(
                self.uri(table.name),
                empty,
                mode="error",
                storage_options=table_options(self.root),
                configuration=TABLE_PROPERTIES,
            )
        except DeltaError as error:  # another writer was first, or the place cannot be written
            if self.open(table.name) is None:
                raise UsageError(f"cannot create the table {self.uri(table.name)}: {error}") from error


def _until_committed(change: Callable[[], None]) -> None:
    """Try again where another writer was faster."""
    from deltalake.exceptions import CommitFailedError

    for attempt in range(COMMIT_ATTEMPTS):
        try:
            return change()
        except CommitFailedError:
            if attempt + 1 == COMMIT_ATTEMPTS:
                raise
            time.sleep(random.uniform(0.0, 0.1 * (attempt + 1)))  # not all of them again at the same moment
    return None


def _table_type(root: str) -> "type[DeltaTable]":
    """deltalake tells a folder's files with percent signs, as in URLs, and Polars takes their names literally."""
    from deltalake import DeltaTable

    class FolderTable(DeltaTable):
        def file_uris(self, *arguments: Any, **options: Any) -> list[str]:
            return [unquote(uri) for uri in super().file_uris(*arguments, **options)]

    return DeltaTable if "://" in root else FolderTable


def _with_markers(frame: "pl.DataFrame", documents: Sequence[str]) -> "pl.DataFrame":
    import polars as pl

    missing = sorted(set(documents) - set(frame["document"].unique()))
    if not missing:
        return frame
    markers = pl.DataFrame({"document": missing}, schema={"document": pl.String()})
    return pl.concat([frame, markers], how="diagonal")


def _in_order(frame: "pl.DataFrame", table: Table) -> "pl.DataFrame":
    """Rows by document and ordinal. Mostly they are already, and a copy of a long document's words is large."""
    import polars as pl

    keys = ["document", *([table.ordinal] if table.ordinal else [])]
    return frame if frame.select(pl.struct(keys)).to_series().is_sorted() else frame.sort(keys)


def _with_columns(frame: "pl.LazyFrame", table: Table) -> "pl.LazyFrame":
    """With the columns that came after the table was written, all null."""
    import polars as pl

    there = set(frame.collect_schema().names())
    missing = {name: kind for name, kind in table.polars_schema().items() if name not in there}
    return frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in missing.items()) if missing else frame


def _predicate(documents: Iterable[str]) -> str:
    """SQL for "one of these documents". They are hashes, so nothing needs quoting; anything else is refused."""
    wanted = sorted(set(documents))
    if not all(document.isalnum() for document in wanted):
        raise ValueError(f"not a document hash among {wanted[:3]}")
    listed = ", ".join(f"'{document}'" for document in wanted)
    return f"document >= '{wanted[0]}' AND document <= '{wanted[-1]}' AND document IN ({listed})"
