"""What of a document's values the schema of its class does not allow, and what is missing. Pure."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Final

from ocr_assets.core.field_schema import NUMBERS, Node, Value, is_date, shown_value


def schema_faults(node: Node, values: Mapping[str, Value]) -> list[str]:
    """What of these values, by name, the schema does not allow, and what of it is missing."""
    within: dict[str, set[str]] = {}
    for name in values:
        parts = name.split(".")
        for end in range(1, len(parts)):
            within.setdefault(".".join(parts[:end]), set()).add(parts[end])
    return list(_faults(node, "", values, within))


def _faults(node: Node, name: str, values: Mapping[str, Value], within: Mapping[str, Collection[str]]) -> Iterator[str]:
    """`within` are the names, or items' numbers, below each name: a statement has thousands."""
    if node.kind == "object":
        for part, child in node.properties.items():
            inner = f"{name}.{part}" if name else part
            if inner in values or inner in within:
                yield from _faults(child, inner, values, within)
            elif part in node.required:
                yield f"{inner} is missing"
    elif node.items is not None:
        numbers = sorted(int(part) for part in within.get(name, ()) if part.isdigit())
        if len(numbers) < node.limits.get("minItems", 0):
            yield f"{name} has {len(numbers)} items, fewer than {node.limits['minItems']}"
        if len(numbers) > node.limits.get("maxItems", len(numbers)):
            yield f"{name} has {len(numbers)} items, more than {node.limits['maxItems']}"
        for number in numbers:
            yield from _faults(node.items, f"{name}.{number}", values, within)
    elif name in values:
        yield from _limit_faults(node, name, values[name])


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
