"""A document's facts: what it is, whether it can be opened, how many pages it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr_assets.core.images import count_frames
from ocr_assets.core.media import HEAD_BYTES, MediaType, media_type
from ocr_assets.core.pdf import pdf_facts
from ocr_assets.errors import PermanentFault


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What is taken in at most; beyond it a document fails as `too_large`."""

    bytes: int = 1 << 30
    pages: int = 10_000


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document is. Images have no version, producer, title, form fields or attachments.

    `form_fields` counts named fields on the first 100 pages; `attachments` are the names of embedded files.
    """

    media_type: MediaType
    bytes: int
    pages: int
    pdf_version: str | None = None
    producer: str | None = None
    title: str | None = None
    encrypted: bool = False
    form_fields: int = 0
    attachments: tuple[str, ...] = ()


def media_type_of(path: str) -> MediaType:
    """`media_type` of a file on disk; same errors."""
    with Path(path).open("rb") as file:
        return media_type(file.read(HEAD_BYTES))


def inspect(path: str, passwords: Sequence[str] = (), limits: DocumentLimits = DocumentLimits()) -> DocumentFacts:
    """Open the document and say what it is.

    Raises PermanentFault: `empty_file`, `not_a_document`, `corrupt`, `password_required`, `unsupported_encryption`,
    `no_pages`, `too_large`. To be called in a page process: a hostile file can hang or crash its opener.
    """
    kind = media_type_of(path)
    size = Path(path).stat().st_size
    check_size(size, limits.bytes)
    facts = _pdf(path, size, passwords) if kind == "application/pdf" else DocumentFacts(kind, size, count_frames(path))
    if facts.pages > limits.pages:
        raise PermanentFault(
            "too_large", f"{facts.pages:,} pages, the limit is {limits.pages:,}; split it or raise the limit"
        )
    return facts


def check_size(size: int, limit: int) -> None:
    """Raise PermanentFault `too_large` for a file of more bytes than the limit; to be asked before it is read."""
    if size > limit:
        raise PermanentFault("too_large", f"{size:,} bytes, the limit is {limit:,}; split it or raise the limit")


def _pdf(path: str, size: int, passwords: Sequence[str]) -> DocumentFacts:
    pdf = pdf_facts(path, passwords)
    return DocumentFacts(
        media_type="application/pdf",
        bytes=size,
        pages=pdf.pages,
        pdf_version=pdf.version,
        producer=pdf.producer,
        title=pdf.title,
        encrypted=pdf.encrypted,
        form_fields=pdf.form_fields,
        attachments=pdf.attachments,
    )
