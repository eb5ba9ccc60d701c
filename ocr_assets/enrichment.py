"""What can be said of the text: language, key phrases, named entities and fields, and the document's class."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg

from ocr_assets.chunks import chunks
from ocr_assets.core.classification import DEFAULT_CLASSES, classify, read_classes
from ocr_assets.core.fields import fields_of
from ocr_assets.core.said import Said, said_locally, said_of_document
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, ENRICHMENT
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.lake import Lake

WHOLE_DOCUMENT = -1
"""In place of a chunk's number, on the row about the document."""
NAMES = 8
"""Names of a kind that the UI shows."""


@dg.asset(
    deps=[chunks],
    description="Language, key phrases, entities and amounts of each passage and of the document, and its class.",
    code_version="2",
    **stage(ENRICHMENT, group="retrieval", kinds={"text", "deltalake"}, settings=("document_classes",)),
)
def enrichment(context: dg.AssetExecutionContext, lake: Lake, settings: dg.ResourceParam[Settings]) -> None:
    batch = Batch.start(context, lake, ENRICHMENT)
    passages = lake.read(CHUNKS, batch.documents, ["document", "chunk", "text"]).partition_by("document", as_dict=True)
    classes = read_classes(Path(settings.document_classes) if settings.document_classes else DEFAULT_CLASSES)

    def process(document: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        found = passages.get((document,))
        texts = [] if found is None else [(row["chunk"], row["text"]) for row in found.iter_rows(named=True)]
        whole = "\n\n".join(text for _, text in texts)
        document_class, confidence = classify(whole, classes)
        said = [(text, said_locally(text)) for _, text in texts]
        about = said_of_document(said, whole)
        row = row_of(document, WHOLE_DOCUMENT, whole, about)
        row |= {"document_class": document_class, "class_confidence": confidence}
        rows = [row_of(document, chunk, text, found) for (chunk, text), (_, found) in zip(texts, said, strict=True)]
        return [row, *rows], {
            "language": row["language"] or "",
            "document_class": document_class,
            "class_confidence": round(confidence, 3),
            "key_phrases": ", ".join(row["key_phrases"]),
            "fields": len(row["fields"]),
            **named(about),
        }

    batch.each(process)
    batch.settle()


def row_of(document: str, chunk: int, text: str, said: Said) -> dict[str, Any]:
    """A row of the table, without a class."""
    return {
        "document": document,
        "chunk": chunk,
        "language": said.language,
        "key_phrases": list(said.key_phrases),
        "document_class": None,
        "class_confidence": None,
        "fields": [
            {"kind": field.kind, "text": field.text, "value": field.value} for field in fields_of(text, said.language)
        ],
        "entities": [asdict(entity) for entity in said.entities],
        "enriched_by": said.by,
        "fallback": said.fallback,
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
