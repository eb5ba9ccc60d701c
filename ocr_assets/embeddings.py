"""One vector a chunk, by the configured embedder; a text that has one already is not embedded again."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from ocr_assets.embedding_once import EmbeddingOnce, chunk_texts, contents_of
from ocr_assets.enrichment import enrichment
from ocr_assets.partitions import stage
from ocr_assets.schemas import EMBEDDINGS
from ocr_assets.settlement import Batch
from resources.embedder import Embedder
from resources.lake import Lake

if TYPE_CHECKING:
    import polars as pl

SETTINGS = ("embedder", "embedder_model", "embedder_dimension", "embedder_passage_prefix", "embedder_passage_fields")
"""Those that vectors depend on."""


@dg.asset(
    deps=[enrichment],
    description="A unit vector a chunk, of its headings and text, with the model that made it.",
    code_version="3",
    **stage(
        EMBEDDINGS,
        group="retrieval",
        kinds={"vector", "deltalake"},
        settings=SETTINGS,
    ),
)
def embeddings(context: dg.AssetExecutionContext, lake: Lake, embedder: Embedder) -> None:
    batch = Batch.start(context, lake, EMBEDDINGS)
    read = chunk_texts(lake, batch.documents)
    once = EmbeddingOnce.start(lake, embedder, read["text"])
    places, start = dict[str, tuple[int, int]](), 0
    for document, number in read.group_by("document", maintain_order=True).len().iter_rows():
        places[document], start = (start, number), start + number

    def process(document: str) -> "tuple[pl.DataFrame, dict[str, Any]]":
        found, before = read.slice(*places.get(document, (0, 0))), replace(once.spent)
        vectors, reused = once.vectors(found["text"])
        return rows(found, vectors, embedder), {
            "vectors": found.height,
            "reused": reused,
            "tokens": once.spent.tokens - before.tokens,
            "cost": round(once.spent.cost - before.cost, 6),
            "model": embedder.recorded_model,
            "dimension": embedder.dimension,
        }

    batch.each(process)
    batch.settle()


def rows(chunks: "pl.DataFrame", vectors: Any, embedder: Embedder) -> "pl.DataFrame":
    """The rows of the table, made without a Python object for each number of a long document, or a copy of them."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    offsets = np.arange(chunks.height + 1, dtype=np.int64) * embedder.dimension
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(vectors.reshape(-1)))
    return chunks.select(
        "document",
        "chunk",
        model=pl.lit(embedder.recorded_model),
        dimension=pl.lit(embedder.dimension, pl.Int64),
        vector=pl.Series(lists, dtype=pl.List(pl.Float32)),
        content=pl.Series(list(contents_of(chunks["text"])), dtype=pl.String),
    )
