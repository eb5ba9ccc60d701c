"""The lake: replaced as a whole, typed on write, safe beside other writers."""

from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from polars.exceptions import ComputeError

from ocr_assets.schemas import ARRIVALS, EMBEDDINGS, TABLES, TOMBSTONES
from resources.lake import Lake

A, B, C = "a" * 64, "b" * 64, "c" * 64


def rows(document: str, count: int, model: str = "m") -> list[dict[str, Any]]:
    return [
        {"document": document, "chunk": chunk, "model": model, "dimension": 2, "vector": [0.6, 0.8], "content": "c"}
        for chunk in range(count)
    ]


def write(lake: Lake, documents: Sequence[str], values: list[dict[str, Any]]) -> None:
    lake.replace(EMBEDDINGS, documents, lake.frame(EMBEDDINGS, values))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(root=str(tmp_path / "lake"))


def test_what_is_written_is_read_in_order(lake: Lake) -> None:
    write(lake, [A, B], rows(B, 2)[::-1] + rows(A, 3))
    read = lake.read(EMBEDDINGS, columns=["document", "chunk"])
    assert read.rows() == [(A, 0), (A, 1), (A, 2), (B, 0), (B, 1)]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    lake = Lake(root=str(tmp_path / "Größe & Maß, 100 % #1?"))
    write(lake, [A, B], rows(A, 1) + rows(B, 2))
    assert lake.read(EMBEDDINGS, [B]).height == 2
    assert lake.documents(EMBEDDINGS) == {A, B}


def test_writing_twice_counts_once(lake: Lake) -> None:
    for _ in range(2):
        write(lake, [A], rows(A, 3))
    assert lake.read(EMBEDDINGS).height == 3


def test_a_document_that_shrinks_leaves_no_orphans_and_others_untouched(lake: Lake) -> None:
    write(lake, [A, B], rows(A, 5) + rows(B, 2, "other"))
    write(lake, [A], rows(A, 1))
    assert lake.read(EMBEDDINGS, [A]).height == 1
    assert lake.read(EMBEDDINGS, [B])["model"].to_list() == ["other", "other"]


def test_a_table_from_before_a_column_was_added_is_read_and_written(lake: Lake) -> None:
    old = replace(EMBEDDINGS, columns=tuple(c for c in EMBEDDINGS.columns if c.name != "model"))
    values = [{name: value for name, value in row.items() if name != "model"} for row in rows(A, 1) + rows(B, 1)]
    lake.replace(old, [A, B], lake.frame(old, values))
    assert lake.read(EMBEDDINGS, columns=["document", "model"]).rows() == [(A, None), (B, None)]
    write(lake, [A], rows(A, 2))
    assert lake.read(EMBEDDINGS, columns=["document", "model"]).rows() == [(A, "m"), (A, "m"), (B, None)]


def test_a_document_without_rows_differs_from_one_never_written(lake: Lake) -> None:
    write(lake, [A, B], rows(A, 1))
    assert lake.read(EMBEDDINGS, [B]).height == 0
    assert lake.documents(EMBEDDINGS) == {A, B}
    assert lake.documents(EMBEDDINGS, [B, C]) == {B}


def test_a_batch_is_one_commit(lake: Lake) -> None:
    from deltalake import DeltaTable

    write(lake, [A], rows(A, 1))
    before = DeltaTable(lake.uri("embeddings")).version()
    write(lake, [A, B, C], rows(A, 2) + rows(B, 2) + rows(C, 2))
    assert DeltaTable(lake.uri("embeddings")).version() == before + 1


def test_a_table_that_was_never_written_reads_as_empty(lake: Lake) -> None:
    assert lake.read(EMBEDDINGS).schema == EMBEDDINGS.polars_schema()
    assert lake.documents(EMBEDDINGS) == set()


def test_a_row_with_another_column_or_a_missing_one_is_refused(lake: Lake) -> None:
    row = rows(A, 1)[0]
    with pytest.raises(ValueError, match="extra"):
        lake.frame(EMBEDDINGS, [row | {"extra": 1}])
    del row["model"]
    with pytest.raises(ValueError, match="model"):
        lake.frame(EMBEDDINGS, [row])


def test_a_value_of_another_type_is_refused(lake: Lake) -> None:
    with pytest.raises(ComputeError, match="first"):
        lake.frame(EMBEDDINGS, [rows(A, 1)[0] | {"chunk": "first"}])


def test_rows_of_a_document_that_is_not_to_be_replaced_are_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match=r"bbb.* not among"):
        write(lake, [A], rows(A, 1) + rows(B, 1))
    assert lake.read(EMBEDDINGS).height == 0


def test_a_document_name_that_is_no_hash_never_reaches_the_predicate(lake: Lake) -> None:
    with pytest.raises(ValueError, match="not a document hash"):
        write(lake, ["x' OR '1'='1"], [])


def test_deleting_takes_a_document_out_of_every_table_but_the_named_one(lake: Lake) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    write(lake, [A, B], rows(A, 1) + rows(B, 1))
    arrival = {"document": A, "source": "file:///a.pdf", "bytes": 1, "version": "1", "seen_at": now}
    arrival |= {"state": "here", "reason": None, "supersedes": None}
    lake.append(ARRIVALS, [arrival])
    tombstone = {"document": A, "forgotten_at": now, "last_event": 7, "left_in": None}
    lake.replace(TOMBSTONES, [A], lake.frame(TOMBSTONES, [tombstone]))
    lake.delete([A], but=TOMBSTONES)
    held = {name: lake.documents(table) for name, table in TABLES.items() if lake.documents(table)}
    assert held == {"embeddings": {B}, "tombstones": {A}}


def _replace_one(arguments: tuple[str, str, int]) -> None:
    root, document, writer = arguments
    write(Lake(root=root), [document], rows(document, 3, f"writer {writer}"))


def test_writers_of_the_same_and_of_other_documents_lose_and_double_nothing(lake: Lake) -> None:
    write(lake, [A], rows(A, 9))
    work = [(lake.root, document, writer) for writer in range(3) for document in (A, B, C)]
    with get_context("spawn").Pool(3) as pool:
        pool.map(_replace_one, work, chunksize=1)
    for document in (A, B, C):
        read = lake.read(EMBEDDINGS, [document])
        assert read["chunk"].to_list() == [0, 1, 2]
        assert read["model"].n_unique() == 1
