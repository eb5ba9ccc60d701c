"""What sensors log in a tick, kept beside Dagster's instance for the UI to show; the output of runs is not captured.

dagster.yaml names this class. A run's messages are in its event log; capturing its output would start two processes.
"""

import hashlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from dagster._core.storage.compute_log_manager import ComputeIOType
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

FOLDER: Final = "tick_logs"
KEPT: Final = 5_000
"""Logs in the folder; ticks that had something to tell. The oldest are removed."""


class TickLogs(NoOpComputeLogManager):
    """One file a tick that logged something, under the instance's folder."""

    @contextmanager
    def open_log_stream(self, log_key: Sequence[str], io_type: ComputeIOType) -> Generator[IO[Any] | None, None, None]:
        path = self._path(log_key, io_type)
        stream = _WhenWritten(path) if path is not None else None
        try:
            yield stream  # type: ignore[misc]  # all that its one user calls is `write`
        finally:
            if stream is not None:
                stream.close()

    def get_log_data_for_type(
        self, log_key: Sequence[str], io_type: ComputeIOType, offset: int, max_bytes: int | None
    ) -> tuple[bytes | None, int]:
        path = self._path(log_key, io_type)
        if path is None or not path.exists():
            return None, offset
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(-1 if max_bytes is None else max_bytes)
        return data, offset + len(data)

    def _path(self, log_key: Sequence[str], io_type: ComputeIOType) -> Path | None:
        root = self._instance.root_directory if self.has_instance else None
        name = hashlib.sha256("\n".join(log_key).encode()).hexdigest()[:32]
        return Path(root, FOLDER, f"{name}.{io_type.value}") if root else None


class _WhenWritten:
    """A file that is made when something is written: most ticks have nothing to tell."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: IO[str] | None = None

    def write(self, text: str) -> None:
        if self.file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove_oldest(self.path.parent)
            self.file = self.path.open("a", encoding="utf-8", errors="backslashreplace")
        self.file.write(text)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def _remove_oldest(folder: Path) -> None:
    logs = list(folder.iterdir())
    if len(logs) <= KEPT:
        return
    with suppress(FileNotFoundError):  # another process does the same
        for path in sorted(logs, key=lambda path: path.stat().st_mtime)[: len(logs) - KEPT + KEPT // 10]:
            path.unlink()
