"""JSON Schema as far as fields of documents need it: read, and walked; values are held against it in `schema_faults`.

A keyword that is not known here is an error when the file is read: one that is silently ignored would be trusted.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, get_args

Kind = Literal["object", "array", "string", "number", "integer", "boolean"]
Value = Decimal | str | bool
"""A normalised value: numbers are Decimals, dates ISO 8601."""

NUMBERS: Final = frozenset({"number", "integer"})
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"enum", "const", "pattern", "format", "minLength", "maxLength"}),
    "number": frozenset({"enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "integer": frozenset({"enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "boolean": frozenset({"const"}),
}
_SAID: Final = frozenset(
    {"type", "title", "description", "default", "examples", "$schema", "$id", "$defs", "definitions", "$comment"}
)
_BEHIND: Final = frozenset({"$ref", "anyOf", "$defs", "definitions"})
_TYPES: Final[dict[str, type]] = {"string": str, "boolean": bool}
_FORMATS: Final = ("date",)
_DEPTH: Final = 8
"""Levels of objects and lists; a schema that refers to itself has no end."""
_ITEM: Final = re.compile(r"\.[0-9]{1,6}(?=\.|$)")
"""The number of a list's item. Names of forms come from files, which may have any number of figures in them."""


class SchemaError(ValueError):
    """A schema that cannot be used; the message names the place within it and the fix."""


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a schema: an object with `properties`, a list of `items`, or a leaf with its `limits`."""

    kind: Kind
    description: str = ""
    properties: Mapping[str, "Node"] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: "Node | None" = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_date(self) -> bool:
        return self.limits.get("format") == "date"


def parse_schema(schema: Any) -> Node:
    """The schema of an object. `$ref` to `#/$defs/…` and "or null" are resolved. Raises SchemaError."""
    node = _node(schema, schema, "the schema", 0)
    if node.kind != "object" or not node.properties:
        raise SchemaError("the schema must be of type object, with properties")
    return node


def leaves(node: Node, above: str = "") -> Iterator[tuple[str, Node]]:
    """Each leaf under its path, names joined by dots; a list adds nothing: `items.amount`."""
    if node.kind == "object":
        for name, child in node.properties.items():
            yield from leaves(child, f"{above}.{name}" if above else name)
    elif node.items is not None:
        yield from leaves(node.items, above)
    else:
        yield above, node


def lists_of(node: Node, above: str = "") -> Iterator[str]:
    """The path of each list: `items`."""
    if node.items is not None:
        yield above
        yield from lists_of(node.items, above)
    for name, child in node.properties.items():
        yield from lists_of(child, f"{above}.{name}" if above else name)


def path_of(name: str) -> str:
    """The path of a value's name: `items.2.amount` is one of `items.amount`."""
    return _ITEM.sub("", name)


def _node(schema: Any, root: Any, at: str, depth: int) -> Node:
    if depth > _DEPTH:
        raise SchemaError(f"{at} is nested deeper than {_DEPTH} levels or refers to itself; make it flatter")
    schema = _resolved(schema, root, at)
    kind = schema.get("type")
    if isinstance(kind, list):
        others = [one for one in kind if one != "null"]
        kind = others[0] if len(others) == 1 else kind
    if kind is None and "properties" in schema:
        kind = "object"
    if kind not in get_args(Kind):
        raise SchemaError(f"{at} has the type {kind!r}; use one of {', '.join(get_args(Kind))}")
    if unknown := sorted(schema.keys() - _SAID - _ALLOWED[kind], key=str):
        raise SchemaError(f"{at} has {', '.join(map(str, unknown))}, which {kind}s cannot have here; take that out")
    told = str(schema.get("description") or schema.get("title") or "")
    if kind == "object":
        properties = schema.get("properties") or {}
        if not isinstance(properties, dict) or not properties:
            raise SchemaError(f"{at} is an object without properties; name them")
        for name in properties:
            if not isinstance(name, str) or not name or "." in name or name.isdigit():
                raise SchemaError(f"{at} has the property {name!r}; use a name without dots that is no number")
        required = schema.get("required") or []
        if not isinstance(required, list) or set(map(str, required)) - properties.keys():
            raise SchemaError(f"{at} requires {required}, which must be a list of its properties")
        nodes = {name: _node(child, root, f"{at}.{name}", depth + 1) for name, child in properties.items()}
        return Node(kind, told, nodes, frozenset(required))
    limits = {name: schema[name] for name in _ALLOWED[kind] - {"items"} if name in schema}
    _check_limits(kind, limits, at)
    if "enum" in limits:
        limits["enum"] = [value for value in limits["enum"] if value is not None]  # each value may be null
    items = _node(schema.get("items"), root, f"{at}[]", depth + 1) if kind == "array" else None
    if items and items.kind == "array":
        raise SchemaError(f"{at} is a list of lists; use a list of objects")
    return Node(kind, told, items=items, limits=limits)


def _resolved(schema: Any, root: Any, at: str) -> dict[str, Any]:
    """The schema itself, behind references and "this or null"."""
    told: dict[str, Any] = {}
    for _ in range(_DEPTH):
        if not isinstance(schema, dict):
            raise SchemaError(f"{at} is not a schema: write an object with a type")
        told = {name: value for name, value in schema.items() if name not in _BEHIND} | told
        if "$ref" in schema:
            schema = _referred(str(schema["$ref"]), root, at)
        elif "anyOf" in schema:
            others = [one for one in _listed(schema["anyOf"]) if one != {"type": "null"}]
            if len(others) != 1:
                raise SchemaError(f"{at} has anyOf with several types; use one, or one and null")
            schema = others[0]
        else:
            return schema | told
    raise SchemaError(f"{at} refers to itself; write its parts out")


def _referred(reference: str, root: Any, at: str) -> Any:
    found = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    if not reference.startswith("#/") or found is None:
        raise SchemaError(f"{at} refers to {reference!r}, which is not within this schema")
    return found


def _check_limits(kind: str, limits: Mapping[str, Any], at: str) -> None:
    if "format" in limits and limits["format"] not in _FORMATS:
        raise SchemaError(f"{at} has the format {limits['format']!r}; known is {', '.join(_FORMATS)}")
    if "enum" in limits and not _listed(limits["enum"]):
        raise SchemaError(f"{at} has an enum that is no list of values")
    allowed = [one for one in _listed(limits.get("enum")) if one is not None]
    allowed += [limits["const"]] if "const" in limits else []
    wanted = _TYPES.get(kind, (int, float))
    if wrong := [
        one for one in allowed if not isinstance(one, wanted) or (isinstance(one, bool) and kind != "boolean")
    ]:
        raise SchemaError(f"{at} allows {wrong[0]!r}, which is no {kind}; put a text into quotes, a number not")
    try:
        re.compile(limits.get("pattern", ""))
    except (re.error, TypeError) as error:
        raise SchemaError(f"{at} has a pattern that is none: {error}") from error
    for name in limits.keys() - {"enum", "const", "pattern", "format"}:
        limit = limits[name]
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
            raise SchemaError(f"{at} has {name} {limit!r}, which must be a number, as a limit of {kind}s")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def is_date(text: str) -> bool:
    """Whether it is a day in ISO 8601, such as 2024-03-01."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def shown_value(value: Value) -> str:
    """A value as a text: numbers in plain decimals, true or false."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else value
