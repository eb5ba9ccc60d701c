"""`ocr-assets sync` into a real bucket: only what is not there, verified by S3, and taken up again."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr_assets.core.identity import document_id
from ocr_assets.syncing import Synced, sync
from resources.quarantine import Quarantine
from resources.sources import Sources
from sensors.arrival_looks import Looker
from tests.cli.conftest import Answer, command
from tests.conftest import Bucket
from tests.pipeline import pdf
from tests.services.faulty_proxy import FaultyProxy

NAMES = ("a.pdf", "deep/b ü+%20.pdf", "deep/er/'c\"\n.PDF")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three documents, and what is none."""
    folder = tmp_path / "files, März"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(pdf(ascii(name)))
    (folder / "notes.txt").write_text("not for the bucket")
    (folder / ".hidden.pdf").write_bytes(pdf("hidden"))
    return folder


@pytest.fixture
def run(bucket: Bucket, folder: Path) -> Callable[[], Synced]:
    return lambda: sync(Sources(), folder, bucket.uri("in"))


def uris(bucket: Bucket, *names: str) -> list[str]:
    return sorted(bucket.uri(f"in/{name}") for name in names)


def test_documents_are_uploaded_under_their_names_with_their_checksums(
    bucket: Bucket, folder: Path, run: Callable[[], Synced]
) -> None:
    synced = run()
    assert (synced.uploaded, synced.there, synced.failed) == (uris(bucket, *NAMES), [], [])
    assert sorted(bucket.names()) == sorted(f"in/{name}" for name in NAMES)
    for name in NAMES:
        assert Sources().s3.checksum(bucket.name, f"in/{name}") == document_id((folder / name).read_bytes())


def test_a_second_call_uploads_nothing(bucket: Bucket, run: Callable[[], Synced]) -> None:
    run()
    again = run()
    assert (again.uploaded, again.there) == ([], uris(bucket, *NAMES))


def test_only_what_has_changed_or_lacks_its_checksum_is_uploaded_again(
    bucket: Bucket, folder: Path, run: Callable[[], Synced]
) -> None:
    run()
    before = (folder / "a.pdf").read_bytes()
    (folder / "a.pdf").write_bytes(before.replace(b"a.pdf", b"A.PDF"))  # of the same size
    name = NAMES[1]
    bucket.put(f"in/{name}", (folder / name).read_bytes())
    assert run().uploaded == uris(bucket, "a.pdf", name)
    assert run().uploaded == []


def test_files_that_fail_are_told_and_taken_up_by_the_next_call(
    bucket: Bucket, folder: Path, proxy: FaultyProxy
) -> None:
    (folder / "empty.pdf").touch()
    (folder / "text.pdf").write_text("a text")
    proxy.refuses = lambda method, path: method == "PUT" and "a.pdf" in path
    synced = sync(Sources(endpoint_url=proxy.url), folder, bucket.uri("in/"))
    assert [(Path(file).name, fault.reason) for file, fault in synced.failed] == [
        ("a.pdf", "service_refused"),
        ("empty.pdf", "empty_file"),
        ("text.pdf", "not_a_document"),
    ]
    assert "lack s3:PutObject on it" in synced.failed[0][1].detail
    assert synced.uploaded == uris(bucket, *NAMES[1:])
    proxy.refuses = lambda _method, _path: False
    assert sync(Sources(), folder, bucket.uri("in")).uploaded == uris(bucket, "a.pdf")


def test_a_file_that_changes_while_it_is_uploaded_is_refused_by_the_server(bucket: Bucket, folder: Path) -> None:
    sources = Sources()

    def change(**_: object) -> None:
        (folder / "a.pdf").write_bytes(pdf("changed"))

    sources.s3.client.meta.events.register("before-parameter-build.s3.PutObject", change)
    synced = sync(sources, folder, bucket.uri("in"))
    assert Path(synced.failed[0][0]).name == "a.pdf"
    assert "in/a.pdf" not in bucket.names()


def test_what_was_synced_arrives_without_its_content_being_read(
    bucket: Bucket, proxy: FaultyProxy, folder: Path, tmp_path: Path
) -> None:
    large = pdf("large") + b"%" * 200_000
    (folder / "large.pdf").write_bytes(large)
    sync(Sources(), folder, bucket.uri("in"))
    files = list(Sources().list(bucket.uri("in/"), every=True))
    looker = Looker(
        Sources(endpoint_url=proxy.url), Quarantine(root=str(tmp_path)), tmp_path, 1 << 30, time.monotonic() + 60
    )
    assert document_id(large) in {arrival.document for arrival in looker.look(files).arrivals}
    # Its first bytes, and its checksum.
    assert (proxy.count("GET", "large.pdf"), proxy.count("HEAD", "large.pdf")) == (1, 1)


def call(bucket: Bucket, folder: Path, *arguments: str) -> Answer:
    return command("sync", str(folder), bucket.uri("in"), "--home", str(folder.parent / "home"), *arguments)


def test_the_command_says_what_it_did(bucket: Bucket, folder: Path) -> None:
    answer = call(bucket, folder)
    assert (answer.code, answer.out) == (0, f"3 files uploaded to {bucket.uri('in')}, 0 there already\n")
    assert call(bucket, folder, "--json").json == {"uploaded": [], "there": uris(bucket, *NAMES), "failed": []}
    (folder / "text.pdf").write_text("a text")
    answer = call(bucket, folder)
    assert answer.code == 3
    assert "3 there already, 1 failed" in answer.out
    assert "not_a_document" in answer.out
    assert not (folder.parent / "home").exists()


@pytest.mark.parametrize(
    ("place", "target", "told"),
    [
        ("files, März", "bucket/in", "is no bucket"),
        ("files, März/a.pdf", "s3://b/in", "is no folder"),
        ("files, März", "s3://there-is-none/in", "cannot be listed"),
        ("empty", "s3://b/in", "no PDF"),
    ],
)
def test_a_wrong_place_is_an_error_of_the_operator(
    bucket: Bucket, folder: Path, tmp_path: Path, place: str, target: str, told: str
) -> None:
    (tmp_path / "empty").mkdir()
    answer = command("sync", str(tmp_path / place), target, "--home", str(tmp_path / "home"))
    assert (answer.code, answer.out) == (1, "")
    assert told in answer.err
