"""The document's passages in the vector store, replaced as a whole; also in the searched index, if it is another."""

import dagster as dg

from ocr_assets.embeddings import SETTINGS as EMBEDDED_BY
from ocr_assets.embeddings import embeddings
from ocr_assets.errors import DocumentFault
from ocr_assets.indexes import index_beside
from ocr_assets.partitions import stage
from ocr_assets.passages import Again, embedded, facts_of, passages_of
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.lake import Lake
from resources.vector_store import VectorStore


@dg.asset(
    deps=[embeddings],
    description="The document's rows in the vector store, ready to be searched.",
    code_version="2",
    **stage(
        None,
        group="retrieval",
        kinds={"lancedb"},
        settings=(*EMBEDDED_BY, "vector_store", "pinecone_index", "pinecone_namespace"),
    ),
)
def vectors(
    context: dg.AssetExecutionContext, lake: Lake, vector_store: VectorStore, settings: dg.ResourceParam[Settings]
) -> None:
    batch = Batch.start(context, lake, None)
    counts: dict[str, int] = {}
    for document in list(batch.undecided()):
        with batch.guard(document):
            counts[document] = embedded(lake, document, vector_store.model)
    ready = list(batch.undecided())
    facts = facts_of(lake, ready)
    try:
        vector_store.replace(Again(lambda: passages_of(lake, ready, facts)), ready)
        if beside := index_beside(settings):
            beside.level(lake, ready)
    except DocumentFault as fault:  # the store's, so every document's
        for document in ready:
            batch.failed(document, fault)
    for document in list(batch.undecided()):
        batch.done(document, (), {"passages": counts[document]})
    batch.settle()
