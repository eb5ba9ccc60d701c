import pytest

from ocr_assets.core.media import media_type
from ocr_assets.errors import PermanentFault


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"\x00" * 1024 + b"%PDF-1.4", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"II*\x00\x08", "image/tiff"),
        (b"MM\x00*\x00", "image/tiff"),
        (b"II+\x00\x08", "image/tiff"),
    ],
)
def test_documents_are_known_by_their_first_bytes(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


@pytest.mark.parametrize(
    ("head", "likeness"),
    [
        (b"PK\x03\x04word/", "docx"),
        (b"\n<!DOCTYPE html><p>404", "HTML"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"../other.pdf", "a text file"),
        (b"\x00" * 50, "zero bytes"),
        (b"\x01\x02\x03", "binary data"),
        (b"x" * 1025 + b"%PDF-1.4", "a text file"),
    ],
)
def test_anything_else_is_refused_by_what_it_looks_like(head: bytes, likeness: str) -> None:
    with pytest.raises(PermanentFault, match=likeness) as raised:
        media_type(head)
    assert raised.value.reason == "not_a_document"


def test_no_bytes_are_an_empty_file() -> None:
    with pytest.raises(PermanentFault) as raised:
        media_type(b"")
    assert raised.value.reason == "empty_file"
