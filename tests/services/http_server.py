"""HTTP servers on free ports of this machine, for as long as a test needs them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self


class Answering(BaseHTTPRequestHandler):
    """Answers in JSON, and says nothing: tests look at what `state`, the service, has kept."""

    protocol_version = "HTTP/1.1"
    state: Any

    def body(self) -> bytes:
        """What came with the request."""
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def tell(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        """Answer with this value."""
        self.send(status, json.dumps(value).encode(), headers)

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        """Answer with an error as OpenAI's API words it."""
        self.tell(status, {"error": {"message": message, "type": "test", "param": None, "code": None}}, headers)

    def send(self, status: int, content: bytes, headers: dict[str, str] | None = None, cut: bool = False) -> None:
        """Answer with this content, or with its first half and the end of the connection."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@dataclass(kw_only=True)
class Service:
    """A server and what tests tell it. `url` is known while it runs; `stopped` wakes the handlers that hang at its end.

    A handler has it as `state`; `path` is the part of its base URL behind the host.
    """

    handler: ClassVar[type[Answering]]
    path: ClassVar[str] = ""
    url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def base_url(self) -> str:
        return self.url + self.path

    @contextmanager
    def running(self) -> Iterator[Self]:
        handler = type(self.handler.__name__, (self.handler,), {"state": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self.stopped.set()
            server.shutdown()
            server.server_close()
            thread.join()
