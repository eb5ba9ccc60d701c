"""A model tells the class and the fields of documents, each text once, and whatever it answers costs no document."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.core.passages import content_of
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.errors import TransientFault
from ocr_assets.schemas import DOCUMENTS, ENRICHMENT, OCR_TEXT
from resources.checkpoints import Checkpoints
from resources.text_model import TextAsker, TextModel
from resources.vision.answers import Answer, PaidAnswers
from tests.enriching import enrich, metadata, rows_of
from tests.pipeline import Pipeline, pipeline
from tests.services.text_server import KEY, MODEL, TextServer

A, B = "a" * 64, "b" * 64
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
LETTER = ["Dear Ms Doe,", "the parcel has arrived.", "Sincerely"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with TextServer().running() as running:
        yield running


def configured(folder: Path, server: TextServer, **changes: Any) -> AbstractContextManager[Pipeline]:
    """The pipeline with both models at the server, where no change says otherwise."""
    (folder / "classes.yaml").write_text(CLASSES, "utf-8")
    (folder / "invoice.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    own = {"model": MODEL, "url": server.base_url, "input_price": 1_000.0}
    models = {f"{role}_{name}": value for role in ("classifier", "extractor") for name, value in own.items()}
    settings = {"document_classes": str(folder / "classes.yaml")} | models | changes
    return pipeline(folder / "home", **settings)


def read(target: Pipeline, document: str, *pages: list[str], forms: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """Put these pages' lines into the lake, as the stages before do; what the passages of the document are."""
    edges = ("x0", "y0", "x1", "y1")
    rows = []
    for number, lines in enumerate(pages, 1):
        words = [
            {"text": word, "confidence": 1.0}
            | {"box": dict(zip(edges, (0.1 * n, 0.05 * row, 0.1 * n + 0.09, 0.05 * row + 0.04), strict=True))}
            for row, line in enumerate(lines)
            for n, word in enumerate(line.split())
        ]
        blocks = [{"kind": "text", "box": dict.fromkeys(edges, 0.5), "text": line} for line in lines]
        rest = {"level": None, "size": None, "bold": False}
        fields = [
            {"kind": "text", "name": name, "label": "", "value": value, "box": dict.fromkeys(edges, 0.25)}
            for name, value in forms
        ]
        row = {"document": document, "page": number, "words": words, "blocks": [b | rest for b in blocks]}
        rows.append(dict.fromkeys(OCR_TEXT.polars_schema()) | row | {"form_fields": fields})
    lake = target.part("lake")
    lake.replace(OCR_TEXT, [document], lake.frame(OCR_TEXT, rows))
    about = dict.fromkeys(DOCUMENTS.polars_schema()) | {"document": document, "pages": len(pages)}
    lake.replace(DOCUMENTS, [document], lake.frame(DOCUMENTS, [about]))
    return ["\n".join(lines) for lines in pages]


def enriched(target: Pipeline, *pages: list[str], document: str = A, **more: Any) -> dict[str, Any]:
    """The document's row after the stage."""
    assert enrich(target, {document: read(target, document, *pages, **more)})
    return rows_of(target, document)[WHOLE_DOCUMENT]


def values(row: dict[str, Any]) -> dict[str, tuple[str, int | None, str]]:
    return {value["name"]: (value["value"], value["page"], value["state"]) for value in row["field_values"]}


def test_class_and_fields_come_with_their_places(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server) as target:
        row, shown = enriched(target, INVOICE, ["Total: 60.00"]), metadata(target, A)
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
    box = next(value["box"] for value in row["field_values"] if value["name"] == "items.2.price")
    assert box == pytest.approx({"x0": 0.2, "y0": 0.25, "x1": 0.29, "y1": 0.29})
    assert row["model_cost"] == pytest.approx(shown["cost"], abs=1e-5)
    assert (shown["requests to models"], shown["field checks"]) == (2, "all hold")
    assert "| items.2.price | 20.0 | 1 | found |" in shown["field values"]
    asked = server.requests[0]["messages"][1]["content"]
    assert "- invoice: A request for payment.\n- letter\n" in asked
    assert "Pages: 2" in asked
    assert server.requests[0]["temperature"] == 0


def test_values_that_nothing_bears_out_are_kept_and_told(tmp_path: Path, server: TextServer) -> None:
    def invent(told: dict[str, Any]) -> None:
        told["number"] = {"value": "B-99", "quote": "B-99", "page": 1}
        told["due_date"]["value"] = "2024-02-01"

    server.changed = invent
    with configured(tmp_path, server) as target:
        row = enriched(target, [*INVOICE, "Total: 75.00"])
    invented = next(value for value in row["field_values"] if value["name"] == "number")
    assert (invented["state"], invented["page"], invented["box"]) == ("not_found", None, None)
    assert values(row)["due_date"] == ("2024-02-01", 1, "differs")
    assert row["field_faults"] == [
        "number is B-99, which does not match ^A-",
        "number B-99: its quotation 'B-99' stands on no page",
        "due_date 2024-02-01: the document says '2024-04-01'",
    ]
    assert row["broken_rules"] == [
        "items.price: 40.0 + 20.0 = 60.0, but total is 75.0",
        "date 2024-03-01 is after due_date 2024-02-01",
    ]


BAD = ["no_json", "other_class", "no_number", "too_sure", "refused", "filtered", "cut", "empty", "rejected"]


def test_a_bad_answer_is_asked_for_once_more_and_then_words_decide(tmp_path: Path, server: TextServer) -> None:
    faults = iter([fault for fault in BAD for _ in range(2)])
    server.fault = lambda _: next(faults, None)
    documents = {f"{number:064x}": [*LETTER, str(number)] for number in range(len(BAD))}
    with configured(tmp_path, server, text_concurrency=1, extractor_model="") as target:
        assert enrich(target, {document: read(target, document, lines) for document, lines in documents.items()})
        rows = [rows_of(target, document)[WHOLE_DOCUMENT] for document in documents]
        assert {(row["document_class"], row["classified_by"]) for row in rows} == {("letter", "words")}
        reasons = [row["class_reason"].removeprefix(f"{MODEL} gave no usable answer: ") for row in rows]
        assert reasons[1] == "a class that is not in the list and then a class that is not in the list"
        assert [reason.split(" and then ")[0] for reason in reasons[4:8]] == ["refused", "refused", "cut", "empty"]
        assert server.attempts == 2 * len(BAD)
        # What was no answer is not kept: the same document is asked about anew.
        assert enriched(target, documents[f"{0:064x}"], document=f"{0:064x}")["classified_by"] == MODEL


def test_what_the_model_is_unsure_of_is_unknown(tmp_path: Path, server: TextServer) -> None:
    server.confidence = 0.31
    with configured(tmp_path, server) as target:
        row = enriched(target, INVOICE)
    assert (row["document_class"], row["class_confidence"], row["field_values"]) == ("unknown", 0.31, [])
    assert row["class_reason"] == "invoice with 0.31, less than 0.5"


def test_a_text_is_asked_about_once_in_whatever_document_and_run(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server) as target:
        lines = [*INVOICE, "Total: 60.00"]
        assert enrich(target, {document: read(target, document, lines) for document in (A, B)})
        assert server.attempts == 2
        costs = [rows_of(target, document)[WHOLE_DOCUMENT]["model_cost"] for document in (A, B)]
        assert sum(costs) == pytest.approx(target.part("classifier").ledger.spent().cost)
        third = enriched(target, lines, document="c" * 64)
        assert enriched(target, lines)["field_values"] == third["field_values"] != []
        assert server.attempts == 2
        assert enriched(target, [*lines, "more"])["content"] == content_of("\n".join([*lines, "more"]))
        assert server.attempts == 4


def test_a_run_that_ends_half_way_pays_nothing_twice(tmp_path: Path, server: TextServer) -> None:
    server.fault = lambda number: "forbidden" if number == 1 else None
    with configured(tmp_path, server, text_concurrency=1) as target:
        pages = read(target, A, [*INVOICE, "Total: 60.00"])
        assert not enrich(target, {A: pages})
        assert target.part("lake").documents(ENRICHMENT) == set()
        assert enrich(target, {A: pages})
        assert rows_of(target, A)[WHOLE_DOCUMENT]["document_class"] == "invoice"
        assert (len(server.requests), server.attempts) == (2, 3)
        assert rows_of(target, A)[WHOLE_DOCUMENT]["model_cost"] > 0
        assert target.part("checkpoints").documents() == set()


def test_a_long_document_is_taken_in_parts_and_one_that_fails_costs_its_values_alone(
    tmp_path: Path, server: TextServer
) -> None:
    pages = [[*INVOICE[:5], "word " * 60], ["word " * 150], ["Line: Ink; 20.00", "Total: 60.00"]]
    server.fault = lambda number: "other_form" if number in (1, 2) else None
    with configured(tmp_path, server, extractor_tokens=200, classifier_model="") as target:
        row = enriched(target, *pages)
    assert (row["document_class"], row["classified_by"]) == ("invoice", "words")
    found = values(row)
    assert (found["items.1.price"], found["items.2.price"]) == (("40.0", 1, "found"), ("20.0", 3, "found"))
    assert found["total"] == ("60.0", 3, "found")
    parts = [request["messages"][1]["content"].split(";")[0] for request in server.requests]
    assert parts == [f"Document: invoice, part {number} of 3" for number in (1, 2, 2, 3)]
    why = "none of the fields of the whole and then none of the fields of the whole"
    assert row["field_faults"] == [f"{MODEL} gave no usable answer to part 2 of 3: {why}"]


def test_a_list_that_has_no_room_in_an_answer_is_asked_for_in_halves(tmp_path: Path, server: TextServer) -> None:
    lines = [f"Line: Paper {n}; {n}.00" for n in range(1, 41)]
    server.fault = lambda number: "cut" if number < 2 else None
    with configured(tmp_path, server, classifier_model="") as target:
        row = enriched(target, ["Invoice due date", "Number: A-17", *lines[:25]], [*lines[25:], "Total: 820.00"])
    prices = {name: (value, state) for name, (value, _, state) in values(row).items() if name.endswith(".price")}
    assert prices == {f"items.{n}.price": (f"{n}.0", "found") for n in range(1, 41)}
    assert (row["field_faults"], row["broken_rules"]) == ([], [])
    parts = [request["messages"][1]["content"].split(";")[0].split("\n")[0] for request in server.requests]
    assert parts[:4] == ["Document: invoice", *(f"Document: invoice, part {n} of 1" for n in ("1.1", "1.1.1", "1.1.2"))]


def test_a_model_whose_answers_have_no_end_is_not_asked_without_end(tmp_path: Path, server: TextServer) -> None:
    server.fault = lambda _: "cut"
    with configured(tmp_path, server, classifier_model="") as target:
        row = enriched(target, ["Invoice due date", *["word " * 100] * 60])
    assert server.attempts <= 2**6  # 31 where all are halves, the last sixteen once more; a part may fall into three
    assert row["field_values"] == []
    assert all("cut and then cut" in fault for fault in row["field_faults"][:-2])


def test_values_that_are_printed_several_times_have_places_of_their_own(tmp_path: Path, server: TextServer) -> None:
    lines = ["Invoice due date", "Line: Ink; 20.00", "Line: Ink; 20.00", "Total: 20.00", "Number: A-1"]
    with configured(tmp_path, server, classifier_model="") as target:
        row = enriched(target, lines)
    rows = {value["name"]: round(value["box"]["y0"] / 0.05) for value in row["field_values"]}
    assert rows == {
        **dict.fromkeys(("items.1.name", "items.1.price"), 1),
        **dict.fromkeys(("items.2.name", "items.2.price"), 2),
        "total": 3,
        "number": 4,
    }


def test_parts_that_disagree_are_told(tmp_path: Path, server: TextServer) -> None:
    pages = [["Invoice due date", "Number: A-1", "Total: 5.00", "word " * 110], ["Total: 6.00"]]
    with configured(tmp_path, server, classifier_model="", extractor_tokens=200) as target:
        row = enriched(target, *pages)
    assert values(row)["total"] == ("5.0", 1, "found")
    assert row["field_faults"] == ["total is 5.0, and later 6.0"]


def test_an_answer_of_many_faults_is_told_in_short(tmp_path: Path, server: TextServer) -> None:
    def invent(told: dict[str, Any]) -> None:
        price = {"value": 1, "quote": "nowhere " * 100, "page": 1}
        told["items"] = [{"name": None, "price": price}] * 500

    server.changed = invent
    with configured(tmp_path, server, classifier_model="") as target:
        row, shown = enriched(target, [*INVOICE, "Total: 500"]), metadata(target, A)
    assert len(row["field_faults"]) == 500
    assert len(shown["field checks"]) < 10_000
    assert shown["field checks"].endswith("; and 460 more")


def test_a_question_is_entered_with_what_its_answer_may_cost(tmp_path: Path, server: TextServer) -> None:
    server.fault = lambda number: "garbage" if number == 0 else None
    with configured(tmp_path, server, classifier_model="") as target:
        enriched(target, INVOICE)
        first = target.part("extractor").ledger.rows()[0]
    assert (first["state"], first["output"]) == ("unknown", 1_500)
    assert first["input"] > len(str(SCHEMA)) // 3  # the schema is sent with the question


def test_forms_and_services_fill_what_no_model_does(tmp_path: Path, server: TextServer) -> None:
    forms = (
        (f"items.{'9' * 5_000}.price", "1"),
        ("number", "A-18"),
        ("items.1.price", "60,00 €"),
        ("total", "70.00"),
        ("other", "x"),
    )
    with configured(tmp_path, server, classifier_model="", extractor_model="") as target:
        row = enriched(target, INVOICE, forms=forms)
        assert [(v["name"], v["value"], v["text"], v["source"]) for v in row["field_values"]] == [
            ("number", "A-18", "A-18", "form"),
            ("items.1.price", "60.00", "60,00 €", "form"),
            ("total", "70.00", "70.00", "form"),
        ]
        assert row["broken_rules"] == ["items.price: 60.00 = 60.00, but total is 70.00"]
        assert row["field_values"][0]["box"]["x0"] == 0.25
        without = enriched(target, INVOICE, document=B)
        assert (without["field_values"], without["field_faults"], without["broken_rules"]) == ([], [], [])
    assert server.attempts == 0
    with configured(tmp_path, server) as target:  # what the model fills, the form does not
        assert {v["name"]: v["source"] for v in enriched(target, INVOICE, forms=forms)["field_values"]} == {
            **dict.fromkeys(("number", "date", "due_date"), "model"),
            **dict.fromkeys((f"items.{n}.{part}" for n in (1, 2) for part in ("name", "price")), "model"),
            "total": "form",
        }


def test_a_value_that_no_reader_saw_has_a_page_and_no_box(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server) as target:
        pages = read(target, A, INVOICE, ["Total: 60.00"])
        lake = target.part("lake")
        rows = lake.read(OCR_TEXT, [A]).to_dicts()
        rows[1]["words"] = []
        lake.replace(OCR_TEXT, [A], lake.frame(OCR_TEXT, rows))
        assert enrich(target, {A: pages})
        row = rows_of(target, A)[WHOLE_DOCUMENT]
    total = next(value for value in row["field_values"] if value["name"] == "total")
    assert (total["page"], total["box"], total["state"]) == (2, None, "found")


def asker(server: TextServer, folder: Path, **changes: Any) -> AbstractContextManager[TextAsker]:
    fields = {"model": MODEL, "urls": server.base_url, "home": str(folder), "first_pause": 0.001}
    model = TextModel(**(fields | changes))
    return model.asking("run", "enrichment", PaidAnswers(Checkpoints(root=str(folder)), "enrichment"), {})


def ask(asking: AbstractContextManager[TextAsker]) -> str | None:
    messages = [{"role": "system", "content": "document_class"}, {"role": "user", "content": "- a: b\n<document>a"}]

    def text(answer: Answer) -> str:
        return answer.text

    with asking as one:
        options = one.profile.options("document_class", {"type": "string"}, ["a"])
        return one.ask(A, 0, messages, options, one.profile.short, text).value


def test_a_fine_tuned_classifier_answers_with_the_label_alone(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server, classifier_profile="vllm_choice", extractor_model="") as target:
        row = enriched(target, INVOICE)
    [request] = server.requests
    assert request["structured_outputs"] == {"choice": ["invoice", "letter", "unknown"]}
    assert "response_format" not in request
    assert (row["document_class"], row["classified_by"]) == ("invoice", MODEL)
    assert row["class_confidence"] == pytest.approx(
        0.9048, abs=1e-4
    )  # the server's one token is as likely as exp(-0.1)


def test_profiles_ask_in_the_ways_of_their_servers(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server, classifier_profile="openai", extractor_profile="json") as target:
        row = enriched(target, [*INVOICE, "Total: 60.00"])
    assert values(row)["total"] == ("60.0", 1, "found")
    first, second = server.requests
    assert "temperature" not in first
    assert first["max_completion_tokens"] == 4_096
    assert "response_format" not in second
    assert '"additionalProperties": false' in second["messages"][1]["content"]


@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "cut_stream", "garbage"])
def test_a_service_that_fails_is_asked_again_and_then_waited_for(
    tmp_path: Path, server: TextServer, fault: str
) -> None:
    server.fault = lambda number: fault if number < 2 else None
    assert ask(asker(server, tmp_path / "one", profile="json"))
    server.fault = lambda _: fault
    with pytest.raises(TransientFault, match="the classifier model test-text") as told:
        ask(asker(server, tmp_path / "two", profile="json"))
    assert KEY not in str(told.value)


def test_a_service_that_is_away_leaves_the_document_waiting(tmp_path: Path, server: TextServer) -> None:
    with configured(tmp_path, server, classifier_url="http://user:secret@127.0.0.1:9/v1") as target:
        pages = read(target, A, LETTER)
        assert not enrich(target, {A: pages})
        stage, failure = target.states[A].failure or ("", None)
    assert failure is not None
    assert (stage, failure.reason, failure.permanent) == ("enrichment", "service_unavailable", False)
    assert "secret" not in failure.detail


@pytest.mark.parametrize(
    ("changes", "fault", "told"),
    [
        (
            {"classifier_model": "another"},
            None,
            "404: it has no model another.*correct classifier_url or classifier_model",
        ),
        ({}, "no_form", "does not take requests of the profile json_schema: choose another classifier_profile"),
    ],
)
def test_what_settings_are_to_blame_for_fails_the_run_and_says_so(
    tmp_path: Path, server: TextServer, changes: dict[str, Any], fault: str | None, told: str
) -> None:
    import re

    server.fault = lambda _: fault
    with configured(tmp_path, server, **changes) as target:
        pages = read(target, A, LETTER)
        assert not enrich(target, {A: pages})
        assert target.states[A].failure is None
        [run] = target.instance.get_runs(limit=1)
        logs = " ".join(str(record.dagster_event) for record in target.instance.all_logs(run.run_id))
    assert re.search(told, logs)


def test_a_budget_stops_questions_and_the_rest_waits(tmp_path: Path, server: TextServer) -> None:
    with pytest.raises(TransientFault, match="of the budget of the text models, 1 for this run") as told:
        ask(asker(server, tmp_path, profile="json", input_price=1e9, run_budget=1.0))
    assert told.value.reason == "budget_spent"
    assert server.attempts == 0
