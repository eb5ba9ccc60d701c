"""What can be said of the text: language, key phrases, entities; the document's class and the values of its fields."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import dagster as dg

from ocr_assets.chunks import chunks
from ocr_assets.class_and_fields import SETTINGS, telling
from ocr_assets.comprehend_once import ComprehendOnce
from ocr_assets.core.comprehend_answers import COMPREHEND
from ocr_assets.core.document_classes import classes_path, read_classes
from ocr_assets.core.fields import fields_of
from ocr_assets.core.said import Said, said_locally, said_of_document
from ocr_assets.findings import NOTHING, Findings
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, ENRICHMENT
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.checkpoints import Checkpoints
from resources.comprehend import Comprehend
from resources.lake import Lake
from resources.text_model import TextModel

if TYPE_CHECKING:
    import polars as pl

WHOLE_DOCUMENT = -1
"""In place of a chunk's number, on the row about the document."""
NAMES = 8
"""Names of a kind that the UI shows."""


@dg.asset(
    deps=[chunks],
    description="Language, key phrases, entities and amounts of passages and documents; class and fields of these.",
    code_version="2",
    **stage(ENRICHMENT, group="retrieval", kinds={"text", "deltalake"}, settings=(*SETTINGS, "enricher")),
)
def enrichment(
    context: dg.AssetExecutionContext,
    lake: Lake,
    checkpoints: Checkpoints,
    classifier: TextModel,
    extractor: TextModel,
    comprehend: Comprehend,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, ENRICHMENT)
    passages = lake.read(CHUNKS, batch.documents, ["document", "chunk", "text"]).partition_by("document", as_dict=True)
    classes = read_classes(classes_path(settings.document_classes))

    def texts(document: str) -> list[tuple[int, str]]:
        found = passages.get((document,))
        return [] if found is None else [(row["chunk"], row["text"]) for row in found.iter_rows(named=True)]

    service = asked(lake, comprehend, batch.run_id, passages) if settings.enricher == COMPREHEND else None

    def process(document: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        whole, findings = wholes[document], found[document]
        said = [(text, service.said(text) if service else said_locally(text)) for _, text in texts(document)]
        about = said_of_document(said, whole)
        row = row_of(document, WHOLE_DOCUMENT, whole, about) | findings.row()
        rows = [row_of(document, chunk, text, of) for (chunk, text), (_, of) in zip(texts(document), said, strict=True)]
        return [row, *rows], {
            "language": row["language"] or "",
            **findings.metadata(),
            "key_phrases": ", ".join(row["key_phrases"]),
            "fields": len(row["fields"]),
            **named(about),
            **(service.paid(document) if service else {}),
        }

    wholes = {document: "\n\n".join(text for _, text in texts(document)) for document in batch.undecided()}
    with telling(batch, lake, checkpoints, settings, classes, classifier, extractor, wholes.values()) as told:
        found: dict[str, Findings] = told.of(wholes, batch.failed)
        batch.each(process)
        batch.settle()


def asked(
    lake: Lake, comprehend: Comprehend, run: str, passages: "Mapping[tuple[Any, ...], pl.DataFrame]"
) -> ComprehendOnce:
    """What AWS Comprehend says of all passages of the batch: several documents share its requests."""
    texts = [row for frame in passages.values() for row in frame.select("document", "text").iter_rows()]
    return ComprehendOnce.start(lake, comprehend, run, texts)


def row_of(document: str, chunk: int, text: str, said: Said) -> dict[str, Any]:
    """A row of the table, without class and values."""
    return {
        "document": document,
        "chunk": chunk,
        "language": said.language,
        "key_phrases": list(said.key_phrases),
        "fields": [
            {"kind": field.kind, "text": field.text, "value": field.value} for field in fields_of(text, said.language)
        ],
        "entities": [asdict(entity) for entity in said.entities],
        "enriched_by": said.by,
        "fallback": said.fallback,
        **NOTHING,
    }


def named(about: Said) -> dict[str, str]:
    """What the UI shows of a document's entities: how many of each kind, and the names that stand there most often."""
    kinds = Counter(entity.kind for entity in about.entities)
    shown = {"people": "person", "organisations": "organisation", "places": "place"}
    return {
        "entities": ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()),
        **{
            name: ", ".join([entity.text for entity in about.entities if entity.kind == kind][:NAMES])
            for name, kind in shown.items()
        },
        "enriched_by": about.by,
        **({"fallback": about.fallback} if about.fallback else {}),
    }
