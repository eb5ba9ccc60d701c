"""The embedded default vector store: LanceDB in a folder or an S3 prefix, one table a model, vectors and full text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault
from resources.object_storage import allowed, refusal, table_options
from resources.upkeep import Figures, Upkeep, files_under
from resources.vector_store import Hit, Passage, SearchMode, VectorStore, check_passages

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

CANDIDATES: Final = 50
"""How many passages each half of a hybrid search brings to the fusion, or k where that is more."""
RANK_CONSTANT: Final = 10
"""Of reciprocal rank fusion; measured in docs/adr/0003."""
ATTEMPTS: Final = 5
PURGED: Final = timedelta(milliseconds=1)
"""Age from which a purge removes versions: LanceDB's unit, and nothing is as young when rows were written anew."""


class LanceVectors(VectorStore):
    """Tables under `uri`, a folder or an s3:// prefix."""

    uri: str

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
                self._write(partial(connection.open_table(name).delete, _among(documents)))

    def search(
        self,
        query: str,
        vector: "NDArray[np.float32] | None" = None,
        mode: SearchMode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
    ) -> list[Hit]:
        if mode != "text" and vector is None:
            raise ValueError(f"a search of mode {mode} needs the query's vector")
        table = self._open()
        if table is None or not query.strip() or k < 1:
            return []
        found = _search(table, query, vector, mode).limit(max(k, CANDIDATES))
        if documents is not None:
            found = found.where(_among(documents), prefilter=True)
        return [_hit(row) for row in found.to_list()[:k]]

    def count(self, document: str | None = None) -> int:
        table = self._open()
        if table is None:
            return 0
        number: int = table.count_rows(_among([document]) if document is not None else None)
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

    def read(self, document: str) -> list[Passage]:
        table = self._open()
        if table is None:
            return []
        rows = table.search().where(_among([document])).limit(None).to_arrow().drop_columns("id").sort_by("ordinal")
        return [_passage(row) for row in rows.to_pylist()]

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
            return [self._maintain(connection, name, retention, purge) for name in _table_names(connection)]

    def _maintain(self, connection: Any, name: str, retention: timedelta, purge: bool) -> Upkeep:
        before, note = self._figures(connection, name), ""
        try:
            table = connection.open_table(name)
            if purge:
                table.update(values_sql={"ordinal": "ordinal"})
                _index(table)
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
        (
            table.merge_insert("id")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(_among(documents))
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
            return connection.open_table(self.name) if self.name in _table_names(connection) else None

    def _create(self) -> Any:
        table = self._connect().create_table(self.name, schema=self._schema(), exist_ok=True)
        if not table.list_indices():
            _index(table)
        return table

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
        ]
        return pa.schema(fields)

    def _rows(self, passages: Sequence[Passage]) -> "pa.Table":
        import pyarrow as pa

        schema = self._schema()
        columns = {name: [_value(passage, name) for passage in passages] for name in schema.names}
        return pa.table(columns, schema=schema)


def _index(table: Any) -> None:
    from lancedb.index import FTS

    table.create_index("text", config=FTS(), replace=True)


def _value(passage: Passage, name: str) -> Any:
    value = getattr(passage, name)
    return list(value) if name == "heading_path" else value


def _passage(row: dict[str, Any]) -> Passage:
    import numpy as np

    lists = {"heading_path": tuple(row["heading_path"]), "vector": np.array(row["vector"], np.float32)}
    return Passage(**row | lists)


def _table_names(connection: Any) -> list[str]:
    names, token = list[str](), None
    while True:
        page = connection.list_tables(page_token=token)
        names += page.tables
        token = page.page_token
        if not token:
            return names


def _search(table: Any, query: str, vector: "NDArray[np.float32] | None", mode: SearchMode) -> Any:
    from lancedb.query import MatchQuery
    from lancedb.rerankers import RRFReranker

    # A MatchQuery takes its words as they are: nothing in it is an operator.
    words = MatchQuery(query, "text")  # type: ignore[call-arg]
    if mode == "text":
        return table.search(words, query_type="fts")
    if mode == "vector":
        return table.search(vector, query_type="vector").distance_type("cosine")
    hybrid = table.search(query_type="hybrid").vector(vector).text(words).distance_type("cosine")
    return hybrid.rerank(RRFReranker(K=RANK_CONSTANT))


def _among(documents: Iterable[str]) -> str:
    quoted = ", ".join("'" + document.replace("'", "''") + "'" for document in documents)
    return f"document IN ({quoted})" if quoted else "false"


def _hit(row: dict[str, Any]) -> Hit:
    if "_distance" in row and "_relevance_score" not in row:
        score = 1 - row["_distance"]
    else:
        score = row.get("_relevance_score", row.get("_score"))
    return Hit(
        document=row["document"],
        ordinal=row["ordinal"],
        text=row["text"],
        heading_path=tuple(row["heading_path"]),
        page_start=row["page_start"],
        page_end=row["page_end"],
        score=float(score),
    )
