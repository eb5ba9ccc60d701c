"""Through the real stages: a model tells class and fields, once, and whatever it answers costs no document."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.checks import CHECKS, Overview
from ocr_assets.core.stages import STAGES
from ocr_assets.schemas import ENRICHMENT
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pipeline
from tests.services.text_server import KEY, MODEL, TextServer

CLASSES = """
invoice:
  description: A request for payment.
  words: [invoice, due date]
  schema: invoice.schema.json
  rules:
    - sum: {items: items.price, total: total}
    - ordered: [date, due_date]
letter: [dear, sincerely]
"""
SCHEMA = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "pattern": "^A-"},
        "date": {"type": "string", "format": "date"},
        "due_date": {"type": "string", "format": "date"},
        "total": {"type": "number"},
        "items": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "price": {"type": "number"}}},
        },
    },
    "required": ["number", "total"],
}
INVOICE = [
    "Invoice",
    "Number: A-17",
    "Date: 2024-03-01",
    "Due date: 2024-04-01",
    "Line: Paper; 40.00",
    "Line: Ink; 20.00",
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with TextServer().running() as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "classes.yaml").write_text(CLASSES, "utf-8")
    (tmp_path / "invoice.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    return folder


def page(*lines: str) -> bytes:
    return b"".join(text(line, y=720 - 30 * number) for number, line in enumerate(lines))


def run_with(folder: Path, server: TextServer, check: Callable[[Pipeline], Any], **changes: Any) -> Any:
    """The pipeline over the folder's files up to the stage, with the models of the server."""
    models = {
        f"{role}_{name}": value
        for role in ("classifier", "extractor")
        for name, value in {"model": MODEL, "url": server.base_url, "input_price": 1_000.0}.items()
    }
    settings = {"sources": str(folder), "document_classes": str(folder.parent / "classes.yaml")} | models | changes
    with pipeline(folder.parent / "home", **settings) as target:
        return check(target)


def enrich(target: Pipeline) -> bool:
    [request] = target.tick("s3_arrivals")
    return target.execute(request, STAGES[: STAGES.index("enrichment") + 1])


def row_of(target: Pipeline) -> dict[str, Any]:
    [row] = [r for r in target.part("lake").read(ENRICHMENT).iter_rows(named=True) if r["chunk"] == -1]
    return row


def enriched(target: Pipeline) -> dict[str, Any]:
    assert enrich(target)
    return row_of(target)


def values(row: dict[str, Any]) -> dict[str, tuple[str, int | None, str]]:
    return {value["name"]: (value["value"], value["page"], value["state"]) for value in row["field_values"]}


def test_a_model_tells_the_class_and_fills_its_fields_with_their_places(files: Path, server: TextServer) -> None:
    write_pdf(files / "a.pdf", page(*INVOICE), page("Total: 60.00"))
    row = run_with(files, server, enriched)
    assert (row["document_class"], row["class_confidence"], row["classified_by"]) == ("invoice", 0.9, MODEL)
    assert values(row) == {
        "number": ("A-17", 1, "found"),
        "date": ("2024-03-01", 1, "found"),
        "due_date": ("2024-04-01", 1, "found"),
        "total": ("60.0", 2, "found"),
        "items.1.name": ("Paper", 1, "found"),
        "items.1.price": ("40.0", 1, "found"),
        "items.2.name": ("Ink", 1, "found"),
        "items.2.price": ("20.0", 1, "found"),
    }
    assert (row["field_faults"], row["broken_rules"]) == ([], [])
    boxes = {value["name"]: value["box"] for value in row["field_values"]}
    assert boxes["items.1.price"]["y0"] == pytest.approx((792 - 600 - 12) / 792, abs=0.02)
    assert boxes["items.1.price"]["x0"] > boxes["items.1.name"]["x1"]
    assert row["model_cost"] > 0


def test_values_that_nothing_bears_out_are_kept_told_and_fail_no_document(files: Path, server: TextServer) -> None:
    write_pdf(files / "a.pdf", page(*INVOICE, "Total: 75.00"))

    def invent(told: dict[str, Any]) -> None:
        told["number"] = {"value": "B-99", "quote": "B-99", "page": 1}
        told["due_date"]["value"] = "2024-02-01"

    def seen(target: Pipeline) -> tuple[dict[str, Any], dict[str, str]]:
        row = enriched(target)
        overview = Overview.load(target.catalog, target.part("lake"), target.part("settings"))
        checks = [check for check in CHECKS if check.asset == "enrichment"]
        return row, {check.name: check.look(overview).told for check in checks if check.look(overview).wrong}

    server.changed = invent
    row, told = run_with(files, server, seen)
    invented = next(value for value in row["field_values"] if value["name"] == "number")
    assert (invented["state"], invented["page"], invented["box"]) == ("not_found", None, None)
    assert values(row)["due_date"] == ("2024-02-01", 1, "differs")
    assert row["broken_rules"] == [
        "items.price: 40.0 + 20.0 = 60.0, but total is 75.0",
        "date 2024-03-01 is after due_date 2024-02-01",
    ]
    assert "number is B-99, which does not match ^A-" in row["field_faults"]
    assert told.keys() == {"fields_are_sound", "rules_hold"}
    assert "items.price: 40.0 + 20.0 = 60.0, but total is 75.0" in told["rules_hold"]


def test_models_that_are_not_there_leave_words_and_forms(files: Path, server: TextServer) -> None:
    write_pdf(files / "a.pdf", page(*INVOICE, "Total: 60.00"))
    row = run_with(files, server, enriched, classifier_model="", extractor_model="")
    assert (row["document_class"], row["classified_by"], row["model_cost"]) == ("invoice", "words", 0.0)
    assert (row["field_values"], row["field_faults"], row["broken_rules"]) == ([], [], [])
    assert server.attempts == 0
