"""What can be said of the text without a model: language, key phrases, named fields, and the document's class."""

from pathlib import Path
from typing import Any

import dagster as dg

from ocr_assets.chunks import chunks
from ocr_assets.core.classification import DEFAULT_CLASSES, classify, read_classes
from ocr_assets.core.fields import fields_of
from ocr_assets.core.key_phrases import key_phrases
from ocr_assets.core.languages import language_of
from ocr_assets.partitions import stage
from ocr_assets.schemas import CHUNKS, ENRICHMENT
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.lake import Lake

WHOLE_DOCUMENT = -1
"""In place of a chunk's number, on the row about the document."""


@dg.asset(
    deps=[chunks],
    description="Language, key phrases, dates and amounts of each passage and of the document, and its class.",
    code_version="1",
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
        row = said_of(document, WHOLE_DOCUMENT, whole)
        row |= {"document_class": document_class, "class_confidence": confidence}
        return [row, *(said_of(document, chunk, text) for chunk, text in texts)], {
            "language": row["language"] or "",
            "document_class": document_class,
            "class_confidence": round(confidence, 3),
            "key_phrases": ", ".join(row["key_phrases"]),
            "fields": len(row["fields"]),
        }

    batch.each(process)
    batch.settle()


def said_of(document: str, chunk: int, text: str) -> dict[str, Any]:
    """A row of the table, without a class."""
    language = language_of(text)
    return {
        "document": document,
        "chunk": chunk,
        "language": language,
        "key_phrases": list(key_phrases(text, language)),
        "document_class": None,
        "class_confidence": None,
        "fields": [
            {"kind": field.kind, "text": field.text, "value": field.value} for field in fields_of(text, language)
        ],
    }
