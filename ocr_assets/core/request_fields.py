"""Fields that a service wants in a request for embeddings besides the usual ones, as a setting tells them."""

from typing import Final

OURS: Final = frozenset({"model", "input", "dimensions", "encoding_format"})
"""What every such request has."""


def fields_of(told: str) -> dict[str, str]:
    """`input_type=passage, truncate=END` as names and values. Raises ValueError where it is not of this form."""
    fields = dict[str, str]()
    for part in filter(str.strip, told.split(",")):
        name, is_there, value = (word.strip() for word in part.partition("="))
        if not (is_there and value and name.isidentifier()) or name in OURS:
            raise ValueError(f"{part.strip()!r} is no field NAME=VALUE for a request to have besides its own")
        fields[name] = value
    return fields
