"""The files of OpenAI's Batch API: how large they may be, and what their lines say. Nothing of them is trusted."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from openai.types import Batch

MOST_REQUESTS: Final = 50_000
MOST_BYTES: Final = 180_000_000
"""Of a batch's file: OpenAI takes 200 MB."""
FULL: Final = "token_limit_exceeded"
"""Why a batch fails while the account's others fill the queue."""


def end_of(batch: "Batch", response: Mapping[str, Any] | None, is_whole: bool) -> str:
    """The ledger's state of a request without an answer that can be read; `response` is None where no line has its
    number, and `is_whole` whether all lines had one.

    Unknown, and so to be counted with its estimate, where the model may have answered. Unsent where it is none the
    worse for it: too many were waiting, or the day was over.
    """
    if response is not None:
        return "unknown" if response.get("status_code") == 200 else "refused"
    errors = (batch.errors.data or []) if batch.errors else []
    if not is_whole or batch.status == "completed":
        return "unknown"
    was_left = batch.status in ("expired", "cancelled") or any(error.code == FULL for error in errors)
    return "unsent" if was_left else "refused"


def parts(lines: list[str]) -> Iterator[list[str]]:
    """The lines in files as large as are taken."""
    part, size = list[str](), 0
    for line in lines:
        if part and (len(part) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    if part:
        yield part


def answered(line: str) -> dict[int, Mapping[str, Any]]:
    """What a line of a result file says, by the number of its question; nothing for a line that is cut."""
    try:
        value = json.loads(line)
        return {int(value["custom_id"]): value.get("response") or {}}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def completion(response: Mapping[str, Any]) -> Any:
    """The completion of a response, None where it is an error."""
    from openai.types.chat import ChatCompletion

    if response.get("status_code") != 200 or not isinstance(response.get("body"), dict):
        return None
    try:
        return ChatCompletion.model_validate(response["body"])
    except ValueError:
        return None
