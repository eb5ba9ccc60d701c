"""A proxy before a real S3 server that refuses, delays or counts requests, as networks and policies do.

It passes everything else through unchanged, so that signatures stay valid.
"""

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.services.http_server import Answering, Service

REFUSAL = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>not today</Message></Error>"
HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


class Handler(Answering):
    state: "FaultyProxy"

    def forward(self) -> None:
        body = self.body()
        self.state.requests.append((self.command, self.path))
        if self.state.hangs(self.command, self.path):
            self.state.stopped.wait(60)
        if self.state.refuses(self.command, self.path):
            self.answer(403, {}, REFUSAL)
            return
        connection = http.client.HTTPConnection(urlsplit(self.state.server).netloc, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            self.answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
        if self.command != "HEAD" or "Content-Length" not in kept:
            kept["Content-Length"] = str(len(content))
        for name, value in kept.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@dataclass
class FaultyProxy(Service):
    """`refuses` and `hangs` are asked with method and path with query; `requests` are all that came.

    A request that hangs is answered once `stopped` is set.
    """

    handler = Handler
    server: str
    refuses: Callable[[str, str], bool] = lambda _method, _path: False
    hangs: Callable[[str, str], bool] = lambda _method, _path: False
    requests: list[tuple[str, str]] = field(default_factory=list)

    def count(self, method: str, part: str = "") -> int:
        """How many requests of that method had `part` in their path."""
        return sum(1 for made, path in self.requests if made == method and part in path)
