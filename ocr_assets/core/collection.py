"""A collection: a set of documents with its own partitions definition, assets, stores, source and settings.

Dagster's advice is at most 100,000 keys in a partitions definition; past that, or for documents that need other
settings, there are several collections in one code location. What is of which is told by names alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr_assets.errors import UsageError

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED: Final = frozenset(
    {
        "default",
        "lake",
        "blobs",
        "checkpoints",
        "vectors",
        "indexes",
        "quarantine",
        "dagster",
        "tick_logs",
        "arriving",
        "vision",
    }
)
"""Folders beside which a collection's own lies, and the name by which the default one is called."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection by its name; that of the default one is empty, and nothing of it bears it.

    Raises UsageError where the name is none.
    """

    name: str = ""

    def __post_init__(self) -> None:
        if self.name and (not NAME.fullmatch(self.name) or self.name in RESERVED):
            raise UsageError(
                f"{self.name!r} cannot be the name of a collection: take up to 40 of a-z, 0-9 and _, a letter first, "
                f"and none of {', '.join(sorted(RESERVED))}"
            )

    @property
    def told(self) -> str:
        """Its name for people."""
        return self.name or "default"

    def named(self, name: str) -> str:
        """A name of which every collection has its own: a sensor's, a schedule's, a resource's, the partitions'."""
        return f"{name}_{self.name}" if self.name else name

    @property
    def partitions(self) -> str:
        """Name of the dynamic partitions definition. Its keys are lower-case SHA-256 of the files' bytes."""
        return self.named("documents")

    def path(self, asset: str) -> tuple[str, ...]:
        """The asset's key, part by part."""
        return (self.name, asset) if self.name else (asset,)

    def holds(self, path: Sequence[str]) -> bool:
        """Whether the asset with this key is of this collection."""
        return self.path(path[-1]) == tuple(path)


DEFAULT: Final = Collection()
