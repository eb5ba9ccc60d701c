"""Object storage: what each library needs to reach the S3 that the usual AWS variables, profile or role name.

boto3 resolves all of it; obstore, deltalake, Polars and LanceDB each know only a part of that chain, so they are told.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore


def endpoint() -> str | None:
    """Where S3 is, if it is not Amazon's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def region() -> str:
    """boto3 knows only the second variable, the other libraries both."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return named or _session().region_name or "us-east-1"


def table_options(root: str) -> dict[str, str] | None:
    """`storage_options` of deltalake, Polars and LanceDB for tables under `root`; None for a folder.

    They hold credentials as they are now: get them anew for every table that is opened.
    """
    if not root.startswith("s3://"):
        return None
    credentials = _credentials().get_frozen_credentials()
    options = {
        "aws_region": region(),
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_conditional_put": "etag",  # what makes Delta's commits atomic
    }
    if credentials.token:
        options["aws_session_token"] = credentials.token
    if url := endpoint():
        options |= {"aws_endpoint_url": url, "allow_http": str(url.startswith("http://")).lower()}
    return options


@lru_cache(maxsize=8)
def open_store(root: str) -> "ObjectStore":
    """obstore's store at `root`, a folder (made if missing) or an s3:// prefix. S3 credentials renew themselves."""
    from obstore.store import LocalStore, S3Store

    if not root.startswith("s3://"):
        return LocalStore(Path(root).absolute(), mkdir=True)
    from obstore.auth.boto3 import Boto3CredentialProvider  # imports boto3, which a folder does not need

    _credentials()
    url = endpoint()
    return S3Store.from_url(
        root,
        config={"region": region(), "endpoint": url} if url else {"region": region()},
        client_options={"allow_http": bool(url and url.startswith("http://"))},
        credential_provider=Boto3CredentialProvider(_session()),
    )


@contextmanager
def reaching(root: str) -> Iterator[None]:
    """What the store at `root` leaves unanswered may go away by itself. FileNotFoundError stays as it is.

    Raises UsageError where the credentials do not allow it.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        if refused := refusal(root, error):
            raise refused from error
        told = (str(error).splitlines() or [""])[0]
        raise TransientFault("service_unavailable", f"{root} cannot be used now: {told}") from error


@contextmanager
def allowed(place: str) -> Iterator[None]:
    """Raises UsageError instead of whatever else a library raises where the credentials do not allow something."""
    try:
        yield
    except Exception as error:
        if refused := refusal(place, error):
            raise refused from error
        raise


def refusal(place: str, error: Exception) -> UsageError | None:
    """What to tell the operator where S3 answered that this is forbidden; None for any other error.

    Every library here is built on the same Rust client, whose messages name the request.
    """
    told = str(error)
    if not place.startswith("s3://") or not any(word in told for word in _FORBIDDEN):
        return None
    action = next((action for words, action in _ACTIONS.items() if re.search(words, told)), "s3:GetObject")
    return UsageError(
        f"{place} refuses {action}: the AWS credentials are not valid, or lack a right of docs/iam-policy.json"
    )


_FORBIDDEN: Final = ("403 Forbidden", "status: 403", "lacked the necessary privileges", "AccessDenied")
_ACTIONS: Final = {
    r"list-type=2|[Ll]ist ?[Rr]equest": "s3:ListBucket",
    r"\bDELETE\b|\?delete\b|DeleteObjects|delete request": "s3:DeleteObject",
    r"\b(PUT|POST)\b": "s3:PutObject",
}


def _credentials() -> Any:
    credentials = _session().get_credentials()
    if credentials is None:
        raise UsageError(
            "no AWS credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or use a role"
        )
    return credentials


@lru_cache(maxsize=1)
def _session() -> Any:
    """Kept, because a role's credentials are costly to get and renew themselves."""
    import boto3

    return boto3.Session()
