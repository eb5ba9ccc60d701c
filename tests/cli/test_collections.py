"""Commands on one of several collections."""

import shutil
from pathlib import Path

import pytest

from ocr_assets.schemas import PAGE_IMAGES
from resources.lake import Lake
from tests.cli.conftest import Answer, Home
from tests.pipeline import pdf

FIRST = ("--stages", "raw_pdfs,page_images")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a collection of invoices beside the default one, and two files at hand."""
    path = tmp_path / "collections.yaml"
    path.write_text("invoices: {dpi: 100}\n", "utf-8")
    monkeypatch.setenv("OCR_ASSETS_COLLECTIONS", str(path))
    for name in ("a", "b"):
        (tmp_path / f"{name}.pdf").write_bytes(pdf(name))
    return Home(tmp_path / "home", tmp_path)


def listed(answer: Answer) -> dict[str, str]:
    """The documents of `status --json` with their collection."""
    return {one["document"]: one["collection"] for one in answer.json}


def test_a_command_is_about_the_documents_of_the_collection_that_it_names(two: Home) -> None:
    assert two("run", two.file("a.pdf"), *FIRST).code == 0
    run = two("run", two.file("a.pdf"), two.file("b.pdf"), "--collection", "invoices", *FIRST, "--json")
    assert (run.code, {one["collection"] for one in run.json}) == (0, {"invoices"})
    a, b = two.document("a.pdf"), two.document("b.pdf")
    assert listed(two("status", "--json")) == {a: "default"}
    assert listed(two("status", "--collection", "invoices", "--json")) == {a: "invoices", b: "invoices"}
    assert two("status", b).code == 1, "the default collection does not have it"
    assert [two("stats", "--collection", name, "--json").json["documents"] for name in ("default", "invoices")] == [
        1,
        2,
    ]

    assert two("forget", a, "--collection", "invoices").code == 0
    assert listed(two("status", "--json")) == {a: "default"}
    assert listed(two("status", "--collection", "invoices", "--json")) == {b: "invoices"}

    shutil.rmtree(two.path / "dagster")
    assert two("rebuild", "--json").json == {"registered": 2, "materializations": 4}
    assert listed(two("status", "--json")) == {a: "default"}
    assert listed(two("status", "--collection", "invoices", "--json")) == {b: "invoices"}
    assert two("maintain", "--collection", "invoices").code == 0


def test_the_environment_names_the_collection_and_the_option_wins(two: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_COLLECTION", "invoices")
    two("add", two.file("a.pdf"))
    two("add", two.file("b.pdf"), "--collection", "default")
    assert listed(two("status", "--json")) == {two.document("a.pdf"): "invoices"}
    assert "collection invoices of default, invoices" in two("status").out
    assert listed(two("status", "--collection", "default", "--json")) == {two.document("b.pdf"): "default"}


def test_an_upgrade_is_to_the_settings_of_the_collection(two: Home, tmp_path: Path) -> None:
    for name in ("default", "invoices"):
        assert two("run", two.file("a.pdf"), "--collection", name, *FIRST).code == 0
    (tmp_path / "collections.yaml").write_text("invoices: {dpi: 72}\n", "utf-8")
    for name in ("default", "invoices"):
        assert two("run", "--upgrade", "--collection", name, *FIRST).code == 0
    lakes = [Lake(root=str(path / "lake")) for path in (two.path, two.path / "invoices")]
    assert [lake.read(PAGE_IMAGES, columns=["dpi"])["dpi"].to_list() for lake in lakes] == [[200.0], [72.0]]


def test_a_collection_that_is_not_there_is_told_with_those_that_are(two: Home) -> None:
    answer = two("status", "--collection", "letters")
    assert answer.code == 1
    assert "no collection 'letters'" in answer.err
    assert "collections.yaml has default, invoices" in answer.err


def test_without_a_file_the_setting_for_it_is_told(two: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCR_ASSETS_COLLECTIONS")
    assert "OCR_ASSETS_COLLECTIONS" in two("status", "--collection", "invoices").err
    assert two("status").code == two("status", "--collection", "default").code == 0


def test_a_file_that_is_wrong_is_told_in_a_line(two: Home, tmp_path: Path) -> None:
    (tmp_path / "collections.yaml").write_text("invoices: {dpy: 100}\n", "utf-8")
    answer = two("status")
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert "collections.yaml, collection 'invoices': 'dpy' is no setting" in answer.err
