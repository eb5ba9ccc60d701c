"""The asset `enrichment` over passages that a test gives, on an instance of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from ocr_assets.core.passages import content_of
from ocr_assets.schemas import CHUNKS, ENRICHMENT
from tests.pipeline import Pipeline


def chunk(document: str, number: int, text: str) -> dict[str, Any]:
    """A row of `chunks`."""
    return {
        "document": document,
        "chunk": number,
        "text": text,
        "kind": "text",
        "heading_path": [],
        "page_start": 1,
        "page_end": 1,
        "regions": [],
        "tokens": len(text),
        "content": content_of(text),
    }


def enrich(target: Pipeline, texts: Mapping[str, Sequence[str]]) -> bool:
    """Run `enrichment` over these documents' passages; whether it went well."""
    documents = sorted(texts)
    lake = target.part("lake")
    rows = [chunk(document, number, text) for document in documents for number, text in enumerate(texts[document])]
    lake.replace(CHUNKS, documents, lake.frame(CHUNKS, rows))
    target.instance.add_dynamic_partitions(target.collection.partitions, documents)
    tags = {ASSET_PARTITION_RANGE_START_TAG: documents[0], ASSET_PARTITION_RANGE_END_TAG: documents[-1]}
    request = dg.RunRequest(asset_selection=[target.catalog.key("enrichment")], tags=tags)
    return target.execute(request)


def rows_of(target: Pipeline, document: str) -> dict[int, dict[str, Any]]:
    """Its rows by the chunk's number."""
    return {row["chunk"]: row for row in target.part("lake").read(ENRICHMENT, [document]).iter_rows(named=True)}


def metadata(target: Pipeline, document: str) -> dict[str, Any]:
    """Of the latest materialization."""
    filters = dg.AssetRecordsFilter(target.catalog.key("enrichment"), asset_partitions=[document])
    [record] = target.instance.fetch_materializations(filters, limit=1).records
    assert record.asset_materialization is not None
    return {name: value.value for name, value in record.asset_materialization.metadata.items()}
