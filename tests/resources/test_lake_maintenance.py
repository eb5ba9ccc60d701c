"""Compaction: fewer files, the same rows, in hash order; and who wins when a document is replaced meanwhile."""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ocr_assets.schemas import EMBEDDINGS
from resources import lake_maintenance
from resources.lake import Lake
from resources.lake_maintenance import compact, depth

DOCUMENTS = sorted(hashlib.sha256(b"%d" % number).hexdigest() for number in range(20))


def write(lake: Lake, *documents: str, model: str = "m") -> None:
    rows: list[dict[str, Any]] = [
        {"document": document, "chunk": chunk, "model": model, "dimension": 1, "vector": [1.0], "content": "c"}
        for document in documents
        for chunk in range(3)
    ]
    lake.replace(EMBEDDINGS, documents, lake.frame(EMBEDDINGS, rows))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(root=str(tmp_path))


def compacted(lake: Lake) -> list[str]:
    """Compact the table; its files, which hold the same rows as before."""
    before = lake.read(EMBEDDINGS)
    table = lake.open("embeddings")
    assert table is not None
    assert compact(table)
    assert lake.read(EMBEDDINGS).equals(before)
    latest = lake.open("embeddings")
    assert latest is not None
    return latest.file_uris()


def test_a_small_table_becomes_one_file_in_hash_order_and_then_stays(lake: Lake) -> None:
    for start in (5, 0, 15, 10):
        write(lake, *DOCUMENTS[start : start + 5])
    (file,) = compacted(lake)
    assert pl.read_parquet(file)["document"].is_sorted()
    assert compacted(lake) == [file]


@pytest.mark.parametrize("overlapping", [True, False])
def test_a_large_table_is_sorted_only_where_its_files_overlap(
    lake: Lake, overlapping: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_maintenance, "SORTED_BYTES", 0)
    for number in range(10):
        write(lake, DOCUMENTS[number], DOCUMENTS[-1 - number if overlapping else number])
    (file,) = compacted(lake)
    assert pl.read_parquet(file)["document"].is_sorted() is overlapping


def test_what_does_not_fit_into_memory_is_merged_unsorted(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_maintenance, "MEMORY", 1)
    for number in range(10):
        write(lake, DOCUMENTS[number], DOCUMENTS[-1 - number])
    (file,) = compacted(lake)
    assert not pl.read_parquet(file)["document"].is_sorted()


def test_a_document_that_is_replaced_meanwhile_wins_and_compaction_waits(lake: Lake) -> None:
    for document in DOCUMENTS:
        write(lake, document)
    table = lake.open("embeddings")
    assert table is not None
    write(lake, DOCUMENTS[3], model="newer")
    assert not compact(table)
    models = dict(lake.read(EMBEDDINGS).select("document", "model").unique().iter_rows())
    assert models == dict.fromkeys(DOCUMENTS, "m") | {DOCUMENTS[3]: "newer"}
    assert len(compacted(lake)) == 1


def test_a_new_document_does_not_keep_a_table_from_being_compacted(lake: Lake) -> None:
    for document in DOCUMENTS[:-1]:
        write(lake, document)
    table = lake.open("embeddings")
    assert table is not None
    write(lake, DOCUMENTS[-1])
    assert compact(table)
    assert lake.documents(EMBEDDINGS) == set(DOCUMENTS)


def test_a_tables_log_has_nothing_of_what_its_rows_say(lake: Lake) -> None:
    write(lake, *DOCUMENTS, model="secret-model")
    logged = "".join(path.read_text() for path in Path(lake.uri("embeddings"), "_delta_log").glob("*.json"))
    assert DOCUMENTS[0] in logged
    assert "secret-model" not in logged


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [([], 0), (["aa", "bb"], 1), (["ab", "cd"], 1), (["az", "az", "az"], 3), (["az", "bc", "de"], 5 / 3)],
)
def test_depth_is_the_number_of_files_that_a_document_may_be_in(ranges: list[str], expected: float) -> None:
    assert depth([(both[0], both[1]) for both in ranges]) == pytest.approx(expected)
