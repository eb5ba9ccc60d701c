"""Class and fields from a file to what programs read: `run`, `text --format json`, `export`, `stats`."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Home, command
from tests.pdf_making import text, write_pdf
from tests.services.text_server import KEY, MODEL, TextServer
from tests.test_class_and_fields import CLASSES, INVOICE, SCHEMA

VALUE = {"name", "value", "text", "page", "box", "state", "source"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a run over one invoice, with a model for class and fields."""
    folder = tmp_path_factory.mktemp("fields")
    (folder / "classes.yaml").write_text(CLASSES, "utf-8")
    (folder / "invoice.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    lines = b"".join(text(line, y=720 - 30 * number) for number, line in enumerate(INVOICE))
    write_pdf(folder / "invoice.pdf", lines, text("Total: 60.00"))
    with TextServer().running() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("OCR_ASSETS_DOCUMENT_CLASSES", str(folder / "classes.yaml"))
        for role in ("CLASSIFIER", "EXTRACTOR"):
            patch.setenv(f"OCR_ASSETS_{role}_MODEL", MODEL)
            patch.setenv(f"OCR_ASSETS_{role}_URL", server.base_url)
        home = Home(folder / "home", folder)
        assert home("run", str(folder / "invoice.pdf"), "--json").code == 0
    return home


def test_text_as_json_has_class_and_fields_with_page_and_box(filled: Home) -> None:
    value = filled("text", filled.file("invoice.pdf"), "--format", "json").json
    assert (value["document_class"], value["class_confidence"], value["classified_by"]) == ("invoice", 0.9, MODEL)
    assert (value["field_faults"], value["broken_rules"]) == ([], [])
    values = {field["name"]: field for field in value["field_values"]}
    assert len(values) == 8
    assert all(field.keys() == VALUE for field in values.values())
    total = values["total"]
    assert (total["value"], total["text"], total["page"], total["state"]) == ("60.0", "60.00", 2, "found")
    [word] = [word for word in value["pages"][1]["words"] if word["text"] == "60.00"]
    assert total["box"] == word["box"]
    second = filled("text", filled.file("invoice.pdf"), "--format", "json", "--page", "2").json
    assert [field["name"] for field in second["field_values"]] == ["total"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_of_values_are_exported_beside_the_passages(filled: Home, tmp_path: Path, form: str) -> None:
    assert filled("export", "--to", str(tmp_path), "--format", form).code == 0
    path = tmp_path / f"fields.{form}"
    rows = (
        list(csv.DictReader(path.read_text("utf-8").splitlines()))
        if form == "csv"
        else pl.read_parquet(path).to_dicts()
    )
    assert {(row["document_class"], row["classified_by"]) for row in rows} == {("invoice", MODEL)}
    assert [row["value"] for row in rows if row["name"].endswith("price")] == ["40.0", "20.0"]
    assert all(0 < float(row["x0"]) < float(row["x1"]) < 1 for row in rows)


def test_a_document_without_class_or_fields_has_the_keys_all_the_same(home: Home) -> None:
    value = home("text", home.file("scan.tif"), "--format", "json").json
    assert (value["classified_by"], value["field_values"]) == ("words", [])


def test_mistakes_in_the_file_of_classes_end_the_run_with_file_label_and_fix(new_home: Home, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("invoice: {words: [a], schema: gone.json}", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_ASSETS_DOCUMENT_CLASSES", str(tmp_path / "wrong.yaml"))
        answer = command("run", new_home.file("two pages.pdf"), "--home", str(new_home.path))
    assert answer.code != 0
    assert "wrong.yaml, class invoice: its schema gone.json cannot be read" in answer.out + answer.err
