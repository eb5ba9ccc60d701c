"""The types of the lake's columns, as words: string, int, box, list<word>…

Polars is imported late: definitions load the schemas, and most of them never touch data.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

STRUCTS: Final = {
    "box": {"x0": "float32", "y0": "float32", "x1": "float32", "y1": "float32"},
    "word": {"text": "string", "box": "box", "confidence": "float32"},
    "block": {
        "kind": "string", "box": "box", "text": "string", "level": "int32", "size": "float32", "bold": "bool",
    },
    "region": {"page": "int32", "box": "box"},
    "heading": {"level": "int32", "text": "string", "page": "int32"},
    "element": {"kind": "string", "text": "string", "level": "int32", "regions": "list<region>"},
    "running": {"kind": "string", "text": "string", "pages": "list<int32>"},
    "form_field": {"kind": "string", "name": "string", "label": "string", "value": "string", "box": "box"},
    "attempt": {
        "prompt": "int32", "temperature": "float32", "pixels": "int32", "fault": "string", "input_tokens": "int32",
        "output_tokens": "int32", "cost": "float", "seconds": "float32",
    },
    "field": {"kind": "string", "text": "string", "value": "string"},
    "entity": {
        "kind": "string", "text": "string", "value": "string", "start": "int32", "end": "int32",
        "confidence": "float32",
    },
    "field_value": {
        "name": "string", "value": "string", "text": "string", "page": "int32", "box": "box", "state": "string",
        "source": "string",
    },
    "answer": {
        "key": "string", "text": "string", "likelihood": "float", "input_tokens": "int32", "output_tokens": "int32",
        "cost": "float",
    },
}  # fmt: skip
"""The fields of those that have some, with their types."""


@cache
def polars_type(word: str) -> "pl.DataType":
    """The Polars type of a type word."""
    import polars as pl

    if word.startswith("list<"):
        return pl.List(polars_type(word[5:-1]))
    if word in STRUCTS:
        return pl.Struct({name: polars_type(kind) for name, kind in STRUCTS[word].items()})
    types: dict[str, pl.DataType] = {
        "string": pl.String(),
        "int": pl.Int64(),
        "int32": pl.Int32(),
        "float": pl.Float64(),
        "float32": pl.Float32(),
        "bool": pl.Boolean(),
        "timestamp": pl.Datetime("us", "UTC"),
        "vector": pl.List(pl.Float32()),
    }
    return types[word]
