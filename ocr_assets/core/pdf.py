"""PDFs through PDFium: opening them with passwords, naming what is wrong with them, and their facts.

PDFium is not thread-safe and can hang or crash on hostile files: call these in a page process, one at a time.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ocr_assets.errors import PermanentFault

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

FORM_PAGES: Final = 100
"""Form fields are counted on this many pages at most: counting has to parse each of them."""


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What a PDF says of itself; texts it does not state are None."""

    pages: int
    version: str | None
    producer: str | None
    title: str | None
    encrypted: bool
    form_fields: int
    attachments: tuple[str, ...]


def open_pdf(path: str, passwords: Sequence[str] = ()) -> PdfDocument:
    """Open a PDF, without a password first, then with each of `passwords`; the caller closes it.

    Form fields are drawn when its pages are rendered. Raises PermanentFault: `password_required`,
    `unsupported_encryption`, `corrupt`, `no_pages`.
    """
    from pypdfium2 import raw

    for password in (None, *_spellings(passwords)):
        secret = None if password is None else password.encode() + b"\0"
        handle = raw.FPDF_LoadDocument(os.fsencode(path) + b"\0", secret)
        if handle:
            return _with_pages(handle)
        if raw.FPDF_GetLastError() != raw.FPDF_ERR_PASSWORD:
            raise _opening_fault(raw.FPDF_GetLastError())
    tried = f"none of the {len(passwords)} configured passwords opens it" if passwords else "no password is configured"
    raise PermanentFault("password_required", f"{tried}; add the document's password to OCR_ASSETS_PASSWORDS")


def _spellings(passwords: Sequence[str]) -> list[str]:
    """The passwords, each followed by its normal form (SASLprep): AES-256 asks for it, PDFium leaves it to us."""
    normal = (unicodedata.normalize("NFKC", password.replace("\u00ad", "")) for password in passwords)
    return list(dict.fromkeys(spelling for pair in zip(passwords, normal, strict=True) for spelling in pair))


def _with_pages(handle: object) -> PdfDocument:
    """pypdfium2 opens by path too, but then takes a PDF without pages for whatever PDFium's last error was."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(handle)
    document.init_forms()
    if len(document) == 0:
        document.close()
        raise PermanentFault("no_pages", "the PDF opens but has no pages; check how it was made")
    return document


def _opening_fault(code: int) -> PermanentFault:
    from pypdfium2 import raw

    if code == raw.FPDF_ERR_FILE:
        raise FileNotFoundError("PDFium cannot read the file")
    if code == raw.FPDF_ERR_SECURITY:
        return PermanentFault(
            "unsupported_encryption",
            "the PDF is protected by a scheme that PDFium does not know (a certificate or a rights server); "
            "save an unprotected copy with the program it was made for",
        )
    return PermanentFault(
        "corrupt",
        "PDFium cannot open the PDF: it was cut off or is damaged, or else it is written in a way that PDFium does not "
        "know; get it again from its source, or save a copy with a program that opens it",
    )


class _LastOpened:
    """The document opened last, kept open so that its pages, coming one after the other, do not parse it again."""

    def __init__(self) -> None:
        self._key: object = None
        self._document: PdfDocument | None = None

    def get(self, path: str, passwords: Sequence[str]) -> PdfDocument:
        stat = Path(path).stat()
        key = (path, stat.st_mtime_ns, stat.st_size, stat.st_ino, tuple(passwords))
        if self._document is None or key != self._key:
            self.close()
            self._document, self._key = open_pdf(path, passwords), key
        return self._document

    def close(self) -> None:
        if self._document is not None:
            self._document.close()
        self._document = self._key = None


_last_opened = _LastOpened()


@contextmanager
def pdf_page(path: str, page: int, passwords: Sequence[str] = ()) -> Iterator[PdfPage]:
    """One page (from 1) of a PDF, closed on leaving; the document stays open for its next page.

    Raises PermanentFault as `open_pdf` does, `corrupt` for a page that cannot be loaded; IndexError for a page that
    the document does not have.
    """
    from pypdfium2 import PdfiumError

    document = _last_opened.get(path, passwords)
    if not 1 <= page <= len(document):
        raise IndexError(f"page {page} of a document of {len(document)} pages")
    try:
        opened = document[page - 1]
    except PdfiumError as error:
        raise PermanentFault("corrupt", f"page {page} cannot be loaded; repair the PDF or get it again") from error
    try:
        yield opened
    finally:
        opened.close()


def close_last_pdf() -> None:
    """Close the document that `pdf_page` keeps open in this process."""
    _last_opened.close()


def pdf_facts(path: str, passwords: Sequence[str] = ()) -> PdfFacts:
    """Facts of a PDF; raises as `open_pdf` does."""
    from pypdfium2 import raw

    document = open_pdf(path, passwords)
    try:
        version = document.get_version()
        return PdfFacts(
            pages=len(document),
            version=f"{version // 10}.{version % 10}" if version else None,
            producer=_stated(lambda: document.get_metadata_value("Producer")),
            title=_stated(lambda: document.get_metadata_value("Title")),
            encrypted=raw.FPDF_GetSecurityHandlerRevision(document) != -1,
            form_fields=_form_fields(document),
            attachments=_attachments(document),
        )
    finally:
        document.close()


def _stated(read: Callable[[], str]) -> str | None:
    """A text of the document; None where it is empty or where its bytes are no text."""
    from pypdfium2 import PdfiumError

    try:
        return read().replace("\x00", "").strip() or None
    except (PdfiumError, UnicodeDecodeError):
        return None


def _attachments(document: PdfDocument) -> tuple[str, ...]:
    def name(index: int) -> str:
        return str(document.get_attachment(index).get_name())

    return tuple(_stated(partial(name, i)) or "(unnamed)" for i in range(document.count_attachments()))


def _form_fields(document: PdfDocument) -> int:
    """Named fields; the buttons of a radio group are one."""
    from pypdfium2 import PdfiumError

    if document.formenv is None:
        return 0
    names: set[str] = set()
    for index in range(min(len(document), FORM_PAGES)):
        try:
            page = document[index]
        except PdfiumError:
            continue  # its fault belongs to rendering that page
        names |= _field_names(document, page)
        page.close()
    return len(names)


def _field_names(document: PdfDocument, page: PdfPage) -> set[str]:
    from ctypes import create_string_buffer

    from pypdfium2 import raw

    names = set()
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
            size = raw.FPDFAnnot_GetFormFieldName(document.formenv, annotation, None, 0)
            buffer = create_string_buffer(size)
            raw.FPDFAnnot_GetFormFieldName(document.formenv, annotation, _wide(buffer), size)
            names.add(buffer.raw.decode("utf-16-le", "replace"))
        raw.FPDFPage_CloseAnnot(annotation)
    return names


def _wide(buffer: object) -> object:
    from ctypes import POINTER, cast

    from pypdfium2 import raw

    return cast(buffer, POINTER(raw.FPDF_WCHAR))  # type: ignore[arg-type]
