"""S3 objects as a source of files: listing them, their checksums, their bytes, and putting a file there.

Through dagster-aws, with what the usual AWS variables, profile or role say. Keys are as they are, never quoted.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import endpoint, region

CHUNK_BYTES: Final = 1 << 20
LARGEST_PUT: Final = 5 << 30
"""S3 takes no more in one request; an object in parts would have no checksum of its whole content."""
WRONG_REQUEST: Final = frozenset(
    {"NoSuchBucket", "InvalidBucketName", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "404"}
)
"""S3's answers to a listing that the operator has to mend."""
GONE: Final = frozenset({"404", "NoSuchKey"})
REWRITTEN: Final = frozenset({"412", "PreconditionFailed"})


class Listed(NamedTuple):
    """An object as a listing tells of it."""

    key: str
    bytes: int
    etag: str


@dataclass(frozen=True)
class S3Objects:
    """The S3 of the usual AWS variables, or another one at `endpoint_url`. Threads may share it."""

    endpoint_url: str | None = None
    region: str | None = None

    def list(self, bucket: str, prefix: str, after: str = "") -> Iterator[Listed]:
        """Objects below the prefix in the server's order, behind the key `after`; "folder/" keys are left out.

        Raises UsageError where the place is wrong, TransientFault where it cannot be listed now: never ends early.
        """
        start = {"StartAfter": after} if after else {}
        with _listing(f"s3://{bucket}/{prefix}".rstrip("/")):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **start):
                for item in page.get("Contents", ()):
                    if not item["Key"].endswith("/"):  # how consoles make a folder
                        yield Listed(item["Key"], item["Size"], item["ETag"].strip('"'))

    def checksum(self, bucket: str, key: str, etag: str | None = None) -> str | None:
        """SHA-256 of the object's bytes as S3 itself computed or verified it, hexadecimal; None where it has none.

        With `etag` of that version only. Raises TransientFault `source_missing`, `source_changed`.
        """
        with _reading(f"s3://{bucket}/{key}"):
            head = self.client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **_match(etag))
        checksum = head.get("ChecksumSHA256", "")
        # Of an object uploaded in parts it may be the hash of the parts' hashes.
        whole = head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in checksum
        return base64.b64decode(checksum).hex() if checksum and whole else None

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there. Raises TransientFault where S3 does not say so clearly."""
        from botocore.exceptions import ClientError

        with _reading(f"s3://{bucket}/{key}"):
            try:
                self.client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise
                return False
        return True

    def pieces(
        self, bucket: str, key: str, etag: str | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """The object's bytes from `start` to before `end`. Raises as `checksum` does."""
        within = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        with _reading(f"s3://{bucket}/{key}"):
            answer = self.client.get_object(Bucket=bucket, Key=key, **within, **_match(etag))
            yield from answer["Body"].iter_chunks(CHUNK_BYTES)

    def put(self, bucket: str, key: str, path: Path, sha256: str) -> None:
        """Upload the file with its SHA-256, which S3 verifies. Raises TransientFault, also if the file has changed."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with _writing(f"s3://{bucket}/{key}"), path.open("rb") as file:
            self.client.put_object(Bucket=bucket, Key=key, Body=file, ChecksumSHA256=checksum)

    @cached_property
    def client(self) -> Any:
        """boto3's client."""
        from dagster_aws.s3 import S3Resource

        return S3Resource(
            endpoint_url=self.endpoint_url or endpoint(), region_name=self.region or region()
        ).get_client()


def _match(etag: str | None) -> dict[str, str]:
    return {"IfMatch": f'"{etag}"'} if etag else {}


@contextmanager
def _reading(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in REWRITTEN:
            raise TransientFault("source_changed", f"{uri} was rewritten while it was looked at") from error
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error
    except (OSError, BotoCoreError) as error:
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error


@contextmanager
def _writing(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise TransientFault("service_unavailable", f"{uri} cannot be written: {error}") from error


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
