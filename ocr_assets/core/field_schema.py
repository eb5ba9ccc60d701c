"""JSON Schema as far as fields of documents need it: read, turned into what a model is asked for, and checked against.

A keyword that is not known here is an error when the file is read: one that is silently ignored would be trusted.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
_FORMATS: Final = frozenset({"date"})
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


def path_of(name: str) -> str:
    """The path of a value's name: `items.2.amount` is one of `items.amount`."""
    return _ITEM.sub("", name)


def schema_faults(node: Node, values: Mapping[str, Value]) -> list[str]:
    """What of these values, by name, the schema does not allow, and what of it is missing."""
    return list(_faults(node, "", values))


def _node(schema: Any, root: Any, at: str, depth: int) -> Node:
    if depth > _DEPTH:
        raise SchemaError(f"{at} is nested deeper than {_DEPTH} levels or refers to itself; make it flatter")
    schema = _resolved(schema, root, at)
    kind = schema.get("type")
    if isinstance(kind, list):
        [kind] = [one for one in kind if one != "null"] or [None]
    if kind is None and "properties" in schema:
        kind = "object"
    if kind not in get_args(Kind):
        raise SchemaError(f"{at} has the type {kind!r}; use one of {', '.join(get_args(Kind))}")
    if unknown := sorted(schema.keys() - _SAID - _ALLOWED[kind]):
        raise SchemaError(f"{at} has {', '.join(unknown)}, which {kind}s cannot have here; take that out")
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
        told = {name: schema[name] for name in ("title", "description") if name in schema} | told
        if "$ref" in schema:
            schema = _referred(str(schema["$ref"]), root, at)
        elif "anyOf" in schema:
            others = [one for one in schema["anyOf"] if one != {"type": "null"}]
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
    if "enum" in limits and (not isinstance(limits["enum"], list) or not limits["enum"]):
        raise SchemaError(f"{at} has an enum that is no list of values")
    try:
        re.compile(str(limits.get("pattern", "")))
    except re.error as error:
        raise SchemaError(f"{at} has a pattern that is none: {error}") from error
    for name in limits.keys() - {"enum", "const", "pattern", "format"}:
        if isinstance(limits[name], bool) or not isinstance(limits[name], int | float):
            raise SchemaError(f"{at} has {name} {limits[name]!r}, which must be a number, as a limit of {kind}s")


def _faults(node: Node, name: str, values: Mapping[str, Value]) -> Iterator[str]:
    if node.kind == "object":
        for part, child in node.properties.items():
            inner = f"{name}.{part}" if name else part
            if part in node.required and not any(known == inner or known.startswith(f"{inner}.") for known in values):
                yield f"{inner} is missing"
            yield from _faults(child, inner, values)
    elif node.items is not None:
        numbers = item_numbers(name, values)
        if len(numbers) < node.limits.get("minItems", 0) and (numbers or not name):
            yield f"{name} has {len(numbers)} items, fewer than {node.limits['minItems']}"
        if len(numbers) > node.limits.get("maxItems", len(numbers)):
            yield f"{name} has {len(numbers)} items, more than {node.limits['maxItems']}"
        for number in numbers:
            yield from _faults(node.items, f"{name}.{number}", values)
    elif name in values:
        yield from _limit_faults(node, name, values[name])


def item_numbers(name: str, values: Mapping[str, Any]) -> list[int]:
    """The numbers of a list's items among these names."""
    parts = (known[len(name) + 1 :].partition(".")[0] for known in values if known.startswith(f"{name}."))
    return sorted({int(part) for part in parts if part.isdigit()})


def _limit_faults(node: Node, name: str, value: Value) -> Iterator[str]:
    limits, shown = node.limits, shown_value(value)
    allowed = limits.get("enum", [limits["const"]] if "const" in limits else None)
    if allowed is not None and value not in [Decimal(str(v)) if node.kind in NUMBERS else v for v in allowed]:
        yield f"{name} is {shown}, which is none of {', '.join(map(str, allowed))}"
    if isinstance(value, Decimal):
        if node.kind == "integer" and value != value.to_integral_value():
            yield f"{name} is {shown}, which is no whole number"
        for word, is_wrong, told in _BOUNDS:
            if word in limits and is_wrong(value, Decimal(str(limits[word]))):
                yield f"{name} is {shown}, {told} {limits[word]}"
    elif isinstance(value, str):
        if "pattern" in limits and not re.search(limits["pattern"], value):
            yield f"{name} is {shown}, which does not match {limits['pattern']}"
        if not limits.get("minLength", 0) <= len(value) <= limits.get("maxLength", len(value)):
            yield f"{name} has {len(value)} characters"
        if node.is_date and not is_date(value):
            yield f"{name} is {shown}, which is no date"


_BOUNDS: Final[tuple[tuple[str, Callable[[Decimal, Decimal], bool], str], ...]] = (
    ("minimum", lambda value, limit: value < limit, "less than"),
    ("maximum", lambda value, limit: value > limit, "more than"),
    ("exclusiveMinimum", lambda value, limit: value <= limit, "not more than"),
    ("exclusiveMaximum", lambda value, limit: value >= limit, "not less than"),
)


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
