"""A local server that speaks OpenAI's chat API with structured output, reads what it is sent, and misbehaves on demand.

It checks requests against the published schema (platform.openai.com/docs/api-reference/chat; of structured output, that
every object is closed and every property required). A class is the label of which the document's text has the words;
the value of a field is what stands behind its name and a colon on a line of the document, and an item of a list a line
that begins with "Line:", its parts divided by semicolons.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.services.http_server import Answering, Service

KEY: Final = "sk-test-2b91d7"
MODEL: Final = "test-text"
KNOWN: Final = {
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "response_format", "structured_outputs",
    "logprobs",
}  # fmt: skip
STATUS: Final = {"rate_limit": 429, "server_error": 500, "forbidden": 403, "rejected": 400, "no_form": 400}
TOLD: Final = {"no_form": "Unsupported value: 'response_format' of type 'json_schema' is not supported with this model"}
ANSWERS: Final[dict[str, Callable[[str], tuple[str, str]]]] = {
    "empty": lambda _: ("", "stop"),
    "cut": lambda text: (text[: len(text) // 2], "length"),
    "no_json": lambda _: ("It is an invoice.", "stop"),
    "filtered": lambda _: ("", "content_filter"),
    "other_class": lambda _: ('{"document_class": "poem", "confidence": 0.9}', "stop"),
    "no_number": lambda _: ('{"document_class": "invoice", "confidence": "high"}', "stop"),
    "too_sure": lambda _: ('{"document_class": "invoice", "confidence": 95}', "stop"),
    "other_form": lambda _: ('{"values": []}', "stop"),
}
"""Faults that are bad answers, of the good one."""


class Handler(Answering):
    state: "TextServer"

    def do_POST(self) -> None:
        body = json.loads(self.body())
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.error(401, f"Incorrect API key provided: {self.headers['Authorization']}")
        if self.path != "/v1/chat/completions":
            return self.error(404, "no such path")
        with self.state.lock:
            fault = self.state.fault(self.state.attempts)
            self.state.attempts += 1
        if refused := refusal(body):
            return self.error(*refused)
        if fault in STATUS:
            return self.error(STATUS[fault], TOLD.get(fault, f"a {fault}"), {"Retry-After": "0"})
        with self.state.lock:
            self.state.requests.append(body)
        content = json.dumps(self.state.completion(body, fault)).encode()
        if fault == "garbage":
            content = b"<html>502 behind a proxy that says 200</html>"
        return self.send(200, content, cut=fault == "cut_stream")


@dataclass
class TextServer(Service):
    """`fault` says what goes wrong with the request of that number, from 0; `requests` are those that were answered.

    `confidence` is what it says of its classes; `changed` is done to its good answers about fields.
    """

    handler = Handler
    path = "/v1"
    fault: Callable[[int], str | None] = lambda _: None
    confidence: float = 0.9
    changed: Callable[[dict[str, Any]], None] = lambda _: None
    attempts: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> str:
        """The good answer to an accepted request."""
        system, asked = (message["content"] for message in body["messages"])
        document = asked[asked.index("<document>") :]
        if "structured_outputs" in body:
            return class_of(document, body["structured_outputs"]["choice"])
        stated = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if "document_class" in system:
            labels = re.findall(r"^- ([^:\n]+)", asked[: asked.index("<document>")], re.MULTILINE)
            told = {"document_class": class_of(document, labels), "confidence": self.confidence}
        else:
            told = filled(stated or json.loads(asked.split("\n\n")[1].split("\n", 1)[1]), document, "")
            self.changed(told)
        return json.dumps(told)

    def completion(self, body: dict[str, Any], fault: str | None) -> dict[str, Any]:
        """The answer of the chat API."""
        text, finish = self.answer(body), "stop"
        if fault in ANSWERS:
            text, finish = ANSWERS[fault](text)
        refusal = "I cannot help with that." if fault == "refused" else None
        logprobs = None
        if body.get("logprobs"):
            tokens = [{"token": t, "logprob": -0.1, "bytes": None, "top_logprobs": []} for t in text.split()]
            logprobs = {"content": tokens, "refusal": None}
        letters = sum(len(message["content"]) for message in body["messages"])
        used = {"prompt_tokens": letters // 4, "completion_tokens": len(text) // 4 + 1}
        message = {"role": "assistant", "content": None if refusal else text, "refusal": refusal}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": MODEL,
            "choices": [choice],
            "usage": used | {"total_tokens": sum(used.values())},
        }


def class_of(document: str, labels: list[str]) -> str:
    return next((label for label in labels if re.search(rf"\b{label}\b", document, re.IGNORECASE)), "unknown")


def filled(schema: dict[str, Any], document: str, name: str) -> Any:
    """What the document says of this place of the schema."""
    properties = schema.get("properties", {})
    if set(properties) == {"value", "quote", "page"}:
        return stated(properties["value"]["type"], document, name)
    if schema["type"] == "object":
        return {part: filled(child, document, part) for part, child in properties.items()}
    items = []
    for page, line in lines(document):
        if line.startswith("Line: "):
            parts = line.removeprefix("Line: ").split("; ")
            named = list(schema["items"]["properties"].items())
            values = zip(named, [*parts, *[""] * len(named)], strict=False)
            items.append({part: said(child["properties"]["value"]["type"], v, page) for (part, child), v in values})
    return items


def stated(kinds: list[str], document: str, name: str) -> dict[str, Any]:
    label = name.replace("_", " ").capitalize() + ": "
    found = ((page, line.removeprefix(label)) for page, line in lines(document) if line.startswith(label))
    page, text = next(found, (None, ""))
    return said(kinds, text, page)


def said(kinds: list[str], text: str, page: int | None) -> dict[str, Any]:
    number = "".join(re.findall(r"[\d.-]", text))
    value: Any = float(number) if "number" in kinds and number else text
    return {"value": value, "quote": text, "page": page} if text else {"value": None, "quote": None, "page": None}


def lines(document: str) -> Iterator[tuple[int, str]]:
    for number, text in re.findall(r'<page number="(\d+)">\n(.*?)\n</page>', document, re.DOTALL):
        yield from ((int(number), line.strip()) for line in text.splitlines())


def refusal(body: Any) -> tuple[int, str] | None:
    """Why the API would not take this request."""
    if unknown := body.keys() - KNOWN:
        return 400, f"Unrecognized request arguments: {sorted(unknown)}"
    if body["model"] != MODEL:
        return 404, f"The model {body['model']} does not exist"
    if [message["role"] for message in body["messages"]] != ["system", "user"]:
        return 400, "wrong roles"
    form = body.get("response_format")
    if form is None:
        return None
    stated = form.get("json_schema", {})
    if form.get("type") != "json_schema" or stated.keys() != {"name", "strict", "schema"}:
        return 400, "wrong response_format"
    wrong = list(loose(stated["schema"], "schema"))
    return (400, f"Invalid schema for response_format: {wrong[0]}") if wrong or stated["strict"] is not True else None


def loose(schema: dict[str, Any], at: str) -> Iterator[str]:
    """What strict structured output does not take of a schema."""
    if schema.keys() - {"type", "properties", "required", "additionalProperties", "items", "enum", "description"}:
        yield f"{at} has {sorted(schema)}"
    if schema["type"] == "object":
        if schema["additionalProperties"] is not False or schema["required"] != list(schema["properties"]):
            yield f"{at} is open"
        for name, child in schema["properties"].items():
            yield from loose(child, f"{at}.{name}")
    if schema["type"] == "array":
        yield from loose(schema["items"], f"{at}[]")
