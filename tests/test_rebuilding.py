"""Rebuilding a lost Dagster instance from the lake, after a real run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bench.registered import row
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.forgetting import forget
from ocr_assets.forgotten_passages import take_back
from ocr_assets.rebuilding import rebuild
from ocr_assets.schemas import ARRIVALS, RAW_PDFS, STAGE_TABLES
from resources.lake import Lake
from resources.vector_store import Passage
from tests.cli.conftest import Home
from tests.pipeline import Pipeline, pdf, pipeline


def rebuilt(target: Pipeline) -> tuple[int, int]:
    return rebuild(target.catalog, target.part("lake"), target.part("vector_store"))


def forgotten(target: Pipeline, document: str) -> None:
    parts = [target.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    forget(target.catalog, *parts, [document])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one document went through every stage and another through two."""
    folder = tmp_path_factory.mktemp("rebuilding")
    (folder / "in").mkdir()
    for name in ("done", "begun"):
        (folder / "in" / f"{name}.pdf").write_bytes(pdf(name))
    with pipeline(folder / "home", sources=str(folder / "in")) as lost:
        (request,) = lost.tick("s3_arrivals")
        assert lost.execute(request, STAGES[:2])
        done = document_id(pdf("done"))
        assert lost.execute(request._replace(tags={"dagster/partition": done}), STAGES[2:])
    return folder / "home"


def test_everything_that_was_done_is_known_again_and_nothing_else(home: Path) -> None:
    with pipeline(home) as found:
        assert rebuilt(found) == (2, len(STAGES) + 2)
        done, begun = document_id(pdf("done")), document_id(pdf("begun"))
        assert found.documents == sorted([done, begun])
        assert (found.states[done].next_stage, found.states[begun].next_stage) == (None, STAGES[2])
        (request,) = found.tick("unfinished_documents")
        assert found.range(request) == [begun]


def test_rebuilding_twice_adds_nothing(home: Path) -> None:
    with pipeline(home) as found:
        rebuilt(found)
        assert rebuilt(found) == (0, 0)


def test_what_follows_a_stage_that_was_lost_alone_is_not_stale(home: Path) -> None:
    done = document_id(pdf("done"))
    with pipeline(home) as found:
        found.instance.add_dynamic_partitions("documents", [done])
        found.settle(done, *STAGES[3:])
        rebuilt(found)
        assert found.states[done].next_stage is None
        assert rebuilt(found) == (0, 0)


def test_a_forgotten_document_that_is_still_in_its_source_stays_forgotten(tmp_path: Path) -> None:
    with arrived(tmp_path) as lost:
        forgotten(lost, lost.documents[0])
        lost.tick("s3_arrivals")  # notes the file, so as not to read it at every tick
    with pipeline(tmp_path / "home") as found:
        assert rebuilt(found) == (0, 0)
        assert found.documents == []


def test_a_document_taken_back_is_known_again_and_counts_from_the_new_instances_first_event(tmp_path: Path) -> None:
    with arrived(tmp_path) as lost:
        (document,) = lost.documents
        lost.settle(document, *STAGES)
        forgotten(lost, document)
        lost.tick("s3_arrivals")
        take_back(lost.part("lake"), [document])
    with pipeline(tmp_path / "home") as found:
        assert rebuilt(found) == (1, 0)
        assert found.states[document].next_stage == "raw_pdfs"
        found.settle(document, "raw_pdfs")
        assert found.states[document].next_stage == "page_images"


def test_a_thousand_documents_are_restored_by_one_command_and_go_on_where_they_were(tmp_path: Path) -> None:
    home, documents = Home(tmp_path / "home", tmp_path), sorted(document_id(b"%d" % n) for n in range(1_000))
    done, begun = documents[:25], documents[25:]
    lake = Lake(root=str(home.path / "lake"))
    for table in (ARRIVALS, *STAGE_TABLES):
        some = documents if table in (ARRIVALS, RAW_PDFS) else done
        lake.replace(table, some, lake.frame(table, [row(table, document) for document in some]))
    with pipeline(home.path) as lost:
        store = lost.part("vector_store")
        vector = np.eye(1, store.dimension, dtype=np.float32)[0]
        store.replace([Passage(document, 1, "words", (), 1, 1, vector) for document in done], done)

    assert home("status").out.startswith("no documents yet")
    reported = len(documents) + len(done) * (len(STAGES) - 1)
    assert home("rebuild", "--json").json == {"registered": 1_000, "materializations": reported}
    assert home("rebuild", "--json").json == {"registered": 0, "materializations": 0}
    stages = {state["document"]: state["stages"] for state in home("status", "--json").json}
    assert [document for document, states in stages.items() if set(states.values()) == {"done"}] == done
    begun_states = ["done"] + ["missing"] * (len(STAGES) - 1)
    assert [document for document, states in stages.items() if list(states.values()) == begun_states] == begun


@contextmanager
def arrived(folder: Path) -> Iterator[Pipeline]:
    """A pipeline in `home` that has registered one document."""
    (folder / "in").mkdir()
    (folder / "in" / "a.pdf").write_bytes(b"%PDF-a")
    with pipeline(folder / "home", sources=str(folder / "in")) as target:
        target.tick("s3_arrivals")
        yield target
