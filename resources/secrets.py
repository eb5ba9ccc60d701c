"""The one place that secrets come from: the environment, or a secret of AWS Secrets Manager.

`OCR_ASSETS_SECRETS=aws:NAME` names a secret whose text is a JSON object, with the names that the environment
would have. What the environment has wins. Values are read when they are used, kept for some minutes, written nowhere.
"""

import json
import os
import re
import time
from typing import Any, Final

from ocr_assets.errors import TransientFault, UsageError

VARIABLE: Final = "OCR_ASSETS_SECRETS"
KEPT_SECONDS: Final = 300.0
"""After which a secret is asked for again, so that a new one is taken up without a restart."""
REDACTED: Final = "[secret]"
SHORTEST_REDACTED: Final = 6
"""Shorter values are words that texts have anyway."""
WRONG_REQUEST: Final = {
    "ResourceNotFoundException": "there is no such secret; correct {variable} or create it",
    "AccessDeniedException": "allow this role secretsmanager:GetSecretValue on it",
    "DecryptionFailure": "allow this role kms:Decrypt with its key",
    "UnrecognizedClientException": "the AWS credentials are not valid",
    "InvalidSignatureException": "the AWS credentials are not valid",
}
_CREDENTIALS: Final = re.compile(r"(?<=//)[^/?#]*@|[?#].*", re.DOTALL)

_kept: dict[str, tuple[float, dict[str, str]]] = {}
_seen: set[str] = set()


def secret(name: str) -> str | None:
    """The secret of that name without blanks around it, None where there is none.

    Raises UsageError where the configured place is wrong, TransientFault where it does not answer.
    """
    value = (os.environ.get(name) or _stored().get(name) or "").strip()
    if value:
        _seen.add(value)
    return value or None


def keep_out(value: str) -> None:
    """Keep a value that is part of a secret, such as one of several passwords, out of messages too."""
    _seen.add(value)


def without_credentials(url: str) -> str:
    """The URL for people: without the user, password and query that may be its secret."""
    return _CREDENTIALS.sub("", url)


def redact(text: str) -> str:
    """The text without any secret that this process has used: servers and libraries put them into their messages."""
    for value in sorted(_seen, key=len, reverse=True):
        if len(value) >= SHORTEST_REDACTED:
            text = text.replace(value, REDACTED)
    return text


def _stored() -> dict[str, str]:
    """What the configured secret holds; nothing without one."""
    place = os.environ.get(VARIABLE, "")
    if not place:
        return {}
    kind, _, name = place.partition(":")
    if kind != "aws" or not name:
        raise UsageError(f"{VARIABLE} is {place!r}; write aws:NAME with the name of a secret in AWS Secrets Manager")
    until, values = _kept.get(place, (0.0, {}))
    if time.monotonic() >= until:
        values = _fetched(name)
        _kept[place] = (time.monotonic() + KEPT_SECONDS, values)
    return values


def _fetched(name: str) -> dict[str, str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    from resources.object_storage import region

    where = f"the secret {name} of AWS Secrets Manager"
    try:
        # Not boto3's default session, which threads may not share and which keeps the first credentials it found.
        client = boto3.Session().client("secretsmanager", region_name=region())
        answer = client.get_secret_value(SecretId=name)
    except NoCredentialsError as error:
        raise UsageError(f"{where} cannot be read without AWS credentials; set AWS_PROFILE or use a role") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in WRONG_REQUEST:
            raise UsageError(f"{where} cannot be read: {WRONG_REQUEST[code].format(variable=VARIABLE)}") from error
        raise TransientFault("service_unavailable", f"{where} cannot be read now: {code}") from error
    except BotoCoreError as error:
        raise TransientFault("service_unavailable", f"{where} cannot be read now: {error}") from error
    return _values(answer.get("SecretString"), where)


def _values(text: Any, where: str) -> dict[str, str]:
    """Names to values. A value that is not a text, such as a list of passwords, stays JSON."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        found = None  # and no error names what it was: it is a secret
    if not isinstance(found, dict):
        raise UsageError(f'{where} is not a JSON object of names and values; write it as {{"OPENAI_API_KEY": "…"}}')
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
