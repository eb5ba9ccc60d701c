"""Who signed a PDF and when, by its signatures' own account: whether they are valid is not checked.

PDFium lists a document's signatures and says nothing of their fields, so they are told apart only where they are the
fields of one page, one by one signed or not, or where there is just one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MOST: Final = 100
"""Signatures of a document, looked at."""
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_COMMON_NAME = b"\x06\x03\x55\x04\x03"
_TEXTS: Final = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_SET, _INTEGER, _TAGGED = 0x31, 0x02, 0xA0


def signers(document: "PdfDocument", signed: Sequence[bool]) -> list[str]:
    """For each signature field of a page, of which these are signed, "by NAME, DATE" as far as the file says it."""
    stated = _signatures(document)
    full = [account for account in stated if account is not None]
    if [account is not None for account in stated] == list(signed):
        return [account or "" for account in stated]
    if len(full) == 1 and sum(signed) == 1:
        return [full[0] if is_signed else "" for is_signed in signed]
    return [""] * len(signed)


def _signatures(document: "PdfDocument") -> list[str | None]:
    """Of the document's fields in order, None for one that is not signed."""
    from ctypes import create_string_buffer

    from pypdfium2 import raw

    found: list[str | None] = []
    for index in range(min(MOST, raw.FPDF_GetSignatureCount(document))):
        signature = raw.FPDF_GetSignatureObject(document, index)
        size = raw.FPDFSignatureObj_GetContents(signature, None, 0)
        if not size:
            found.append(None)
            continue
        contents, time = create_string_buffer(size), create_string_buffer(64)
        raw.FPDFSignatureObj_GetContents(signature, contents, size)
        raw.FPDFSignatureObj_GetTime(signature, time, 64)
        date, name = _DATE.match(time.value.decode("latin-1")), signer_name(contents.raw)
        found.append(", ".join(filter(None, (f"by {name}" if name else "", "-".join(date.groups()) if date else ""))))
    return found


def signer_name(contents: bytes) -> str:
    """The common name in the certificate of the first signer of a PKCS #7 message (RFC 5652), or nothing."""
    try:
        _, message = _first(contents)
        (_, _), (_, wrapped) = list(_values(message))[:2]
        _, data = _first(wrapped)
        parts = list(_values(data))
        certificates = dict(parts[::-1])[_TAGGED]
        *_, (_, infos) = (part for part in parts if part[0] == _SET)
        _, info = _first(infos)
        _, identifier = list(_values(info))[1]
        _, serial = list(_values(identifier))[1]
        subjects = dict(_subjects(certificates))
    except (KeyError, IndexError, ValueError):
        return ""
    return subjects.get(serial, "")


def _subjects(certificates: bytes) -> Iterator[tuple[bytes, str]]:
    """Serial number and common name of each."""
    for _, certificate in _values(certificates):
        _, body = _first(certificate)
        parts = [part for part in _values(body) if part[0] != _TAGGED]
        (tag, serial), subject = parts[0], parts[4][1]
        if tag == _INTEGER:
            yield serial, _common_name(subject)


def _common_name(subject: bytes) -> str:
    at = subject.find(_COMMON_NAME)
    if at < 0:
        return ""
    tag, text = _first(subject[at + len(_COMMON_NAME) :])
    return " ".join(text.decode(_TEXTS.get(tag, "utf-8"), "replace").split())[:100]


def _first(der: bytes) -> tuple[int, bytes]:
    first, *_ = _values(der)
    return first


def _values(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The values that stand one behind the other, with their tags (DER)."""
    at = 0
    while at + 2 <= len(der) and der[at]:
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
            if not 0 < count <= 4:
                raise ValueError("a length that DER does not have")
        yield tag, der[at : at + length]
        at += length
