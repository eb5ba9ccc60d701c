"""Forgetting documents, through the command line and below it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread

import dagster as dg
import numpy as np
import polars as pl
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets import forgotten_passages
from ocr_assets.arrivals import forgotten_documents
from ocr_assets.cli import adding
from ocr_assets.cli.session import Session
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import UsageError
from ocr_assets.forgetting import forget
from ocr_assets.forgotten_passages import leave_later, take_back
from ocr_assets.maintenance import maintain
from ocr_assets.pipeline_state import load_states
from ocr_assets.schemas import CHUNKS, TABLES, TOMBSTONES
from ocr_assets.settings import Settings
from resources.lance_vectors import LanceVectors
from resources.upkeep import Upkeep
from resources.vector_store import Passage
from tests.pipeline import pdf


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session with an instance of its own and two documents added from `in`, each with a bit of everything."""
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.pdf").write_bytes(pdf(f"document {name}"))
    with dg.DagsterInstance.ephemeral() as instance:
        session = Session(Settings(home=str(tmp_path / "home"), workers=1, _env_file=None))
        session.__dict__["instance"] = instance
        for document in adding.add(session, [str(tmp_path / "in")]).documents:
            fill(session, document)
        yield session


def fill(session: Session, document: str) -> None:
    """Rows, a vector, a checkpoint and events of this document, as runs would have left them."""
    region = {"page": 1, "box": {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0}}
    chunk = {
        "document": document,
        "chunk": 0,
        "text": "words",
        "kind": "text",
        "heading_path": [],
        "page_start": 1,
        "page_end": 1,
        "regions": [region],
        "tokens": 1,
        "content": "",
    }
    session.lake.replace(CHUNKS, [document], session.lake.frame(CHUNKS, [chunk]))
    vector = np.eye(1, session.embedder.dimension, dtype=np.float32)[0]
    session.vector_store.replace([Passage(document, 0, "words", (), 1, 1, vector)], [document])
    session.part("checkpoints").save("pages", "ocr_text", document, 1, pl.DataFrame({"text": ["words"]}))
    for stage in STAGES:
        session.instance.report_runless_asset_event(dg.AssetMaterialization(stage, partition=document))


def forget_in(session: Session, *documents: str) -> None:
    checkpoints = session.part("checkpoints")
    forget(session.catalog, session.lake, session.blobs, checkpoints, session.vector_store, documents)
    session.__dict__.pop("documents", None)


def kept(session: Session, document: str) -> set[str]:
    """Where anything of the document is left."""
    found = {name for name, table in TABLES.items() if document in session.lake.documents(table)}
    found |= {"vectors"} if session.vector_store.count(document) else set()
    found |= {"partitions"} if document in session.instance.get_dynamic_partitions("documents") else set()
    files = [path for path in Path(session.settings.root).rglob("*") if path.is_file()]
    return found | {path.relative_to(session.settings.root).parts[0] for path in files if document in path.parts}


def test_of_a_forgotten_document_only_the_tombstone_is_left(session: Session) -> None:
    gone, other = session.documents
    before = kept(session, other)
    assert before == {"arrivals", "chunks", "vectors", "partitions", "blobs", "checkpoints"}
    forget_in(session, gone)
    assert kept(session, gone) == {"tombstones"}
    assert kept(session, other) == before


def test_a_forgotten_document_comes_back_only_when_asked(session: Session, tmp_path: Path) -> None:
    gone, other = session.documents
    forget_in(session, gone)
    added = adding.add(session, [str(tmp_path / "in")])
    assert (added.documents, added.new, added.forgotten) == ((other,), (), (gone,))
    assert kept(session, gone) == {"tombstones"}

    added = adding.add(session, [str(tmp_path / "in")], again=True)
    assert (added.new, added.forgotten) == ((gone,), ())
    assert {"arrivals", "blobs", "partitions"} <= kept(session, gone)
    assert forgotten_documents(session.lake) == set()


def test_a_document_taken_back_is_processed_anew_and_can_be_forgotten_again(session: Session, tmp_path: Path) -> None:
    gone, other = session.documents
    forget_in(session, gone)
    adding.add(session, [str(tmp_path / "in")], again=True)
    states = load_states(session.catalog, session.lake, [gone, other])
    assert (states[gone].next_stage, states[other].next_stage) == ("raw_pdfs", None)
    fill(session, gone)
    assert load_states(session.catalog, session.lake, [gone])[gone].next_stage is None
    forget_in(session, gone)
    assert kept(session, gone) == {"tombstones"}
    assert adding.add(session, [str(tmp_path / "in")]).forgotten == (gone,)


def test_a_document_that_a_run_is_working_on_is_not_forgotten(session: Session) -> None:
    document, _ = session.documents
    run = create_run_for_test(
        session.instance, tags={"dagster/partition": document}, status=dg.DagsterRunStatus.STARTED
    )
    with pytest.raises(UsageError, match="a run is working"):
        forget_in(session, document)
    session.instance.report_run_failed(run)
    forget_in(session, document)
    assert kept(session, document) == {"tombstones"}


def test_forgetting_again_finishes_what_was_cut_short(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    document, _ = session.documents
    with monkeypatch.context() as cut:
        cut.setattr(type(session.vector_store), "delete", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget_in(session, document)
    assert document not in session.instance.get_dynamic_partitions("documents")
    forget_in(session, document)
    assert kept(session, document) == {"tombstones"}


def test_of_documents_whose_forgetting_was_cut_short_maintenance_registers_none_any_more(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = session.documents
    delete = type(session.instance).delete_dynamic_partition

    def cut_short(self: dg.DagsterInstance, partitions: str, key: str) -> None:
        if key == second:
            raise KeyboardInterrupt
        delete(self, partitions, key)

    with monkeypatch.context() as cut:
        cut.setattr(type(session.instance), "delete_dynamic_partition", cut_short)
        with pytest.raises(KeyboardInterrupt):
            forget_in(session, first, second)
    parts = (session.lake, session.blobs, session.part("checkpoints"), session.vector_store)
    maintain(session.catalog, *parts, timedelta(hours=1))
    assert session.vector_store.documents() == set()
    assert session.instance.get_dynamic_partitions("documents") == []
    forget_in(session, first, second)
    assert kept(session, first) == kept(session, second) == {"tombstones"}


class Away(LanceVectors):
    """A store at another place, whose folder is a file, so that it does not answer."""

    @property
    def place(self) -> str:
        return "elsewhere"

    def maintain(self, retention: timedelta, *, purge: bool = False) -> list[Upkeep]:  # noqa: ARG002
        return []  # as a hosted one


def test_a_store_that_is_away_holds_nothing_else_up_and_is_asked_again_by_maintenance(
    session: Session, tmp_path: Path
) -> None:
    document, other = session.documents
    store = session.vector_store
    elsewhere = Away(uri=str(tmp_path / "elsewhere"), model=store.model, dimension=store.dimension)
    for one in (document, other):
        elsewhere.replace(store.read([one]), [one])
    stores, parts = (elsewhere,), (session.lake, session.blobs, session.part("checkpoints"), store)
    (tmp_path / "elsewhere").rename(tmp_path / "away")
    (tmp_path / "elsewhere").write_text("no folder")

    left = forget(session.catalog, *parts, [document], other_stores=stores)
    assert list(left) == ["elsewhere"]
    assert kept(session, document) == {"tombstones"}
    session.__dict__.pop("documents", None)
    told = maintain(session.catalog, *parts, timedelta(hours=1), other_stores=stores)
    assert [one.store for one in told if "forgotten documents" in one.note] == ["elsewhere"]

    (tmp_path / "elsewhere").unlink()
    (tmp_path / "away").rename(tmp_path / "elsewhere")
    assert elsewhere.documents() == {document, other}
    told = maintain(session.catalog, *parts, timedelta(hours=1), other_stores=stores)
    assert elsewhere.documents() == {other}
    assert not [one for one in told if "forgotten documents" in one.note]
    assert session.lake.read(TOMBSTONES, [document])["left_in"].to_list() == [[]]
    assert forgotten_documents(session.lake) == {document}


def test_what_is_taken_back_while_maintenance_forgets_it_keeps_its_new_passages(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, _ = session.documents
    lake, store = session.lake, session.vector_store
    passages = store.read([document])
    forget_in(session, document)
    lake.replace(TOMBSTONES, [document], lake.read(TOMBSTONES).with_columns(left_in=pl.lit([store.place])))
    remove = type(store).delete

    def come_back() -> None:
        take_back(lake, [document])
        store.replace(passages, [document])

    operator = Thread(target=come_back)

    def delete(self: LanceVectors, documents: Sequence[str]) -> None:
        operator.start()
        operator.join(1)  # time enough to be through before this removes anything
        remove(self, documents)

    monkeypatch.setattr(type(store), "delete", delete)
    assert leave_later(lake, [store]) == {}
    operator.join()
    assert store.count(document) == 1
    assert forgotten_documents(lake) == set()


def test_what_was_forgotten_before_stores_were_named_is_forgotten_all_the_same(session: Session) -> None:
    document, _ = session.documents
    forget_in(session, document)
    before = session.lake.read(TOMBSTONES).with_columns(left_in=pl.lit(None, pl.List(pl.String)))
    session.lake.replace(TOMBSTONES, [document], before)
    assert leave_later(session.lake, [session.vector_store]) == {}
    assert forgotten_documents(session.lake) == {document}


def test_nobody_waits_for_a_slow_store_but_who_takes_that_document_back(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = session.documents
    lake, store = session.lake, session.vector_store
    remove, asked = type(store).delete, list[Sequence[str]]()
    monkeypatch.setattr(forgotten_passages, "WAIT_SECONDS", 0.0)

    def delete(self: LanceVectors, documents: Sequence[str]) -> None:
        asked.append(documents)
        if documents == [slow]:
            forget_in(session, other)
            assert kept(session, other) == {"tombstones"}
            assert leave_later(lake, [store]) == {}
            take_back(lake, [other])
            with pytest.raises(UsageError, match="still being removed"):
                take_back(lake, [slow])
        remove(self, documents)

    monkeypatch.setattr(type(store), "delete", delete)
    forget_in(session, slow)
    assert asked == [[slow], [other]]
    assert kept(session, slow) == {"tombstones"}
    assert lake.read(TOMBSTONES, [slow])["left_in"].to_list() == [[]]
    assert forgotten_documents(lake) == {slow}
    take_back(lake, [slow])
    assert forgotten_documents(lake) == set()
    assert list(Path(lake.root).glob("removal-*")) == []


def test_a_removal_that_was_killed_is_finished_by_maintenance_and_holds_nobody_up(session: Session) -> None:
    documents = session.documents
    lake, store = session.lake, session.vector_store
    passages = store.read(documents)
    forget_in(session, *documents)
    store.replace(passages, documents)
    told = pl.lit([store.place, "given up", "removal-killed"])
    lake.replace(TOMBSTONES, documents, lake.read(TOMBSTONES).with_columns(left_in=told))
    take_back(lake, documents[:1])
    assert leave_later(lake, [store]) == {}
    assert store.documents() == set(documents[:1])
    assert lake.read(TOMBSTONES, documents[1:])["left_in"].to_list() == [[]]


def test_a_document_forgotten_twice_at_once_comes_back_only_when_both_are_through(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, _ = session.documents
    lake, store = session.lake, session.vector_store
    remove, again = type(store).delete, [True]
    monkeypatch.setattr(forgotten_passages, "WAIT_SECONDS", 0.0)

    def delete(self: LanceVectors, documents: Sequence[str]) -> None:
        if again:
            again.clear()
            forget_in(session, document)
            with pytest.raises(UsageError, match="still being removed"):
                take_back(lake, [document])  # this one has its rows yet to remove
        remove(self, documents)

    monkeypatch.setattr(type(store), "delete", delete)
    forget_in(session, document)
    assert lake.read(TOMBSTONES, [document])["left_in"].to_list() == [[]]
    take_back(lake, [document])
    assert list(Path(lake.root).glob("removal-*")) == []
