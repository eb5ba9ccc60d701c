"""Looking at files of a real S3 server: which document each is, what is refused, and what a tick's time allows."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.core.identity import document_id
from resources.quarantine import Quarantine
from resources.sources import SeenFile, Sources
from sensors import arrival_looks
from sensors.arrival_looks import Looker, refusal
from tests.conftest import Bucket
from tests.services.faulty_proxy import FaultyProxy

PDF = b"%PDF-1.7\n"
MAX_BYTES = 200_000
Look = Callable[..., arrival_looks.Looks]


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(root=str(tmp_path / "quarantine"))


@pytest.fixture
def look(bucket: Bucket, proxy: FaultyProxy, quarantine: Quarantine, tmp_path: Path) -> Look:
    """Looks at all files of the bucket, with a number of seconds for it."""
    sources = Sources(endpoint_url=proxy.url)

    def look(seconds: float = 60.0, files: Sequence[SeenFile] | None = None) -> arrival_looks.Looks:
        seen = list(sources.list(bucket.uri(), every=True)) if files is None else files
        return Looker(sources, quarantine, tmp_path / "spool", MAX_BYTES, time.monotonic() + seconds).look(seen)

    return look


def test_a_small_file_is_known_by_one_request(bucket: Bucket, look: Look, proxy: FaultyProxy) -> None:
    bucket.put("a.pdf", PDF)
    (arrival,) = look().arrivals
    assert (arrival.document, arrival.state) == (document_id(PDF), "here")
    assert (proxy.count("GET", "a.pdf"), proxy.count("HEAD", "a.pdf")) == (1, 0)


def test_a_larger_file_with_a_checksum_is_known_by_its_beginning_and_checksum(
    bucket: Bucket, look: Look, proxy: FaultyProxy
) -> None:
    data = PDF + b"x" * 100_000
    bucket.put("a.pdf", data, ChecksumAlgorithm="SHA256")
    (arrival,) = look().arrivals
    assert arrival.document == document_id(data)
    assert (proxy.count("GET", "a.pdf"), proxy.count("HEAD", "a.pdf")) == (1, 1)


def test_a_larger_file_without_a_checksum_is_read(bucket: Bucket, look: Look) -> None:
    data = PDF + b"x" * 100_000
    bucket.put("a.pdf", data)
    assert [arrival.document for arrival in look().arrivals] == [document_id(data)]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("notes.pdf", b"only a text", "not_a_document: this looks like a text file"),
        ("office.docx", b"PK\x03\x04rest", "not_a_document: this looks like a zip archive"),
        ("empty.pdf", b"", "empty_file"),
        ("big.pdf", PDF + b"x" * MAX_BYTES, "too_large: 200,009 bytes are more than the 200,000"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(
    bucket: Bucket, look: Look, quarantine: Quarantine, name: str, data: bytes, reason: str
) -> None:
    bucket.put(name, data)
    (arrival,) = look().arrivals
    assert (arrival.state, arrival.document) == ("refused", "")
    assert arrival.reason is not None
    assert arrival.reason.startswith(reason)
    why = quarantine.why(refusal(arrival.file.uri, arrival.file.version)) or {}
    assert (why["sources"], why["reason"]) == ([bucket.uri(name)], reason.split(":")[0])
    copy = Path(quarantine.root, why["name"], name)
    assert copy.exists() == (why["file"] is not None) == (reason[0] == "n")
    assert not copy.exists() or copy.read_bytes() == data


def test_a_file_that_is_too_large_is_not_read_at_all(bucket: Bucket, look: Look, proxy: FaultyProxy) -> None:
    bucket.put("big.pdf", PDF + b"x" * MAX_BYTES)
    look()
    assert proxy.count("GET", "big.pdf") == proxy.count("HEAD", "big.pdf") == 0


@pytest.mark.parametrize("name", ["big.pdf", "notes ü.pdf"])
def test_a_large_refused_file_is_copied_to_the_quarantine_by_s3_itself(
    bucket: Bucket, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(arrival_looks, "LARGE_BYTES", 100_000)
    data = PDF + b"x" * MAX_BYTES if name == "big.pdf" else b"only words " * 14_000
    bucket.put(f"in/{name}", data)
    sources, quarantine = Sources(), Quarantine(root=bucket.uri("quarantine"))
    [file] = sources.list(bucket.uri("in/"), every=True)
    read: list[SeenFile] = []
    monkeypatch.setattr(Looker, "_pieces_in_time", lambda _looker, file: read.append(file))
    looker = Looker(sources, quarantine, tmp_path / "spool", MAX_BYTES, time.monotonic() + 60)
    assert [arrival.state for arrival in looker.look([file]).arrivals] == ["refused"]
    case = refusal(file.uri, file.version)
    assert (quarantine.why(case) or {})["file"] == name
    assert b"".join(sources._pieces(f"{quarantine.root}/{case}/{name}")) == data
    assert read == []


def test_a_large_refused_file_is_copied_to_another_place_if_there_is_time(
    bucket: Bucket, quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(arrival_looks, "LARGE_BYTES", 100_000)
    monkeypatch.setattr("resources.s3_objects.CHUNK_BYTES", 50_000)
    for name in ("a", "b"):
        bucket.put(name, b"only words " * 14_000)
    kept = {}
    for file, ticks in zip(Sources().list(bucket.uri(), every=True), (1000, 2), strict=True):
        clock = iter(range(10_000)).__next__
        looker = Looker(Sources(), quarantine, tmp_path / "spool", MAX_BYTES, ticks, clock)
        [arrival] = looker.look([file]).arrivals
        kept[arrival.file.uri[-1]] = (quarantine.why(refusal(file.uri, file.version)) or {})["file"]
    assert kept == {"a": "a", "b": None}


def test_what_a_file_is_is_told_by_its_bytes_and_not_by_its_name(bucket: Bucket, look: Look) -> None:
    for name in ("report", "scan.dat", "a.pdf.bak"):
        bucket.put(name, PDF + name.encode())
    assert {arrival.state for arrival in look().arrivals} == {"here"}


def test_a_file_that_cannot_be_read_keeps_no_other_from_arriving(
    bucket: Bucket, look: Look, proxy: FaultyProxy
) -> None:
    for name in ("a.pdf", "b.pdf"):
        bucket.put(name, PDF + name.encode())
    proxy.refuses = lambda _method, path: "a.pdf" in path
    looks = look()
    assert [arrival.file.uri for arrival in looks.arrivals] == [bucket.uri("b.pdf")]
    [(file, error)] = looks.unreadable
    assert file.uri == bucket.uri("a.pdf")
    assert "source_denied" in str(error)
    assert "lack s3:GetObject" in str(error)


def test_a_file_that_was_rewritten_since_it_was_listed_is_not_taken_for_what_it_was(bucket: Bucket, look: Look) -> None:
    bucket.put("a.pdf", PDF)
    files = list(Sources().list(bucket.uri(), every=True))
    bucket.put("a.pdf", PDF + b"other")
    looks = look(files=files)
    assert looks.arrivals == []
    [(_, error)] = looks.unreadable
    assert "rewritten" in str(error)


def test_without_time_everything_is_left(bucket: Bucket, look: Look) -> None:
    bucket.put("a.pdf", PDF)
    looks = look(-1)
    assert [file.uri for file in looks.left] == [bucket.uri("a.pdf")]
    assert looks.arrivals == looks.unreadable == []


def test_a_request_that_hangs_does_not_hold_up_the_tick(
    bucket: Bucket, look: Look, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hangs.pdf", "b.pdf"):
        bucket.put(name, PDF + name.encode())
    proxy.hangs = lambda _method, path: "hangs" in path

    def time_is_over_for_one(futures: Sequence[Future[Any]], timeout: float) -> None:
        assert timeout <= 10.0 + arrival_looks.GRACE
        while sum(not future.done() for future in futures) > 1:
            wait([future for future in futures if not future.done()], return_when=FIRST_COMPLETED)

    monkeypatch.setattr(arrival_looks, "wait", time_is_over_for_one)
    looks = look(10.0)
    assert [file.uri for file in looks.left] == [bucket.uri("hangs.pdf")]
    assert [arrival.file.uri for arrival in looks.arrivals] == [bucket.uri("b.pdf")]
    proxy.stopped.set()


def test_a_file_that_takes_longer_than_a_tick_is_read_over_several(
    bucket: Bucket, quarantine: Quarantine, proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival_looks, "SPOOLED_BYTES", 1)
    monkeypatch.setattr("resources.s3_objects.CHUNK_BYTES", 50_000)
    data = PDF + b"x" * 99_991 + b"y" * 20_000  # three pieces
    bucket.put("a.pdf", data)
    sources = Sources(endpoint_url=proxy.url)
    files = list(sources.list(bucket.uri(), every=True))
    begun = []
    for _ in range(2):
        moments = iter((0.0, 0.0))  # of the tick and of the file; the time is over after its first piece
        looker = Looker(sources, quarantine, tmp_path / "spool", MAX_BYTES, 1.0, partial(next, moments, 2.0))
        assert looker.look(files).left == files
        begun.append(next((tmp_path / "spool").iterdir()).stat().st_size)
    assert begun == [50_000, 100_000]
    looks = Looker(sources, quarantine, tmp_path / "spool", MAX_BYTES, 1.0, lambda: 0.0).look(files)
    assert [arrival.document for arrival in looks.arrivals] == [document_id(data)]
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_was_begun_of_a_file_that_did_not_come_up_for_days_is_removed(
    bucket: Bucket, look: Look, tmp_path: Path
) -> None:
    (tmp_path / "spool").mkdir()
    for name, days in (("lost", 3), ("begun", 0)):
        (tmp_path / "spool" / name).touch()
        os.utime(tmp_path / "spool" / name, (time.time() - days * 86_400,) * 2)
    look()
    assert [path.name for path in (tmp_path / "spool").iterdir()] == ["begun"]
