"""Postgres as Dagster's storage: a real server, set up as docs/operations.md says, and the commands on it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_assets.core.stages import STAGES
from ocr_assets.definitions import build_defs
from ocr_assets.instance import open_instance
from ocr_assets.settings import Settings
from tests.cli.conftest import Answer, command
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline
from tests.services import postgres_server
from tests.services.openai_server import KEY, MODEL, OpenAIServer

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose Dagster is set up with the lines that the documentation shows."""
    home = tmp_path / "home"
    (home / "dagster").mkdir(parents=True)
    shown = re.search(r"^    storage:\n(?:     .*\n)+", (PROJECT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert shown is not None
    lines = re.sub("^    ", "", shown[0], flags=re.MULTILINE)
    (home / "dagster" / "dagster.yaml").write_text((PROJECT / "dagster.yaml").read_text() + "\n" + lines)
    with OpenAIServer().running() as openai:
        settings = {"EMBEDDER": "openai", "EMBEDDER_URL": openai.base_url, "EMBEDDER_MODEL": MODEL, "WORKERS": "1"}
        for name, value in (settings | {"EMBEDDER_DIMENSION": "8"}).items():
            monkeypatch.setenv(f"OCR_ASSETS_{name}", value)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
        yield home


def test_a_document_goes_through_every_stage_is_continued_and_rebuilt_on_postgres(
    server: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*arguments: str) -> Answer:
        return command(*arguments, "--home", str(home))

    good, bad, begun = (str(tmp_path / f"{name}.pdf") for name in ("good", "bad", "begun"))
    write_pdf(Path(good), text("The lease ends in March."))
    Path(bad).write_bytes(b"no PDF")
    write_pdf(Path(begun), text("The deposit is returned in April."))
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres_server.create_database(server, "dagster"))
    assert asked("run", good, bad).code == 3
    assert asked("run", begun, "--stages", "raw_pdfs,page_images").code == 0
    states = {document["status"]: document for document in asked("status", "--json").json}
    assert set(states) == {"done", "failed", "unfinished"}
    assert states["failed"]["failure"]["reason"] == "not_a_document"
    assert not list((home / "dagster").rglob("*.db"))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    with open_instance(home, str(home)) as instance:
        target = Pipeline(build_defs(Settings(home=str(home), _env_file=None)), instance)
        (request,) = target.tick("unfinished_documents")
        assert target.range(request) == [states["unfinished"]["document"]]

    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres_server.create_database(server, "again"))
    assert asked("rebuild", "--json").json == {"registered": 3, "materializations": len(STAGES) + 2}
    assert asked("rebuild", "--json").json == {"registered": 0, "materializations": 0}
    assert asked("run", begun).code == 0
    assert [document["status"] for document in asked("status", good, "--json").json] == ["done"]
