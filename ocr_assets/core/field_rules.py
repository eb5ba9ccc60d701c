"""Rules between the fields of a document: sums, orders, and what must be there. Exact, in decimals; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final, Literal

from ocr_assets.core.field_schema import NUMBERS, Node, SchemaError, Value, leaves, lists_of, path_of, shown_value

RuleKind = Literal["sum", "ordered", "required"]
SHOWN: Final = 8
"""Summands that a message names."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule between `fields`, by their paths.

    sum: the values of `fields` add up to that of `total`, give or take `tolerance`. ordered: none is after the next.
    required: each is there. A rule about the items of a list `within` holds for each of them by itself.
    """

    kind: RuleKind
    fields: tuple[str, ...]
    total: str = ""
    tolerance: Decimal = Decimal("0.01")
    within: str = ""


def parse_rules(listed: Any, schema: Node | None) -> tuple[Rule, ...]:
    """The rules of a list such as `[{sum: {items: a.b, total: c}}, {ordered: [d, e]}]`. Raises SchemaError."""
    if not isinstance(listed, list):
        raise SchemaError("rules must be a list, such as - required: [total]")
    if listed and schema is None:
        raise SchemaError("rules need a schema, whose fields they are about; add one")
    known = dict(leaves(schema)) if schema else {}
    lists = list(lists_of(schema)) if schema else []
    return tuple(replace(made, within=_within(made, lists)) for made in (_rule(rule, known) for rule in listed))


def broken_rules(rules: Sequence[Rule], values: Mapping[str, Value]) -> list[str]:
    """What is wrong between these values, given by name, in words that name them."""
    return [
        f"in {item}: {told}" if item else told
        for rule in rules
        for item, inner in _items(rule.within, values)
        for told in _CHECKS[rule.kind](rule, inner)
    ]


def _within(rule: Rule, lists: Sequence[str]) -> str:
    """The list for each item of which the rule is to hold by itself; empty where it is about the document."""

    def innermost(name: str) -> str:
        return max((one for one in lists if name == one or name.startswith(f"{one}.")), key=len, default="")

    if rule.kind == "sum" and (within := innermost(rule.total)):
        if outside := [name for name in rule.fields if not name.startswith(f"{within}.")]:
            raise SchemaError(f"the rule sum adds {outside[0]!r} to a total in {within}; use fields of {within} alone")
        return within
    several = {innermost(name) for name in rule.fields} - {""} if rule.kind == "ordered" else set()
    if len(several) > 1:
        raise SchemaError(f"the rule ordered names fields of {' and '.join(sorted(several))}; use those of one list")
    return "".join(several)


def _items(within: str, values: Mapping[str, Value]) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """What a rule is held against at a time: all, or an item of the list with what is outside of the list."""
    if not within:
        yield "", values
        return
    items, outside = dict[str, dict[str, Value]](), dict[str, Value]()
    for name, value in values.items():
        parts, path = name.split("."), path_of(name)
        ends = (".".join(parts[:end]) for end in range(2, len(parts) + 1) if parts[end - 1].isdigit())
        if item := next((end for end in ends if path_of(end) == within), None):
            items.setdefault(item, {})[name] = value
        elif path != within and not path.startswith(f"{within}."):
            outside[name] = value
    for item, inner in items.items():
        yield item, outside | inner


def _rule(rule: Any, known: Mapping[str, Node]) -> Rule:
    if not isinstance(rule, dict) or len(rule) != 1 or not set(rule) <= set(_CHECKS):
        raise SchemaError(f"the rule {rule!r} is none; write one of {', '.join(_CHECKS)} and what it is about")
    [(kind, told)] = rule.items()
    if kind == "sum":
        if not isinstance(told, dict) or told.keys() - {"items", "total", "tolerance"} or not told.get("total"):
            raise SchemaError(f"the rule sum {told!r} must have items and total, and may have a tolerance")
        try:
            tolerance = Decimal(str(told.get("tolerance", "0.01")))
            if not tolerance.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            raise SchemaError(f"the tolerance {told['tolerance']!r} of a sum is no number") from None
        made = Rule("sum", _names(told.get("items"), kind), str(told["total"]), tolerance)
        wanted, what = NUMBERS, "numbers"
    else:
        made = Rule(kind, _names(told, kind))
        wanted, what = (NUMBERS, "numbers or dates") if kind == "ordered" else (frozenset[str](), "")
    for name in (*made.fields, *filter(None, [made.total])):
        node = known.get(name)
        is_within = any(path.startswith(f"{name}.") for path in known)
        if node is None and not (kind == "required" and is_within):
            raise SchemaError(f"the rule {kind} names {name!r}, which is no field; there are {', '.join(known)}")
        if node and wanted and node.kind not in wanted and not (kind == "ordered" and node.is_date):
            raise SchemaError(f"the rule {kind} names {name!r}, a {node.kind}; it is about {what}")
    return made


def _names(told: Any, kind: str) -> tuple[str, ...]:
    names = [told] if isinstance(told, str) else told
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise SchemaError(f"the rule {kind} must name fields, such as [invoice_date, due_date]")
    return tuple(names)


def _of(path: str, values: Mapping[str, Value]) -> list[Value]:
    return [value for name, value in values.items() if path_of(name) == path]


def _sum(rule: Rule, values: Mapping[str, Value]) -> Iterator[str]:
    parts = [value for path in rule.fields for value in _of(path, values) if isinstance(value, Decimal)]
    total = next((value for value in _of(rule.total, values) if isinstance(value, Decimal)), None)
    if total is not None and parts and abs(sum(parts, Decimal(0)) - total) > rule.tolerance:
        added = " + ".join(map(shown_value, parts[:SHOWN])) + (" + …" if len(parts) > SHOWN else "")
        of = ", ".join(rule.fields)
        yield f"{of}: {added} = {shown_value(sum(parts, Decimal(0)))}, but {rule.total} is {shown_value(total)}"


def _ordered(rule: Rule, values: Mapping[str, Value]) -> Iterator[str]:
    there = [(path, value) for path in rule.fields for value in _of(path, values)[:1]]
    for (one, before), (other, after) in pairwise(there):
        if isinstance(before, Decimal) and isinstance(after, Decimal):
            wrong = before > after
        else:  # days as ISO 8601, one of which may be a month only
            length = min(len(shown_value(before)), len(shown_value(after)))
            wrong = shown_value(before)[:length] > shown_value(after)[:length]
        if wrong:
            yield f"{one} {shown_value(before)} is after {other} {shown_value(after)}"


def _required(rule: Rule, values: Mapping[str, Value]) -> Iterator[str]:
    paths = {path_of(name) for name in values}
    for name in rule.fields:
        if not any(path == name or path.startswith(f"{name}.") for path in paths):
            yield f"{name} is missing"


_CHECKS: Final = {"sum": _sum, "ordered": _ordered, "required": _required}
