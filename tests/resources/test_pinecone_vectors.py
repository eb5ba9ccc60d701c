"""The Pinecone store through the official client over HTTP; the server validates, throttles, fails and lags."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ocr_assets.errors import TransientFault, UsageError
from ocr_assets.indexes import same_passages
from resources import pinecone_vectors
from resources.pinecone_client import forget_connections
from resources.pinecone_vectors import PineconeVectors
from tests.passage_making import FILTERED, TEXTS, found_by_filters, passages
from tests.services.pinecone_server import KEY, PineconeServer

A, B = "a" * 64, "b" * 64


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PineconeServer]:
    with PineconeServer().running() as running:
        monkeypatch.setenv("PINECONE_API_KEY", KEY)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", running.url)
        forget_connections()
        yield running
    forget_connections()


def store(model: str = "test-model", dimension: int = 4, **changes: Any) -> PineconeVectors:
    fields: dict[str, Any] = {"index": "test", "wait_seconds": 5, "poll_seconds": 0.001}
    return PineconeVectors(model=model, dimension=dimension, **(fields | changes))


def test_hits_carry_the_passage_and_where_it_stands(server: PineconeServer) -> None:
    vectors = store()
    vectors.replace([*passages(A, TEXTS), *passages(B, TEXTS)], [A, B])
    first, second = vectors.search("x", np.eye(4, dtype=np.float32)[1], k=1, documents=[B]), vectors.read([B])[1]
    assert [(hit.document, hit.ordinal, hit.text, hit.heading_path) for hit in first] == [
        (B, 1, TEXTS[1], ("Part", "Sub"))
    ]
    assert (first[0].page_start, first[0].page_end, first[0].score) == (2, 3, pytest.approx(1))
    assert (second.id, second.text, second.heading_path, second.page_end) == (f"{B}:1", TEXTS[1], ("Part", "Sub"), 3)
    np.testing.assert_array_equal(second.vector, [0, 1, 0, 0])
    assert [passage.ordinal for passage in vectors.read([A], range(1, 9))] == [1, 2]


def test_the_index_is_made_once_and_the_namespace_carries_collection_model_and_dimension(
    server: PineconeServer,
) -> None:
    assert (store().count(), store().documents(), store().search("x", np.ones(4, np.float32))) == (0, set(), [])
    assert server.indexes == {}
    for model in ("lab/a", "lab_a"):
        store(model, collection="contracts").replace(passages(A, TEXTS), [A])
    store("lab/a", 8).replace(passages(A, TEXTS, 8), [A])
    assert {name: set(spaces) for name, spaces in server.records.items()} == {
        "test-4": {"contracts/lab_2f_a-4", "contracts/lab_5f_a-4"},
        "test-8": {"documents/lab_2f_a-8"},
    }
    assert store("lab/a").count() == 0


@pytest.mark.usefixtures("server")
def test_a_search_finds_only_what_passes_its_filters() -> None:
    assert found_by_filters(store(), "vector") == FILTERED


def test_very_many_documents_are_searched_in_parts(server: PineconeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinecone_vectors, "LISTED", 2)
    vectors, documents = store(), [letter * 64 for letter in "abcde"]
    for document in documents:
        vectors.replace(passages(document, TEXTS), [document])
    hits = vectors.search("x", np.eye(4, dtype=np.float32)[1], k=4, documents=documents[:4])
    assert {hit.document for hit in hits} == set(documents[:4])
    assert {hit.ordinal for hit in hits} == {1}


def test_a_document_that_shrinks_leaves_no_orphans_and_others_alone(server: PineconeServer) -> None:
    vectors = store()
    vectors.replace([*passages(A, TEXTS * 70), *passages(B, TEXTS)], [A, B])
    assert (vectors.count(A), vectors.count()) == (210, 213)
    vectors.replace(passages(A, TEXTS[:2]), [A])
    assert list(vectors.held()) == [(A, [0, 1]), (B, [0, 1, 2])]
    vectors.replace([], [A])
    assert vectors.documents() == {B}


@pytest.mark.parametrize("lag", [1, 5])
def test_what_was_written_can_be_read_when_replace_returns_and_the_document_was_never_missing(
    server: PineconeServer, lag: int
) -> None:
    vectors = store()
    vectors.replace(passages(A, TEXTS), [A])
    server.lag, seen = lag, []
    writes = server.write

    def watched(change: Any) -> None:
        def changed() -> None:
            change()
            seen.append(len(server.records["test-4"]["documents/test-model-4"]))

        writes(changed)

    server.write = watched  # type: ignore[method-assign]
    vectors.replace(passages(A, ["only one left"]), [A])
    assert [passage.text for passage in vectors.read([A])] == ["only one left"]
    assert seen == [3, 1]
    assert server.pending == []


def test_requests_keep_to_the_limits_of_bytes_and_count(server: PineconeServer) -> None:
    store(dimension=2).replace(passages(A, ["short"] * 1_001, 2), [A])
    assert sorted(len(body["vectors"]) for body in server.asked("POST vectors/upsert")) == [1, 1_000]
    server.requests.clear()
    store(dimension=2).replace(passages(B, ["x" * 39_000] * 60, 2), [B])  # 2.3 MB; the server refuses more than 2
    assert sorted(len(body["vectors"]) for body in server.asked("POST vectors/upsert")) == [11, 49]


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 60_000, '"\n\x01' * 20_000])
def test_the_end_of_a_text_that_does_not_fit_into_the_metadata_is_cut(server: PineconeServer, text: str) -> None:
    vectors = store()
    vectors.replace(passages(A, [text]), [A])
    (kept,) = vectors.read([A])
    assert 5_000 < len(kept.text) < len(text)
    assert text.startswith(kept.text)
    assert (kept.heading_path, kept.cut) == (("Part", "Sub"), True)
    assert same_passages([kept], passages(A, [text]))
    assert not same_passages([kept], passages(A, ["other" + text]))


def test_lists_that_do_not_fit_into_the_metadata_are_cut_too(server: PineconeServer) -> None:
    vectors, (one,) = store(), passages(A, ["text"])
    boxes = tuple((n, 0.123456789, 0.2, 0.3, 0.4) for n in range(2_000))
    vectors.replace([replace(one, boxes=boxes, heading_path=("x" * 30_000, "y" * 30_000))], [A])
    (kept,) = vectors.read([A])
    assert (kept.cut, kept.heading_path) == (True, ("x" * 30_000,))
    assert kept.boxes == boxes[: len(kept.boxes)] != ()


@pytest.mark.parametrize("failure", ["throttle", "server_error", "cut", "drop"])
def test_what_fails_for_now_is_sent_again(server: PineconeServer, failure: Any) -> None:
    vectors = store(wait_seconds=0.01)
    vectors.replace(passages(A, TEXTS), [A])
    server.failures = [failure]
    vectors.replace(passages(A, ["one", "two"]), [A])
    assert server.failures == []
    assert [passage.text for passage in vectors.read([A])] == ["one", "two"]


def test_one_of_several_requests_that_is_lost_is_sent_again_alone(server: PineconeServer) -> None:
    vectors = store(wait_seconds=0.01)
    server.failures = ["drop"]
    vectors.replace(passages(A, ["x"] * 2_500), [A])
    sizes = [len(body["vectors"]) for body in server.asked("POST vectors/upsert")]
    assert sorted(sizes[:3]) == [500, 1_000, 1_000]
    assert sizes[3:] in ([500], [1_000])
    assert vectors.count(A) == 2_500


def test_writes_that_are_never_seen_are_a_transient_fault(server: PineconeServer) -> None:
    vectors = store(wait_seconds=0)
    server.failures = ["drop"] * 3
    with pytest.raises(TransientFault, match="3 of 3 written records cannot be read"):
        vectors.replace(passages(A, TEXTS), [A])
    vectors.replace(passages(A, TEXTS), [A])
    server.failures = ["drop"] * 3
    with pytest.raises(TransientFault, match="3 deleted records are still there"):
        vectors.delete([A])
    vectors.delete([A])
    assert vectors.count() == 0


def test_of_two_writers_of_a_document_one_is_told(server: PineconeServer) -> None:
    vectors, other = store(wait_seconds=0), store()
    vectors.replace(passages(A, TEXTS), [A])
    writes, done = server.write, []

    def interrupted(change: Any) -> None:
        writes(change)
        if not done and server.asked("POST vectors/delete") == []:
            done.append(True)
            server.lock.release()  # the other writer is another connection
            try:
                other.replace(passages(A, ["of the other", "and more"]), [A])
            finally:
                server.lock.acquire()

    server.write = interrupted  # type: ignore[method-assign]
    vectors.replace(passages(A, ["mine"]), [A])
    assert [passage.text for passage in vectors.read([A])] in (["mine"], ["of the other", "and more"])


def test_a_deleted_document_is_gone_from_every_model_of_the_collection(server: PineconeServer) -> None:
    stores = [store(), store("another"), store("another", 8)]
    for vectors in [*stores, store(collection="others")]:
        vectors.replace([*passages(A, TEXTS, vectors.dimension), *passages(B, TEXTS, vectors.dimension)], [A, B])
    store("never written").delete([A, "c" * 64])
    assert [vectors.documents() for vectors in stores] == [{B}] * 3
    assert store(collection="others").documents() == {A, B}


def test_a_wrong_key_is_the_operators_to_mend_and_stays_secret(
    server: PineconeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINECONE_API_KEY", "pcsk_wrong")
    with pytest.raises(UsageError, match=r"401.*PINECONE_API_KEY") as caught:
        store().replace(passages(A, TEXTS), [A])
    assert "pcsk_wrong" not in str(caught.value)
    assert caught.value.__cause__ is None
    monkeypatch.delenv("PINECONE_API_KEY")
    with pytest.raises(UsageError, match="needs a key"):
        store().count()


def test_a_service_that_is_away_is_a_transient_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINECONE_API_KEY", KEY)
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", "http://127.0.0.1:1")
    forget_connections()
    with pytest.raises(TransientFault, match="did not answer"):
        store().count()
    forget_connections()


def test_a_dropped_index_is_gone_and_others_stay(server: PineconeServer) -> None:
    for model in ("a", "b"):
        store(model).replace(passages(A, TEXTS), [A])
    store("a").drop()
    store("a").drop()
    assert (store("a").count(), store("b").count()) == (0, 3)


def test_there_is_no_full_text_to_search(server: PineconeServer) -> None:
    with pytest.raises(UsageError, match="no full-text"):
        store().search("x", mode="text")
