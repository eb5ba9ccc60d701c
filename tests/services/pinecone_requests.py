"""What Pinecone would refuse, and why: its published OpenAPI and the limits of its documentation."""

import json
import math
import re
from typing import Any

ID = re.compile(r"[\x01-\x7F]{1,512}")
METADATA_BYTES = 40 << 10


class Refused(Exception):
    """The request would be refused with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)


def need(condition: Any, message: str) -> None:
    if not condition:
        raise Refused(400, message)


def only(body: Any, allowed: set[str], required: set[str]) -> None:
    need(isinstance(body, dict), "an object")
    need(required <= body.keys() <= allowed, f"{sorted(body)}: required {sorted(required)}, allowed {sorted(allowed)}")


def need_ids(ids: Any) -> None:
    need(isinstance(ids, list) and 1 <= len(ids) <= 1_000, "1 to 1000 ids")
    need(all(isinstance(one, str) and ID.fullmatch(one) for one in ids), "an id is 1 to 512 ASCII characters")


def need_vector(values: Any, dimension: int) -> None:
    numbers = isinstance(values, list) and all(type(value) in (int, float) and math.isfinite(value) for value in values)
    need(
        numbers and len(values) == dimension, f"Vector dimension does not match the dimension of the index {dimension}"
    )


def need_metadata(metadata: Any) -> None:
    need(isinstance(metadata, dict), "metadata is an object")
    size = len(json.dumps(metadata, ensure_ascii=False).encode())
    need(size <= METADATA_BYTES, f"Metadata size is {size} bytes, which exceeds the limit of 40960 bytes per vector")
    for name, value in metadata.items():
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        need(texts or isinstance(value, (str, int, float)), f"metadata {name}: text, number, boolean or list of texts")
        need(not name.startswith("$"), f"metadata {name}")
