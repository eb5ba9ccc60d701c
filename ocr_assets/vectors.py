"""The document's passages in the vector store, replaced as a whole."""

from collections import Counter

import dagster as dg

from ocr_assets.embeddings import embeddings
from ocr_assets.errors import DocumentFault, TransientFault
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
        settings=("embedder", "embedder_model", "embedder_dimension", "vector_store", "pinecone_index"),
    ),
)
def vectors(context: dg.AssetExecutionContext, lake: Lake, vector_store: VectorStore) -> None:
    batch = Batch.start(context, lake, None)
    passages: list[Passage] = []
    for document in list(batch.undecided()):
        with batch.guard(document):
            passages += passages_of(lake, document, vector_store.model)
    ready = list(batch.undecided())
    try:
        vector_store.replace(passages, ready)
    except DocumentFault as fault:  # the store's, so every document's
        for document in ready:
            batch.failed(document, fault)
    counts = Counter(passage.document for passage in passages)
    for document in list(batch.undecided()):
        batch.done(document, (), {"passages": counts[document]})
    batch.settle()


def passages_of(lake: Lake, document: str, model: str) -> list[Passage]:
    """The document's chunks with their vectors. Raises TransientFault unless each has one, of this model."""
    texts = lake.read(CHUNKS, [document])
    found = lake.read(EMBEDDINGS, [document], ["chunk", "model", "vector"])
    if texts["chunk"].to_list() != found["chunk"].to_list() or set(found["model"]) - {model}:
        detail = f"the embeddings are not of these chunks by {model}; materialize embeddings first"
        raise TransientFault("upstream_missing", detail)
    return [
        Passage(
            document=document,
            ordinal=row["chunk"],
            text=row["text"],
            heading_path=tuple(row["heading_path"]),
            page_start=row["page_start"],
            page_end=row["page_end"],
            vector=row["vector"],
        )
        for row in texts.join(found, on="chunk", how="inner").sort("chunk").iter_rows(named=True)
    ]
