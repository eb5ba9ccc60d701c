"""The files themselves, under their hash, and what each says of itself."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from ocr_assets.arrivals import keep, places, predecessors, sizes
from ocr_assets.core.opening import DocumentFacts, DocumentLimits, check_size, inspect
from ocr_assets.errors import DocumentFault, TransientFault
from ocr_assets.partitions import stage
from ocr_assets.schemas import RAW_PDFS
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import Blobs
from resources.lake import Lake
from resources.passwords import Passwords
from resources.sources import Sources
from resources.workers import PageWorkers


@dg.asset(
    description="The file's bytes under their SHA-256, every place they were seen at, and the facts of the PDF.",
    code_version="1",
    **stage(RAW_PDFS, group="pages", kinds={"pdf", "deltalake"}, settings=("max_bytes", "max_pages")),
)
def raw_pdfs(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    sources: Sources,
    passwords: Passwords,
    workers: PageWorkers,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, RAW_PDFS)
    seen, noted_bytes = places(lake, batch.documents), sizes(lake, batch.documents)
    before = predecessors(lake, batch.documents)
    for document in list(batch.undecided()):
        with batch.guard(document):
            check_size(noted_bytes.get(document, 0), settings.max_bytes)
            fetch(blobs, sources, document, seen.get(document, []))

    limits = DocumentLimits(bytes=settings.max_bytes, pages=settings.max_pages)
    with batch.local_files(blobs) as paths:
        tasks = [Inspection(document, path, passwords.all(), limits) for document, path in paths.items()]
        for task, facts in workers.map(inspect_document, tasks):
            if isinstance(facts, DocumentFault):
                batch.failed(task.document, facts)
            else:
                shown = summary(facts) | ({"supersedes": before[task.document]} if task.document in before else {})
                batch.done(task.document, [row(task.document, facts, seen.get(task.document, []))], shown)
    batch.settle()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a page process needs to look at a document."""

    document: str
    path: str
    passwords: tuple[str, ...]
    limits: DocumentLimits


def inspect_document(task: Inspection) -> DocumentFacts:
    """Runs in a page process."""
    return inspect(task.path, task.passwords, task.limits)


def fetch(blobs: Blobs, sources: Sources, document: str, uris: list[str]) -> None:
    """Store the document's bytes if they are not there, from the first of its sources that still has them."""
    if blobs.has(document, document):
        return
    fault = TransientFault("source_missing", "no source of this document is known; add its file again")
    for uri in uris:
        try:
            if keep(blobs, sources, document, uri):
                return
        except TransientFault as error:
            fault = error
            continue
        fault = TransientFault("source_changed", f"{uri} now holds other bytes; add the file again")
    raise fault


def row(document: str, facts: DocumentFacts, uris: list[str]) -> dict[str, Any]:
    """The document's row of the table."""
    return {
        "document": document,
        "media_type": facts.media_type,
        "bytes": facts.bytes,
        "pages": facts.pages,
        "pdf_version": facts.pdf_version,
        "producer": facts.producer,
        "title": facts.title,
        "encrypted": facts.encrypted,
        "form_fields": facts.form_fields,
        "attachments": list(facts.attachments),
        "sources": uris,
    }


def summary(facts: DocumentFacts) -> dict[str, Any]:
    """What the UI shows on the materialization."""
    return {
        "media_type": facts.media_type,
        "pages": facts.pages,
        "bytes": facts.bytes,
        "title": facts.title or "",
        "producer": facts.producer or "",
        "pdf_version": facts.pdf_version or "",
        "encrypted": facts.encrypted,
    }
