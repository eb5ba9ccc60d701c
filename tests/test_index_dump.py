"""An index goes into files of every form and comes back the same, in the same store and in the other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lancedb
import numpy as np
import polars as pl
import pytest

from bench.registered import row
from ocr_assets.errors import UsageError
from ocr_assets.index_dump import AT_ONCE, MANIFEST, Form, dump, load
from ocr_assets.schemas import CHUNKS
from resources.lake import Lake
from resources.lance_vectors import LanceVectors
from resources.pinecone_client import forget_connections
from resources.pinecone_vectors import PineconeVectors
from resources.vector_store import Passage, VectorStore
from tests.services.pinecone_server import KEY, PineconeServer

FORMS: tuple[Form, ...] = ("parquet", "lancedb", "pinecone")


def passages(documents: int) -> list[Passage]:
    vectors = np.random.default_rng(0).standard_normal((documents * 2, 8), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        Passage(f"{n // 2:064x}", n % 2, f'text "{n}"\n|é', ("Part", "1.0") if n else (), n + 1, n + 2, vectors[n])
        for n in range(documents * 2)
    ]


def filled(folder: Path, documents: int = 3) -> LanceVectors:
    store = LanceVectors(uri=str(folder), model="m", dimension=8)
    found = passages(documents)
    store.replace(found, sorted({passage.document for passage in found}))
    return store


def content(store: VectorStore) -> list[tuple[Passage, list[float]]]:
    found = store.read(sorted(store.documents()))
    return [(replace(passage, vector=None), list(passage.vector)) for passage in found]  # type: ignore[arg-type]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(root=str(tmp_path / "lake"))


@pytest.fixture
def pinecone(monkeypatch: pytest.MonkeyPatch) -> Iterator[PineconeVectors]:
    with PineconeServer().running() as running:
        monkeypatch.setenv("PINECONE_API_KEY", KEY)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", running.url)
        forget_connections()
        yield PineconeVectors(index="test", model="m", dimension=8, poll_seconds=0.001)
        forget_connections()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_comes_back_the_same_in_either_store(
    lake: Lake, tmp_path: Path, pinecone: PineconeVectors, form: Form
) -> None:
    store = filled(tmp_path / "from", AT_ONCE + 1)
    dump(store, tmp_path / "dump", form, lake)
    for target in (LanceVectors(uri=str(tmp_path / "to"), model="m", dimension=8), pinecone):
        for _ in range(2):
            assert load(target, tmp_path / "dump", lake).passages == 2 * (AT_ONCE + 1)
        assert content(target) == content(store)


def test_an_index_in_pinecone_is_written_too(lake: Lake, tmp_path: Path, pinecone: PineconeVectors) -> None:
    pinecone.replace(passages(2), sorted({passage.document for passage in passages(2)}))
    dump(pinecone, tmp_path / "dump", "lancedb", lake)
    store = LanceVectors(uri=str(tmp_path / "to"), model="m", dimension=8)
    load(store, tmp_path / "dump", lake)
    assert content(store) == content(pinecone)


def test_the_files_are_what_others_read(lake: Lake, tmp_path: Path) -> None:
    store = filled(tmp_path / "from")
    for form in FORMS:
        dump(store, tmp_path / form, form, lake)
    plain, theirs = (pl.read_parquet(tmp_path / form / "parts" / "*.parquet") for form in ("parquet", "pinecone"))
    assert plain.schema["vector"] == theirs.schema["values"] == pl.List(pl.Float32)
    assert plain["text"].to_list() == [passage.text for passage in passages(3)]
    assert (theirs.columns, theirs.schema["metadata"]) == (["id", "values", "metadata"], pl.String)
    assert lancedb.connect(tmp_path / "lancedb" / "parts").open_table("m-8").count_rows() == 6


def test_an_index_without_passages_is_a_dump_too(lake: Lake, tmp_path: Path) -> None:
    store = LanceVectors(uri=str(tmp_path / "from"), model="m", dimension=8)
    for form in FORMS:
        dump(store, tmp_path / form, form, lake)
        assert load(store, tmp_path / form, lake).documents == 0


def test_forgotten_documents_do_not_come_back(lake: Lake, tmp_path: Path) -> None:
    dump(filled(tmp_path / "from"), tmp_path / "dump", "parquet", lake)
    store = LanceVectors(uri=str(tmp_path / "to"), model="m", dimension=8)
    loaded = load(store, tmp_path / "dump", lake, forgotten={f"{1:064x}"})
    assert (loaded.documents, loaded.passages) == (2, 4)
    assert store.documents() == {f"{0:064x}", f"{2:064x}"}


def test_a_dump_that_was_not_copied_whole_is_told(lake: Lake, tmp_path: Path) -> None:
    dump(filled(tmp_path / "from", AT_ONCE + 1), tmp_path / "dump", "parquet", lake)
    store, last = LanceVectors(uri=str(tmp_path / "to"), model="m", dimension=8), tmp_path / "dump/parts/000001.parquet"
    last.write_bytes(last.read_bytes()[:-10])
    with pytest.raises(UsageError, match="cannot be read"):
        load(store, tmp_path / "dump", lake)
    last.unlink()
    with pytest.raises(UsageError, match=f"{2 * AT_ONCE} of its {2 * AT_ONCE + 2} passages"):
        load(store, tmp_path / "dump", lake)


def test_a_dump_of_another_model_one_cut_short_and_a_folder_in_use_are_refused(lake: Lake, tmp_path: Path) -> None:
    store = filled(tmp_path / "from")
    dump(store, tmp_path / "dump", "parquet", lake)
    with pytest.raises(UsageError, match="m with 8 dimensions"):
        load(store.of("other", 8), tmp_path / "dump", lake)
    (tmp_path / "dump" / MANIFEST).unlink()
    with pytest.raises(UsageError, match="no whole dump"):
        load(store, tmp_path / "dump", lake)
    dump(store, tmp_path / "dump", "lancedb", lake)  # in the place of the one that was cut short
    assert load(store, tmp_path / "dump", lake).passages == 6
    with pytest.raises(UsageError, match="holds other files"):
        dump(store, tmp_path / "from", "parquet", lake)


def test_what_pinecone_had_to_cut_is_whole_in_a_dump_and_in_what_is_read_from_one(
    lake: Lake, tmp_path: Path, pinecone: PineconeVectors
) -> None:
    (long, *_), document = passages(1), f"{0:064x}"
    long = replace(long, text="one word " * 10_000, heading_path=("Part",))
    chunk = row(CHUNKS, document) | {"chunk": 0, "text": long.text, "heading_path": ["Part"]}
    lake.replace(CHUNKS, [document], lake.frame(CHUNKS, [chunk]))
    pinecone.replace([long], [document])
    assert [(one.cut, len(one.text) < len(long.text)) for one in pinecone.read([document])] == [(True, True)]
    for form in FORMS:
        dump(pinecone, tmp_path / form, form, lake)
        store = LanceVectors(uri=str(tmp_path / f"to {form}"), model="m", dimension=8)
        load(store, tmp_path / form, lake)
        assert [(one.cut, one.text) for one in store.read([document])] == [(False, long.text)]
