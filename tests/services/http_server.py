"""An HTTP server on a free port of this machine, for as long as a test needs it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Its URL, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Answering(BaseHTTPRequestHandler):
    """Answers in JSON, and says nothing: tests look at what the server has kept."""

    protocol_version = "HTTP/1.1"

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
