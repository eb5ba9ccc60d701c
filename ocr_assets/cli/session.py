"""What every command starts from: settings, the embedded instance, the stores, and documents by hash or path."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import dagster as dg
from pydantic import ValidationError
from rich.markup import escape

from ocr_assets.catalog import Catalog
from ocr_assets.cli.misspelt import misspelt
from ocr_assets.cli.printing import complaints
from ocr_assets.collections_file import find_collection, read_collections
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.identity import document_id
from ocr_assets.default_resources import default_resources
from ocr_assets.errors import UsageError
from ocr_assets.instance import open_instance, stages_job
from ocr_assets.pipeline_state import ever_failed, registered
from ocr_assets.settings import Settings
from resources.blobs import Blobs
from resources.embedder import Embedder
from resources.lake import Lake
from resources.vector_store import VectorStore

SHORTEST_PREFIX = 4
VARIABLE = "OCR_ASSETS_COLLECTION"
"""Names the collection that commands are about, where no option does."""


@dataclass
class Session:
    """One command's view of a collection of `home`. Parts are opened when they are first used."""

    common: Settings
    collection: Collection = DEFAULT

    @classmethod
    def open(cls, home: Path | None, collection: str | None = None) -> "Session":
        """The session for `--home`, `OCR_ASSETS_HOME`, or ./data; for `--collection`, or `OCR_ASSETS_COLLECTION`.

        Raises UsageError where there is no such collection.
        """
        from dotenv import load_dotenv

        load_dotenv(Path(".env"))
        if home is not None:
            os.environ["OCR_ASSETS_HOME"] = str(home)
            os.environ["DAGSTER_HOME"] = str((home / "dagster").absolute())
        name = collection or os.environ.get(VARIABLE) or DEFAULT.told
        session = cls(_settings())
        for told in misspelt(session.common, os.environ, others=[VARIABLE]):
            complaints.print(f"[yellow]warning:[/] {escape(told)}", highlight=False, soft_wrap=True)
        chosen = find_collection(session.collections, name, session.common.collections)
        return replace(session, collection=chosen)

    @cached_property
    def collections(self) -> dict[Collection, Settings]:
        """Every collection of the code location with its settings, the default one first."""
        return read_collections(self.common)

    def every_collection(self) -> "list[Session]":
        """A session for each."""
        return [replace(self, collection=collection) for collection in self.collections]

    @property
    def settings(self) -> Settings:
        """Those of the collection."""
        return self.collections[self.collection]

    @cached_property
    def instance(self) -> dg.DagsterInstance:
        """The embedded Dagster instance."""
        return open_instance(Path(self.common.home), self.common.root)

    @cached_property
    def catalog(self) -> Catalog:
        """What the instance knows of the collection's documents."""
        return Catalog(self.instance, self.collection)

    @cached_property
    def defs(self) -> dg.Definitions:
        """The code location, for commands that execute runs."""
        from ocr_assets.definitions import build_defs

        return build_defs(self.common)

    @cached_property
    def job(self) -> dg.JobDefinition:
        """What commands execute runs of."""
        return stages_job(self.defs)

    @cached_property
    def parts(self) -> dict[str, Any]:
        """The resources of the collection by their names."""
        return default_resources(self.settings)

    def part(self, name: str) -> Any:
        """A resource of the collection by its name, as commands use it outside of a run."""
        return self.parts[name]

    @cached_property
    def embedder(self) -> Embedder:
        """What turns questions into vectors."""
        return cast("Embedder", self.part("embedder"))

    @cached_property
    def vector_store(self) -> VectorStore:
        """Where passages are searched."""
        return cast("VectorStore", self.part("vector_store"))

    @cached_property
    def lake(self) -> Lake:
        """The Delta tables."""
        return cast("Lake", self.part("lake"))

    @cached_property
    def blobs(self) -> Blobs:
        """Files and images."""
        return cast("Blobs", self.part("blobs"))

    @cached_property
    def documents(self) -> list[str]:
        """Every registered document, in partition order."""
        return registered(self.catalog)

    @cached_property
    def ever_failed(self) -> list[str]:
        """Those that failed at some time, in partition order."""
        return ever_failed(self.catalog)

    def find(self, name: str) -> str:
        """The document of a hash, a unique prefix of one, or a path. Raises UsageError naming what is wrong."""
        if name in self.documents:
            return name
        if Path(name).is_file():
            with Path(name).open("rb") as file:
                document = document_id(file)
            if document in self.documents:
                return document
            raise UsageError(f"{name} is not registered; `ocr-assets add {name}` does that")
        found = [d for d in self.documents if len(name) >= SHORTEST_PREFIX and d.startswith(name.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{name} begins {len(found)} documents, {found[0][:16]}… and others; give more of the hash"
            )
        raise UsageError(
            f"no document {name}; give a path, or at least {SHORTEST_PREFIX} characters of a hash that "
            "`ocr-assets status` lists"
        )

    def find_all(self, names: Sequence[str]) -> list[str]:
        """The documents of these names, in the given order, each once."""
        return list(dict.fromkeys(self.find(name) for name in names))


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "_".join(map(str, wrong["loc"])).upper()
        raise UsageError(f"OCR_ASSETS_{name} is {wrong['input']!r}: {wrong['msg'].lower()}") from None
