"""A local server that speaks the part of Upstage's API that this project uses, and misbehaves on demand.

Requests are checked against the vendor's published pages (console.upstage.ai/api: document parsing, its asynchronous
form, universal and prebuilt extraction), so that what would be refused there is refused here. Pages are read for real,
by PDFium and Tesseract: elements are lines of type, the largest a heading.
"""

import ast
import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import urlsplit

import pypdfium2 as pdfium

from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from tests.services.http_server import Answering, serving

Failure = Literal[
    "rate_limit",
    "rate_limit_retry_after",
    "server_error",
    "refused",
    "hang",
    "drop",
    "cut",
    "garbage",
    "wrong_pages",
    "far_boxes",
]
KEY = "up_test5e1f0c"
BATCH = 10
AT_ONCE = 100
MOST = 2_000
FORMATS = {"text", "html", "markdown"}
FIELDS = {"document", "model", "mode", "ocr", "output_formats", "coordinates", "base64_encoding", "chart_recognition"}
_engine = threading.Lock()  # PDFium and Tesseract take one caller at a time


@dataclass
class Request:
    """A request that was submitted: its batches, and how often it was asked for."""

    pages: list[list[dict[str, Any]]]
    failed: set[int]
    polls: int = 0
    expired: set[int] = field(default_factory=set)


@dataclass
class UpstageServer:
    """`failures` are used up one a request, `failed_batches` one a submission, then it answers well.

    `read` counts the pages that the vendor would charge for; `sent` is how many pages each accepted request had;
    `most_at_once` how many documents were being read at a time.
    """

    failures: list[Failure | None] = field(default_factory=list)
    failed_batches: list[set[int]] = field(default_factory=list)
    expires: bool = False
    restarts_pages: bool = False
    read: int = 0
    sent: list[int] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    attempts: int = 0
    most_at_once: int = 0
    at_once: int = 0
    requests: dict[str, Request] = field(default_factory=dict)
    known: dict[str, list[list[Any]]] = field(default_factory=dict)
    base_url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator["UpstageServer"]:
        with serving(_handler(self)) as url:
            self.base_url = f"{url}/v1"
            try:
                yield self
            finally:
                self.stopped.set()

    def elements(self, content: bytes, most: int) -> list[list[dict[str, Any]]]:
        """The elements of each page of a PDF, at most so many pages. What was read is known: a slow machine gets on."""
        name = hashlib.sha256(content).hexdigest()
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        with _engine:
            pages = self.known.get(name)
            if pages is None:
                pages = self.known[name] = self._read(content, most)
        with self.lock:  # before the answer leaves: whoever has it may ask for the next at once
            self.at_once -= 1
            self.read += len(pages)
        return [
            [self.element(number, page + 1, line) for number, line in enumerate(lines)]
            for page, lines in enumerate(pages)
        ]

    def _read(self, content: bytes, most: int) -> list[list[Any]]:
        with pdfium.PdfDocument(content) as document:
            images = [page.render(scale=150 / 72, grayscale=True).to_pil() for page in list(document)[:most]]
        engine = Tesseract(installed(None))
        return [list(engine.lines(image.convert("L"), 150, "eng")) for image in images]

    def element(self, number: int, page: int, line: Any) -> dict[str, Any]:
        text = " ".join(read.word.text for read in line)
        boxes = [read.word.box for read in line]
        x0, y0 = min(box.x0 for box in boxes), min(box.y0 for box in boxes)
        x1, y1 = max(box.x1 for box in boxes), max(box.y1 for box in boxes)
        corners = [{"x": x, "y": y} for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        category = "heading1" if y1 - y0 > 0.02 else "paragraph"
        tag = "h1" if category == "heading1" else "p"
        return {
            "id": number,
            "page": page,
            "category": category,
            "content": {
                "html": f"<{tag} id='{number}'>{text}</{tag}>",
                "markdown": f"# {text}" if tag == "h1" else text,
                "text": text,
            },
            "coordinates": corners,
        }


def answer(pages: list[list[dict[str, Any]]]) -> dict[str, Any]:
    elements = [element for page in pages for element in page]
    whole = {form: "\n".join(element["content"][form] for element in elements) for form in sorted(FORMATS)}
    usage = {"pages": len(pages)}
    return {"api": "2.0", "model": "document-parse-260930", "content": whole, "elements": elements, "usage": usage}


def form_of(headers: Any, body: bytes) -> dict[str, tuple[str | None, bytes]] | None:
    """Fields of a multipart form with their file names; None where it is none."""
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return None
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        fields[str(name)] = (part.get_filename(), part.get_payload(decode=True))  # type: ignore[union-attr]
    return fields  # type: ignore[return-value]


def refusal(fields: dict[str, tuple[str | None, bytes]] | None, models: str) -> tuple[int, str] | None:
    """Why the vendor would refuse this form, as status and message."""
    if fields is None or "document" not in fields:
        return 400, "no document in the request"
    if unknown := fields.keys() - FIELDS:
        return 400, f"unknown fields: {sorted(unknown)}"
    name, content = fields["document"]
    model = fields.get("model", (None, b""))[1].decode()
    if not re.fullmatch(models, model):
        return 400, f"invalid model name {model!r}"
    if not name or "/" in name or len(name) > 900:
        return 400, "the document has no valid name"
    if len(content) > 50 << 20:
        return 413, "uploaded document is too large. max allowed size is 50MB"
    if not (name.endswith(".pdf") and content.startswith(b"%PDF-")):
        return 415, "unsupported document format"
    if fields.get("ocr", (None, b"auto"))[1] not in (b"auto", b"force"):
        return 400, "ocr is auto or force"
    formats = ast.literal_eval(fields.get("output_formats", (None, b"['html']"))[1].decode())
    if not set(formats) <= FORMATS:
        return 400, f"no such format among {formats}"
    return None


def chat_refusal(body: Any) -> tuple[int, str] | None:
    """Why the vendor would refuse this request for extraction."""
    if not isinstance(body, dict) or not {"model", "messages", "response_format"} <= body.keys():
        return 400, "model, messages and response_format are required"
    if not re.fullmatch("information-extract(-[a-z0-9]+)?", body["model"]):
        return 400, f"invalid model name {body['model']!r}"
    if [message.get("role") for message in body["messages"]] != ["user"]:
        return 400, "exactly one user message"
    schema = body["response_format"].get("json_schema", {}).get("schema", {})
    if body["response_format"].get("type") != "json_schema" or schema.get("type") != "object":
        return 400, "response_format must be a JSON schema of an object"
    if not body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:application/pdf;base64,"):
        return 415, "unsupported document format"
    return None


def _handler(state: UpstageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(Answering):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.counted(lambda: self.posted(body))

        def do_GET(self) -> None:
            self.counted(self.asked)

        def counted(self, serve: Any) -> None:
            with state.lock:
                state.attempts += 1
            serve()

        def failure(self) -> Failure | None:
            with state.lock:
                return state.failures.pop(0) if state.failures else None

        def failed(self, failure: Failure | None) -> bool:
            """Whether the request was ended by this failure, before anything was done for it."""
            if failure in ("rate_limit", "rate_limit_retry_after"):
                self.error(429, "slow down", {"Retry-After": "0"} if failure != "rate_limit" else {})
            elif failure == "server_error":
                self.error(500, "the server had an error")
            elif failure == "refused":
                self.error(422, "the document is damaged")
            elif failure == "hang":
                state.stopped.wait(60)
                self.close_connection = True
            elif failure == "drop":
                self.close_connection = True
                self.connection.close()
            else:
                return False
            return True

        def allowed(self) -> bool:
            if self.headers["Authorization"] == f"Bearer {KEY}":
                return True
            self.error(401, "invalid API key")
            return False

        def posted(self, body: bytes) -> None:
            failure = self.failure()
            if not self.allowed() or self.failed(failure):
                return
            path = urlsplit(self.path).path
            if path in ("/v1/document-digitization", "/v1/document-digitization/async"):
                self.parse(form_of(self.headers, body), path.endswith("/async"), failure)
            elif path == "/v1/information-extraction":
                self.extract(body, failure)
            else:
                self.error(404, "no such path")

        def parse(
            self, fields: dict[str, tuple[str | None, bytes]] | None, later: bool, failure: Failure | None
        ) -> None:
            if refused := refusal(fields, "document-parse(-[a-z0-9]+)?"):
                return self.error(*refused)
            assert fields is not None
            pages = state.elements(fields["document"][1], MOST if later else AT_ONCE)
            state.sent.append(len(pages))
            state.models.append(fields["model"][1].decode())
            if not later:
                return self.reply(answer(pages), failure)
            number = f"req-{len(state.requests)}"
            failed = state.failed_batches.pop(0) if state.failed_batches else set()
            state.requests[number] = Request(pages, failed)
            return self.reply({"request_id": number}, failure)

        def extract(self, body: bytes, failure: Failure | None) -> None:
            fields = form_of(self.headers, body)
            if fields is not None:
                if refused := refusal(fields, "(receipt|commercial-invoice)-extraction(-[0-9.]+)?"):
                    return self.error(*refused)
                content = fields["document"][1]
            else:
                told = json.loads(body)
                if refused := chat_refusal(told):
                    return self.error(*refused)
                content = base64.b64decode(told["messages"][0]["content"][0]["image_url"]["url"].split(",", 1)[1])
            elements = [element for page in state.elements(content, 30) for element in page]
            found = next((e for e in elements if re.search(r"\btotal\b", e["content"]["text"], re.IGNORECASE)), None)
            if fields is not None:
                return self.reply(prebuilt(found), failure)
            return self.reply(universal(found, told["response_format"]["json_schema"]["schema"]), failure)

        def asked(self) -> None:
            failure = self.failure()
            path = urlsplit(self.path).path
            if self.failed(failure):
                return None
            if result := re.fullmatch("/results/([^/]+)/([0-9]+)/[0-9]+", path):
                return self.result(result[1], int(result[2]), failure)
            if not self.allowed():
                return None
            found = re.fullmatch("/v1/document-digitization/requests/(.+)", path)
            if not found or found[1] not in state.requests:
                return self.error(404, "no such request")
            return self.progress(found[1], failure)

        def progress(self, number: str, failure: Failure | None) -> None:
            """One batch more is done each time that one asks."""
            request = state.requests[number]
            request.polls += 1
            batches = []
            for batch in range(-(-len(request.pages) // BATCH)):
                first, last = batch * BATCH + 1, min((batch + 1) * BATCH, len(request.pages))
                done = batch < request.polls
                status = "started" if not done else "failed" if batch in request.failed else "completed"
                address = f"{state.base_url.removesuffix('/v1')}/results/{number}/{batch}/{request.polls}"
                batches.append(
                    {
                        "id": batch,
                        "model": "document-parse-260930",
                        "status": status,
                        "failure_message": "the engine gave up" if status == "failed" else "",
                        "download_url": address if status == "completed" else "",
                        "start_page": first,
                        "end_page": last,
                    }
                )
            ended = all(batch["status"] in ("completed", "failed") for batch in batches)
            whole = "failed" if request.failed else "completed"
            value = {"id": number, "status": whole if ended else "started", "model": "document-parse"}
            counts = {"total_pages": len(request.pages), "completed_pages": 0, "failure_message": ""}
            self.reply(value | counts | {"batches": batches}, failure)

        def result(self, number: str, batch: int, failure: Failure | None) -> None:
            if self.headers["Authorization"]:
                return self.error(400, "only one authorisation is allowed: that of the address")
            request = state.requests[number]
            if state.expires and batch not in request.expired:
                request.expired.add(batch)
                return self.error(403, "Request has expired")
            pages = request.pages[batch * BATCH : (batch + 1) * BATCH]
            told = json.loads(json.dumps(answer(pages)))
            if state.restarts_pages:
                for element in told["elements"]:
                    element["page"] -= batch * BATCH
            return self.reply(told, failure)

        def reply(self, value: dict[str, Any], failure: Failure | None) -> None:
            if failure == "wrong_pages":
                value = value | {"elements": [e | {"page": e["page"] + 5_000} for e in value.get("elements", [])]}
            if failure == "far_boxes":
                corners = [{"x": 7.0, "y": 7.0}, {"x": 8.0, "y": 8.0}]
                value = value | {"elements": [e | {"coordinates": corners} for e in value.get("elements", [])]}
            content = json.dumps(value).encode()
            if failure == "garbage":
                content = b"<html>502 behind a proxy that says 200</html>"
            self.send(200, content, cut=failure == "cut")

    return Handler


def universal(total: dict[str, Any] | None, schema: dict[str, Any]) -> dict[str, Any]:
    """A chat completion with the values of the schema: here the total alone, the others are not on the page."""
    values: dict[str, Any] = {
        name: [] if kind["type"] == "array" else "" for name, kind in schema["properties"].items()
    }
    placed = {}
    if total:
        values["total"] = total["content"]["text"].split()[-1]
        place = {"page": total["page"], "coordinates": total["coordinates"], "confidence": "high"}
        placed["total"] = {"_value": values["total"], **place}
    call = {"type": "function", "function": {"name": "additional_values", "arguments": json.dumps(placed)}}
    message = {"role": "assistant", "content": json.dumps(values), "tool_calls": [call]}
    return {"id": "iex-1", "object": None, "choices": [{"finish_reason": "stop", "index": None, "message": message}]}


def prebuilt(total: dict[str, Any] | None) -> dict[str, Any]:
    """The older answer: keys and values, corners in pixels of the pages that the metadata tell of."""
    fields = []
    if total:
        corners = [{"x": corner["x"] * 1000, "y": corner["y"] * 2000} for corner in total["coordinates"]]
        value = total["content"]["text"].split()[-1]
        fields = [
            {
                "key": "total.charged_price",
                "value": value,
                "refinedValue": value,
                "confidence": 0.98,
                "type": "content",
                "boundingBoxes": [{"page": total["page"], "vertices": corners}],
            },
            {"key": "group", "value": "", "type": "group", "properties": [{"key": "card", "value": "1234"}]},
        ]
    return {
        "apiVersion": "1.1",
        "documentType": "receipt",
        "fields": fields,
        "metadata": {"pages": [{"page": 1, "width": 1000, "height": 2000}]},
    }
