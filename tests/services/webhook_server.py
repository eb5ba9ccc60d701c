"""A local HTTP server that takes what Slack's incoming webhooks take, and misbehaves on demand."""

import json
from dataclasses import dataclass, field

from tests.services.http_server import Answering, Service


class Handler(Answering):
    state: "WebhookServer"

    def do_POST(self) -> None:
        body = json.loads(self.body())
        code = self.state.answers.pop(0) if self.state.answers else 200
        right = (
            self.path == self.state.path
            and self.headers["Content-Type"] == "application/json"
            and set(body) == {"text"}
        )
        code = code if right else 400
        if code == 200:
            self.state.texts.append(body["text"])
        self.send(code, b"ok", {"Location": self.state.base_url + "/elsewhere"} if code == 302 else {})


@dataclass
class WebhookServer(Service):
    """`texts` were taken. `answers` are used up one a request, then it answers 200."""

    handler = Handler
    path = "/services/T00/B00/secret-9f2e"
    answers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
