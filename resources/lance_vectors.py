"""The embedded default vector store: LanceDB in a folder or an S3 prefix, one table a model, vectors and full text."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.terms import terms
from ocr_assets.errors import TransientFault, UsageError
from resources.lance_search import BOX, TERMS, among, box_values, boxes_of, condition, found, index
from resources.object_storage import allowed, refusal, table_options
from resources.upkeep import Figures, Upkeep, files_under
from resources.vector_store import ANYTHING, Filters, Hit, Passage, SearchMode, VectorStore, check_passages

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ATTEMPTS: Final = 5
PURGED: Final = timedelta(milliseconds=1)
"""Age from which a purge removes versions: LanceDB's unit, and nothing is as young when rows were written anew."""


class LanceVectors(VectorStore):
    """Tables under `uri`, a folder or an s3:// prefix. Maintenance gives those of `index_rows` a vector index."""

    uri: str
    index_rows: int = 100_000

    def replace(self, passages: Sequence[Passage], documents: Sequence[str]) -> None:
        check_passages(passages, documents, self.dimension)
        if not documents:
            return
        rows = self._rows(passages)
        self._write(partial(self._merge, rows, documents))

    def delete(self, documents: Sequence[str]) -> None:
        """Remove every passage of these documents, other models' too."""
        connection = self._connect()
        with allowed(self.uri):
            for name in _table_names(connection):
                if (table := _opened(connection, name)) is not None:
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
        return found(table, query, vector, mode, k, condition(documents, filters))

    def count(self, document: str | None = None) -> int:
        table = self._open()
        if table is None:
            return 0
        number: int = table.count_rows(among("document", [document]) if document is not None else None)
        return number

    def documents(self) -> set[str]:
        table = self._open()
        if table is None:
            return set()
        column = table.search().select(["document"]).limit(None).to_arrow()["document"]
        return set(column.unique().to_pylist())

    def held(self) -> Iterator[tuple[str, list[int]]]:
        import polars as pl

        table = self._open()
        if table is None:
            return
        found = pl.from_arrow(table.search().select(["document", "ordinal"]).limit(None).to_arrow())
        assert isinstance(found, pl.DataFrame)
        yield from found.group_by("document").agg(pl.col("ordinal").sort()).iter_rows()

    def read(self, documents: Sequence[str]) -> list[Passage]:
        table = self._open()
        if table is None:
            return []
        rows = table.search().where(among("document", documents)).limit(None).to_arrow().drop_columns(["id", TERMS])
        ordered = rows.sort_by([("document", "ascending"), ("ordinal", "ascending")])
        return [_passage(row) for row in ordered.to_pylist()]

    def drop(self) -> None:
        connection = self._connect()
        with allowed(self.uri):
            if self.name in _table_names(connection):
                connection.drop_table(self.name)

    def maintain(self, retention: timedelta, *, purge: bool = False) -> list[Upkeep]:
        """Every model's table: new rows into the full-text index, small files merged, versions older than that gone.

        `purge` also writes rows and index anew, since a deleted passage stays in its file until a tenth of that is, and
        its words in the index.
        """
        connection = self._connect()
        with allowed(self.uri):
            names = [name for name in _table_names(connection) if _opened(connection, name) is not None]
            return [self._maintain(connection, name, retention, purge) for name in names]

    def _maintain(self, connection: Any, name: str, retention: timedelta, purge: bool) -> Upkeep:
        before, note = self._figures(connection, name), ""
        try:
            table = connection.open_table(name)
            if purge:
                table.update(values_sql={"ordinal": "ordinal"})
                index(table)
            if before.rows and before.rows >= self.index_rows:
                _index_vectors(table)
            # Of a writer that has not committed yet it leaves the files alone, unless they are a week old.
            table.optimize(cleanup_older_than=PURGED if purge else retention)
        except (RuntimeError, OSError) as error:
            if refused := refusal(self.uri, error):
                raise refused from error
            if purge:
                raise TransientFault(
                    "service_unavailable", f"{self.uri}/{name} was written meanwhile: {error}"
                ) from error
            note = "passages were written meanwhile; merged the next time"
        return Upkeep(f"vectors/{name}", before, self._figures(connection, name), note)

    def _figures(self, connection: Any, name: str) -> Figures:
        files = [file.bytes for file in files_under(self.uri, f"{name}.lance/")]
        table = connection.open_table(name)
        return Figures(len(files), sum(files), len(table.list_versions()), table.count_rows())

    def _write(self, change: Callable[[], object]) -> None:
        """Try again where another writer was faster."""
        for attempt in range(ATTEMPTS):
            try:
                change()
                return
            except (RuntimeError, OSError) as error:
                if refused := refusal(self.uri, error):
                    raise refused from error
                if attempt + 1 == ATTEMPTS:
                    raise TransientFault(
                        "service_unavailable", f"LanceDB at {self.uri} did not write: {error}"
                    ) from error

    def _merge(self, rows: "pa.Table", documents: Sequence[str]) -> None:
        table = self._open()
        if table is None:
            if not len(rows):
                return
            table = self._create()
        if lacking := self._lacking(table):  # what an earlier version did not have; its rows are found by vector
            table.add_columns(lacking)
            index(table)
        (
            table.merge_insert("id")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(among("document", documents))
            .execute(rows)
        )

    def _connect(self) -> Any:
        import lancedb

        # An interval of 0: else a reader never sees what another process writes.
        with allowed(self.uri):
            return lancedb.connect(
                self.uri, storage_options=table_options(self.uri), read_consistency_interval=timedelta(0)
            )

    def _open(self) -> Any | None:
        connection = self._connect()
        with allowed(self.uri):
            return _opened(connection, self.name) if self.name in _table_names(connection) else None

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

    def _rows(self, passages: Sequence[Passage]) -> "pa.Table":
        import pyarrow as pa

        schema = self._schema()
        columns = {name: [_value(passage, name) for passage in passages] for name in schema.names}
        return pa.table(columns, schema=schema)


def _value(passage: Passage, name: str) -> Any:
    if name == TERMS:
        return terms([*passage.names, *passage.heading_path, passage.text])
    value = getattr(passage, name)
    if name == "boxes":
        return box_values(value)
    return list(value) if isinstance(value, tuple) else value


def _index_vectors(table: Any) -> None:
    """Indexes without which a search reads every vector, and a replacement every document's hash."""
    from lancedb.index import BTree, IvfFlat

    there = {column for one in table.list_indices() for column in one.columns}
    if "vector" not in there:
        table.create_index("vector", config=IvfFlat(distance_type="cosine"))
    if "document" not in there:
        table.create_index("document", config=BTree())


def _passage(row: dict[str, Any]) -> Passage:
    import numpy as np

    lists = {name: tuple(row[name]) for name in ("heading_path", "names")} | {"boxes": boxes_of(row["boxes"])}
    return Passage(**row | lists | {"vector": np.array(row["vector"], np.float32)})


def _opened(connection: Any, name: str) -> Any | None:
    """The table; None where it was dropped, which listings may tell late."""
    try:
        return connection.open_table(name)
    except ValueError as error:
        if "was not found" in str(error):
            return None
        raise


def _table_names(connection: Any) -> list[str]:
    names, token = list[str](), None
    while True:
        page = connection.list_tables(page_token=token)
        names += page.tables
        token = page.page_token
        if not token:
            return names
