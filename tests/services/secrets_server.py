"""A local server that speaks the part of AWS Secrets Manager that this project uses, as AWS describes it.

Requests that AWS would refuse are refused: see GetSecretValue in the API reference, and the JSON 1.1 protocol.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.services.http_server import Answering, Service

SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/us-east-1/secretsmanager/aws4_request, .*Signature=\w{64}"
)


class Handler(Answering):
    state: "SecretsServer"

    def do_POST(self) -> None:
        status, value = self.state.answer(self.headers, json.loads(self.body()))
        self.tell(status, value, {"Content-Type": "application/x-amz-json-1.1"})


@dataclass
class SecretsServer(Service):
    """`secrets` are names and texts; `refusal` is the error that is answered instead.

    `asked` counts good requests, `keys` are the access keys that signed them.
    """

    handler = Handler
    secrets: dict[str, str] = field(default_factory=dict)
    refusal: str | None = None
    asked: int = 0
    keys: list[str] = field(default_factory=list)

    def answer(self, headers: Any, body: Any) -> tuple[int, dict[str, str]]:
        signed = SIGNED.match(headers["Authorization"] or "")
        if headers["Content-Type"] != "application/x-amz-json-1.1" or not signed:
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
        self.keys.append(signed["key"])
        return 200, {"Name": body["SecretId"], "SecretString": self.secrets[body["SecretId"]]}
