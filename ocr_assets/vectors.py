"""The document's passages in the vector store, replaced as a whole."""

from collections import Counter

import dagster as dg

from ocr_assets.embeddings import embeddings
from ocr_assets.errors import DocumentFault
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, EMBEDDINGS
from ocr_assets.settlement import Batch
from resources.lake import Lake
from resources.vector_store import Passage, VectorStore


@dg.asset(
    deps=[embeddings],
    description="The document's rows in the vector store, ready to be searched.",
    code_version="1",
    **stage(
        None,
        group="retrieval",
        kinds={"lancedb"},
        settings=("embedder", "embedder_model", "embedder_dimension"),
    ),
)
def vectors(context: dg.AssetExecutionContext, lake: Lake, vector_store: VectorStore) -> None:
    batch = Batch.start(context, lake, None)
    texts = lake.read(CHUNKS, batch.documents)
    found = lake.read(EMBEDDINGS, batch.documents, ["document", "chunk", "vector"]).join(
        texts, on=["document", "chunk"], how="inner"
    )
    passages = [
        Passage(
            document=row["document"],
            ordinal=row["chunk"],
            text=row["text"],
            heading_path=tuple(row["heading_path"]),
            page_start=row["page_start"],
            page_end=row["page_end"],
            vector=row["vector"],
        )
        for row in found.iter_rows(named=True)
    ]
    try:
        vector_store.replace(passages, batch.documents)
    except DocumentFault as fault:  # the store's, so every document's
        for document in batch.documents:
            batch.failed(document, fault)
    counts = Counter(passage.document for passage in passages)
    for document in list(batch.undecided()):
        batch.done(document, (), {"passages": counts[document]})
    batch.settle()
