"""The official Pinecone client: connections kept for a process, its errors as this project's faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ocr_assets.errors import PermanentFault, TransientFault, UsageError
from resources.secrets import redact, secret

KEY_VARIABLE: Final = "PINECONE_API_KEY"
_REFUSED: Final = {
    401: f"it does not accept the key; put a valid one into {KEY_VARIABLE}",
    402: "the project's plan does not allow it; look at its billing",
    403: f"the key in {KEY_VARIABLE} may not do this, or a quota is used up",
}
_RETRYABLE: Final = frozenset({408, 409, 425, 429})


@contextmanager
def asking(where: str) -> Iterator[None]:
    """Whatever the client raises inside becomes a fault. What settings are to blame for is a UsageError."""
    try:
        from pinecone.errors.exceptions import ApiError, PineconeError
    except ImportError:
        raise UsageError("the vector store Pinecone needs its client: pip install 'ocr-assets[pinecone]'") from None
    try:
        yield
    except ApiError as error:
        status, told = error.status_code, f"{where} answered {error.status_code}"
        if status in _REFUSED:
            raise UsageError(f"{told}: {_REFUSED[status]}") from None
        if status in _RETRYABLE or status >= 500:
            raise TransientFault("service_unavailable", told) from None
        raise PermanentFault("service_refused", redact(f"{told}: {error.message}")) from None
    except PineconeError as error:
        raise TransientFault("service_unavailable", f"{where} did not answer: {type(error).__name__}") from None


_connections: dict[tuple[str, str], Any] = {}
"""By key and name of the index, "" for the project's own."""


def client() -> Any:
    """The client for the key as it is now. Raises UsageError without one, or without the package."""
    key = secret(KEY_VARIABLE)
    if not key:
        raise UsageError(f"the vector store Pinecone needs a key: set the environment variable {KEY_VARIABLE}")
    if (key, "") not in _connections:
        with asking("Pinecone"):
            from pinecone import Pinecone

            forget_connections()  # of a key before it
            _connections[key, ""] = Pinecone(api_key=key)
    return _connections[key, ""]


def data_plane(project: Any, name: str) -> Any:
    """The index of that name; where it is reached is asked for once. Raises the client's NotFoundError."""
    key = secret(KEY_VARIABLE) or ""
    if (key, name) not in _connections:
        _connections[key, name] = project.index(name=name)
    return _connections[key, name]


def forget_connections() -> None:
    """Close them all."""
    while _connections:
        _connections.popitem()[1].close()
