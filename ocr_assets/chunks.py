"""Passages of the document along its structure, sized for the embedder."""

from typing import Any

import dagster as dg

from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.document import Chunk
from ocr_assets.core.passages import content_of, embedded_text
from ocr_assets.core.readings import box_value, elements_of
from ocr_assets.documents import documents
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, DOCUMENTS
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.embedder import Embedder
from resources.lake import Lake

SETTINGS = (
    "chunk_tokens",
    "chunk_overlap",
    "embedder",
    "embedder_model",
    "embedder_tokenizer",
    "embedder_text_tokens",
    "embedder_passage_prefix",
)
PREVIEW_CHARACTERS = 2_000
"""Of the first passage, shown in the UI as plain text."""


@dg.asset(
    deps=[documents],
    description="Passages with heading path, pages and boxes: never across a top heading or through a table row.",
    code_version="5",
    **stage(CHUNKS, group="retrieval", kinds={"text", "deltalake"}, settings=SETTINGS),
)
def chunks(
    context: dg.AssetExecutionContext, lake: Lake, embedder: Embedder, settings: dg.ResourceParam[Settings]
) -> None:
    batch = Batch.start(context, lake, CHUNKS)
    read = lake.read(DOCUMENTS, batch.documents, ["document", "elements", "title"]).iter_rows()
    assembled = {document: (elements, title or "") for document, elements, title in read}
    most = min(settings.chunk_tokens, embedder.most_tokens)
    wanted = ChunkSettings(max_tokens=most, overlap_tokens=settings.chunk_overlap)

    def process(document: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        elements, title = assembled[document]
        found = chunk(elements_of(elements), wanted, embedder.count_tokens, title)
        first = found[0].text if found else "No passages."
        return [row(document, passage) for passage in found], {
            "chunks": len(found),
            "tokens": sum(passage.tokens for passage in found),
            "preview": dg.MetadataValue.text(first[:PREVIEW_CHARACTERS]),
        }

    batch.each(process)
    batch.settle()


def row(document: str, passage: Chunk) -> dict[str, Any]:
    """The chunk's row of the table."""
    return {
        "document": document,
        "chunk": passage.ordinal,
        "text": passage.text,
        "kind": passage.kind,
        "heading_path": list(passage.heading_path),
        "page_start": passage.page_start,
        "page_end": passage.page_end,
        "regions": [{"page": region.page, "box": box_value(region.box)} for region in passage.regions],
        "tokens": passage.tokens,
        "content": content_of(embedded_text(passage.heading_path, passage.text)),
    }
