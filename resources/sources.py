"""Sources: where documents come from, a folder or an S3 prefix, and how to list and fetch what is there."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit

import dagster as dg

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import endpoint, region

EXTENSIONS: Final = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""What is taken from a folder or prefix; a file that is named itself is taken whatever its name."""
CHUNK_BYTES: Final = 1 << 20
WRONG_REQUEST: Final = frozenset(
    {"NoSuchBucket", "InvalidBucketName", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "404"}
)
"""S3's answers to a listing that the operator has to mend."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of a source. `version` changes when the file does: an S3 ETag, or size and modification time.

    `uri` is file:///… with percent signs, or s3://bucket/key with the key as it is, as AWS writes it.
    """

    uri: str
    bytes: int
    version: str


class Sources(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Folders and S3 prefixes; S3 through dagster-aws, with what the usual AWS variables, profile or role say.

    `endpoint_url` and `region` are for sources that lie in another S3 than the store.
    """

    endpoint_url: str | None = None
    region: str | None = None

    def list(self, place: str) -> Iterator[SeenFile]:
        """Files under a folder or s3:// prefix, or that one file, in order of their names.

        Raises UsageError where the place is wrong, TransientFault where it cannot be listed now: never ends early.
        """
        return self._list_s3(place) if place.startswith("s3://") else _list_local(Path(place))

    def save(self, uri: str, to: IO[bytes]) -> str:
        """Write the file's bytes, piece by piece, and say their SHA-256, hexadecimal.

        Raises TransientFault `source_missing` where it cannot be had now.
        """
        digest = hashlib.sha256()
        for chunk in self._chunks(uri):
            digest.update(chunk)
            to.write(chunk)
        return digest.hexdigest()

    def identify(self, file: SeenFile) -> str:
        """SHA-256 of the file's bytes, hexadecimal: S3's own full-object checksum where it has one, else computed.

        Raises TransientFault `source_missing` where the file cannot be had now.
        """
        known = self._checksum(file.uri) if file.uri.startswith("s3://") else None
        if known:
            return known
        digest = hashlib.sha256()
        for chunk in self._chunks(file.uri):
            digest.update(chunk)
        return digest.hexdigest()

    def _checksum(self, uri: str) -> str | None:
        bucket, key = _bucket_and_key(uri)
        with _missing(uri):
            head = self._client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        checksum = head.get("ChecksumSHA256", "")
        # Of an object uploaded in parts it may be the hash of the parts' hashes.
        whole = head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in checksum
        return base64.b64decode(checksum).hex() if checksum and whole else None

    def _chunks(self, uri: str) -> Iterator[bytes]:
        with _missing(uri):
            if uri.startswith("s3://"):
                bucket, key = _bucket_and_key(uri)
                yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES)
                return
            with Path(unquote(urlsplit(uri).path)).open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk

    def _list_s3(self, place: str) -> Iterator[SeenFile]:
        bucket, prefix = _bucket_and_key(place)
        with _listing(place):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    name = item["Key"]
                    named = name == prefix and not name.endswith("/")  # "folder/" is how consoles make a folder
                    if named or name.lower().endswith(EXTENSIONS):
                        yield SeenFile(f"s3://{bucket}/{name}", item["Size"], item["ETag"].strip('"'))
                    if named:
                        return

    @cached_property
    def _client(self) -> Any:
        from dagster_aws.s3 import S3Resource

        return S3Resource(
            endpoint_url=self.endpoint_url or endpoint(), region_name=self.region or region()
        ).get_client()


def file_name(uri: str) -> str:
    """The file's own name, for people."""
    path = uri if uri.startswith("s3://") else unquote(urlsplit(uri).path)
    return PurePosixPath(path).name


@contextmanager
def _missing(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error


@contextmanager
def _listing(place: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise UsageError(
            f"{place} cannot be listed without AWS credentials; set AWS_ACCESS_KEY_ID or AWS_PROFILE"
        ) from error
    except ClientError as error:
        if error.response["Error"]["Code"] in WRONG_REQUEST:
            raise UsageError(f"{place} cannot be listed: {error}; check its name and your AWS settings") from error
        raise TransientFault("service_unavailable", f"{place} cannot be listed now: {error}") from error
    except BotoCoreError as error:
        raise TransientFault("service_unavailable", f"{place} cannot be listed now: {error}") from error


def _bucket_and_key(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


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
