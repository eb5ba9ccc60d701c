"""The vector store takes a document's chunks only with the vectors that belong to them."""

from pathlib import Path
from typing import Any

import pytest

from ocr_assets import passages
from ocr_assets.errors import TransientFault
from ocr_assets.passages import embedded, facts_of, passages_of
from ocr_assets.schemas import CHUNKS, DOCUMENTS, EMBEDDINGS, ENRICHMENT, RAW_PDFS
from resources.lake import Lake
from resources.vector_store import Passage

A = "a" * 64


def write(lake: Lake, chunks: int, vectors: int, model: str = "m") -> None:
    empty: dict[str, Any] = {
        "heading_path": [],
        "regions": [],
        "page_start": 1,
        "page_end": 1,
        "tokens": 1,
        "content": "",
    }
    texts = [{"document": A, "chunk": n, "text": f"text {n}", "kind": "text", **empty} for n in range(chunks)]
    embedded = [
        {"document": A, "chunk": n, "model": model, "dimension": 2, "vector": [0.6, 0.8], "content": "c"}
        for n in range(vectors)
    ]
    lake.replace(CHUNKS, [A], lake.frame(CHUNKS, texts))
    lake.replace(EMBEDDINGS, [A], lake.frame(EMBEDDINGS, embedded))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(root=str(tmp_path))


def found(lake: Lake) -> list[Passage]:
    return list(passages_of(lake, [A], facts_of(lake, [A])))


def test_every_chunk_comes_with_its_vector(lake: Lake) -> None:
    write(lake, 3, 3)
    assert [passage.text for passage in found(lake)] == ["text 0", "text 1", "text 2"]


@pytest.mark.parametrize("chunks", [1, 2, 3, 4, 5])
def test_long_documents_are_read_some_chunks_at_a_time(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    monkeypatch.setattr(passages, "AT_ONCE", 2)
    write(lake, chunks, chunks)
    assert [passage.ordinal for passage in found(lake)] == list(range(chunks))


def test_a_passage_knows_its_document(lake: Lake) -> None:
    write(lake, 2, 2)
    known = dict.fromkeys(ENRICHMENT.polars_schema()) | {"document": A, "key_phrases": []}
    date = {"kind": "date", "text": "31 Jan. 2024", "value": "2024-01-31"}
    month = {"kind": "date", "text": "March 2023", "value": "2023-03"}
    whole = {"chunk": -1, "language": "en", "document_class": "lease", "fields": [month, date]}
    rows = [known | whole, known | {"chunk": 0, "language": "de", "fields": []}]
    lake.replace(ENRICHMENT, [A], lake.frame(ENRICHMENT, rows))
    titled = dict.fromkeys(DOCUMENTS.polars_schema()) | {"document": A, "title": "Lease"}
    lake.replace(DOCUMENTS, [A], lake.frame(DOCUMENTS, [titled]))
    raw = dict.fromkeys(RAW_PDFS.polars_schema()) | {"document": A, "sources": ["s3://b/lease_2024.pdf"]}
    lake.replace(RAW_PDFS, [A], lake.frame(RAW_PDFS, [raw]))
    first, second = found(lake)
    assert (first.names, first.document_class, first.date) == (("Lease", "lease 2024"), "lease", 20240131)
    assert (first.language, second.language) == ("de", "")


def test_a_document_without_chunks_has_no_passages(lake: Lake) -> None:
    write(lake, 0, 0)
    assert embedded(lake, A, "m") == 0
    assert found(lake) == []


def test_vectors_of_another_model_are_refused(lake: Lake) -> None:
    write(lake, 2, 2, model="another")
    with pytest.raises(TransientFault, match="materialize embeddings first"):
        embedded(lake, A, "m")


@pytest.mark.parametrize(("chunks", "vectors"), [(3, 2), (2, 3), (1, 0)])
def test_vectors_of_other_chunks_are_refused(lake: Lake, chunks: int, vectors: int) -> None:
    write(lake, chunks, vectors)
    with pytest.raises(TransientFault, match="materialize embeddings first"):
        embedded(lake, A, "m")
