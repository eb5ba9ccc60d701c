"""Blobs: files, page images and crops, named by the hash of their bytes, in one folder a document.

Local or S3 through obstore. A put is atomic: a killed writer leaves no half blob. Because each document has its own
folder, forgetting it is the removal of a prefix and never takes a page that another document also has.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from obstore.store import ObjectStore


@dataclass(frozen=True, slots=True)
class BlobReader:
    """Reads blobs in a page process, to which the resource itself cannot be sent."""

    root: str
    options: tuple[tuple[str, str], ...]

    def get(self, document: str, name: str) -> bytes:
        """The bytes. Raises FileNotFoundError where there is no such blob."""
        return bytes(open_store(self.root, self.options).get(_key(document, name)).bytes())


class Blobs(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Content-addressed files under `root`, a folder or an s3:// prefix."""

    root: str
    storage_options: dict[str, str] = {}

    def put(self, document: str, data: bytes) -> str:
        """Store these bytes under the document; their SHA-256, which is the blob's name there."""
        name = hashlib.sha256(data).hexdigest()
        self._store().put(_key(document, name), data)
        return name

    def get(self, document: str, name: str) -> bytes:
        """The bytes. Raises FileNotFoundError where there is no such blob."""
        return self.reader().get(document, name)

    def reader(self) -> BlobReader:
        """What page processes read blobs with."""
        return BlobReader(self.root, tuple(sorted(self.storage_options.items())))

    def has(self, document: str, name: str) -> bool:
        """Whether that blob is there."""
        try:
            self._store().head(_key(document, name))
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def local_files(self, documents: Iterable[str]) -> Iterator[dict[str, str]]:
        """The documents' own files as paths on local disk: where they lie, or copies that go when the block ends."""
        if "://" not in self.root:
            yield {document: str(Path(self.root).absolute() / _key(document, document)) for document in documents}
            return
        with tempfile.TemporaryDirectory(prefix="ocr-assets-") as folder:
            paths = {document: Path(folder) / document for document in documents}
            for document, path in paths.items():
                path.write_bytes(self.get(document, document))
            yield {document: str(path) for document, path in paths.items()}

    def forget(self, document: str) -> int:
        """Remove every blob of the document; how many there were."""
        store, removed = self._store(), 0
        for listed in store.list(prefix=_folder(document)):
            paths = [item["path"] for item in listed]
            store.delete(paths)
            removed += len(paths)
        return removed

    def _store(self) -> "ObjectStore":
        return open_store(self.root, tuple(sorted(self.storage_options.items())))


@lru_cache(maxsize=8)
def open_store(root: str, options: tuple[tuple[str, str], ...] = ()) -> "ObjectStore":
    """The object store at `root`, a folder (made if missing) or an s3:// prefix."""
    from obstore.store import LocalStore, from_url

    if "://" not in root:
        return LocalStore(Path(root).absolute(), mkdir=True)
    return from_url(root, config=dict(options))  # type: ignore[call-overload, no-any-return]


def _folder(document: str) -> str:
    return f"{document[:2]}/{document}/"


def _key(document: str, name: str) -> str:
    return f"{_folder(document)}{name}"
