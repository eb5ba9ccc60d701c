"""Lake, blobs, checkpoints and vectors on a real S3 server, reached by the usual AWS variables alone."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ocr_assets import forgotten_passages
from ocr_assets.arrivals import forgotten_documents
from ocr_assets.errors import UsageError
from ocr_assets.forgotten_passages import leave_later, removal, take_back
from ocr_assets.schemas import ARRIVALS, EMBEDDINGS, TOMBSTONES
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.exclusive import exclusive
from resources.index_register import IndexRegister, Register
from resources.lake import Lake
from resources.lance_vectors import LanceVectors
from resources.object_storage import table_options
from resources.vector_store import Passage
from tests.conftest import Bucket, forget_connections
from tests.services.s3_server import KEY, SECRET, S3Server

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def _know(environment: dict[str, str]) -> None:
    os.environ.update(environment)


@pytest.fixture(scope="module")
def processes(s3_server: S3Server) -> Iterator[Any]:
    """Two other processes that know the server too."""
    with get_context("spawn").Pool(2, _know, (s3_server.environment,)) as pool:
        yield pool


def write(lake: Lake, document: str, chunks: int, model: str = "first") -> None:
    rows: list[dict[str, Any]] = [
        {"document": document, "chunk": chunk, "model": model, "dimension": 2, "vector": [0.0, 1.0], "content": "c"}
        for chunk in range(chunks)
    ]
    lake.replace(EMBEDDINGS, [document], lake.frame(EMBEDDINGS, rows))


def test_a_document_in_the_lake_is_replaced_read_and_deleted(bucket: Bucket) -> None:
    lake = Lake(root=bucket.uri("store/lake"))
    assert lake.read(EMBEDDINGS).height == 0
    write(lake, A, 3)
    write(lake, B, 1)
    write(lake, A, 2, "second")
    assert lake.read(EMBEDDINGS, [A])["model"].to_list() == ["second", "second"]
    assert lake.documents(EMBEDDINGS) == {A, B}
    lake.delete([A], but=TOMBSTONES)
    assert lake.documents(EMBEDDINGS) == {B}
    assert all(key.startswith("store/lake/embeddings/") for key in bucket.names())


def test_rows_are_appended_to_the_lake(bucket: Bucket) -> None:
    lake = Lake(root=bucket.uri("lake"))
    arrival = {"document": A, "source": "s3://b/a.pdf", "bytes": 1, "version": "1", "seen_at": datetime.now(UTC)}
    arrival |= {"state": "here", "reason": None, "supersedes": None}
    lake.append(ARRIVALS, [arrival])
    lake.append(ARRIVALS, [arrival | {"version": "2"}])
    assert sorted(lake.read(ARRIVALS, [A])["version"]) == ["1", "2"]


def _replace(arguments: tuple[str, str, int]) -> None:
    root, document, writer = arguments
    write(Lake(root=root), document, 3, f"writer {writer}")


def test_processes_that_write_the_same_document_at_once_lose_and_double_nothing(bucket: Bucket, processes: Any) -> None:
    lake = Lake(root=bucket.uri("lake"))
    work = [(lake.root, document, writer) for writer in range(3) for document in (A, B)]
    processes.map(_replace, work, chunksize=1)
    for document in (A, B):
        read = lake.read(EMBEDDINGS, [document])
        assert read["chunk"].to_list() == [0, 1, 2]
        assert read["model"].n_unique() == 1


def test_blobs_are_kept_found_copied_and_forgotten(bucket: Bucket, tmp_path: Path) -> None:
    blobs = Blobs(root=bucket.uri("store/blobs"))
    data = b"%PDF-1.7 ..."
    document = hashlib.sha256(data).hexdigest()
    assert not blobs.has(document, document)
    with pytest.raises(FileNotFoundError):
        blobs.get(document, document)
    file = tmp_path / "file.pdf"
    file.write_bytes(data)
    blobs.put_document(document, file)
    other = blobs.put(B, data)
    assert blobs.has(document, document)
    assert blobs.reader().get(document, document) == data
    with blobs.local_file(document) as path:
        copy = Path(path)
        assert copy.read_bytes() == data
    assert not copy.exists()
    assert blobs.forget(document) == 1
    assert bucket.names() == [f"store/blobs/bb/{B}/{other}"]


def test_a_bucket_that_does_not_exist_is_an_error_of_the_operator(bucket: Bucket) -> None:
    with pytest.raises(UsageError, match="create the bucket"):
        Blobs(root=f"s3://{bucket.name}-other/blobs").put(A, b"page")


def test_credentials_that_are_refused_are_the_operators_to_mend(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    forget_connections()
    with pytest.raises(UsageError, match=f"{bucket.name}/blobs refuses s3:PutObject: the AWS credentials"):
        Blobs(root=bucket.uri("blobs")).put(A, b"page")
    with pytest.raises(UsageError, match="lake/embeddings refuses s3:"):
        Lake(root=bucket.uri("lake")).read(EMBEDDINGS)


def test_checkpoints_are_kept_by_document_and_stage(bucket: Bucket) -> None:
    checkpoints = Checkpoints(root=bucket.uri("checkpoints"))
    for page in (2, 10):
        checkpoints.save("pages", "ocr_text-2", A, page, pl.DataFrame({"page": [page]}))
    checkpoints.save("pages", "page_images-1", A, 1, pl.DataFrame())
    checkpoints.save("vision", "ocr_text", A, 1, pl.DataFrame())
    loaded = checkpoints.load("pages", "ocr_text-2", A)
    assert {page: rows["page"].to_list() for page, rows in loaded.items()} == {2: [2], 10: [10]}
    assert checkpoints.load("pages", "ocr_text-3", A) == {}
    checkpoints.clear_pages(A, ["ocr_text", "figure_captions"])
    kept = ("pages/page_images-1", "vision/ocr_text")
    assert bucket.names() == [f"checkpoints/{A}/{stage}/1.arrow" for stage in kept]
    checkpoints.clear("vision", "ocr_text", A)
    assert bucket.names() == [f"checkpoints/{A}/pages/page_images-1/1.arrow"]


def passages(document: str, texts: list[str]) -> list[Passage]:
    vectors = np.eye(4, dtype=np.float32)
    return [Passage(document, n, text, ("Title",), 1, 2, vectors[n]) for n, text in enumerate(texts)]


def _replace_vectors(arguments: tuple[str, str]) -> None:
    uri, text = arguments
    LanceVectors(uri=uri, model="m", dimension=4).replace(passages(A, [text, text]), [A])


def test_vectors_are_replaced_searched_and_deleted(bucket: Bucket) -> None:
    store = LanceVectors(uri=bucket.uri("vectors"), model="m", dimension=4)
    assert store.count() == 0
    store.replace(passages(A, ["fitness budget", "sick leave", "parking"]) + passages(B, ["invoice"]), [A, B])
    store.replace(passages(A, ["fitness budget"]), [A])
    assert (store.count(A), store.documents()) == (1, {A, B})
    assert store.search("fitness", mode="text")[0].document == A
    assert store.search("x", np.eye(4, dtype=np.float32)[0], mode="vector", documents=[B])[0].text == "invoice"
    store.delete([A])
    assert store.documents() == {B}


def test_processes_that_write_the_same_vectors_at_once_double_nothing(bucket: Bucket, processes: Any) -> None:
    store = LanceVectors(uri=bucket.uri("vectors"), model="m", dimension=4)
    store.replace(passages(A, ["before"]), [A])
    processes.map(_replace_vectors, [(store.uri, f"writer {n}") for n in range(4)], chunksize=1)
    assert store.count(A) == 2


def test_who_takes_a_document_back_waits_for_its_removal_alone(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgotten_passages, "WAIT_SECONDS", 0.0)
    lake = Lake(root=bucket.uri("lake"))
    with removal(lake) as name:
        told = {"forgotten_at": datetime.now(UTC), "last_event": 1}
        rows = [{"document": A, "left_in": ["lancedb", name]} | told, {"document": B, "left_in": []} | told]
        lake.replace(TOMBSTONES, [A, B], lake.frame(TOMBSTONES, rows))
        with pytest.raises(UsageError, match="still being removed"):
            take_back(lake, [A])
        take_back(lake, [B])
        assert leave_later(lake, []) == {}
        assert lake.read(TOMBSTONES, [A])["left_in"].to_list() == [["lancedb", name]]
    take_back(lake, [A])
    assert forgotten_documents(lake) == set()
    assert bucket.names("lake/removal") == []


def test_the_register_of_indexes_is_adopted_once_and_written_anew(bucket: Bucket) -> None:
    file = IndexRegister(root=bucket.uri("store/indexes"))
    assert file.read() is None
    first = file.adopt("lancedb:m-4", {"embedder_url": None})
    assert file.adopt("another", {}) == file.read() == first == Register("lancedb:m-4", None, first.indexes)
    file.write(Register("another", "lancedb:m-4", first.indexes))
    assert file.read() == Register("another", "lancedb:m-4", first.indexes)
    assert bucket.names() == ["store/indexes/register.json"]


def test_an_index_is_listed_read_and_dropped(bucket: Bucket) -> None:
    store = LanceVectors(uri=bucket.uri("vectors"), model="m", dimension=4)
    store.replace(passages(A, ["one", "two"]) + passages(B, ["three"]), [A, B])
    assert dict(store.held()) == {A: [0, 1], B: [0]}
    assert [passage.text for passage in store.read([B, A])] == ["one", "two", "three"]
    store.of("another", 4).drop()
    store.drop()
    assert (list(store.held()), store.read([A])) == ([], [])


def test_a_lock_lets_in_one_and_is_taken_over_from_the_dead(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(holder: str) -> AbstractContextManager[None]:
        return exclusive(bucket.uri("lake"), "maintenance", holder)

    with lock("first"), pytest.raises(UsageError, match="at work in first"), lock("second"):
        pass
    assert bucket.names() == []
    with lock("of the dead"):
        with monkeypatch.context() as later:
            later.setattr("resources.exclusive.LEASE", timedelta())
            taken = lock("heir")
            taken.__enter__()
        with pytest.raises(UsageError, match="at work in heir"), lock("third"):
            pass
    assert bucket.names() == ["lake/maintenance.lock"]  # not the dead one's to remove
    taken.__exit__(None, None, None)
    assert bucket.names() == []


def test_a_profile_serves_every_store_as_well_as_variables_do(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[work]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_PROFILE", "work")
    forget_connections()
    write(Lake(root=bucket.uri("lake")), A, 1)
    Blobs(root=bucket.uri("blobs")).put(A, b"page")
    LanceVectors(uri=bucket.uri("vectors"), model="m", dimension=4).replace(passages(A, ["text"]), [A])
    assert Lake(root=bucket.uri("lake")).documents(EMBEDDINGS) == {A}
    assert LanceVectors(uri=bucket.uri("vectors"), model="m", dimension=4).count() == 1


def test_without_credentials_the_error_says_what_to_set(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    forget_connections()
    with pytest.raises(UsageError, match="AWS_ACCESS_KEY_ID"):
        table_options(bucket.uri())


def test_a_folder_needs_no_options() -> None:
    assert table_options("data/lake") is None
