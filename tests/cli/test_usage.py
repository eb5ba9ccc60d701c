"""What a user can get wrong: one line on stderr that names culprit and fix, exit code 1, no traceback."""

from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Home, command


def told(answer: Answer) -> str:
    """The only line that a command with an error prints."""
    assert (answer.code, answer.out) == (1, "")
    [line] = answer.err.splitlines()
    return line


@pytest.mark.parametrize("name", ["receipt.pdf", "the same receipt.pdf"])
def test_a_document_is_found_by_hash_prefix_and_path(home: Home, name: str) -> None:
    document = home.document("receipt.pdf")
    for named in (document, document.upper(), document[:4], document[:20], home.file(name)):
        [found] = home("status", named, "--json").json
        assert found["document"] == document


def test_an_unknown_document_is_told(home: Home) -> None:
    line = told(home("text", "0123abcd"))
    assert line.startswith("error: no document 0123abcd; ")
    assert "`ocr-assets status`" in line


def test_a_file_that_is_not_registered_is_told_with_the_command_for_it(home: Home) -> None:
    line = told(home("text", __file__))
    assert line == f"error: {__file__} is not registered; `ocr-assets add {__file__}` does that"


def test_a_beginning_of_two_hashes_is_refused(new_home: Home, tmp_path: Path) -> None:
    for number in (287, 400):  # the hashes of both begin with 0f8b
        (tmp_path / f"{number}.pdf").write_bytes(f"document {number}".encode())
    documents = new_home("add", str(tmp_path / "287.pdf"), str(tmp_path / "400.pdf"), "--json").json["documents"]
    assert len({document[:4] for document in documents}) == 1
    assert "begins 2 documents" in told(new_home("status", documents[0][:4]))
    assert "no document" in told(new_home("status", documents[0][:3]))
    assert new_home("status", documents[0][:12]).code == 0


@pytest.mark.parametrize(
    ("arguments", "culprit", "fix"),
    [
        (["run", "nowhere.pdf"], "nowhere.pdf does not exist", "name a PDF"),
        (["add", "nowhere"], "nowhere does not exist", "name a PDF"),
        (["run", "--stages", "ocr"], "no stage 'ocr'", "ocr_text"),
        (["run", "--batch-size", "0"], "--batch-size", "greater than or equal to 1"),
        (["reprocess"], "name the documents", "--failed"),
        (["forget", "0123abcd"], "no document 0123abcd", "give a path"),
        (["search", "x", "--mode", "magic"], "magic", "'hybrid', 'vector', 'text'"),
        (["export", "--to", "x", "--format", "docx"], "docx", "'markdown', 'text', 'json', 'csv', 'parquet'"),
        (["status", "--unknown"], "--unknown", "--help"),
        (["search"], "query", "--help"),
        (["publish"], "publish", "--help"),
    ],
)
def test_wrong_arguments_are_told(new_home: Home, arguments: list[str], culprit: str, fix: str) -> None:
    line = told(new_home(*arguments))
    assert culprit in line
    assert fix in line


def test_a_page_that_is_not_there_is_told_with_the_number_of_pages(home: Home) -> None:
    assert "has 2 pages, not 3" in told(home("text", home.file("two pages.pdf"), "--page", "3"))


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_text_of_a_document_that_failed_is_told_as_missing(home: Home, form: str) -> None:
    assert "`ocr-assets run`" in told(home("text", home.file("empty.pdf"), "--format", form))


def test_a_wrong_setting_is_told_by_its_name(new_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_DPI", "3")
    assert told(new_home("status")) == "error: OCR_ASSETS_DPI is '3': input should be greater than or equal to 50"


def test_a_misspelt_setting_is_told_and_nothing_else_depends_on_it(
    new_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OCR_ASSETS_SORUCES", "OCR_ASSETS_BANANA", "OCR_ASSETS_OWN_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("OCR_ASSETS_EMBEDDER_KEY", "OCR_ASSETS_OWN_KEY")
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", "[]")
    answer = new_home("status")
    assert (answer.code, answer.err.splitlines()) == (
        0,
        [
            "warning: OCR_ASSETS_BANANA is no setting; .env.example lists what there is",
            "warning: OCR_ASSETS_SORUCES is no setting; OCR_ASSETS_SOURCES is",
        ],
    )


def test_passwords_that_are_no_list_end_the_run(new_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", "secret-word")
    line = told(new_home("run", new_home.file("scan.tif")))
    assert line.startswith("error: raw_pdfs could not run: OCR_ASSETS_PASSWORDS is not a JSON list")
    assert "secret-word" not in line


def test_a_place_that_cannot_be_written_is_told(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in told(home("export", "--to", str(tmp_path / "file" / "out")))
    assert str(tmp_path / "file") in told(command("status", "--home", str(tmp_path / "file")))


def test_help_names_every_command() -> None:
    answer = command("--help")
    assert answer.code == 0
    for name in (
        "add",
        "run",
        "status",
        "text",
        "search",
        "export",
        "reprocess",
        "forget",
        "stats",
        "ui",
        "maintain",
        "rebuild",
    ):
        assert f" {name} " in answer.out
