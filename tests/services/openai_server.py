"""A local server that speaks the part of OpenAI's API that this project uses, and misbehaves on demand.

It checks requests against the published schema (platform.openai.com/docs/api-reference/embeddings), so that a client
that would be refused there is refused here. Vectors are made from the words of a text: same words, same vector.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.services.http_server import Answering, Service

Failure = Literal[
    "none",
    "rate_limit",
    "rate_limit_retry_after",
    "forbidden",
    "too_large",
    "server_error",
    "hang",
    "cut",
    "garbage",
    "partial",
    "nan",
    "zero",
]
KEY = "sk-test-5e1f0c"
MODEL = "test-embedding"


class Handler(Answering):
    state: "OpenAIServer"

    def do_POST(self) -> None:
        self.state.attempts += 1
        body = json.loads(self.body())
        failure = self.state.failures.pop(0) if self.state.failures else None
        if self.path != "/v1/embeddings":
            return self.error(404, "no such path")
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.error(401, f"Incorrect API key provided: {self.headers['Authorization']}")
        if refused := refusal(body, {MODEL}, self.state.wants):
            return self.error(*refused)
        if failure in ("rate_limit", "rate_limit_retry_after"):
            return self.error(429, "slow down", {"Retry-After": "0"} if failure != "rate_limit" else {})
        if failure == "forbidden":
            return self.error(403, "this key may not use the model")
        if failure == "too_large":
            return self.error(413, "the request is too large")
        if failure == "server_error":
            return self.error(500, "the server had an error")
        if failure == "hang":
            self.state.stopped.wait(60)
            self.close_connection = True
            return None
        return self.answer(body, failure)

    def answer(self, body: dict[str, Any], failure: Failure | None) -> None:
        self.state.requests.append(body)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = [self.state.embedding(text, body.get("dimensions", self.state.dimension)) for text in texts]
        if failure == "partial":
            vectors.pop()
        if failure in ("nan", "zero"):
            vectors[-1] = [float("nan") if failure == "nan" else 0.0] * len(vectors[-1])
        data = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
        data.reverse()  # the order is given by the index alone
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        told = {"usage": usage} if self.state.tells_usage else {}
        content = json.dumps({"object": "list", "data": data, "model": MODEL} | told).encode()
        if failure == "garbage":
            content = b"<html>502 behind a proxy that says 200</html>"
        self.send(200, content, cut=failure == "cut")


@dataclass
class OpenAIServer(Service):
    """`failures` are used up one a request, then it answers well. `requests` are the bodies that were accepted.

    `wants` are fields that a request must have besides OpenAI's, as of some providers, with their allowed values.
    """

    handler = Handler
    path = "/v1"
    dimension: int = 8
    tells_usage: bool = True
    wants: dict[str, set[str]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0

    def embedding(self, text: str, dimension: int) -> list[float]:
        vector = [0.0] * dimension
        for word in text.lower().split() or [""]:
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % dimension] += 1.0
        return vector


def refusal(body: Any, known_models: set[str], wants: dict[str, set[str]]) -> tuple[int, str] | None:
    """Why OpenAI, or a provider that wants these fields too, would refuse this body, as status and message."""
    if not isinstance(body, dict) or not {"input", "model"} <= body.keys():
        return 400, "input and model are required"
    for name, allowed in wants.items():
        if body.get(name) not in allowed:
            return 400, f"{name} must be one of {sorted(allowed)}"
    unknown = body.keys() - {"input", "model", "dimensions", "encoding_format", "user", *wants}
    if unknown:
        return 400, f"unrecognized arguments: {sorted(unknown)}"
    if body["model"] not in known_models:
        return 404, f"the model {body['model']} does not exist"
    if body.get("encoding_format", "float") != "float":
        return 400, "this server answers in float only"
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    if not isinstance(texts, list) or not 1 <= len(texts) <= 2048:
        return 400, "input must hold 1 to 2048 texts"
    if not all(isinstance(text, str) and text for text in texts):
        return 400, "input must not hold an empty string"
    if sum(len(text.split()) for text in texts) > 300_000:
        return 400, "more than 300000 tokens in a request"
    return None
