"""Passages as rows of a LanceDB table: its schema, record batches as they are asked for, and back."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.terms import terms
from resources.lance_search import BOX, TERMS, box_values, boxes_of
from resources.lance_staging import STAGED, Writing
from resources.vector_store import Passage

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE: Final = 512
"""Passages that are handed over together."""


def table_schema(dimension: int) -> "pa.Schema":
    """The schema of a table of vectors of that dimension."""
    import pyarrow as pa

    # For earlier versions of this project, which merge: without this mark on a field that is never null, concurrent
    # merges insert the same id twice (lancedb#3377).
    key = {"lance-schema:unenforced-primary-key": "true"}
    fields: list[pa.Field[Any]] = [
        pa.field("id", pa.string(), nullable=False, metadata=key),
        pa.field("document", pa.string()),
        pa.field("ordinal", pa.int32()),
        pa.field("text", pa.string()),
        pa.field("heading_path", pa.list_(pa.string())),
        pa.field("page_start", pa.int32()),
        pa.field("page_end", pa.int32()),
        pa.field("vector", pa.list_(pa.float32(), dimension)),
        pa.field("kind", pa.string()),
        pa.field("boxes", pa.list_(pa.struct([(name, pa.float32()) for name in BOX]))),
        pa.field("names", pa.list_(pa.string())),
        pa.field("language", pa.string()),
        pa.field("document_class", pa.string()),
        pa.field("date", pa.int32()),
        pa.field(TERMS, pa.string()),
        pa.field(STAGED, pa.string()),
    ]
    return pa.schema(fields)


class Rows:
    """The rows of a writing as record batches, made as they are asked for, its gates first.

    `fault` is what was raised by the passages.
    """

    def __init__(self, schema: "pa.Schema", passages: Iterable[Passage], writing: Writing) -> None:
        self.schema, self.passages, self.writing = schema, iter(passages), writing
        self.fault: Exception | None = None

    def reader(self) -> "pa.RecordBatchReader":
        """All of them, once."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, chain([self.writing.gates(self.schema)], self._batches()))

    def _batches(self) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        while True:
            try:
                some = list(islice(self.passages, AT_ONCE))
            except Exception as error:
                self.fault = error
                raise
            if not some:
                return
            columns = {name: [self._value(passage, name) for passage in some] for name in self.schema.names}
            yield pa.record_batch(columns, schema=self.schema)

    def _value(self, passage: Passage, name: str) -> Any:
        if name == STAGED:
            return self.writing.name
        if name == TERMS:
            return terms([*passage.names, *passage.heading_path, passage.text])
        value = getattr(passage, name)
        if name == "boxes":
            return box_values(value)
        return list(value) if isinstance(value, tuple) else value


def passages_of(rows: "pa.Table") -> list[Passage]:
    """The passages of rows, which an earlier version may have written."""
    import numpy as np

    if not len(rows):
        return []
    vectors = rows["vector"].combine_chunks()
    # Not as Python's numbers, of which a long document has millions.
    matrix = vectors.flatten().to_numpy(zero_copy_only=False).reshape(len(rows), -1).astype(np.float32, copy=False)
    told = rows.drop_columns(["vector"]).to_pylist()
    return [_passage(row, vector) for row, vector in zip(told, matrix, strict=True)]


def _passage(row: dict[str, Any], vector: Any) -> Passage:
    row = {name: value for name, value in row.items() if value is not None}
    lists = {name: tuple(row.get(name, ())) for name in ("heading_path", "names")}
    return Passage(**row | lists | {"boxes": boxes_of(row.get("boxes", ())), "vector": vector})
