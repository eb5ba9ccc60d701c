"""Sources: where documents come from, a folder or an S3 prefix, and how to list and fetch what is there."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

import dagster as dg

from ocr_assets.core.identity import document_id
from ocr_assets.errors import TransientFault, UsageError

if TYPE_CHECKING:
    from dagster_aws.s3 import S3Resource

EXTENSIONS: Final = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""What is taken from a folder or prefix; a file that is named itself is taken whatever its name."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of a source. `version` changes when the file does: an S3 ETag, or size and modification time."""

    uri: str
    bytes: int
    version: str


class Sources(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Folders and S3 prefixes. `endpoint_url` and `region` are for S3; credentials come from the usual AWS chain."""

    endpoint_url: str | None = None
    region: str | None = None

    def list(self, place: str) -> Iterator[SeenFile]:
        """Files under a folder or s3:// prefix, or that one file, in order of their names. Raises UsageError."""
        return self._list_s3(place) if place.startswith("s3://") else _list_local(Path(place))

    def read(self, uri: str) -> bytes:
        """The file's bytes. Raises TransientFault `source_missing` where it cannot be had now."""
        parts = urlsplit(uri)
        try:
            if parts.scheme == "s3":
                key = unquote(parts.path.removeprefix("/"))
                return bytes(self._client().get_object(Bucket=parts.netloc, Key=key)["Body"].read())
            return Path(unquote(parts.path)).read_bytes()
        except Exception as error:
            if isinstance(error, OSError) or type(error).__module__.startswith("botocore"):
                raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error
            raise

    def identify(self, file: SeenFile) -> str:
        """SHA-256 of the file's bytes, hexadecimal: S3's own full-object checksum where it has one, else computed."""
        parts = urlsplit(file.uri)
        if parts.scheme == "s3":
            key = unquote(parts.path.removeprefix("/"))
            head = self._client().head_object(Bucket=parts.netloc, Key=key, ChecksumMode="ENABLED")
            checksum = head.get("ChecksumSHA256")
            if checksum and "-" not in checksum and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
                return base64.b64decode(checksum).hex()
        return document_id(self.read(file.uri))

    def _list_s3(self, place: str) -> Iterator[SeenFile]:
        parts = urlsplit(place)
        prefix = parts.path.removeprefix("/")
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", ()):
                name = item["Key"]
                if name == prefix or name.lower().endswith(EXTENSIONS):
                    uri = f"s3://{parts.netloc}/{quote(name)}"
                    yield SeenFile(uri, item["Size"], item["ETag"].strip('"'))

    def _client(self) -> Any:
        return self._s3().get_client()

    def _s3(self) -> "S3Resource":
        from dagster_aws.s3 import S3Resource

        return S3Resource(endpoint_url=self.endpoint_url, region_name=self.region)


def _list_local(place: Path) -> Iterator[SeenFile]:
    if not place.exists():
        raise UsageError(f"{place} does not exist; name a PDF, an image, a folder or s3://bucket/prefix")
    if place.is_file():
        yield _seen(place)
        return
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
        if not hidden and path.suffix.lower() in EXTENSIONS and path.is_file():
            yield _seen(path)


def _seen(path: Path) -> SeenFile:
    stat = path.stat()
    return SeenFile(path.absolute().as_uri(), stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")
