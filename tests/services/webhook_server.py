"""A local HTTP server that takes what Slack's incoming webhooks take, and misbehaves on demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.services.http_server import serving

PATH = "/services/T00/B00/secret-9f2e"


@dataclass
class WebhookServer:
    """`texts` were taken. `answers` are used up one a request, then it answers 200."""

    answers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["WebhookServer"]:
        with serving(_handler(self)) as url:
            self.url = url + PATH
            yield self


def _handler(server: WebhookServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code = server.answers.pop(0) if server.answers else 200
            right = self.path == PATH and self.headers["Content-Type"] == "application/json" and set(body) == {"text"}
            code = code if right else 400
            if code == 200:
                server.texts.append(body["text"])
            self.send_response(code)
            if code == 302:
                self.send_header("Location", server.url + "/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_arguments: object) -> None:
            return

    return Handler
