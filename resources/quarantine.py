"""Quarantine: copies of what could not be processed, each with a `why.json`, for a person to look at.

A case is a folder: `<root>/<name>/why.json` and, where the bytes were to be had, `<root>/<name>/<file name>`. The
bytes are written first, so that a folder with `why.json` is whole; what a killed process began, the next call finishes.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

import dagster as dg

from ocr_assets.errors import UsageError
from resources.object_storage import open_store, reaching
from resources.sources import file_name

WHY: Final = "why.json"
WHOLE_BYTES: Final = 8 << 20
"""Up to this size bytes are put in one request; larger ones in parts, as they come."""
NAME_BYTES: Final = 120


class Quarantine(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Cases under `root`, a folder or an s3:// prefix."""

    root: str

    def keep(
        self,
        name: str,
        *,
        sources: Sequence[str],
        reason: str,
        detail: str,
        attempts: int,
        data: Iterable[bytes] | Callable[[str], object] | None,
    ) -> str:
        """Write the case down, with its bytes unless `data` is None; the URI of its folder.

        `data` may also be what copies them to the URI that it is called with.

        `name` is the document's hash, or for what has none a hash of its place and version. Called again, it brings
        `why.json` up to date and leaves bytes that are there alone. What `data` raises comes through, and then nothing
        is written down.
        """
        before = self.why(name) or {}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        kept = before.get("file")
        if data is not None and kept is None:
            kept = _safe(file_name(sources[0]) if sources else name)
            if callable(data):
                data(f"{self.root.rstrip('/')}/{name}/{kept}")
            else:
                self._put(f"{name}/{kept}", data)
        why = {
            "name": name,
            "sources": sorted(sources),
            "reason": reason,
            "detail": detail,
            "attempts": attempts,
            "first": before.get("first", now),
            "last": now,
            "file": kept,
        }
        self._put(f"{name}/{WHY}", [json.dumps(why, ensure_ascii=False, indent=1).encode()])
        return f"{self.root.rstrip('/')}/{name}"

    def why(self, name: str) -> dict[str, Any] | None:
        """What `why.json` of this case says; None where there is no such case."""
        try:
            with reaching(self.root):
                told = bytes(open_store(self.root).get(f"{name}/{WHY}").bytes())
        except FileNotFoundError:
            return None
        value: dict[str, Any] = json.loads(told)
        return value

    def names(self) -> set[str]:
        """Every case that is whole."""
        with reaching(self.root):
            paths = [item["path"] for listed in open_store(self.root).list() for item in listed]
        return {path.removesuffix(f"/{WHY}") for path in paths if path.endswith(f"/{WHY}")}

    def release(self, name: str) -> bool:
        """Remove the case, for a document that was mended or forgotten; whether there was one."""
        store, removed = open_store(self.root), False
        with reaching(self.root):
            for listed in store.list(prefix=f"{name}/"):
                # Bytes without why.json would be nobody's, so it goes last.
                paths = sorted((item["path"] for item in listed), key=lambda path: path.endswith(f"/{WHY}"))
                for path in paths:
                    store.delete(path)
                removed = removed or bool(paths)
        return removed

    def _put(self, path: str, data: Iterable[bytes]) -> None:
        pieces = iter(data)
        first = _first(pieces)
        try:
            with reaching(self.root):
                if len(first) < WHOLE_BYTES:
                    open_store(self.root).put(path, first)
                else:
                    open_store(self.root).put(path, chain([first], pieces))
        except FileNotFoundError as error:
            raise UsageError(f"{self.root} does not exist; create the bucket or folder first") from error


def _first(pieces: Iterator[bytes]) -> bytes:
    """The first `WHOLE_BYTES` or a little more; all of it where there is less."""
    first = bytearray()
    for piece in pieces:
        first += piece
        if len(first) >= WHOLE_BYTES:
            break
    return bytes(first)


def _safe(name: str) -> str:
    """A file name that every file system and S3 take, close to `name`, and never that of `why.json`."""
    kept = re.sub(r"[^\w .,()+=@-]", "_", name).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    ending = f"{dot}{ending}"[:12] if dot else ""
    stem = (stem if dot else kept).encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    safe = f"{stem}{ending}" or "file"
    return f"_{safe}" if safe.lower() == WHY else safe
