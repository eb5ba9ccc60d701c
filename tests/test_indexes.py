"""Which index is searched, and what is kept of how it was made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.registered import row
from ocr_assets import index_verifying
from ocr_assets.core.collection import DEFAULT
from ocr_assets.errors import UsageError
from ocr_assets.index_switching import SWITCHING, drop, listed, switch
from ocr_assets.index_verifying import mend, verify
from ocr_assets.indexes import (
    Index,
    enter,
    index_beside,
    other_stores,
    register_of,
    registered_index,
    searched_index,
    unembedded,
)
from ocr_assets.schemas import CHUNKS, EMBEDDINGS
from ocr_assets.settings import Settings
from resources.exclusive import exclusive
from resources.index_register import Register
from resources.lake import Lake
from resources.vector_store import Passage
from sensors.s3_arrivals import own_places

LOCAL = "lancedb:all-MiniLM-L6-v2-int8-384"


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(home=str(folder), _env_file=None, **changes)


def openai(folder: Path, url: str = "http://127.0.0.1:1/v1", **changes: Any) -> Settings:
    return settings(folder, embedder="openai", embedder_url=url, **changes)


def test_the_first_index_is_adopted_and_stays_the_searched_one_whatever_the_settings_say(tmp_path: Path) -> None:
    assert index_beside(settings(tmp_path)) is None
    other = openai(tmp_path, embedder_key="OTHER_KEY")
    beside = index_beside(other)
    assert beside is not None
    assert [beside.name, searched_index(other).name, Index.of(other).name] == [
        LOCAL,
        LOCAL,
        "lancedb:text-embedding-3-small-1536",
    ]
    assert index_beside(settings(tmp_path)) is None


def test_an_index_is_had_again_from_what_the_register_keeps(tmp_path: Path) -> None:
    made = openai(tmp_path, embedder_model="lab/m", embedder_dimension=8, embedder_key="LAB_KEY")
    name = enter(made).name
    again = registered_index(settings(tmp_path), name)
    assert again.embedder == Index.of(made).embedder
    assert again.store == Index.of(made).store


def test_another_passage_prefix_is_another_index_and_another_question_prefix_is_not(tmp_path: Path) -> None:
    plain, told = openai(tmp_path), openai(tmp_path, embedder_passage_prefix="passage: ")
    asked = openai(tmp_path, embedder_passage_prefix="passage: ", embedder_query_prefix="query: ")
    assert enter(plain).name != enter(told).name == enter(asked).name
    # A search of it while the settings name another one asks as it was last set.
    assert registered_index(plain, enter(asked).name).embedder == Index.of(asked).embedder
    assert searched_index(told).embedder == Index.of(plain).embedder


def test_an_index_of_before_there_were_prefixes_is_asked_without_one(tmp_path: Path) -> None:
    made = enter(openai(tmp_path))
    file = register_of(openai(tmp_path))
    found = file.read()
    assert found is not None
    old = {name: value for name, value in made.spec.items() if "prefix" not in name and "fields" not in name}
    file.write(Register(made.name, None, {made.name: old}))
    other = openai(tmp_path, embedder_passage_prefix="passage: ", embedder_query_prefix="query: ")
    assert searched_index(other).embedder == made.embedder
    assert index_beside(openai(tmp_path)) is None


@pytest.mark.parametrize("url", ["http://me:s3cret@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=s3cret"])
def test_credentials_are_not_written_down_and_no_other_endpoint_is_asked_instead(tmp_path: Path, url: str) -> None:
    made = openai(tmp_path, url)
    name = enter(made).name
    assert "s3cret" not in (tmp_path / "indexes" / "register.json").read_text()
    assert searched_index(made).embedder == Index.of(made).embedder  # as long as the settings name it
    with pytest.raises(UsageError, match="holds credentials"):
        searched_index(settings(tmp_path))
    assert index_beside(settings(tmp_path)) is None
    enter(settings(tmp_path))
    assert [(one.name, one.active) for one in listed(settings(tmp_path))] == [(LOCAL, False), (name, True)]


def test_a_model_that_is_not_installed_any_more_is_not_mistaken_for_another(tmp_path: Path) -> None:
    enter(settings(tmp_path))
    file = register_of(settings(tmp_path))
    found = file.read()
    assert found is not None
    file.write(Register("lancedb:old-model-3", None, {"lancedb:old-model-3": found.indexes[LOCAL]}))
    with pytest.raises(UsageError, match="made by another version"):
        searched_index(settings(tmp_path))


def test_a_document_is_forgotten_in_each_place_once(tmp_path: Path) -> None:
    for made in (settings(tmp_path), openai(tmp_path), openai(tmp_path, vector_store="pinecone")):
        enter(made)
    enter(openai(tmp_path, vector_store="pinecone", embedder_model="another"))
    (other,) = other_stores(settings(tmp_path))
    assert type(other).__name__ == "PineconeVectors"
    (other,) = other_stores(openai(tmp_path, vector_store="pinecone"))
    assert type(other).__name__ == "LanceVectors"


def test_indexes_of_one_model_in_two_places_of_pinecone_are_two(tmp_path: Path) -> None:
    one = enter(openai(tmp_path, vector_store="pinecone", pinecone_index="one"))
    other = openai(tmp_path, vector_store="pinecone", pinecone_index="two")
    assert searched_index(other).store == one.store
    (left,) = other_stores(other)
    assert left == one.store


def test_an_index_that_runs_wrote_to_is_forgotten_from_though_it_was_never_built(tmp_path: Path) -> None:
    index_beside(settings(tmp_path))
    index_beside(openai(tmp_path, vector_store="pinecone"))
    (other,) = other_stores(settings(tmp_path))
    assert type(other).__name__ == "PineconeVectors"


def test_runs_note_their_index_while_another_one_is_being_switched_to(tmp_path: Path) -> None:
    index_beside(settings(tmp_path))
    with exclusive(register_of(settings(tmp_path)).root, SWITCHING, "host/1@2"):
        assert index_beside(openai(tmp_path)) is not None
    assert [one.name for one in listed(settings(tmp_path))] == [LOCAL, "lancedb:text-embedding-3-small-1536"]


def test_what_came_after_the_index_was_read_is_not_mended_away(tmp_path: Path) -> None:
    lake, index = Lake(root=str(tmp_path / "lake")), Index.of(settings(tmp_path))
    new, stranger = "a" * 64, "b" * 64
    vector = np.eye(1, index.store.dimension, dtype=np.float32)[0]
    index.store.replace([Passage(one, 0, "words", (), 1, 1, vector) for one in (new, stranger)], [new, stranger])
    found = verify(lake, index, done=())
    assert [document for document, _ in found.differences] == [new, stranger]
    mend(lake, index, found, done=(), known=[new])
    assert index.store.documents() == {new}
    assert [document for document, _ in found.without([new]).differences] == [stranger]


@pytest.mark.parametrize("chunks", [2, 3, 5])
def test_a_long_document_is_compared_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    monkeypatch.setattr(index_verifying, "AT_ONCE", 2)
    lake, index = Lake(root=str(tmp_path / "lake")), Index.of(settings(tmp_path))
    documents = ["a" * 64, "b" * 64, "c" * 64]
    rows = [row(CHUNKS, one) | {"chunk": n, "text": f"{n}"} for one in documents for n in range(chunks)]
    lake.replace(CHUNKS, documents, lake.frame(CHUNKS, rows))
    vectors = np.eye(index.store.dimension, dtype=np.float32)
    wanted = unembedded(lake, documents)
    held = [replace(one, vector=vectors[one.ordinal]) for passages in wanted.values() for one in passages]
    columns = {"model": index.store.model, "dimension": index.store.dimension, "content": "c"}
    known = [
        {"document": one.document, "chunk": one.ordinal, "vector": vectors[one.ordinal].tolist()} | columns
        for one in held
    ]
    lake.replace(EMBEDDINGS, documents, lake.frame(EMBEDDINGS, known))
    index.store.replace(held, documents)
    assert verify(lake, index, documents).differences == []
    held[chunks - 1] = replace(held[chunks - 1], text="another")  # the last of the first
    held[-1] = replace(held[-1], vector=-held[-1].vector)  # and of the third
    index.store.replace(held, documents)
    assert verify(lake, index, documents).differences == [
        (documents[0], "passages that say something else than its chunks"),
        (documents[2], "passages with other vectors than its embeddings"),
    ]


def test_what_a_run_in_flight_wrote_to_the_other_index_is_in_the_new_one_too(tmp_path: Path) -> None:
    lake, document = Lake(root=str(tmp_path / "lake")), "a" * 64
    lake.replace(CHUNKS, [document], lake.frame(CHUNKS, [row(CHUNKS, document)]))
    enter(openai(tmp_path))
    index = enter(settings(tmp_path))
    assert switch(settings(tmp_path), lake, index.name, dict, lambda: [document], lambda: [document]) == 0
    assert index.store.documents() == {document}


def test_a_dropped_index_is_not_known_any_more(tmp_path: Path) -> None:
    enter(settings(tmp_path))
    name = enter(openai(tmp_path)).name
    drop(settings(tmp_path), name)
    assert [one.name for one in listed(settings(tmp_path))] == [LOCAL]


def test_an_index_whose_store_cannot_be_reached_is_taken_out_of_the_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PINECONE_API_KEY", raising=False)
    enter(settings(tmp_path))
    name = enter(openai(tmp_path, vector_store="pinecone")).name
    with pytest.raises(UsageError, match="needs a key"):
        drop(settings(tmp_path), name)
    drop(settings(tmp_path), name, keep=True)
    assert other_stores(settings(tmp_path)) == []
    for wrong, told in ((LOCAL, "is what is searched"), (name, "no index")):
        with pytest.raises(UsageError, match=told):
            drop(settings(tmp_path), wrong, keep=True)


def test_the_register_is_no_arrival_where_the_home_lies_inside_a_source(tmp_path: Path) -> None:
    enter(settings(tmp_path))
    written = [path.as_uri() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert all(uri.startswith(own_places({DEFAULT: settings(tmp_path)})) for uri in written)
