"""The document's passages in the vector store, replaced as a whole."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from ocr_assets.core.passages import document_words
from ocr_assets.core.readings import box_of
from ocr_assets.embeddings import embeddings
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.errors import DocumentFault, TransientFault
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, DOCUMENTS, EMBEDDINGS, ENRICHMENT, RAW_PDFS
from ocr_assets.settlement import Batch
from resources.lake import Lake
from resources.vector_store import Passage, VectorStore

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dg.asset(
    deps=[embeddings],
    description="The document's rows in the vector store, ready to be searched.",
    code_version="2",
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
    facts = facts_of(lake, batch.documents)
    for document in list(batch.undecided()):
        with batch.guard(document):
            passages += passages_of(lake, document, vector_store.model, facts[document])
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document as a whole; `languages` are of its chunks."""

    names: tuple[str, ...]
    document_class: str
    date: int
    languages: dict[int, str]


def facts_of(lake: Lake, documents: Sequence[str]) -> dict[str, Facts]:
    """The facts of each of these documents, as far as their stages were made."""
    titles = dict(lake.read(DOCUMENTS, documents, ["document", "title"]).iter_rows())
    sources = dict(lake.read(RAW_PDFS, documents, ["document", "sources"]).iter_rows())
    columns = ["document", "chunk", "language", "document_class", "fields"]
    said: dict[str, dict[int, dict[str, Any]]] = {}
    for row in lake.read(ENRICHMENT, documents, columns).iter_rows(named=True):
        said.setdefault(row["document"], {})[row["chunk"]] = row
    found = {}
    for document in documents:
        rows = said.get(document, {})
        whole = rows.get(WHOLE_DOCUMENT, {})
        found[document] = Facts(
            names=document_words(titles.get(document) or "", sources.get(document) or ()),
            document_class=whole.get("document_class") or "",
            date=first_date(whole.get("fields") or ()),
            languages={chunk: row["language"] or whole.get("language") or "" for chunk, row in rows.items()},
        )
    return found


def first_date(fields: Iterable[Mapping[str, str]]) -> int:
    """The first whole date among the fields, 2024-01-31 as 20240131; 0 where there is none."""
    dates = (field["value"] or "" for field in fields if field["kind"] == "date")
    return next((int(date.replace("-", "")) for date in dates if _DAY.fullmatch(date)), 0)


def passages_of(lake: Lake, document: str, model: str, facts: Facts | None = None) -> list[Passage]:
    """The document's chunks with their vectors. Raises TransientFault unless each has one, of this model.

    `facts` are read where they are not given.
    """
    texts = lake.read(CHUNKS, [document])
    found = lake.read(EMBEDDINGS, [document], ["chunk", "model", "vector"])
    if texts["chunk"].to_list() != found["chunk"].to_list() or set(found["model"]) - {model}:
        detail = f"the embeddings are not of these chunks by {model}; materialize embeddings first"
        raise TransientFault("upstream_missing", detail)
    known = facts or facts_of(lake, [document])[document]
    return [
        Passage(
            document=document,
            ordinal=row["chunk"],
            text=row["text"],
            heading_path=tuple(row["heading_path"]),
            page_start=row["page_start"],
            page_end=row["page_end"],
            vector=row["vector"],
            kind=row["kind"],
            boxes=tuple((region["page"], *box_of(region["box"])) for region in row["regions"]),
            names=known.names,
            language=known.languages.get(row["chunk"], ""),
            document_class=known.document_class,
            date=known.date,
        )
        for row in texts.join(found, on="chunk", how="inner").sort("chunk").iter_rows(named=True)
    ]
