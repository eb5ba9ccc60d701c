"""One vector a chunk, by the configured embedder."""

from typing import Any

import dagster as dg

from ocr_assets.core.passages import embedded_text
from ocr_assets.enrichment import enrichment
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, EMBEDDINGS
from ocr_assets.settlement import Batch
from resources.embedder import Embedder
from resources.lake import Lake


@dg.asset(
    deps=[enrichment],
    description="A unit vector a chunk, of its headings and text, with the model that made it.",
    code_version="2",
    **stage(
        EMBEDDINGS,
        group="retrieval",
        kinds={"vector", "deltalake"},
        settings=("embedder", "embedder_model", "embedder_dimension"),
    ),
)
def embeddings(context: dg.AssetExecutionContext, lake: Lake, embedder: Embedder) -> None:
    batch = Batch.start(context, lake, EMBEDDINGS)
    columns = ["document", "chunk", "heading_path", "text"]
    passages = lake.read(CHUNKS, batch.documents, columns).partition_by("document", as_dict=True)

    def process(document: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        found = passages.get((document,))
        rows = [] if found is None else list(found.iter_rows(named=True))
        vectors = embedder.embed_passages([embedded_text(row["heading_path"], row["text"]) for row in rows])
        return [
            {
                "document": document,
                "chunk": row["chunk"],
                "model": embedder.model,
                "dimension": embedder.dimension,
                "vector": vector.tolist(),
            }
            for row, vector in zip(rows, vectors, strict=True)
        ], {"vectors": len(rows), "model": embedder.model, "dimension": embedder.dimension}

    batch.each(process)
    batch.settle()
