"""Blobs: files, page images and crops, named by the hash of their bytes, in one folder a document.

Local or S3 through obstore. A put is atomic: a killed writer leaves no half blob. Because each document has its own
folder, forgetting it is the removal of a prefix and never takes a page that another document also has.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from ocr_assets.errors import UsageError
from resources.object_storage import open_store, reaching
from resources.upkeep import StoredFile, files_under


@dataclass(frozen=True, slots=True)
class BlobReader:
    """Reads blobs in a page process, to which the resource itself cannot be sent."""

    root: str

    def get(self, document: str, name: str) -> bytes:
        """The bytes. Raises FileNotFoundError where there is no such blob."""
        with reaching(self.root):
            return bytes(open_store(self.root).get(_key(document, name)).bytes())


class Blobs(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Content-addressed files under `root`, a folder or an s3:// prefix."""

    root: str

    def put(self, document: str, data: bytes) -> str:
        """Store these bytes under the document; their SHA-256, which is the blob's name there. Raises UsageError."""
        name = hashlib.sha256(data).hexdigest()
        self._put(_key(document, name), data)
        return name

    def put_document(self, document: str, file: Path) -> None:
        """Store the document's own bytes, which this file holds, in pieces. Raises UsageError."""
        self._put(_key(document, document), file)

    def _put(self, key: str, data: bytes | Path) -> None:
        try:
            with reaching(self.root):
                open_store(self.root).put(key, data)
        except FileNotFoundError as error:
            raise UsageError(f"{self.root} does not exist; create the bucket or folder first") from error

    def get(self, document: str, name: str) -> bytes:
        """The bytes. Raises FileNotFoundError where there is no such blob."""
        return self.reader().get(document, name)

    def reader(self) -> BlobReader:
        """What page processes read blobs with."""
        return BlobReader(self.root)

    def has(self, document: str, name: str) -> bool:
        """Whether that blob is there."""
        try:
            with reaching(self.root):
                open_store(self.root).head(_key(document, name))
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def local_file(self, document: str) -> Iterator[str]:
        """The path of the document's own file on local disk: where it lies, or a copy that goes when the block ends.

        Raises FileNotFoundError where there is none.
        """
        if "://" not in self.root:
            yield str(Path(self.root).absolute() / _key(document, document))
            return
        with tempfile.NamedTemporaryFile(prefix="ocr-assets-") as file:
            with reaching(self.root):
                for piece in open_store(self.root).get(_key(document, document)).stream():
                    file.write(piece)
            file.flush()
            yield file.name

    def forget(self, document: str) -> int:
        """Remove every blob of the document; how many there were."""
        names = [file.name for file in files_under(self.root, _folder(document))]
        self.remove(document, names)
        return len(names)

    def shelves(self) -> list[str]:
        """The beginnings of hashes under which documents have blobs, sorted: what one listing takes."""
        with reaching(self.root):
            return sorted(open_store(self.root).list_with_delimiter()["common_prefixes"])

    def on_shelf(self, shelf: str) -> dict[str, list[StoredFile]]:
        """The blobs of every document whose hash begins so."""
        found: dict[str, list[StoredFile]] = {}
        for file in files_under(self.root, f"{shelf}/"):
            found.setdefault(file.path.split("/")[1], []).append(file)
        return found

    def remove(self, document: str, names: Sequence[str]) -> None:
        """Remove these blobs of the document."""
        if names:
            with reaching(self.root):
                open_store(self.root).delete([_key(document, name) for name in names])


def _folder(document: str) -> str:
    return f"{document[:2]}/{document}/"


def _key(document: str, name: str) -> str:
    return f"{_folder(document)}{name}"
