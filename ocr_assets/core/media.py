"""What a file is, told by its first bytes. Nothing here opens or parses a document."""

from typing import Final, Literal

from ocr_assets.errors import PermanentFault

MediaType = Literal["application/pdf", "image/png", "image/jpeg", "image/tiff"]

HEAD_BYTES: Final = 2048
"""How much of a file `media_type` wants to see."""

_PDF_HEADER_WITHIN: Final = 1024  # PDFium looks this far for %PDF- and counts offsets from there
_IMAGES: Final[tuple[tuple[bytes, MediaType], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),  # BigTIFF
    (b"MM\x00+", "image/tiff"),
)
_OTHERS: Final = (
    (b"PK\x03\x04", "a zip archive or an Office document (docx, xlsx, pptx)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (doc, xls, ppt)"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "PostScript"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"RIFF", "a WebP image or other RIFF file"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 image"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file itself"),
    (b"\x7fELF", "a program"),
)


def media_type(head: bytes) -> MediaType:
    """The media type of a file that starts with `head` (its first `HEAD_BYTES` or all of it).

    Raises PermanentFault: `empty_file` for no bytes, `not_a_document` for anything else than a PDF or a PNG, JPEG or
    TIFF image. A PDF header may follow up to 1,024 bytes of something else.
    """
    if not head:
        raise PermanentFault("empty_file", "the file has no bytes; send it again")
    for signature, image_type in _IMAGES:
        if head.startswith(signature):
            return image_type
    if b"%PDF-" in head[: _PDF_HEADER_WITHIN + len(b"%PDF-")]:
        return "application/pdf"
    raise PermanentFault(
        "not_a_document", f"this looks like {_guess(head)}; convert it to PDF, or to a PNG, JPEG or TIFF image"
    )


def _guess(head: bytes) -> str:
    for signature, name in _OTHERS:
        if head.startswith(signature):
            return name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page, perhaps an error page that was saved in place of the file"
    if start.startswith(b"<?xml"):
        return "an XML file"
    if not head.strip(b"\x00"):
        return "nothing but zero bytes"
    text = b"\x00" not in head and sum(byte < 32 and byte not in b"\t\r\n\f\x1b" for byte in head) == 0
    return "a text file" if text else "binary data of an unknown kind"
