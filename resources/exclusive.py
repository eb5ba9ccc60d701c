"""One at a time: a lock on a store that the death of its holder ends.

In a folder it is the operating system's lock on a file. On S3 it is an object that its holder writes anew every minute:
one that has not been for ten minutes belonged to a process that was killed. Conditional writes decide who has it.
"""

import fcntl
import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import open_store, reaching

LEASE: Final = timedelta(minutes=10)
RENEWALS: Final = 10
"""In the time of a lease."""
WAIT_SECONDS: Final = 30.0
"""For another process that is done in a moment."""
POLL_SECONDS: Final = 0.1


@contextmanager
def exclusive(root: str, name: str, holder: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock `name` of the store at `root`.

    Raises UsageError, naming the holder, where another has it and keeps it for longer than `wait_seconds`.
    """
    until = time.monotonic() + wait_seconds
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(_lock(root, name, holder))
                break
            except UsageError:
                if time.monotonic() >= until:
                    raise
                time.sleep(POLL_SECONDS)
        yield


def _lock(root: str, name: str, holder: str) -> AbstractContextManager[None]:
    return _on_s3(root, name, holder) if root.startswith("s3://") else _in_folder(Path(root), name, holder)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """One process of this machine at a time; the others wait. A killed one's lock goes with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _in_folder(root: Path, name: str, holder: str) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"{name}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _taken(name, file.read()) from None
        file.truncate(0)
        file.write(holder)
        file.flush()
        yield


@contextmanager
def _on_s3(root: str, name: str, holder: str) -> Iterator[None]:
    with reaching(root):
        lease = _Lease(root, name, holder)
    ended = threading.Event()
    renewing = threading.Thread(target=lease.renew_until, args=(ended,), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        lease.release()


class _Lease:
    """The lock object while this process has it; `tag` is that of its latest writing."""

    def __init__(self, root: str, name: str, holder: str) -> None:
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        self.root, self.store, self.path = root, open_store(root), f"{name}.lock"
        self.content = json.dumps({"holder": holder}).encode()
        try:
            self.tag = self._put("create")
        except AlreadyExistsError:
            found = self.store.get(self.path)
            held = json.loads(bytes(found.bytes()))["holder"]
            if datetime.now(UTC) - found.meta["last_modified"] < LEASE:
                raise _taken(name, held) from None
            try:
                self.tag = self._put({"e_tag": found.meta["e_tag"]})
            except (PreconditionError, AlreadyExistsError):
                raise _taken(name, "another process") from None

    def renew_until(self, ended: threading.Event) -> None:
        while not ended.wait(LEASE.total_seconds() / RENEWALS):
            # What fails now is tried again in a minute; one who finds the lease too old then takes it, rightly.
            with suppress(Exception):
                self.tag = self._put({"e_tag": self.tag})

    def release(self) -> None:
        with suppress(FileNotFoundError, TransientFault), reaching(self.root):
            if self.store.head(self.path)["e_tag"] == self.tag:
                self.store.delete(self.path)

    def _put(self, mode: Any) -> Any:
        return self.store.put(self.path, self.content, mode=mode)["e_tag"]


def _taken(name: str, holder: str) -> UsageError:
    return UsageError(f"{name} is already at work in {holder or 'another process'}; only one at a time is possible")
