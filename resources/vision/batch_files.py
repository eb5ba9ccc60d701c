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


def was_left(batch: "Batch") -> bool:
    """Whether requests without an answer are none the worse for it: too many were waiting, or the day was over."""
    errors = (batch.errors.data or []) if batch.errors else []
    return batch.status in ("expired", "cancelled") or any(error.code == FULL for error in errors)


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
