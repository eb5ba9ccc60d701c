"""Which index is searched: one small file beside the stores, written as a whole, so that a switch is all or nothing.

An index is told by the settings that lead to its store and its embedder. They hold no secret: keys come from the
environment when they are used, and an endpoint whose URL has credentials in it is not written down.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import dagster as dg

from resources.exclusive import WAIT_SECONDS, exclusive
from resources.object_storage import open_store, reaching

FILE: Final = "register.json"
NOT_KEPT: Final = "[holds credentials]"
"""In the place of a URL that is not written down."""
_CREDENTIALS: Final = re.compile(r"//[^/]*@|[?#]")


@dataclass(frozen=True, slots=True)
class Register:
    """The indexes that are known, by name, with their settings; the one that is searched, and the one before it."""

    active: str
    previous: str | None = None
    indexes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class IndexRegister(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The file under `root`, a folder or an s3:// prefix."""

    root: str

    def read(self) -> Register | None:
        """The register; None before anything was ever indexed."""
        with reaching(self.root):
            try:
                return Register(**json.loads(bytes(open_store(self.root).get(FILE).bytes())))
            except FileNotFoundError:
                return None

    def write(self, register: Register) -> None:
        """Put this register in the place of the one that is there."""
        with reaching(self.root):
            open_store(self.root).put(FILE, _content(register))

    def adopt(self, name: str, settings: Mapping[str, Any]) -> Register:
        """The register, in which this index becomes the searched one if there is none yet."""
        from obstore.exceptions import AlreadyExistsError

        if (found := self.read()) is not None:
            return found
        with reaching(self.root):
            try:
                first = Register(name, None, {name: written_down(settings)})
                open_store(self.root).put(FILE, _content(first), mode="create")
                return first
            except AlreadyExistsError:  # another process was first
                return self.adopt(name, settings)

    @contextmanager
    def changing(self, holder: str) -> Iterator[None]:
        """Hold the register between reading and writing it. Raises UsageError where another process keeps it."""
        with exclusive(self.root, "register", holder, WAIT_SECONDS):
            yield

    def enter(self, name: str, settings: Mapping[str, Any], holder: str) -> Register:
        """The register with this index in it, by these settings, as the searched one if it is the first."""
        found = self.adopt(name, settings)
        if found.indexes.get(name) == written_down(settings):
            return found
        with self.changing(holder):
            now = self.read() or found
            self.write(entered := replace(now, indexes={**now.indexes, name: written_down(settings)}))
            return entered


def written_down(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without a URL that holds credentials."""
    return {name: NOT_KEPT if isinstance(v, str) and _CREDENTIALS.search(v) else v for name, v in settings.items()}


def _content(register: Register) -> bytes:
    return json.dumps(asdict(register), indent=1).encode() + b"\n"
