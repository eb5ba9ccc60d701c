"""Passages as Pinecone's records, within the limits of a record and of a request. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from resources.vector_store import Filters, Hit, Passage

METADATA_BYTES: Final = 40_000
"""Of a record's metadata as JSON; Pinecone refuses more than 40 KB."""
REQUEST_BYTES: Final = 1_950_000
"""Of an upsert's records as JSON; Pinecone refuses requests over 2 MB."""
REQUEST_RECORDS: Final = 1_000
WRITTEN: Final = "written"
"""Metadata that tells which call of `replace` wrote a record."""
AS_JSON: Final = "_json"
"""After the name of a field that Pinecone has no type for."""
_BOXES: Final = "boxes" + AS_JSON


def record(passage: Passage, written: str) -> dict[str, Any]:
    """The passage as Pinecone's record. The end of a text that does not fit is cut: the lake has it whole."""
    values = [float(value) for value in passage.vector]
    return {"id": passage.id, "values": values, "metadata": fitting(metadata(passage) | {WRITTEN: written})}


def metadata(passage: Passage) -> dict[str, Any]:
    """What a hit needs to know of the passage: every field but the vector, without nulls, which Pinecone refuses."""
    named = {field.name: getattr(passage, field.name) for field in fields(passage) if field.name != "vector"}
    if not passage.cut:
        del named["cut"]
    return {
        name if _simple(value) else name + AS_JSON: value if _simple(value) else json.dumps(value, ensure_ascii=False)
        for name, value in named.items()
        if value is not None
    }


def fitting(values: dict[str, Any]) -> dict[str, Any]:
    """The metadata cut to what a record may have: very many boxes, the text, then lists, from their ends."""
    if _size(values) <= METADATA_BYTES:
        return values
    values = values | {"cut": True}
    while (boxes := values.get(_BOXES)) and _size(boxes) > METADATA_BYTES / 4:
        values = values | {_BOXES: json.dumps(_half(json.loads(boxes)))}
    while (size := _size(values)) > METADATA_BYTES and (text := values["text"]):
        rest = size - _size(text)
        share = max(METADATA_BYTES - rest, 0) / (size - rest)
        values = values | {"text": text[: min(int(len(text) * share), len(text) - 1)]}
    for name in ("heading_path", "names"):
        while _size(values) > METADATA_BYTES and values[name]:
            values = values | {name: _half(values[name])}
    return values


def batches(records: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The records in requests of at most 1,000 records and 2 MB."""
    batch, size = list[dict[str, Any]](), 0
    for one in records:
        bytes_ = _size(one)
        if batch and (len(batch) == REQUEST_RECORDS or size + bytes_ > REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += bytes_
    if batch:
        yield batch


def passage_of(values: Mapping[str, Any], vector: Any) -> Passage:
    """The passage of a record's metadata and vector."""
    import numpy as np

    return Passage(**_known(Passage, values), vector=np.array(vector, np.float32))


def hit_of(values: Mapping[str, Any], score: float) -> Hit:
    """The hit of a match."""
    return Hit(**_known(Hit, values), score=score)


def condition(documents: Sequence[str] | None, filters: Filters) -> dict[str, Any]:
    """The filters as Pinecone's; empty where they allow everything."""
    lists = {"document_class": filters.classes, "language": filters.languages, "kind": filters.kinds}
    parts: dict[str, Any] = {name: {"$in": list(values)} for name, values in lists.items() if values}
    if documents is not None:
        parts["document"] = {"$in": list(documents)}
    if filters.since or filters.until:
        parts["date"] = {"$gte": max(filters.since, 1)} | ({"$lte": filters.until} if filters.until else {})
    if filters.first_page:
        parts["page_end"] = {"$gte": filters.first_page}
    if filters.last_page:
        parts["page_start"] = {"$lte": filters.last_page}
    return parts


def _known(kind: type[Passage] | type[Hit], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(kind)):
        if values.get(name) is not None:
            found[name] = _decoded(values[name])
        elif values.get(name + AS_JSON) is not None:
            found[name] = _tuples(json.loads(values[name + AS_JSON]))
    return found


def _half(items: Sequence[Any]) -> Sequence[Any]:
    return items[: len(items) // 2]


def _simple(value: Any) -> bool:
    """Whether Pinecone has a type for it: text, number, boolean, list of texts."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, (str, int, float, bool))


def _decoded(value: Any) -> Any:
    """Every number comes back as a float; whole ones were integers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return tuple(value) if isinstance(value, list) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
