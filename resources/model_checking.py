"""A question with a known answer to each model: whether it works, what is wrong if not, how long it takes, its cost.

Of vision models: `resources/vision/checking.py`.
"""

import time
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from ocr_assets.core.answers import cited
from ocr_assets.core.class_questions import class_labels, class_messages, class_of_json, class_of_label, class_schema
from ocr_assets.core.document_classes import DocumentClass
from ocr_assets.core.field_questions import answer_schema, claims_of, document_parts, field_messages
from ocr_assets.core.field_schema import parse_schema
from ocr_assets.errors import UsageError
from resources.answer_model import AnswerModel
from resources.checkpoints import Checkpoints
from resources.embedder import Embedder, Spent
from resources.openai_embedder import OpenAIEmbedder
from resources.text_model import TextAsker, TextModel, Told
from resources.vision.answers import Answer, PaidAnswers
from resources.vision.checking import Checked, reached, reached_all

INVOICE: Final = """\
INVOICE of Heron Books Ltd., 4 Harbour Lane
Invoice number: HB-4711
Invoice date: 2024-03-05
Three atlases at 49.50 each
Total: 148.50
Please pay within 30 days."""
CLASSES: Final = {
    label: DocumentClass(label, told)
    for label, told in (
        ("invoice", "A request of a seller for payment, with a number, a date and an amount due."),
        ("letter", "A message of one person or company to another."),
        ("report", "An account of a matter or a year, in sections."),
    )
}
FIELDS: Final = parse_schema(
    {
        "type": "object",
        "properties": {
            "invoice_number": {"type": "string"},
            "invoice_date": {"type": "string", "format": "date"},
            "total": {"type": "number"},
        },
    }
)
STATED: Final = {"invoice_number": "HB-4711", "invoice_date": "2024-03-05", "total": "148.50"}
QUESTION: Final = "When does the ferry to the island leave?"
PASSAGES: Final = (
    "The library lends atlases for three weeks, and novels for two.",
    "The ferry to the island does leave at nine in the morning.",
    "A heron stands in shallow water and waits for fish.",
)
RIGHT: Final = 1


def check_text_model(model: TextModel) -> Checked:
    """An invoice, of which the class or the fields are asked. Raises UsageError, TransientFault."""
    if not model.is_there:
        name = f"OCR_ASSETS_{model.role.upper()}"
        raise UsageError(f"no {model.role} is configured; set {name}_MODEL, and {name}_URL")
    client = model.client()
    try:
        reached_all(client, model.addresses)
    finally:
        client.close()
    run, began = f"check-model-{uuid4().hex[:8]}", time.monotonic()  # each with a run's budget
    with TemporaryDirectory() as kept:
        paid = PaidAnswers(Checkpoints(root=kept), "check-model")
        with model.asking(run, "check-model", paid, {}) as asker:
            told, problem = _class(asker) if model.role == "classifier" else _fields(asker)
    if told.value is None and model.way.form == "json_schema":
        problem += f"; {model.role}_profile json tells the form in the prompt, for endpoints without structured output"
    answer = next(iter(told.kept.values())).text if told.kept else ""
    spent = (told.requests, told.usage.input, told.usage.output, round(told.cost, 6))
    return Checked(model.role, problem, answer[:500], *spent, _since(began))


def _class(asker: TextAsker) -> tuple[Told[tuple[str, float]], str]:
    as_label, labels = asker.profile.form == "choice", class_labels(CLASSES)

    def parse(answer: Answer) -> tuple[str, float]:
        if as_label:
            return class_of_label(answer.text, answer.likelihood, labels)
        return class_of_json(answer.text, labels)

    messages = class_messages(CLASSES, INVOICE, 1, len(INVOICE), as_label)
    options = asker.profile.options("document_class", class_schema(labels), labels)
    told = asker.ask("check-model", 0, messages, options, asker.profile.short, parse)
    if told.value is None:
        return told, f"no usable answer: {told.why}"
    return told, "" if told.value[
        0
    ] == "invoice" else f"it takes an invoice for a {told.value[0]}; choose another model"


def _fields(asker: TextAsker) -> tuple[Told[Any], str]:
    schema = answer_schema(FIELDS)
    (part,) = document_parts([(1, INVOICE)], len(INVOICE))
    messages = field_messages("invoice", part, "1", 1, schema if asker.profile.form == "json" else None)
    options = asker.profile.options("fields", schema, None)
    told = asker.ask(
        "check-model", 1, messages, options, asker.profile.long, lambda answer: claims_of(answer.text, FIELDS)
    )
    if told.value is None:
        return told, f"no usable answer: {told.why}"
    found = {claim.name: claim for claim in told.value}
    if wrong := [name for name in STATED if name not in found or not _is_stated(name, found[name].value)]:
        return told, f"it does not find {', '.join(wrong)} of a plain invoice; choose another model"
    unquoted = [name for name, claim in found.items() if not claim.quote or claim.quote not in INVOICE]
    return told, f"it does not quote {', '.join(unquoted)}, so that values have no place" if unquoted else ""


def _is_stated(name: str, value: Any) -> bool:
    return float(value) == float(STATED[name]) if name == "total" else value == STATED[name]


def check_answers(model: AnswerModel) -> Checked:
    """A question that one of three passages answers. Raises UsageError, TransientFault."""
    with model.client() as client:
        reached(client, model.where, model.model, model.api_key_variable, "OCR_ASSETS_ANSWER_URL")
    began = time.monotonic()
    text, numbers = cited(model.answer(QUESTION, [("check-model", text) for text in PASSAGES]), len(PASSAGES))
    problem = ""
    if "nine" not in text and "9" not in text:
        problem = "it does not answer what a passage says; choose another model"
    elif RIGHT + 1 not in numbers:
        problem = "it does not cite the passage that it answers from; choose another model"
    return Checked("answers", problem, text[:500], 1, 0, 0, 0.0, _since(began))


def check_embedder(embedder: Embedder) -> Checked:
    """Three passages, and a question that should be nearest to one. Raises UsageError, TransientFault."""
    if isinstance(embedder, OpenAIEmbedder):
        with embedder.client() as client:
            where, key = embedder.where, embedder.api_key_variable
            reached(client, where, embedder.model, key, "OCR_ASSETS_EMBEDDER_URL")
    began, spent = time.monotonic(), Spent()
    vectors = embedder.embed_passages(PASSAGES, spent)
    question = embedder.embed_query(QUESTION)
    similar = [float(vector @ question) for vector in vectors]
    best, others = similar[RIGHT], max(one for n, one in enumerate(similar) if n != RIGHT)
    told = f"{embedder.recorded_model}, {embedder.dimension} numbers; a question is {best:.2f} like its passage, "
    told += f"{others:.2f} like others"
    problem = "" if best > others else f"{told}: see what the model wants before passages and questions"
    requests = spent.requests + bool(spent.requests)
    return Checked("embedder", problem, told, requests, spent.tokens, 0, round(spent.cost, 6), _since(began))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 2)
