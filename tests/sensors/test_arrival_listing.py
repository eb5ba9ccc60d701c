"""Listing several sources in one tick: each for itself, whole or not at all, within its time."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import open_store
from resources.sources import SeenFile, Sources
from sensors.arrival_listing import Lister, Listing
from tests.conftest import Bucket
from tests.services.faulty_proxy import FaultyProxy


def list_sources(
    sources: Sources, places: Sequence[str], after: dict[str, str], seconds: float, patience: float = 60, **limits: Any
) -> list[Listing]:
    lister = Lister(sources, lambda _: True, limits.pop("enough", 10_000), seconds, patience, **limits)
    return lister.list(places, after)


def put_many(bucket: Bucket, number: int) -> None:
    store = open_store(bucket.uri("in"))
    for name in range(number):
        store.put(f"{name:04}.pdf", b"")


def test_a_listing_that_fails_half_way_concludes_nothing(bucket: Bucket, proxy: FaultyProxy) -> None:
    put_many(bucket, 1_005)
    proxy.refuses = lambda _method, path: "continuation-token" in path
    [listing] = list_sources(Sources(endpoint_url=proxy.url), [bucket.uri("in/")], {}, 60)
    assert proxy.count("GET", "continuation-token") == 1
    assert isinstance(listing.fault, UsageError)
    assert (listing.files, listing.complete, listing.covers(bucket.uri("in/a"))) == ([], False, False)


def test_a_source_that_fails_keeps_no_other_from_being_listed(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("in/a.pdf")
    (tmp_path / "b.pdf").touch()
    places = [f"s3://{bucket.name}-other/", bucket.uri("in/"), str(tmp_path / "missing"), str(tmp_path)]
    listings = list_sources(Sources(), places, {}, 60)
    assert [listing.place for listing in listings] == places
    assert [bool(listing.fault) for listing in listings] == [True, False, True, False]
    assert [file.uri for file in listings[1].files] == [bucket.uri("in/a.pdf")]
    assert [listing.complete for listing in listings] == [False, True, False, True]


def test_a_source_that_does_not_answer_keeps_no_other_waiting(
    bucket: Bucket, proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.pdf").touch()
    proxy.hangs = lambda _method, path: "list-type" in path
    places = [bucket.uri("in/"), str(tmp_path)]

    def time_is_over_for_one(futures: Sequence[Future[Any]], timeout: float) -> None:
        assert timeout == 8
        wait(futures, return_when=FIRST_COMPLETED)

    monkeypatch.setattr("sensors.arrival_listing.wait", time_is_over_for_one)
    silent, folder = list_sources(
        Sources(endpoint_url=proxy.url), places, {bucket.uri("in/"): "s3://x/y"}, 8, patience=0
    )
    assert isinstance(silent.fault, TransientFault)
    assert "did not answer" in str(silent.fault)
    assert silent.resume([]) == "s3://x/y"
    assert len(folder.files) == 1


def test_a_listing_whose_time_is_over_goes_on_where_it_stopped(bucket: Bucket) -> None:
    for name in "abc":
        bucket.put(f"in/{name}.pdf")
    place, after, seen = bucket.uri("in/"), "", []
    for _ in range(3):
        [listing] = list_sources(Sources(), [place], {place: after}, -1)
        seen += [file.uri for file in listing.files]
        after = listing.resume([])
        assert listing.complete == (len(seen) == 3)
    assert seen == [bucket.uri(f"in/{name}.pdf") for name in "abc"]
    assert after == ""


def test_a_folder_goes_on_where_it_stopped_too(tmp_path: Path) -> None:
    for name in ("a b", "b", "c"):
        (tmp_path / f"{name}.pdf").touch()
    after, seen = "", []
    for _ in range(3):
        [listing] = list_sources(Sources(), [str(tmp_path)], {str(tmp_path): after}, -1)
        seen += [file.uri for file in listing.files]
        after = listing.resume([])
    assert seen == [(tmp_path / f"{name}.pdf").as_uri() for name in ("a b", "b", "c")]


def test_what_the_pipeline_writes_itself_is_no_source(bucket: Bucket) -> None:
    for name in ("store/blobs/aa/bb", "storeroom.pdf", "in/a.pdf"):
        bucket.put(name)
    [listing] = list_sources(Sources(), [bucket.uri()], {}, 60, outside=(bucket.uri("store/"),))
    assert [file.uri for file in listing.files] == [bucket.uri("in/a.pdf"), bucket.uri("storeroom.pdf")]


def test_the_next_listing_begins_before_the_first_file_that_was_left() -> None:
    files = [SeenFile(name, 1, "1") for name in "abcd"]
    listing = Listing("place", "0", files, complete=True)
    assert listing.resume([]) == ""
    assert listing.resume([files[2], files[3]]) == "b"
    assert listing.resume([files[0]]) == "0"
    assert Listing("place", "0", files, reached="e").resume([]) == "e"
    assert Listing("place", "0", []).resume([]) == "0"


def test_a_listing_stops_when_it_has_enough_for_a_tick(bucket: Bucket) -> None:
    put_many(bucket, 5)
    [listing] = list_sources(Sources(), [bucket.uri("in/")], {}, 60, enough=2)
    assert (len(listing.files), listing.complete) == (2, False)
    [rest] = list_sources(Sources(), [bucket.uri("in/")], {bucket.uri("in/"): listing.resume([])}, 60, enough=3)
    assert [file.uri for file in rest.files] == [bucket.uri(f"in/000{number}.pdf") for number in (2, 3, 4)]


def test_what_lies_outside_in_any_number_holds_up_no_listing(bucket: Bucket) -> None:
    put_many(bucket, 2)
    bucket.put("z.pdf")
    place, outside = bucket.uri(), (bucket.uri("in/"),)
    after = ""
    for left in (0, 0, 1):
        [listing] = list_sources(Sources(), [place], {place: after}, -1, outside=outside)
        after = listing.resume([])
        assert len(listing.files) == left


def test_a_listing_covers_what_lies_between_its_ends_in_every_order_that_servers_have() -> None:
    part = Listing("s3://b/", "s3://b/c.pdf", reached="s3://b/n/x.pdf")
    covered = {name: part.covers(f"s3://b/{name}") for name in ("a", "c.pdf", "d", "m/y", "n/x.pdf", "n.pdf", "z")}
    assert [name for name, inside in covered.items() if inside] == ["d", "m/y", "n/x.pdf"]
    assert Listing("s3://b/", complete=True).covers("s3://b/z")
    assert not Listing("s3://b/").covers("s3://b/z")
    assert not Listing("s3://b/", complete=True, fault=UsageError("no")).covers("s3://b/z")
    folder = Listing("/in", "file:///in/a%20b.pdf", complete=True)
    assert [folder.covers(f"file:///in/{name}.pdf") for name in ("a%20b", "a!b", "A")] == [False, True, False]
