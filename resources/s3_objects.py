"""S3 objects as a source of files: listing them, their checksums, their bytes, and putting a file there.

Through dagster-aws, with what the usual AWS variables, profile or role say. Keys are as they are, never quoted.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import endpoint, region

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

CHUNK_BYTES: Final = 1 << 20
LARGEST_PUT: Final = 5 << 30
"""S3 takes no more in one request; an object in parts would have no checksum of its whole content."""
WRONG_REQUEST: Final = frozenset(
    {"NoSuchBucket", "InvalidBucketName", "InvalidAccessKeyId", "SignatureDoesNotMatch", "404"}
)
"""S3's answers to a listing that the operator has to mend."""
GONE: Final = frozenset({"404", "NoSuchKey"})
DENIED: Final = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled"})
REWRITTEN: Final = frozenset({"412", "PreconditionFailed"})

RIGHTS: Final = {"HeadObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket"}
"""Of the operations that are not called as their right is."""


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

    def copy(self, bucket: str, key: str, etag: str, to: str) -> None:
        """Have S3 copy that version to the s3:// URI `to`, at most `LARGEST_PUT` bytes. Raises TransientFault."""
        target, _, name = to.removeprefix("s3://").partition("/")
        source = {"Bucket": bucket, "Key": key}
        with _writing(to):
            self.client.copy_object(Bucket=target, Key=name, CopySource=source, CopySourceIfMatch=f'"{etag}"')

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
        if error.response["Error"]["Code"] in DENIED:
            raise TransientFault("source_denied", f"{uri} cannot be read: {_denial(error)}") from None
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error
    except (OSError, BotoCoreError) as error:
        raise TransientFault("source_missing", f"{uri} cannot be read: {error}") from error


def _denial(error: "ClientError") -> str:
    """Which right is missing, without S3's own words: those may name accounts and keys."""
    said = re.search(r"to perform:? ([a-z0-9-]+:[A-Za-z]+)", error.response["Error"].get("Message", ""))
    right = said.group(1) if said else RIGHTS.get(error.operation_name, f"s3:{error.operation_name}")
    told = f"the AWS credentials lack {right} on it"
    if error.operation_name == "HeadObject" and not said:
        told += ", or it is not there, which S3 tells only those who have s3:ListBucket"
    return f"{told}; see docs/iam-policy.json"


@contextmanager
def _writing(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED:
            raise TransientFault("service_refused", f"{uri} cannot be written: {_denial(error)}") from None
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
        if error.response["Error"]["Code"] in DENIED:
            raise UsageError(f"{place} cannot be listed: {_denial(error)}") from None
        if error.response["Error"]["Code"] in WRONG_REQUEST:
            raise UsageError(f"{place} cannot be listed: {error}; check its name and your AWS settings") from error
        raise TransientFault("service_unavailable", f"{place} cannot be listed now: {error}") from error
    except BotoCoreError as error:
        raise TransientFault("service_unavailable", f"{place} cannot be listed now: {error}") from error
