"""A local server that speaks OpenAI's chat API with pictures, reads pages for real, and misbehaves on demand.

It checks requests against the published schema (platform.openai.com/docs/api-reference/chat), so that a client that
would be refused there is refused here; and behind it Tesseract reads what it is sent. The format of its answer is the
one that the prompt asks for: DeepSeek-OCR's tags, JSON, or Markdown.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import cache
from typing import Any, Final

from PIL import Image

from ocr_assets.core.merging import TextLine
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from tests.services.chat_faults import ANSWERS, STATUS, TOLD
from tests.services.chat_requests import parts, refusal
from tests.services.http_server import Answering, Service

KEY: Final = "sk-test-5e1f0c"
MODEL: Final = "test-vision"


class Handler(Answering):
    state: "ChatServer"

    def do_GET(self) -> None:
        if self.path == "/health":
            return self.send(200, b"")
        if found := re.fullmatch(r"/v1/files/(file-\d+)/content", self.path):
            return self.send(200, self.state.files[found[1]])
        if found := re.fullmatch(r"/v1/batches/(batch_\d+)", self.path):
            known = self.state.batches.get(found[1])
            return self.tell(200, known) if known else self.error(404, "no such batch")
        if self.path.startswith("/v1/batches"):
            listed = {"object": "list", "data": list(self.state.batches.values()), "has_more": False}
            return self.tell(200, listed)
        if self.path == "/v1/models":
            data = [{"id": self.state.model, "object": "model", "created": 0, "owned_by": "test"}]
            return self.tell(200, {"object": "list", "data": data})
        return self.error(404, "no such path")

    def do_POST(self) -> None:
        content = self.body()
        basic = f"Basic {base64.b64encode(self.state.basic.encode()).decode()}"
        if self.headers["Authorization"] != (basic if self.state.basic else f"Bearer {self.state.key}"):
            return self.error(401, f"Incorrect API key provided: {self.headers['Authorization']}")
        if self.path in ("/v1/files", "/v1/batches") and self.state.refuses_batches:
            return self.error(self.state.refuses_batches, "no batches")
        if self.path == "/v1/files":
            return self.tell(200, self.state.keep(content, self.headers["Content-Type"]))
        body = json.loads(content)
        if self.path == "/v1/batches":
            return self.tell(200, self.state.begin(body))
        with self.state.lock:
            fault = self.state.fault(self.state.attempts)
            self.state.attempts += 1
            self.state.at_once += 1
            self.state.most_at_once = max(self.state.most_at_once, self.state.at_once)
        try:
            self.chat(body, fault)
        finally:
            with self.state.lock:
                self.state.at_once -= 1

    def chat(self, body: Any, fault: str | None) -> None:
        if self.path != "/v1/chat/completions":
            return self.error(404, "no such path")
        if refused := refusal(body, self.state.model):
            return self.error(*refused)
        if fault in STATUS:
            headers = {"Retry-After": self.state.retry_after} if fault == "retry_after" else {}
            return self.error(STATUS[fault], TOLD.get(fault, f"a {fault}"), headers)
        if fault == "stall":
            self.state.stopped.wait(self.state.stalls)
            self.close_connection = True
            return None
        with self.state.lock:
            self.state.requests.append(body)
            self.state.pictures.append(parts(body)[1].size)
        reply = self.state.completion(body, fault)
        if fault == "no_choices":
            reply["choices"] = []
        content = json.dumps(reply).encode()
        if fault == "garbage":
            content = b"<html>502 behind a proxy that says 200</html>"
        return self.send(200, content, cut=fault == "cut_stream")


@dataclass
class ChatServer(Service):
    """`fault` says what goes wrong with the request of that number, from 0. `requests` are those that were accepted.

    `basic`, USER:PASSWORD, is taken in place of the key. `charged` counts those that were answered with tokens, whether
    or not the answer arrived whole.
    """

    handler = Handler
    path = "/v1"
    fault: Callable[[int], str | None] = lambda _: None
    model: str = MODEL
    key: str = KEY
    basic: str = ""
    retry_after: str = "0"
    stalls: float = 60.0
    refuses_batches: int = 0
    attempts: int = 0
    charged: int = 0
    tokens: tuple[int, int] = (0, 0)
    requests: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def completion(self, body: dict[str, Any], fault: str | None) -> dict[str, Any]:
        """The answer of the chat API to an accepted request."""
        prompt, picture = parts(body)
        text, finish = self.text(prompt, picture), "stop"
        if fault in ANSWERS:
            text, finish = ANSWERS[fault](text)
        used = picture.width * picture.height // 750 + len(prompt) // 4, max(1, len(text) // 4)
        with self.lock:
            self.charged += 1
            self.tokens = self.tokens[0] + used[0], self.tokens[1] + used[1]
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)},
        }

    def keep(self, content: bytes, kind: str) -> dict[str, Any]:
        """A file that was uploaded, as multipart/form-data."""
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        fields = {part.get_param("name", header="content-disposition"): part for part in form.walk()}
        assert fields["purpose"].get_payload() == "batch"
        data = fields["file"].get_payload(decode=True)
        assert isinstance(data, bytes)
        with self.lock:
            name = f"file-{len(self.files)}"
            self.files[name] = data
        told = {"object": "file", "bytes": len(data), "created_at": 0, "filename": "x", "purpose": "batch"}
        return {"id": name, "status": "processed", **told}

    def begin(self, body: dict[str, Any]) -> dict[str, Any]:
        """A new batch, checked as the published schema says."""
        assert body.keys() <= {"input_file_id", "endpoint", "completion_window", "metadata"}
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        assert all(line.keys() == {"custom_id", "method", "url", "body"} for line in lines)
        assert len({line["custom_id"] for line in lines}) == len(lines)
        with self.lock:
            name = f"batch_{len(self.batches)}"
            self.batches[name] = body | {"id": name, "object": "batch", "created_at": 0, "status": "in_progress"}
            return self.batches[name]

    def finish(self, status: str = "completed", error: str = "") -> None:
        """Bring the batches that are under way to an end. `fault` of a request may be "missing" or one of a status.

        A batch with an `error` has failed as a whole.
        """
        for batch in self.batches.values():
            if batch["status"] != "in_progress":
                continue
            if error:
                told: dict[str, Any] = {
                    "object": "list",
                    "data": [{"code": error, "message": error, "param": None, "line": None}],
                }
                batch |= {"status": "failed", "errors": told}
                continue
            good, bad = list[str](), list[str]()
            for line in map(json.loads, self.files[batch["input_file_id"]].splitlines()):
                fault, refused = self.fault(self.attempts), refusal(line["body"], self.model)
                self.attempts += 1
                if fault == "missing":
                    continue
                code = STATUS.get(fault or "", refused[0] if refused else 200)
                said: Any = {"error": {"message": "x"}} if code != 200 else self.completion(line["body"], fault)
                told = {"custom_id": line["custom_id"], "response": {"status_code": code, "body": said}, "error": None}
                (good if code == 200 else bad).append(json.dumps(told))
            good.reverse()  # the order is given by the numbers alone
            for kind, lines in (("output_file_id", good), ("error_file_id", bad)):
                name = f"file-{len(self.files)}"
                self.files[name] = "\n".join(lines).encode()
                batch[kind] = name if lines else None
            batch["status"] = status

    def text(self, prompt: str, picture: Image.Image) -> str:
        """What Tesseract reads, in the format that the prompt asks for."""
        lines = self.lines(picture)
        texts = [" ".join(read.word.text for read in line) for line in lines]
        if asked := re.match(r"Describe this (\w+)|Parse the figure", prompt):
            told = f"A picture of {picture.width} by {picture.height} pixels."
            if "JSON" not in prompt:
                return told
            data = [["year", "tons"], ["1911", 4.5]]
            kind = asked[1] if asked[1] in ("table", "formula") else "chart"
            return json.dumps({"kind": kind, "description": told, "text": "\n".join(texts), "data": data})
        boxes = [[read.word.box for read in line] for line in lines]
        ends = [(min(b.x0 for b in r), min(b.y0 for b in r), max(b.x1 for b in r), max(b.y1 for b in r)) for r in boxes]
        if "<|grounding|>" in prompt:
            places = [[round(999 * edge) for edge in end] for end in ends]
            tags = zip(places, texts, strict=True)
            return "\n".join(f"<|ref|>text<|/ref|><|det|>[{place}]<|/det|>\n{text}\n" for place, text in tags)
        if "JSON" in prompt:
            places = [[round(1000 * edge) for edge in end] for end in ends]
            blocks = [{"kind": "text", "text": t, "box": p} for p, t in zip(places, texts, strict=True)]
            return json.dumps({"blocks": blocks})
        return "\n\n".join(texts)

    def lines(self, picture: Image.Image) -> list[TextLine]:
        grey = picture.convert("L")
        key = hashlib.sha256(grey.tobytes()).hexdigest()
        with self.lock:
            if key not in _read:
                _read[key] = _engine().lines(grey, 130, "eng")
            return _read[key]


_read: dict[str, list[TextLine]] = {}
"""What was read of a picture, by the hash of its pixels: tests send the same ones again and again."""


@cache
def _engine() -> Tesseract:
    return Tesseract(installed())
