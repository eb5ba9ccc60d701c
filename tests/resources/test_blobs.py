"""Blobs and checkpoints on local disk; S3 has the same tests in tests/services."""

import hashlib
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from resources.blobs import Blobs
from resources.checkpoints import Checkpoints

A, B = "a" * 64, "b" * 64


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(root=str(tmp_path / "blobs"))


def test_a_blob_is_named_by_the_hash_of_its_bytes(blobs: Blobs) -> None:
    name = blobs.put(A, b"page")
    assert name == hashlib.sha256(b"page").hexdigest()
    assert blobs.get(A, name) == blobs.reader().get(A, name) == b"page"


def test_a_blob_that_is_not_there_is_said_to_be_missing(blobs: Blobs) -> None:
    assert not blobs.has(A, "0" * 64)
    with pytest.raises(FileNotFoundError):
        blobs.get(A, "0" * 64)


def test_forgetting_a_document_leaves_the_same_bytes_of_another(blobs: Blobs) -> None:
    names = [blobs.put(document, b"a blank page") for document in (A, B)]
    assert blobs.forget(A) == 1
    assert not blobs.has(A, names[0])
    assert blobs.get(B, names[1]) == b"a blank page"


def test_a_documents_own_file_lies_on_local_disk(blobs: Blobs, tmp_path: Path) -> None:
    data = b"%PDF-1.7" * 3_000_000  # more than one piece
    document = hashlib.sha256(data).hexdigest()
    (tmp_path / "file.pdf").write_bytes(data)
    blobs.put_document(document, tmp_path / "file.pdf")
    with blobs.local_file(document) as path:
        assert Path(path).read_bytes() == data


def test_checkpoints_are_kept_by_run_stage_and_document(tmp_path: Path) -> None:
    checkpoints = Checkpoints(root=str(tmp_path))
    rows, none = pl.DataFrame({"text": ["zwei"]}), pl.DataFrame(schema={"text": pl.String()})
    checkpoints.save("run", "ocr_text", A, 2, rows)
    checkpoints.save("run", "ocr_text", A, 10, none)
    checkpoints.save("run", "page_images", A, 1, none)
    loaded = checkpoints.load("run", "ocr_text", A)
    assert_frame_equal(loaded[2], rows)
    assert_frame_equal(loaded[10], none)
    assert set(loaded) == {2, 10}
    assert checkpoints.load("another run", "ocr_text", A) == {}
    checkpoints.clear("run", "ocr_text", A)
    assert checkpoints.load("run", "ocr_text", A) == {}
    assert set(checkpoints.load("run", "page_images", A)) == {1}
