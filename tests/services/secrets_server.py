"""A local server that speaks the part of AWS Secrets Manager that this project uses, as AWS describes it.

Requests that AWS would refuse are refused: see GetSecretValue in the API reference, and the JSON 1.1 protocol.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.services.http_server import serving

SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/us-east-1/secretsmanager/aws4_request, .*Signature=\w{64}"
)


@dataclass
class SecretsServer:
    """`secrets` are names and texts; `refusal` is the error that is answered instead. `asked` counts good requests."""

    secrets: dict[str, str] = field(default_factory=dict)
    refusal: str | None = None
    asked: int = 0
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["SecretsServer"]:
        with serving(_handler(self)) as url:
            self.url = url
            yield self

    def answer(self, headers: Any, body: Any) -> tuple[int, dict[str, str]]:
        if headers["Content-Type"] != "application/x-amz-json-1.1" or not SIGNED.match(headers["Authorization"] or ""):
            return 400, {"__type": "InvalidSignatureException"}
        if headers["X-Amz-Target"] != "secretsmanager.GetSecretValue":
            return 400, {"__type": "UnknownOperationException"}
        if not isinstance(body, dict) or not {"SecretId"} <= body.keys() <= {"SecretId", "VersionId", "VersionStage"}:
            return 400, {"__type": "ValidationException"}
        if self.refusal:
            return 400, {"__type": self.refusal, "Message": "as the test wants it"}
        if body["SecretId"] not in self.secrets:
            return 400, {"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find it."}
        self.asked += 1
        return 200, {"Name": body["SecretId"], "SecretString": self.secrets[body["SecretId"]]}


def _handler(state: SecretsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, value = state.answer(self.headers, body)
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at `asked`."""

    return Handler
