"""The embedded default vector store: LanceDB in a folder or an S3 prefix, one table a model, vectors and full text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.terms import terms
from ocr_assets.errors import TransientFault, UsageError
from resources.lance_search import BOX, TERMS, among, box_values, boxes_of, condition, found, index, shorter
from resources.lance_upkeep import maintain, opened, table_names
from resources.object_storage import allowed, refusal, table_options
from resources.upkeep import Upkeep
from resources.vector_store import ANYTHING, Filters, Hit, Passage, SearchMode, VectorStore, checked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ATTEMPTS: Final = 5
AT_ONCE: Final = 512
"""Passages that are handed over together. Of more than these LanceDB itself holds what it has to, within bounds."""


class LanceVectors(VectorStore):
    """Tables under `uri`, a folder or an s3:// prefix. Maintenance gives those of `index_rows` a vector index."""

    uri: str
    index_rows: int = 100_000

    @property
    def place(self) -> str:
        return "lancedb"

    def replace(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        self._write(partial(self._merge, passages, documents))

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
    ) -> list[Hit]:
        if mode != "text" and vector is None:
            raise ValueError(f"a search of mode {mode} needs the query's vector")
        table = self._open()
        if table is None or not query.strip() or k < 1:
            return []
        if self._lacking(table):
            raise UsageError(
                f"{self.uri}/{self.name} was made by an earlier version; `ocr-assets run --upgrade` fits it"
            )
        with self._answering():
            within = None if documents is None else shorter(documents, self.documents)
            hits = found(table, query, vector, mode, k, condition(within, filters))
        wanted = None if documents is None else set(documents)  # others may have come since they were excluded
        return [hit for hit in hits if wanted is None or hit.document in wanted]

    def count(self, document: str | None = None) -> int:
        table = self._open()
        if table is None:
            return 0
        with self._answering():
            number: int = table.count_rows(among("document", [document]) if document is not None else None)
            return number

    def documents(self) -> set[str]:
        table = self._open()
        if table is None:
            return set()
        with self._answering():
            column = table.search().select(["document"]).limit(None).to_arrow()["document"]
        return set(column.unique().to_pylist())

    def held(self) -> Iterator[tuple[str, list[int]]]:
        import polars as pl

        table = self._open()
        if table is None:
            return
        with self._answering():
            found = pl.from_arrow(table.search().select(["document", "ordinal"]).limit(None).to_arrow())
        assert isinstance(found, pl.DataFrame)
        yield from found.group_by("document").agg(pl.col("ordinal").sort()).iter_rows()

    def read(self, documents: Sequence[str]) -> list[Passage]:
        table = self._open()
        if table is None:
            return []
        with self._answering():
            rows = table.search().where(among("document", documents)).limit(None).to_arrow()
        rows = rows.drop_columns(["id", *({TERMS} & set(rows.column_names))])
        ordered = rows.sort_by([("document", "ascending"), ("ordinal", "ascending")])
        return [_passage(row) for row in ordered.to_pylist()]

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

    def _merge(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        rows = _Rows(self._schema(), checked(passages, documents, self.dimension))
        first = next(rows, None)
        table = self._open() if documents else None
        if table is None:
            if first is None:
                return
            table = self._create()
        if lacking := self._lacking(table):  # what an earlier version did not have; its rows are found by vector
            table.add_columns(lacking)
            index(table)
        merge = (
            table.merge_insert("id")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(among("document", documents))
        )
        try:
            merge.execute(rows.reader(first))
        except (RuntimeError, OSError):
            if rows.fault is not None:  # LanceDB tells it as its own
                raise rows.fault from None
            raise

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
        table = self._connect().create_table(self.name, schema=self._schema(), exist_ok=True)
        if not table.list_indices():
            index(table)
        return table

    def _lacking(self, table: Any) -> "list[pa.Field[Any]]":
        there = set(table.schema.names)
        return [field for field in self._schema() if field.name not in there]

    def _schema(self) -> "pa.Schema":
        import pyarrow as pa

        # Without this mark on a field that is never null, concurrent merges insert the same id twice (lancedb#3377).
        key = {"lance-schema:unenforced-primary-key": "true"}
        fields: list[pa.Field[Any]] = [
            pa.field("id", pa.string(), nullable=False, metadata=key),
            pa.field("document", pa.string()),
            pa.field("ordinal", pa.int32()),
            pa.field("text", pa.string()),
            pa.field("heading_path", pa.list_(pa.string())),
            pa.field("page_start", pa.int32()),
            pa.field("page_end", pa.int32()),
            pa.field("vector", pa.list_(pa.float32(), self.dimension)),
            pa.field("kind", pa.string()),
            pa.field("boxes", pa.list_(pa.struct([(name, pa.float32()) for name in BOX]))),
            pa.field("names", pa.list_(pa.string())),
            pa.field("language", pa.string()),
            pa.field("document_class", pa.string()),
            pa.field("date", pa.int32()),
            pa.field(TERMS, pa.string()),
        ]
        return pa.schema(fields)


class _Rows:
    """Passages as record batches, made as they are asked for; `fault` is what was raised by that."""

    def __init__(self, schema: "pa.Schema", passages: Iterator[Passage]) -> None:
        self.schema, self.passages = schema, passages
        self.fault: Exception | None = None

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> "pa.RecordBatch":
        import pyarrow as pa

        try:
            some = list(islice(self.passages, AT_ONCE))
        except Exception as error:
            self.fault = error
            raise
        if not some:
            raise StopIteration
        columns = {name: [_value(passage, name) for passage in some] for name in self.schema.names}
        return pa.record_batch(columns, schema=self.schema)

    def reader(self, first: "pa.RecordBatch | None") -> "pa.RecordBatchReader":
        """All of them, `first` being the one that was taken already."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, chain([first] if first else [], self))


def _value(passage: Passage, name: str) -> Any:
    if name == TERMS:
        return terms([*passage.names, *passage.heading_path, passage.text])
    value = getattr(passage, name)
    if name == "boxes":
        return box_values(value)
    return list(value) if isinstance(value, tuple) else value


def _passage(row: dict[str, Any]) -> Passage:
    import numpy as np

    row = {name: value for name, value in row.items() if value is not None}  # which an earlier version did not have
    lists = {name: tuple(row.get(name, ())) for name in ("heading_path", "names")}
    boxes, vector = boxes_of(row.get("boxes", ())), np.array(row["vector"], np.float32)
    return Passage(**row | lists | {"boxes": boxes, "vector": vector})
