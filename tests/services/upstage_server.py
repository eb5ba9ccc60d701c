"""A local server that speaks the part of Upstage's API that this project uses, and misbehaves on demand.

Requests are checked against the vendor's published pages (console.upstage.ai/api: document parsing, its asynchronous
form, universal and prebuilt extraction), so that what would be refused there is refused here. Pages are read for real,
by PDFium and Tesseract: elements are lines of type, the largest a heading.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.services.http_server import Answering, Service
from tests.services.upstage_answers import ENGINE, answer, element, lines_of, prebuilt, universal
from tests.services.upstage_requests import chat_refusal, form_of, refusal

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


@dataclass
class Request:
    """A request that was submitted: its batches, and how often it was asked for."""

    pages: list[list[dict[str, Any]]]
    failed: set[int]
    polls: int = 0
    expired: set[int] = field(default_factory=set)


class Handler(Answering):
    state: "UpstageServer"

    def do_POST(self) -> None:
        body = self.body()
        self.counted(lambda: self.posted(body))

    def do_GET(self) -> None:
        self.counted(self.asked)

    def counted(self, serve: Any) -> None:
        with self.state.lock:
            self.state.attempts += 1
        serve()

    def failure(self) -> Failure | None:
        with self.state.lock:
            return self.state.failures.pop(0) if self.state.failures else None

    def failed(self, failure: Failure | None) -> bool:
        """Whether the request was ended by this failure, before anything was done for it."""
        if failure in ("rate_limit", "rate_limit_retry_after"):
            self.error(429, "slow down", {"Retry-After": "0"} if failure != "rate_limit" else {})
        elif failure == "server_error":
            self.error(500, "the server had an error")
        elif failure == "refused":
            self.error(422, "the document is damaged")
        elif failure == "hang":
            self.state.stopped.wait(60)
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

    def parse(self, fields: dict[str, tuple[str | None, bytes]] | None, later: bool, failure: Failure | None) -> None:
        if refused := refusal(fields, "document-parse(-[a-z0-9]+)?"):
            return self.error(*refused)
        assert fields is not None
        pages = self.state.elements(fields["document"][1], MOST if later else AT_ONCE)
        self.state.sent.append(len(pages))
        self.state.models.append(fields["model"][1].decode())
        if not later:
            return self.reply(answer(pages), failure)
        number = f"req-{len(self.state.requests)}"
        failed = self.state.failed_batches.pop(0) if self.state.failed_batches else set()
        self.state.requests[number] = Request(pages, failed)
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
        elements = [element for page in self.state.elements(content, 30) for element in page]
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
        if not found or found[1] not in self.state.requests:
            return self.error(404, "no such request")
        return self.progress(found[1], failure)

    def progress(self, number: str, failure: Failure | None) -> None:
        """One batch more is done each time that one asks."""
        request = self.state.requests[number]
        request.polls += 1
        batches = []
        for batch in range(-(-len(request.pages) // BATCH)):
            first, last = batch * BATCH + 1, min((batch + 1) * BATCH, len(request.pages))
            done = batch < request.polls
            status = "started" if not done else "failed" if batch in request.failed else "completed"
            address = f"{self.state.url}/results/{number}/{batch}/{request.polls}"
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
        request = self.state.requests[number]
        if self.state.expires and batch not in request.expired:
            request.expired.add(batch)
            return self.error(403, "Request has expired")
        pages = request.pages[batch * BATCH : (batch + 1) * BATCH]
        told = json.loads(json.dumps(answer(pages)))
        if self.state.restarts_pages:
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


@dataclass
class UpstageServer(Service):
    """`failures` are used up one a request, `failed_batches` one a submission, then it answers well.

    `read` counts the pages that the vendor would charge for; `sent` is how many pages each accepted request had;
    `most_at_once` how many documents were being read at a time.
    """

    handler = Handler
    path = "/v1"
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

    def elements(self, content: bytes, most: int) -> list[list[dict[str, Any]]]:
        """The elements of each page of a PDF, at most so many pages. What was read is known: a slow machine gets on."""
        name = hashlib.sha256(content).hexdigest()
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        with ENGINE:
            pages = self.known.get(name)
            if pages is None:
                pages = self.known[name] = lines_of(content, most)
        with self.lock:  # before the answer leaves: whoever has it may ask for the next at once
            self.at_once -= 1
            self.read += len(pages)
        return [
            [element(number, page + 1, line) for number, line in enumerate(lines)] for page, lines in enumerate(pages)
        ]
