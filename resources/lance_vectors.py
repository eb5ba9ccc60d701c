"""The embedded default vector store: LanceDB in a folder or an S3 prefix, one table a model, vectors and full text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault, UsageError
from resources.lance_rows import Rows, passages_of, table_schema
from resources.lance_search import TERMS, among, condition, found, index, shorter
from resources.lance_staging import STAGED, Writing, pinned
from resources.lance_upkeep import maintain, opened, table_names
from resources.object_storage import allowed, refusal, table_options
from resources.upkeep import Upkeep
from resources.vector_store import ANYTHING, Filters, Hit, Passage, SearchMode, VectorStore, checked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ATTEMPTS: Final = 5


class LanceVectors(VectorStore):
    """Tables under `uri`, a folder or an s3:// prefix. Maintenance gives those of `index_rows` a vector index."""

    uri: str
    index_rows: int = 100_000

    @property
    def place(self) -> str:
        return "lancedb"

    def replace(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        self._write(partial(self._replace, passages, documents))

    def delete(self, documents: Sequence[str]) -> None:
        """Remove every passage of these documents, other models' too."""
        connection = self._connect()
        with self._answering():
            for name in table_names(connection):
                if (table := opened(connection, name)) is not None:
                    self._write(partial(table.delete, among("document", documents)))

    def search(
        self,
        query: str,
        vector: "NDArray[np.float32] | None" = None,
        mode: SearchMode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
        filters: Filters = ANYTHING,
        said: Sequence[str] = (),
    ) -> list[Hit]:
        if mode != "text" and vector is None:
            raise ValueError(f"a search of mode {mode} needs the query's vector")
        table = self._open()
        if table is None or not query.strip() or k < 1:
            return []
        if {field.name for field in self._lacking(table)} - {STAGED}:
            raise UsageError(
                f"{self.uri}/{self.name} was made by an earlier version; `ocr-assets run --upgrade` fits it"
            )
        with self._answering():
            seen = pinned(table)
            within = None if documents is None else shorter(documents, self.documents)
            where = " AND ".join(filter(None, (seen, condition(within, filters)))) or None
            hits = found(table, query, vector, mode, k, where, said)
        wanted = None if documents is None else set(documents)  # others may have come since they were excluded
        return [hit for hit in hits if wanted is None or hit.document in wanted]

    def count(self, document: str | None = None) -> int:
        table = self._open()
        if table is None:
            return 0
        with self._answering():
            parts = (pinned(table), among("document", [document]) if document is not None else None)
            number: int = table.count_rows(" AND ".join(filter(None, parts)) or None)
            return number

    def documents(self) -> set[str]:
        table = self._open()
        if table is None:
            return set()
        with self._answering():
            column = self._rows(table, ["document"])["document"]
        return set(column.unique().to_pylist())

    def held(self) -> Iterator[tuple[str, list[int]]]:
        import polars as pl

        table = self._open()
        if table is None:
            return
        with self._answering():
            found = pl.from_arrow(self._rows(table, ["document", "ordinal"]))
        assert isinstance(found, pl.DataFrame)
        yield from found.group_by("document").agg(pl.col("ordinal").sort()).iter_rows()

    def read(self, documents: Sequence[str], ordinals: range | None = None) -> list[Passage]:
        table = self._open()
        if table is None:
            return []
        with self._answering():
            columns = [name for name in table.schema.names if name not in ("id", TERMS, STAGED)]
            within = [f"ordinal >= {ordinals.start} AND ordinal < {ordinals.stop}"] if ordinals is not None else []
            rows = self._rows(table, columns, " AND ".join([among("document", documents), *within]))
        return passages_of(rows.sort_by([("document", "ascending"), ("ordinal", "ascending")]))

    def drop(self) -> None:
        connection = self._connect()
        with self._answering():
            if self.name in table_names(connection):
                connection.drop_table(self.name)

    def maintain(self, retention: timedelta, *, purge: bool = False) -> list[Upkeep]:
        """Every model's table: new rows into the full-text index, small files merged, versions older than that gone.

        `purge` also writes rows and index anew, since a deleted passage stays in its file until a tenth of that is, and
        its words in the index.
        """
        connection = self._connect()
        with self._answering():
            names = [name for name in table_names(connection) if opened(connection, name) is not None]
            return [maintain(connection, self.uri, name, retention, purge, self.index_rows) for name in names]

    def _write(self, change: Callable[[], object]) -> None:
        """Try again where another writer was faster."""
        for attempt in range(ATTEMPTS):
            try:
                change()
                return
            except (RuntimeError, OSError, TransientFault) as error:
                if refused := refusal(self.uri, error):
                    raise refused from error
                if attempt + 1 == ATTEMPTS:
                    raise TransientFault(
                        "service_unavailable", f"LanceDB at {self.uri} did not write: {error}"
                    ) from error

    def _replace(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        given = checked(passages, documents, self.dimension)
        first = next(given, None)
        table = self._open() if documents else None
        if table is None:
            if first is None:
                return
            table = self._create()
        if lacking := self._lacking(table):  # what an earlier version did not have; its rows are found by vector
            try:
                table.add_columns(lacking)
            except ValueError:
                if self._lacking(table):  # else another writer has just added them
                    raise
            if TERMS in {field.name for field in lacking}:
                index(table)
        if first is None:
            table.delete(among("document", documents))
            return
        writing = Writing(documents)
        rows = Rows(table_schema(self.dimension), chain([first], given), writing)
        try:
            version = table.add(rows.reader()).version
        except (RuntimeError, OSError):
            if rows.fault is not None:  # LanceDB tells it as its own
                raise rows.fault from None
            raise
        writing.take_place(table, writing.earlier(table, version))

    def _rows(self, table: Any, columns: Sequence[str], where: str | None = None) -> "pa.Table":
        """Those columns of the rows that are to be seen."""
        condition = " AND ".join(filter(None, (pinned(table), where)))
        query = table.search().select(columns).limit(None)
        rows: pa.Table = (query.where(condition) if condition else query).to_arrow()
        return rows

    def _connect(self) -> Any:
        import lancedb

        # An interval of 0: else a reader never sees what another process writes.
        with self._answering():
            return lancedb.connect(
                self.uri, storage_options=table_options(self.uri), read_consistency_interval=timedelta(0)
            )

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What LanceDB raises while it reads becomes a fault: of a store that is away, for all that it tells."""
        with allowed(self.uri):
            try:
                yield
            except (RuntimeError, OSError) as error:
                if refusal(self.uri, error):
                    raise
                told = (str(error).splitlines() or [""])[0]
                raise TransientFault(
                    "service_unavailable", f"LanceDB at {self.uri} cannot be read now: {told}"
                ) from error

    def _open(self) -> Any | None:
        connection = self._connect()
        with self._answering():
            return opened(connection, self.name) if self.name in table_names(connection) else None

    def _create(self) -> Any:
        table = self._connect().create_table(self.name, schema=table_schema(self.dimension), exist_ok=True)
        if not table.list_indices():
            index(table)
        return table

    def _lacking(self, table: Any) -> "list[pa.Field[Any]]":
        there = set(table.schema.names)
        return [field for field in table_schema(self.dimension) if field.name not in there]
