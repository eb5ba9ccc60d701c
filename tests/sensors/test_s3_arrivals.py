"""Arrivals from a real S3 server and from folders: what a tick registers, requests and leaves."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ocr_assets.arrivals import Arrival, places
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import UsageError
from ocr_assets.forgetting import forget
from ocr_assets.schemas import RAW_PDFS
from resources.sources import SeenFile, Sources
from sensors.s3_arrivals import changes, identified, portion
from tests.conftest import Bucket
from tests.pipeline import Pipeline, pdf, pipeline


def seen(uri: str, version: str = "1", size: int = 10) -> SeenFile:
    return SeenFile(uri, size, version)


def test_new_and_rewritten_files_are_changes_and_known_ones_are_not() -> None:
    listed = [seen("s3://b/c"), seen("s3://b/a"), seen("s3://b/b", "2")]
    assert changes(listed, {("s3://b/a", "1"), ("s3://b/b", "1")}) == [seen("s3://b/b", "2"), seen("s3://b/c")]


def test_a_file_that_went_back_to_a_noted_version_is_no_change() -> None:
    assert changes([seen("s3://b/a", "1")], {("s3://b/a", "1"), ("s3://b/a", "2")}) == []


def test_a_file_that_lies_in_two_places_that_overlap_is_one_change() -> None:
    assert changes([seen("s3://b/a"), seen("s3://b/a")], set()) == [seen("s3://b/a")]


def test_a_tick_takes_files_up_to_its_number_and_size() -> None:
    files = [seen(name) for name in "abcd"]
    assert portion(files, 3, 1000) == files[:3]
    assert portion(files, 100, 25) == files[:2]
    assert portion(files, 100, 40) == files
    assert portion([], 3, 10) == []


def test_a_file_over_the_size_of_a_tick_is_taken_alone() -> None:
    assert portion([seen("big", size=100), seen("small")], 3, 50) == [seen("big", size=100)]


@pytest.fixture
def watching(bucket: Bucket, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline that watches the bucket."""
    with pipeline(tmp_path / "home", sources=bucket.uri("in/")) as watching:
        yield watching


def test_new_files_are_registered_in_hash_order_and_requested_as_one_range(watching: Pipeline, bucket: Bucket) -> None:
    contents = [pdf(f"document {number}") for number in range(3)]
    for number, content in enumerate(contents):  # within the same second
        bucket.put(f"in/{number}.pdf", content)
    (request,) = watching.tick("s3_arrivals")
    assert watching.documents == sorted(map(document_id, contents))
    assert watching.range(request) == watching.documents
    assert [key.to_user_string() for key in request.asset_selection or ()] == list(STAGES)
    assert watching.tick("s3_arrivals") == []


def test_the_requested_run_fetches_the_bytes_from_the_bucket(watching: Pipeline, bucket: Bucket) -> None:
    content = pdf("a document in a bucket")
    bucket.put("in/a b+ü.pdf", content)
    (request,) = watching.tick("s3_arrivals")
    assert watching.execute(request, ["raw_pdfs"])
    (row,) = watching.part("lake").read(RAW_PDFS).iter_rows(named=True)
    assert (row["document"], row["sources"]) == (document_id(content), [bucket.uri("in/a b+ü.pdf")])
    assert watching.part("blobs").get(row["document"], row["document"]) == content


def test_the_same_bytes_under_two_names_are_one_document_with_two_sources(watching: Pipeline, bucket: Bucket) -> None:
    for name in ("in/a.pdf", "in/copy.pdf"):
        bucket.put(name, pdf("twice"))
    watching.tick("s3_arrivals")
    (document,) = watching.documents
    assert places(watching.part("lake"), [document]) == {document: [bucket.uri("in/a.pdf"), bucket.uri("in/copy.pdf")]}


def test_a_copy_that_comes_later_adds_a_source_and_no_run(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("twice"))
    watching.tick("s3_arrivals")
    bucket.put("in/copy.pdf", pdf("twice"))
    assert watching.tick("s3_arrivals") == []
    assert len(places(watching.part("lake"), watching.documents)[watching.documents[0]]) == 2


def test_a_rewritten_file_is_another_document(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("first"))
    watching.tick("s3_arrivals")
    bucket.put("in/a.pdf", pdf("second"))
    (request,) = watching.tick("s3_arrivals")
    assert watching.range(request) == [document_id(pdf("second"))]


def test_a_forgotten_document_does_not_come_back(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("to forget"))
    watching.tick("s3_arrivals")
    parts = [watching.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    forget(watching.instance, *parts, watching.documents)
    bucket.put("in/again.pdf", pdf("to forget"))
    assert watching.tick("s3_arrivals") == []
    assert watching.documents == []


def test_what_is_over_the_limit_of_a_tick_comes_with_the_next(
    watching: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 2)
    for number in range(3):
        bucket.put(f"in/{number}.pdf", pdf(f"document {number}"))
    watching.tick("s3_arrivals")
    assert len(watching.documents) == 2
    (request,) = watching.tick("s3_arrivals")
    assert len(watching.range(request)) == 1
    assert len(watching.documents) == 3


def test_a_run_is_asked_for_at_most_64_documents(watching: Pipeline, bucket: Bucket) -> None:
    for number in range(70):
        bucket.put(f"in/{number}.pdf", b"%d" % number)
    assert [len(watching.range(request)) for request in watching.tick("s3_arrivals")] == [64, 6]


def test_a_listing_that_fails_fails_the_tick_and_loses_nothing(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("kept"))
    watching.tick("s3_arrivals")
    bucket.client.delete_object(Bucket=bucket.name, Key="in/a.pdf")
    bucket.client.delete_bucket(Bucket=bucket.name)
    with pytest.raises(UsageError, match="cannot be listed"):
        watching.tick("s3_arrivals")
    assert watching.documents == [document_id(pdf("kept"))]


def test_a_folder_is_watched_by_the_same_sensor(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ü b.pdf").write_bytes(pdf("in a folder"))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as watching:
        (request,) = watching.tick("s3_arrivals")
        assert watching.range(request) == [document_id(pdf("in a folder"))]
        assert watching.tick("s3_arrivals") == []


def test_a_file_that_went_since_it_was_listed_keeps_no_other_from_arriving(bucket: Bucket) -> None:
    bucket.put("there.pdf", b"there")
    gone, there = (seen(bucket.uri(name)) for name in ("gone.pdf", "there.pdf"))
    with dg.build_sensor_context() as context:
        assert identified(context, Sources(), [gone, there]) == [Arrival(document_id(b"there"), there)]


def test_without_sources_nothing_is_asked_for(tmp_path: Path) -> None:
    with pipeline(tmp_path) as watching:
        assert watching.tick("s3_arrivals") == []


def test_a_tick_killed_between_registering_and_noting_loses_nothing(
    watching: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("in/a.pdf", pdf("killed over this"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sensors.s3_arrivals.note_arrivals", killed)
        with pytest.raises(KeyboardInterrupt):
            watching.tick("s3_arrivals")
    watching.tick("s3_arrivals")
    assert set(places(watching.part("lake"), watching.documents)) == set(watching.documents) != set()
