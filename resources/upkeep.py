"""What maintenance found and left of a store: files, bytes, versions and rows, before and after."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from resources.object_storage import open_store, reaching


@dataclass(frozen=True, slots=True)
class Figures:
    """What a store holds; None for what it does not have, such as the rows of blobs. `versions` can be gone back to."""

    files: int
    bytes: int
    versions: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One store's maintenance. `note` says what could not be done this time; empty where nothing was left."""

    store: str
    before: Figures
    after: Figures
    note: str = ""

    def value(self) -> dict[str, Any]:
        """As JSON, flat: `files_before`, `files_after`, `bytes_before`…"""
        sides = {"before": asdict(self.before), "after": asdict(self.after)}
        figures = {f"{name}_{when}": value for when, side in sides.items() for name, value in side.items()}
        return {"store": self.store, **figures, "note": self.note}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a store, its path from the store's root."""

    path: str
    bytes: int
    modified: datetime

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def files_under(root: str, prefix: str = "") -> Iterator[StoredFile]:
    """Every file under the root, or under a folder of it, in no order. Raises where listing fails: never ends early."""
    with reaching(root):
        for listed in open_store(root).list(prefix=prefix):
            for item in listed:
                yield StoredFile(item["path"], item["size"], item["last_modified"])
