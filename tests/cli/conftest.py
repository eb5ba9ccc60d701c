"""The command as a user runs it, on homes that a real run filled."""

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.cli.main import main
from ocr_assets.core.identity import document_id
from tests.pdf_making import text, write_pdf

ROOT = Path(__file__).parents[2]
SAMPLES, DOCUMENTS = ROOT / "samples", ROOT / "tests" / "documents"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, f"nothing was printed; exit code {self.code}: {self.err}"
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A home and the files that went into it. Calling it runs `ocr-assets … --home HOME` in this process."""

    path: Path
    files: Path

    def __call__(self, *arguments: str) -> Answer:
        return command(*arguments, "--home", str(self.path))

    def file(self, name: str) -> str:
        return str(self.files / name)

    def document(self, name: str) -> str:
        return document_id((self.files / name).read_bytes())


def command(*arguments: str) -> Answer:
    """Run `ocr-assets` in this process, whose environment is afterwards as it was."""
    out, err = io.StringIO(), io.StringIO()
    kept = dict(os.environ)
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stopped:
            main(arguments)
    finally:
        # Only what differs is put back: libraries' own threads read the environment, and crash where it is emptied.
        for name in os.environ.keys() - kept.keys():
            del os.environ[name]
        os.environ.update({name: value for name, value in kept.items() if os.environ.get(name) != value})
    return Answer(int(stopped.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    """Nobody's own Dagster, settings or `.env` take part."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DAGSTER", "OCR_ASSETS"))]:
            patch.delenv(name)
        patch.setenv("OCR_ASSETS_WORKERS", "1")
        yield


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Answer]:
    """A home after one run over good files and bad ones, and what that run said. For reading only."""
    folder = tmp_path_factory.mktemp("Größe & Maß")
    files = folder / "Eingang, März"
    files.mkdir()
    shutil.copy(SAMPLES / "RECEIPT-2024-TXN-98765_retail_purchase.pdf", files / "receipt.pdf")
    shutil.copy(files / "receipt.pdf", files / "the same receipt.pdf")
    shutil.copy(SAMPLES / "2305.03393v1-pg9.pdf", files / "table.pdf")
    shutil.copy(SAMPLES / "phototest.tif", files / "scan.tif")
    write_pdf(files / "two pages.pdf", text("The lease ends in March."), text("The deposit is returned in April."))
    shutil.copy(DOCUMENTS / "password.pdf", files / "protected.pdf")
    (files / "empty.pdf").write_bytes(b"")
    (files / "notes.pdf").write_text("only a text file")
    home = Home(folder / "Daten, übrig", files)
    return home, home("run", str(files), "--json")


@pytest.fixture(scope="session")
def home(first_run: tuple[Home, Answer]) -> Home:
    """The home of `first_run`. For reading only."""
    return first_run[0]


@pytest.fixture
def own_home(home: Home, tmp_path: Path) -> Home:
    """A copy of that home, to change."""
    shutil.copytree(home.path, tmp_path / "home")
    return Home(tmp_path / "home", home.files)


@pytest.fixture
def new_home(home: Home, tmp_path: Path) -> Home:
    """A home in which nothing happened yet, with the same files at hand."""
    return Home(tmp_path / "new", home.files)
