"""Schemas of fields: what is known of JSON Schema is heeded, what is not is refused, never ignored."""

from decimal import Decimal
from typing import Any

import pytest

from ocr_assets.core.field_questions import answer_schema
from ocr_assets.core.field_schema import SchemaError, leaves, parse_schema
from ocr_assets.core.schema_faults import schema_faults


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_a_schema_as_pydantic_writes_it_is_read() -> None:
    item = of(amount={"type": "number"}) | {"title": "Item"}
    schema = of(
        items={"type": "array", "items": {"$ref": "#/$defs/Item"}},
        day={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None, "title": "Day"},
        paid={"type": ["boolean", "null"]},
    ) | {"$defs": {"Item": item}}
    node = parse_schema(schema)
    assert {name: leaf.kind for name, leaf in leaves(node)} == {
        "items.amount": "number",
        "day": "string",
        "paid": "boolean",
    }
    assert node.properties["day"].is_date


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "string"}, "must be of type object"),
        (of(a={"type": "string", "format": "uuid"}), "schema.a has the format 'uuid'"),
        (of(a={"type": "number", "multipleOf": 5}), "schema.a has multipleOf, which numbers cannot have here"),
        (of(a={"oneOf": []}), "schema.a has the type None"),
        (of(a={"anyOf": [{"type": "string"}, {"type": "number"}]}), "several types"),
        (of(a={"$ref": "#/$defs/none"}), "which is not within this schema"),
        (of(a={"$ref": "#"}), "refers to itself|not within"),
        (of(a={"type": "string", "pattern": "("}), "a pattern that is none"),
        (of(a={"type": "number", "minimum": "0"}), "minimum '0', which must be a number"),
        (of(**{"a.b": {"type": "string"}}), "without dots"),
        (of(a=of(b={"type": "string"}) | {"required": ["c"]}), r"schema.a requires \['c'\]"),
        (of(a={"type": "array", "items": {"type": "array", "items": {"type": "string"}}}), "list of lists"),
        (of(a={"type": ["string", "number"]}), "schema.a has the type"),
        (of(a={"anyOf": 5}), "several types"),
        (of(a={"type": "string", "format": ["date"]}), "has the format"),
        (of(a={"type": "string", "pattern": 5}), "a pattern that is none"),
        (of(a={"type": "string", "enum": [2024]}), "allows 2024, which is no string; put a text into quotes"),
        (of(a={"type": "number", "const": "1"}), "allows '1', which is no number"),
        (of(a={"type": "number", "minimum": float("nan")}), "minimum nan, which must be a number"),
        (of(a={"type": "string", 5: 1, "x": 1}), "schema.a has 5, x, which"),
    ],
)
def test_what_is_not_known_is_refused_with_its_place(schema: dict[str, Any], told: str) -> None:
    with pytest.raises(SchemaError, match=told):
        parse_schema(schema)


def test_a_schema_that_contains_itself_is_refused() -> None:
    schema = of(child={"$ref": "#/$defs/Person"}) | {"$defs": {"Person": of(child={"$ref": "#/$defs/Person"})}}
    with pytest.raises(SchemaError, match="refers to itself"):
        parse_schema(schema)


def test_faults_name_the_value_and_what_is_wrong_with_it() -> None:
    schema = of(
        kind={"type": "string", "enum": ["A", "B"]},
        count={"type": "integer", "minimum": 1, "maximum": 9},
        code={"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3},
        day={"type": "string", "format": "date"},
        rows={"type": "array", "maxItems": 1, "items": of(sum={"type": "number"}) | {"required": ["sum"]}},
    ) | {"required": ["kind", "rows"]}
    node = parse_schema(schema)
    good = {"kind": "A", "count": Decimal(3), "code": "XY", "day": "2024-02-29", "rows.1.sum": Decimal("0.5")}
    assert schema_faults(node, good) == []
    bad = {"kind": "C", "count": Decimal("0.5"), "code": "wxyz", "day": "2023-02-29", "rows.1.sum": Decimal(1)}
    assert schema_faults(node, bad | {"rows.2.other": "x"}) == [
        "kind is C, which is none of A, B",
        "count is 0.5, which is no whole number",
        "count is 0.5, less than 1",
        "code is wxyz, which does not match ^[A-Z]+$",
        "code has 4 characters",
        "day is 2023-02-29, which is no date",
        "rows has 2 items, more than 1",
        "rows.2.sum is missing",
    ]
    assert schema_faults(node, {}) == ["kind is missing", "rows is missing"]


def test_an_object_that_is_not_there_lacks_nothing_unless_it_is_required() -> None:
    seller = of(name={"type": "string"}, town={"type": "string"}) | {"required": ["name"]}
    assert schema_faults(parse_schema(of(seller=seller)), {}) == []
    assert schema_faults(parse_schema(of(seller=seller)), {"seller.town": "Ulm"}) == ["seller.name is missing"]
    assert schema_faults(parse_schema(of(seller=seller) | {"required": ["seller"]}), {}) == ["seller is missing"]


def test_what_stands_beside_a_reference_or_null_holds_too() -> None:
    amount = {"$ref": "#/$defs/Amount", "minimum": 0}
    kind = {"anyOf": [{"type": "string", "enum": ["a", None]}, {"type": "null"}], "maxLength": 1}
    node = parse_schema(of(amount=amount, kind=kind) | {"$defs": {"Amount": {"type": "number"}}})
    assert schema_faults(node, {"amount": Decimal(-1), "kind": "bb"}) == [
        "amount is -1, less than 0",
        "kind is bb, which is none of a",
        "kind has 2 characters",
    ]


def test_the_answer_is_asked_for_in_the_closed_form_of_structured_output() -> None:
    node = parse_schema(
        of(
            kind={"type": "string", "enum": ["A"], "description": "which"},
            rows={"type": "array", "items": of(n={"type": "number"})},
        )
    )
    asked = answer_schema(node)
    assert asked["required"] == ["kind", "rows"]
    assert asked["properties"]["kind"]["properties"]["value"] == {
        "type": ["string", "null"],
        "description": "which",
        "enum": ["A", None],
    }
    inner = asked["properties"]["rows"]["items"]
    assert inner["additionalProperties"] is False
    assert inner["properties"]["n"]["required"] == ["value", "quote", "page"]
