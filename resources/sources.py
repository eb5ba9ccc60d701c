"""Sources: where documents come from, a folder or an S3 prefix, and how to list and fetch what is there."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, Final
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import dagster as dg

from ocr_assets.errors import TransientFault, UsageError
from resources.image_tables import content_at, table_of
from resources.s3_objects import CHUNK_BYTES, LARGEST_PUT, S3Objects

EXTENSIONS: Final = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""What `add` takes from a folder or prefix; a file that is named itself is taken whatever its name."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of a source. `version` changes when the file does: an S3 ETag, or size and modification time.

    `uri` is file:///… with percent signs, or s3://bucket/key with the key as it is, as AWS writes it.
    """

    uri: str
    bytes: int
    version: str


class Sources(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Folders and S3 prefixes.

    `endpoint_url` and `region` are for sources that lie in another S3 than the store.
    """

    endpoint_url: str | None = None
    region: str | None = None

    def list(
        self, place: str, every: bool = False, after: str = "", endings: tuple[str, ...] = EXTENSIONS
    ) -> Iterator[SeenFile]:
        """Files under a folder or s3:// prefix, or that one file, in the source's order of names.

        Those whose name has one of the `endings`, or `every` one. `after` is the URI behind which the listing goes on.
        Raises UsageError where the place is wrong, TransientFault where it cannot be listed now: never ends early.
        """
        if place.startswith("s3://"):
            return self._list_s3(place, every, after, endings)
        return _list_local(Path(place), every, after, endings)

    def save(self, uri: str, to: IO[bytes]) -> str:
        """Write the file's bytes, piece by piece, and say their SHA-256, hexadecimal.

        Raises TransientFault `source_missing` where it cannot be had now.
        """
        digest = hashlib.sha256()
        for chunk in self._pieces(uri):
            digest.update(chunk)
            to.write(chunk)
        return digest.hexdigest()

    def identify(self, file: SeenFile) -> str:
        """SHA-256 of the file's bytes, hexadecimal: S3's own full-object checksum where it has one, else computed.

        Raises TransientFault `source_missing` where the file cannot be had now, `source_changed` where it is another
        version by now.
        """
        known = self.checksum(file)
        if known:
            return known
        digest = hashlib.sha256()
        for piece in self.pieces(file):
            digest.update(piece)
        return digest.hexdigest()

    def checksum(self, file: SeenFile) -> str | None:
        """SHA-256 of the file's bytes where its source knows it. Raises as `identify` does."""
        if not file.uri.startswith("s3://"):
            return None
        return self.s3.checksum(*bucket_and_key(file.uri), file.version)

    def pieces(self, file: SeenFile, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes of that version of the file, from `start` to before `end`. Raises as `identify` does."""
        return self._pieces(file.uri, file.version, start, end)

    def can_copy(self, file: SeenFile, root: str) -> bool:
        """Whether S3 itself can copy the file to below `root`: both in the S3 of the store, in one request."""
        both = file.uri.startswith("s3://") and root.startswith("s3://")
        return both and self.endpoint_url is None and file.bytes <= LARGEST_PUT

    def copy_to(self, file: SeenFile, to: str) -> None:
        """Have S3 copy that version of the file. Raises TransientFault."""
        self.s3.copy(*bucket_and_key(file.uri), file.version, to)

    def exists(self, uri: str) -> bool:
        """Whether the file is there. Raises TransientFault where its source does not say so clearly."""
        uri = table_of(uri)
        if uri.startswith("s3://"):
            return self.s3.exists(*bucket_and_key(uri))
        with _missing(uri):
            try:
                local_path(uri).stat()
            except FileNotFoundError:
                return False
        return True

    @contextmanager
    def local(self, uri: str) -> Iterator[Path]:
        """The file on local disk: where it lies, or a copy that goes when the block ends. Raises as `save` does."""
        if not uri.startswith("s3://"):
            yield local_path(uri)
            return
        with NamedTemporaryFile(prefix="ocr-assets-") as file:
            self.save(uri, file)
            file.flush()
            yield Path(file.name)

    def _pieces(self, uri: str, version: str | None = None, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if (table := table_of(uri)) != uri:
            with self.local(table) as path:
                yield content_at(path, uri)[start:end]
            return
        if uri.startswith("s3://"):
            yield from self.s3.pieces(*bucket_and_key(uri), version, start, end)
            return
        path = local_path(uri)
        with _missing(uri), path.open("rb") as file:
            file.seek(start)
            left = (1 << 62) if end is None else end - start
            while left > 0 and (piece := file.read(min(CHUNK_BYTES, left))):
                left -= len(piece)
                yield piece
            if version is not None and _seen(path).version != version:
                raise TransientFault("source_changed", f"{uri} was rewritten while it was looked at")

    def _list_s3(self, place: str, every: bool, after: str, endings: tuple[str, ...]) -> Iterator[SeenFile]:
        bucket, prefix = bucket_and_key(place)
        for key, size, etag in self.s3.list(bucket, prefix, bucket_and_key(after)[1] if after else ""):
            named = key == prefix
            if named or every or key.lower().endswith(endings):
                yield SeenFile(f"s3://{bucket}/{key}", size, etag)
            if named and not every:
                return

    @cached_property
    def s3(self) -> S3Objects:
        """The S3 that s3:// sources lie in."""
        return S3Objects(self.endpoint_url, self.region)


def file_name(uri: str) -> str:
    """The file's own name, for people."""
    path = uri if uri.startswith("s3://") else unquote(urlsplit(uri).path)
    return PurePosixPath(path).name


def bucket_and_key(uri: str) -> tuple[str, str]:
    """The two parts of an s3:// URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def local_path(uri: str) -> Path:
    """The path of a file:// URI."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path)))  # a name need not be UTF-8


@contextmanager
def _missing(uri: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error


def _list_local(place: Path, every: bool, after: str, endings: tuple[str, ...]) -> Iterator[SeenFile]:
    if not place.exists():
        raise UsageError(f"{place} does not exist; name a PDF, an image, a folder or s3://bucket/prefix")
    if place.is_file():
        yield _seen(place)
        return
    behind = local_path(after) if after else None
    for path in sorted(_walk(place)):
        if (every or path.suffix.lower() in endings) and (behind is None or path.absolute() > behind):
            try:
                if path.is_file():
                    yield _seen(path)
            except FileNotFoundError:  # it went while the folder was being listed
                continue


def _walk(place: Path) -> Iterator[Path]:
    """Every path below, without hidden ones. A folder that cannot be read is an error, and not an empty one."""

    def failed(error: OSError) -> None:
        raise TransientFault("service_unavailable", f"{place} cannot be listed now: {error}") from error

    for folder, folders, names in os.walk(place, onerror=failed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in names if not name.startswith("."))


def _seen(path: Path) -> SeenFile:
    stat = path.stat()
    return SeenFile(path.absolute().as_uri(), stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")
