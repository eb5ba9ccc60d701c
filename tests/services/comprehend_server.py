"""A local server that speaks the part of AWS Comprehend that this project uses, and misbehaves on demand.

Requests are held against the service model that botocore carries, which is the published one, and against the limits
that its texts tell (25 texts, 5 KB each), so that what AWS would refuse is refused here. Detection is real, if simple:
the language with the most small words, two capitalised words for a person, a few towns, companies by "Inc." and "GmbH".
"""

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.services.http_server import Answering, Service

MODEL = ServiceModel(Loader().load_service_model("comprehend", "service-2"), "comprehend")
SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[\w-]+/comprehend/aws4_request, .*Signature=\w{64}")
OPERATIONS = {
    "BatchDetectDominantLanguage": "language",
    "BatchDetectEntities": "entities",
    "BatchDetectKeyPhrases": "phrases",
}
MOST_TEXTS, MOST_BYTES = 25, 5_000
WORDS = {
    "en": {"the", "and", "of", "is", "in", "was", "has", "met", "with", "at"},
    "de": {"der", "die", "das", "und", "ist", "in", "wurde", "hat", "mit", "bei"},
    "fr": {"le", "la", "les", "et", "est", "dans", "de", "avec", "des"},
    "sv": {"och", "det", "att", "som", "på", "är", "med"},
}
TOWNS = {"Paris", "Berlin", "München", "Springfield"}


class Handler(Answering):
    state: "ComprehendServer"

    def do_POST(self) -> None:
        body = json.loads(self.body())
        with self.state.lock:
            self.state.requests += 1
            failure = self.state.failures.pop(0) if self.state.failures else None
            if (
                self.state.answers_before_failing is not None
                and len(self.state.asked) >= self.state.answers_before_failing
            ):
                failure = failure or "InternalServerException"
        hangs = bool(self.state.hangs_on) and self.state.hangs_on in " ".join(body["TextList"])
        if self.state.answers_before_hanging is not None:
            hangs = len(self.state.asked) >= self.state.answers_before_hanging
        if hangs:
            self.state.hanging.set()
            self.state.stopped.wait()
        if refused := self.state.refusal(self.headers, body):
            self.refuse(*refused)
        elif failure == "cut":
            self.send(200, b'{"ResultList": [{"Index": 0, "Ent', cut=True)
        elif failure == "garbage":
            self.send(200, b"\xff\xfe not JSON")
        elif failure == "html":
            self.send(200, b"<html>a proxy's page</html>", {"Content-Type": "text/html"})
        elif failure == "short":
            self.tell(200, {"ResultList": [], "ErrorList": []})
        elif failure:
            self.refuse(failure, "as the test wants it")
        else:
            self.tell(200, self.state.answer(self.headers["X-Amz-Target"].partition(".")[2], body))

    def refuse(self, code: str, message: str) -> None:
        self.tell(500 if code.startswith("Internal") else 400, {"__type": code, "Message": message})


@dataclass
class ComprehendServer(Service):
    """`failures` are used up one a request, then it answers well; `refuses` are words whose texts fail alone.

    A failure is the name of an error of the model, or cut, garbage, html, short; `item_failures` are codes that the
    texts with `refuses` fail with, one a request, the last for ever. A request with the word `hangs_on` is answered
    once the server is `stopped`. `asked` has the texts of the requests that were answered, which is what would be
    charged.
    """

    handler = Handler
    failures: list[str | None] = field(default_factory=list)
    refuses: str = ""
    item_failures: list[str] = field(default_factory=list)
    answers_before_failing: int | None = None
    answers_before_hanging: int | None = None
    hangs_on: str = ""
    hanging: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    requests: int = 0

    @property
    def units(self) -> int:
        return sum(max(3, -(-len(text) // 100)) for _, texts in self.asked for text in texts)

    def refusal(self, headers: Any, body: Any) -> tuple[str, str] | None:
        """The error that AWS would answer this request with."""
        if not SIGNED.match(headers["Authorization"] or ""):
            return "InvalidSignatureException", "not signed"
        service, _, name = (headers["X-Amz-Target"] or "").partition(".")
        if headers["Content-Type"] != "application/x-amz-json-1.1" or service != "Comprehend_20171127":
            return "UnknownOperationException", "not JSON 1.1 for Comprehend"
        if name not in OPERATIONS:
            return "UnknownOperationException", name
        report = ParamValidator().validate(body, MODEL.operation_model(name).input_shape)
        if report.has_errors():
            return "ValidationException", report.generate_report()
        if len(body["TextList"]) > MOST_TEXTS:
            return "BatchSizeLimitExceededException", f"{len(body['TextList'])} documents"
        if any(len(text.encode()) > MOST_BYTES for text in body["TextList"]):
            return "TextSizeLimitExceededException", "Input text size exceeds limit"
        codes = MODEL.shape_for("LanguageCode").enum
        if "LanguageCode" in body and body["LanguageCode"] not in codes:
            return "ValidationException", f"Member must satisfy enum value set: {codes}"
        return None

    def answer(self, name: str, body: Any) -> dict[str, Any]:
        """Results of the texts, and errors of those with the word that is refused."""
        results, errors = list[dict[str, Any]](), list[dict[str, Any]]()
        with self.lock:
            failing = self.refuses and any(self.refuses in text for text in body["TextList"]) and self.item_failures
            code = (
                (self.item_failures.pop(0) if len(self.item_failures) > 1 else self.item_failures[0]) if failing else ""
            )
        for index, text in enumerate(body["TextList"]):
            if code and self.refuses in text:
                errors.append({"Index": index, "ErrorCode": code, "ErrorMessage": f"as the test wants it: {code}"})
            else:
                results.append({"Index": index, **detected(name, text, body.get("LanguageCode"))})
        with self.lock:
            self.asked.append(
                (
                    name,
                    [
                        text
                        for index, text in enumerate(body["TextList"])
                        if not any(e["Index"] == index for e in errors)
                    ],
                )
            )
        return {"ResultList": results, "ErrorList": errors}


def detected(name: str, text: str, language: str | None) -> dict[str, Any]:
    """What the operation finds in a text."""
    if name == "BatchDetectDominantLanguage":
        words = re.findall(r"\w+", text.lower())
        counts = {code: sum(word in small for word in words) for code, small in WORDS.items()}
        total = sum(counts.values())
        languages = [{"LanguageCode": code, "Score": count / total} for code, count in counts.items() if count]
        return {"Languages": languages or [{"LanguageCode": "en", "Score": 0.2}]}
    if name == "BatchDetectEntities":
        found = {
            "ORGANIZATION": r"[A-ZÄÖÜ]\w+ (?:Inc\.|GmbH)",
            "PERSON": r"[A-Z][a-zäöü]+ [A-Z][a-zäöü]+(?! (?:Inc|GmbH))",
            "DATE": r"\d{4}-\d\d-\d\d",
        }
        spans = [(kind, m) for kind, pattern in found.items() for m in re.finditer(pattern, text)]
        spans += [("LOCATION", m) for m in re.finditer(r"\b\w+\b", text) if m[0] in TOWNS]
        return {"Entities": [{"Type": kind, "Score": 0.9, **told(match)} for kind, match in spans]}
    small = "|".join(sorted(WORDS.get(language or "en", WORDS["en"])))
    phrases = re.finditer(rf"\b(?!(?:{small})\b)\w{{3,}}(?: (?!(?:{small})\b)\w{{3,}})+", text)
    return {"KeyPhrases": [{"Score": 0.99, **told(match)} for match in phrases]}


def told(match: re.Match[str]) -> dict[str, Any]:
    return {"Text": match[0], "BeginOffset": match.start(), "EndOffset": match.end()}
