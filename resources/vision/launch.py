"""A vLLM server of one's own: started when a stage first needs it, ended with this process, however that ends.

A guard process stands between: it holds the server in a process group of its own and ends that group when its standard
input does, which the system closes even where this process is killed. A server that answers already is used as it is.
"""

import atexit
import contextlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ocr_assets.errors import UsageError
from resources.exclusive import in_turn
from resources.secrets import keep_out, redact

COMMAND: Final = "vllm"
TAIL: Final = 2_000
"""Characters of the server's log that an error shows."""
POLLED: Final = 0.2
ENDING: Final = 20.0
"""Seconds that a server has to end before it is killed."""

_KEYS: Final = re.compile(r"--api-key[ =]+['\"]?([^\s'\"]+)")


@dataclass
class LocalServer:
    """`vllm serve MODEL` at `url` (http://127.0.0.1:8000/v1), with the profile's options and further ones.

    `home` keeps its log and the lock that lets one process start it. Loading a model may take `seconds`.
    """

    model: str
    url: str
    home: Path
    profile_options: Sequence[str] = ()
    options: str = ""
    seconds: float = 900.0
    _guard: "subprocess.Popen[bytes] | None" = None

    @property
    def command(self) -> list[str]:
        """What is run."""
        parts = urlsplit(self.url)
        place = ["--host", parts.hostname or "127.0.0.1", "--port", str(parts.port or 8000)]
        return [COMMAND, "serve", self.model, *place, *self.profile_options, *shlex.split(self.options)]

    @property
    def log(self) -> Path:
        """Where its output goes; a new start begins anew."""
        return self.home / "vision" / f"vllm-{urlsplit(self.url).port or 8000}.log"

    def start(self) -> None:
        """Come back when the server answers. Raises UsageError with the end of its log where it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with in_turn(self.log.with_suffix(".lock")):
            if self.is_healthy():
                return
            self._check()
            self._launch()
            try:
                self._wait()
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """End it, if it is this process's; otherwise nothing."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        if guard.stdin is not None:
            guard.stdin.close()
        try:
            guard.wait(ENDING + 10)
        except subprocess.TimeoutExpired:
            guard.kill()
            guard.wait()

    def is_healthy(self) -> bool:
        """Whether a server answers there, whoever has started it."""
        parts = urlsplit(self.url)
        try:
            with urllib.request.urlopen(f"{parts.scheme}://{parts.netloc}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError, urllib.error.URLError):
            return False

    def _check(self) -> None:
        parts = urlsplit(self.url)
        if shutil.which(COMMAND) is None:
            raise UsageError(
                f"OCR_ASSETS_VISION_LAUNCH is on, but the command {COMMAND} is not installed: pip install 'vllm>=0.12' "
                "on a machine with a GPU, or set OCR_ASSETS_VISION_LAUNCH=False and OCR_ASSETS_VISION_URL to a server "
                "that runs"
            )
        if parts.hostname not in ("127.0.0.1", "localhost", "::1", "0.0.0.0"):
            raise UsageError(f"a server can be started on this machine only: vision_url is at {parts.hostname}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", parts.port or 8000)) == 0:
                raise UsageError(
                    f"port {parts.port or 8000} is taken by something that is no vLLM server; put another port into "
                    "OCR_ASSETS_VISION_URL"
                )

    def _launch(self) -> None:
        for key in _KEYS.findall(self.options):
            keep_out(key)
        with self.log.open("wb") as log:
            self._guard = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("guard.py")), str(ENDING), *self.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait(self) -> None:
        until, told = time.monotonic() + self.seconds, redact(shlex.join(self.command))
        while not self.is_healthy():
            if self._guard is None or self._guard.poll() is not None:
                code = self._guard.returncode if self._guard else 0
                raise UsageError(f"{told} ended with exit code {code}: {self.tail()}")
            if time.monotonic() > until:
                raise UsageError(f"{told} did not answer within {self.seconds:g} s: {self.tail()}")
            time.sleep(POLLED)

    def tail(self) -> str:
        """The end of the server's log."""
        with contextlib.suppress(OSError):
            return redact(self.log.read_bytes()[-TAIL:].decode("utf-8", "replace").strip())
        return ""


@dataclass
class _Running:
    """The servers of this process, by their commands: stages share them."""

    servers: dict[tuple[str, ...], LocalServer] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_running: Final = _Running()


def launched(server: LocalServer) -> None:
    """Have this server run until the process ends."""
    with _running.lock:
        known = _running.servers.setdefault(tuple(server.command), server)
    known.start()


def stop_all() -> None:
    """End the servers that this process has started."""
    with _running.lock:
        servers, _running.servers = _running.servers, {}
    for server in servers.values():
        server.stop()


atexit.register(stop_all)
