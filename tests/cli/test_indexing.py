"""Indexes of two models and two stores: built beside the searched one, switched to, and back; held against the lake."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest

from ocr_assets.definitions import build_defs
from ocr_assets.indexes import Index, searched_index
from ocr_assets.schemas import CHUNKS
from ocr_assets.settings import Settings
from resources.lake import Lake
from resources.pinecone_client import forget_connections
from resources.vector_store import Passage
from tests.cli.conftest import Home, command
from tests.pdf_making import text, write_pdf
from tests.services import openai_server, pinecone_server
from tests.services.openai_server import OpenAIServer
from tests.services.pinecone_server import PineconeServer

LOCAL = "lancedb:all-MiniLM-L6-v2-int8-384"
OTHER = "lancedb:test-embedding-8"
PINECONE = "pinecone:ocr-assets/documents/test-embedding-8"
LEASE, DEPOSIT, PARKING = "The lease ends in March.", "The deposit is returned in April.", "Parking costs ten dollars."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two documents in the default index. For copying only."""
    folder = tmp_path_factory.mktemp("filled")
    for name, words in (("lease", LEASE), ("deposit", DEPOSIT)):
        write_pdf(folder / f"{name}.pdf", text(words))
    home = Home(folder / "home", folder)
    assert home("run", str(folder)).code == 0
    return home


@pytest.fixture
def home(filled: Home, tmp_path: Path) -> Home:
    shutil.copytree(filled.path, tmp_path / "home")
    return Home(tmp_path / "home", filled.files)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A second model, which the settings name from now on."""
    with OpenAIServer().running() as running:
        values = {"EMBEDDER": "openai", "EMBEDDER_URL": running.base_url, "EMBEDDER_MODEL": openai_server.MODEL}
        for name, value in (values | {"EMBEDDER_DIMENSION": "8"}).items():
            monkeypatch.setenv(f"OCR_ASSETS_{name}", value)
        monkeypatch.setenv("OPENAI_API_KEY", openai_server.KEY)
        yield running


@pytest.fixture
def pinecone(monkeypatch: pytest.MonkeyPatch, server: OpenAIServer) -> Iterator[PineconeServer]:
    """A second store, which the settings name from now on."""
    with PineconeServer(lag=1).running() as running:
        monkeypatch.setenv("OCR_ASSETS_VECTOR_STORE", "pinecone")
        monkeypatch.setenv("PINECONE_API_KEY", pinecone_server.KEY)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", running.url)
        forget_connections()
        yield running
    forget_connections()


def settings(home: Home) -> Settings:
    return Settings(home=str(home.path), _env_file=None)


def states(home: Home) -> dict[str, set[str]]:
    """Of every index its number of passages and what it is."""
    listed = home("index", "list", "--json").json
    return {
        one["index"]: {str(one["passages"])} | {word for word in ("active", "previous", "configured") if one[word]}
        for one in listed
    }


def found(home: Home, query: str) -> str:
    return str(home("search", query, "-k", "1", "--mode", "vector", "--json").json[0]["text"])


def embedded(server: OpenAIServer) -> list[str]:
    return [text for request in server.requests for text in request["input"]]


@pytest.mark.parametrize("store", ["lancedb", "pinecone"])
def test_a_new_index_is_built_beside_the_old_one_and_searched_only_after_the_switch_and_until_the_rollback(
    home: Home, server: OpenAIServer, store: str, request: pytest.FixtureRequest
) -> None:
    new = OTHER
    if store == "pinecone":
        request.getfixturevalue("pinecone")
        new = PINECONE
    assert states(home) == {LOCAL: {"2", "active"}, new: {"0", "configured"}}
    assert found(home, LEASE) == LEASE
    assert embedded(server) == []  # a changed setting embeds nothing, and asks the old model

    assert home("index", "build", "--json").json == {"built": 2, "left": 0}
    assert states(home) == {LOCAL: {"2", "active"}, new: {"2", "configured"}}
    assert sorted(embedded(server)) == sorted([LEASE, DEPOSIT])

    write_pdf(home.files / "parking.pdf", text(PARKING))
    assert home("run", home.file("parking.pdf")).code == 0
    assert found(home, PARKING) == PARKING  # before the switch: it went into both

    stranger = write_pdf(home.files / "stranger.pdf", text("A stranger knocked at the door."))
    assert home("run", str(stranger)).code == 0
    assert home("forget", str(stranger)).code == 0  # is in no index any more
    assert states(home) == {LOCAL: {"3", "active"}, new: {"3", "configured"}}
    assert home("index", "switch", "--json").json == {"active": new, "written": 0}
    assert states(home) == {LOCAL: {"3", "previous"}, new: {"3", "active", "configured"}}
    asked = len(server.requests)
    assert found(home, DEPOSIT) == DEPOSIT
    assert len(server.requests) == asked + 1  # the query, by the new model
    assert home("verify-index", "--json").json["differences"] == []

    forgotten = home("forget", home.file("parking.pdf"))
    assert forgotten.code == 0
    assert home("index", "rollback", "--json").json == {"active": LOCAL, "written": 0}
    assert states(home) == {LOCAL: {"2", "active"}, new: {"2", "previous", "configured"}}
    assert home("index", "drop", new).code == 0
    assert states(home)[new] == {"0", "configured"}
    (home.files / "parking.pdf").unlink()


@pytest.mark.parametrize("store", ["lancedb", "pinecone"])
def test_a_build_that_is_killed_leaves_the_old_index_searched_and_goes_on(
    home: Home, server: OpenAIServer, store: str, request: pytest.FixtureRequest
) -> None:
    new = OTHER
    if store == "pinecone":
        request.getfixturevalue("pinecone")
        new = PINECONE
    server.failures = ["none", "hang"]
    program = "import sys; from ocr_assets.cli.main import main; main(sys.argv[1:])"
    arguments = ["index", "build", "--batch-size", "1", "--home", str(home.path)]
    building = subprocess.Popen([sys.executable, "-c", program, *arguments], env=os.environ.copy())
    while server.attempts < 2:
        assert building.poll() is None
        time.sleep(0.05)
    building.send_signal(signal.SIGKILL)
    building.wait()
    server.stopped.set()
    assert found(home, LEASE) == LEASE
    assert states(home) == {LOCAL: {"2", "active"}, new: {"1", "configured"}}
    assert home("index", "build", "--json").json == {"built": 1, "left": 0}
    assert home("index", "switch", "--json").json["active"] == new
    assert found(home, DEPOSIT) == DEPOSIT


def test_a_switch_writes_first_what_the_index_lacks(home: Home, server: OpenAIServer) -> None:
    home("index", "build")
    index = Index.of(settings(home))
    index.store.replace(
        [Passage(home.document("lease.pdf"), 0, "another text", (), 1, 1, np.eye(8)[0])], [home.document("lease.pdf")]
    )
    index.store.replace([Passage("f" * 64, 0, "of nobody", (), 1, 1, np.eye(8)[0])], ["f" * 64])
    assert home("index", "switch", "--json").json == {"active": OTHER, "written": 1}
    assert home("verify-index", "--json").json["differences"] == []


def test_a_passage_that_pinecone_had_to_cut_is_found_whole(home: Home, pinecone: PineconeServer) -> None:
    home("index", "build")
    document, lake = home.document("lease.pdf"), Lake(root=f"{settings(home).root}/lake")
    long = LEASE + " and so on" * 5_000
    lake.replace(CHUNKS, [document], lake.read(CHUNKS, [document]).with_columns(text=pl.lit(long)))
    store = Index.of(settings(home)).store
    store.replace([replace(store.read([document])[0], text=long)], [document])
    assert [(one.cut, len(one.text) < len(long)) for one in store.read([document])] == [(True, True)]
    assert home("index", "switch", "--json").json == {"active": PINECONE, "written": 0}
    assert found(home, LEASE) == long
    assert home("verify-index", "--json").json["differences"] == []


def test_what_is_wrong_with_an_index_is_told_and_mended(home: Home) -> None:
    lease, deposit = home.document("lease.pdf"), home.document("deposit.pdf")
    store = searched_index(settings(home)).store
    good = home("verify-index", "--json")
    assert (good.code, good.json["documents"], good.json["sampled"], good.json["differences"]) == (0, 2, 2, [])

    (whole,) = store.read([deposit])
    store.replace([], [lease])
    store.replace([replace(whole, vector=-whole.vector)], [deposit])
    store.replace([Passage("f" * 64, 0, "of nobody", (), 1, 1, whole.vector)], ["f" * 64])
    wrong = home("verify-index", "--json")
    assert wrong.code == 3
    assert {one["document"]: one["difference"] for one in wrong.json["differences"]} == {
        lease: "0 passages, the lake has 1",
        deposit: "passages with other vectors than its embeddings",
        "f" * 64: "1 passages of a document that the lake does not have",
    }
    assert home("verify-index", "--mend").code == 0
    assert home("verify-index").code == 0
    np.testing.assert_allclose(store.read([deposit])[0].vector, whole.vector, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["index", "switch", "lancedb:none-3"], "no index 'lancedb:none-3'"),
        (["index", "rollback"], "no other index was searched before"),
        (["index", "drop", LOCAL], "switch to another index first"),
        (["index", "drop", "lancedb:none-3"], "no index"),
    ],
)
def test_what_cannot_be_switched_is_told(home: Home, arguments: list[str], told: str) -> None:
    answer = home(*arguments)
    assert (answer.code, told in answer.err) == (1, True), answer.err


def test_a_home_without_documents_has_an_empty_index(tmp_path: Path) -> None:
    new: Any = str(tmp_path / "new")
    assert command("verify-index", "--json", "--home", new).json["differences"] == []
    assert [one["passages"] for one in command("index", "list", "--json", "--home", new).json] == [0]


def test_the_nightly_check_says_what_is_wrong_with_the_index(home: Home) -> None:
    defs = build_defs(settings(home))
    (schedule,) = (one for one in defs.schedules or () if one.name == "nightly_index_check")
    job = defs.resolve_job_def(schedule.job_name)
    with dg.DagsterInstance.from_config(str(home.path / "dagster")) as instance:
        for expected in (True, False):
            result = job.execute_in_process(instance=instance)
            (evaluation,) = result.get_asset_check_evaluations()
            assert (evaluation.passed, evaluation.check_name) == (expected, "index_matches_lake")
            store = searched_index(settings(home)).store
            store.replace([], [home.document("lease.pdf")])
        assert evaluation.metadata["wrong"].value == 1
