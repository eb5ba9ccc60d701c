"""A local server that speaks OpenAI's chat API with pictures, reads pages for real, and misbehaves on demand.

It checks requests against the published schema (platform.openai.com/docs/api-reference/chat), so that a client that
would be refused there is refused here; and behind it Tesseract reads what it is sent. The format of its answer is the
one that the prompt asks for: DeepSeek-OCR's tags, JSON, or Markdown.
"""

import base64
import hashlib
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from PIL import Image

from ocr_assets.core.merging import TextLine
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from tests.services.http_server import Answering, serving

KEY: Final = "sk-test-5e1f0c"
MODEL: Final = "test-vision"
SIDE: Final = 4_096
"""Pixels of a picture's longer side that are taken."""
KNOWN: Final = {
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "response_format", "n", "stop", "seed",
    "top_p", "user", "skip_special_tokens", "vllm_xargs",
}  # fmt: skip
STATUS: Final = {
    "rate_limit": 429,
    "retry_after": 429,
    "server_error": 500,
    "overloaded": 503,
    "gateway_timeout": 504,
    "unpaid": 402,
    "forbidden": 403,
    "no_method": 405,
    "rejected": 400,
    "unsafe": 400,
    "odd_image": 400,
    "no_vision": 400,
}
"""Faults that are answered with an error."""
TOLD: Final = {
    "no_vision": "This model does not support image input",
    "unsafe": "Your input image may contain content that is not allowed by our safety system.",
    "odd_image": "You uploaded an unsupported image. Please make sure your image is valid.",
}
ANSWERS: Final[dict[str, Callable[[str], tuple[str, str]]]] = {
    "empty": lambda _: ("", "stop"),
    "cut": lambda text: (text[: len(text) // 2], "length"),
    "loop": lambda text: (text + "\n\nand the same line comes again and again here" * 80, "length"),
    "quiet_loop": lambda text: (text + "\n\nand the same line comes again and again here" * 80, "stop"),
    "invented": lambda _: ("The quarterly report shows steady growth in every region of the company. " * 4, "stop"),
    "half_character": lambda text: (text + " \ud83d", "stop"),
    "refused": lambda _: ("I'm sorry, I can't assist with that.", "stop"),
    "filtered": lambda _: ("", "content_filter"),
    "truncated_json": lambda _: ('{"blocks": [{"kind": "text", "text": "The', "stop"),
    "wrong_boxes": lambda text: (re.sub(r"\[\d+, \d+, \d+, \d+\]", "[4000, 4000, 9000, 9000]", text), "stop"),
}
"""Faults that are bad answers, of the good one."""
BROKEN: Final = ("stall", "cut_stream", "garbage", "no_choices")
"""Faults of the connection."""


@dataclass
class ChatServer:
    """`fault` says what goes wrong with the request of that number, from 0. `requests` are those that were accepted.

    `basic`, USER:PASSWORD, is taken in place of the key. `charged` counts those that were answered with tokens, whether
    or not the answer arrived whole.
    """

    fault: Callable[[int], str | None] = lambda _: None
    model: str = MODEL
    key: str = KEY
    basic: str = ""
    retry_after: str = "0"
    stalls: float = 60.0
    refuses_batches: int = 0
    base_url: str = ""
    attempts: int = 0
    charged: int = 0
    tokens: tuple[int, int] = (0, 0)
    requests: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator["ChatServer"]:
        with serving(_handler(self)) as url:
            self.base_url = f"{url}/v1"
            try:
                yield self
            finally:
                self.stopped.set()

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
                told = {"object": "list", "data": [{"code": error, "message": error, "param": None, "line": None}]}
                batch |= {"status": "failed", "errors": told}
                continue
            good, bad = list[str](), list[str]()
            for line in map(json.loads, self.files[batch["input_file_id"]].splitlines()):
                fault, refused = self.fault(self.attempts), refusal(line["body"], self.model)
                self.attempts += 1
                if fault == "missing":
                    continue
                code = STATUS.get(fault or "", refused[0] if refused else 200)
                said = {"error": {"message": "x"}} if code != 200 else self.completion(line["body"], fault)
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


def parts(body: dict[str, Any]) -> tuple[str, Image.Image]:
    """Prompt and picture of an accepted request."""
    content = body["messages"][-1]["content"]
    url = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    prompt = "\n".join(part["text"] for part in content if part["type"] == "text")
    return prompt, Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1])))


def refusal(body: Any, model: str) -> tuple[int, str] | None:
    """Why the vendor would refuse this body, as status and message."""
    if not isinstance(body, dict) or not {"messages", "model"} <= body.keys():
        return 400, "messages and model are required"
    if unknown := body.keys() - KNOWN:
        return 400, f"unrecognized arguments: {sorted(unknown)}"
    if body["model"] != model:
        return 404, f"the model {body['model']} does not exist"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return 400, "max_tokens and max_completion_tokens exclude each other"
    if not 0 <= body.get("temperature", 0) <= 2:
        return 400, "temperature is 0 to 2"
    if body.get("response_format", {"type": "text"}).get("type") not in ("text", "json_object", "json_schema"):
        return 400, "no such response_format"
    messages = body["messages"]
    if not isinstance(messages, list) or not messages or messages[-1].get("role") != "user":
        return 400, "the last message must be the user's"
    content = messages[-1]["content"]
    if body.get("response_format", {}).get("type") == "json_object" and "JSON" not in json.dumps(content):
        return 400, "'messages' must contain the word 'json' in some form"
    for part in content:
        if part.get("type") not in ("text", "image_url"):
            return 400, f"invalid content part {part.get('type')}"
        if part["type"] == "image_url":
            found = re.fullmatch(r"data:image/(png|jpeg|webp|gif);base64,([A-Za-z0-9+/=]+)", part["image_url"]["url"])
            if not found:
                return 400, "Invalid image data"
            with Image.open(io.BytesIO(base64.b64decode(found[2]))) as picture:
                if picture.format != found[1].upper():
                    return 400, f"the image is {picture.format}"
                if max(picture.size) > SIDE:
                    return 400, "the image is too large"
    return None


def _handler(state: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(Answering):
        def do_GET(self) -> None:
            if self.path == "/health":
                return self.send(200, b"")
            if found := re.fullmatch(r"/v1/files/(file-\d+)/content", self.path):
                return self.send(200, state.files[found[1]])
            if found := re.fullmatch(r"/v1/batches/(batch_\d+)", self.path):
                known = state.batches.get(found[1])
                return self.tell(200, known) if known else self.error(404, "no such batch")
            if self.path.startswith("/v1/batches"):
                listed = {"object": "list", "data": list(state.batches.values()), "has_more": False}
                return self.tell(200, listed)
            if self.path == "/v1/models":
                data = [{"id": state.model, "object": "model", "created": 0, "owned_by": "test"}]
                return self.tell(200, {"object": "list", "data": data})
            return self.error(404, "no such path")

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            basic = f"Basic {base64.b64encode(state.basic.encode()).decode()}"
            if self.headers["Authorization"] != (basic if state.basic else f"Bearer {state.key}"):
                return self.error(401, f"Incorrect API key provided: {self.headers['Authorization']}")
            if self.path in ("/v1/files", "/v1/batches") and state.refuses_batches:
                return self.error(state.refuses_batches, "no batches")
            if self.path == "/v1/files":
                return self.tell(200, state.keep(content, self.headers["Content-Type"]))
            body = json.loads(content)
            if self.path == "/v1/batches":
                return self.tell(200, state.begin(body))
            with state.lock:
                fault = state.fault(state.attempts)
                state.attempts += 1
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
            try:
                self.chat(body, fault)
            finally:
                with state.lock:
                    state.at_once -= 1

        def chat(self, body: Any, fault: str | None) -> None:
            if self.path != "/v1/chat/completions":
                return self.error(404, "no such path")
            if refused := refusal(body, state.model):
                return self.error(*refused)
            if fault in STATUS:
                headers = {"Retry-After": state.retry_after} if fault == "retry_after" else {}
                return self.error(STATUS[fault], TOLD.get(fault, f"a {fault}"), headers)
            if fault == "stall":
                state.stopped.wait(state.stalls)
                self.close_connection = True
                return None
            with state.lock:
                state.requests.append(body)
                state.pictures.append(parts(body)[1].size)
            reply = state.completion(body, fault)
            if fault == "no_choices":
                reply["choices"] = []
            content = json.dumps(reply).encode()
            if fault == "garbage":
                content = b"<html>502 behind a proxy that says 200</html>"
            return self.send(200, content, cut=fault == "cut_stream")

    return Handler
