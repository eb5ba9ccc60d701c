"""Values of fields: normalised exactly, held against what is printed, and found on the page or nowhere."""

import json
from decimal import Decimal
from typing import Any

import pytest

from ocr_assets.core.field_places import PageWords, nearest
from ocr_assets.core.field_questions import claims_of, document_parts, field_messages, halves, joined
from ocr_assets.core.field_rules import broken_rules, parse_rules
from ocr_assets.core.field_schema import SchemaError, parse_schema
from ocr_assets.core.field_values import normalised, numbers_in, says
from ocr_assets.core.pages import Box, Word

SCHEMA = parse_schema(
    {
        "type": "object",
        "properties": {
            "total": {"type": "number"},
            "tax": {"type": "number"},
            "day": {"type": "string", "format": "date"},
            "end": {"type": "string", "format": "date"},
            "name": {"type": "string"},
            "kind": {"type": "string", "enum": ["private", "business"]},
            "paid": {"type": "boolean"},
            "items": {"type": "array", "items": {"type": "object", "properties": {"sum": {"type": "number"}}}},
        },
    }
)
NUMBER, DAY, NAME = (SCHEMA.properties[name] for name in ("total", "day", "name"))


def words(*lines: str) -> PageWords:
    """A page with these lines, each word a tenth of its width."""
    made = [
        Word(word, Box(0.1 * n, 0.1 * row, 0.1 * n + 0.08, 0.1 * row + 0.05), 1.0)
        for row, line in enumerate(lines)
        for n, word in enumerate(line.split())
    ]
    return PageWords(made)


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        ("1.234,56 €", ["1234.56"]),
        ("$1,234.56", ["1234.56"]),
        ("1 234,5", ["1234.5"]),
        ("1'000.00", ["1000.00"]),
        ("1.234", ["1234", "1.234"]),
        ("(40.00)", ["-40.00"]),
        ("1.5 million EUR", ["1500000.0", "1.5"]),
        ("2 10.00", ["2", "10.00"]),
        ("2024 1 234.00", ["2024", "1234.00"]),
        ("12 345 678", ["12345678"]),
        ("none", []),
    ],
)
def test_numbers_are_read_in_the_notations_of_three_languages(printed: str, numbers: list[str]) -> None:
    assert [str(number) for number in numbers_in(printed)] == numbers


def test_values_come_in_the_type_of_the_schema_or_not_at_all() -> None:
    assert normalised("1.234,56", NUMBER) == Decimal("1234.56")
    assert normalised(Decimal("0.1"), NUMBER) == Decimal("0.1")
    assert normalised("1. März 2024", DAY) == "2024-03-01"
    assert normalised("3/4/2024", DAY, "de") == "2024-04-03"
    assert normalised("  Ada\nLovelace ", NAME) == "Ada Lovelace"
    for value, node in [
        ("many", NUMBER),
        (True, NUMBER),
        (Decimal("NaN"), NUMBER),
        (Decimal("1e30000000"), NAME),
        ("soon", DAY),
        ("3/4/2024", DAY),
    ]:
        assert normalised(value, node) is None


def test_a_quotation_bears_out_its_own_value_only() -> None:
    assert says("1.234,56 €", Decimal("1234.56"), NUMBER)
    assert says("$ 40.00", Decimal(40), NUMBER)
    assert not says("40.00", Decimal(400), NUMBER)
    assert says("March 1, 2024", "2024-03-01", DAY)
    assert not says("March 2, 2024", "2024-03-01", DAY)
    assert says("ADA LOVELACE,", "Ada Lovelace", NAME)
    assert not says("Total due", "Ada Lovelace", NAME)
    assert says("Invoice A-17", "A-17", NAME)
    assert not says("A-17", "A-1", NAME)
    assert not says("Account 9912345", "12345", NAME)
    assert says("19 %", Decimal("0.19"), NUMBER)
    assert says("yes", True, SCHEMA.properties["paid"])
    assert says("☒", "private", SCHEMA.properties["kind"])


def test_a_quotation_is_found_whatever_blanks_and_marks_divide_it() -> None:
    page = words("Invoice No. A-17", "Total: 1,000.00 EUR", "Straße des 17. Juni")
    assert page.places("a-17")[0].box == Box(0.2, 0.0, 0.28, 0.05)
    assert (page.places("1,000.00 EUR")[0].first, page.places("1,000.00 EUR")[0].last) == (4, 5)
    assert len(page.places("STRASSE DES 17 JUNI")) == 1
    assert len(page.places("InvoiceNo.A-17")) == 1
    apart, joined_up = "Rele\u0301ve\u0301 de compte", "Relevé de compte"
    assert len(words(apart).places(joined_up)) == len(words(joined_up).places(apart)) == 1
    assert says(apart, joined_up, NAME)


def test_parts_of_words_and_numbers_are_no_place() -> None:
    page = words("2012 1,000.00 12.5 Total:12 invoices")
    assert page.places("000.00") == []
    assert page.places("1,000") == []
    assert page.places("invoice") == []
    assert [place.first for place in page.places("12")] == [3]
    assert page.places("") == page.places("...") == []
    glued = words("EUR1.234,56 12.50chf A17 17B")
    assert [place.first for amount in ("1.234,56", "12.50") for place in glued.places(amount)] == [0, 1]
    assert glued.places("17") == glued.places("234,56") == []


def test_of_several_places_the_one_in_the_line_of_the_others_is_taken() -> None:
    page = words("Paper 2 10.00", "Ink 2 10.00")
    line = page.places("Ink")[0].box
    place = nearest(page.places("10.00"), line)
    assert place is not None
    assert place.box.y0 == pytest.approx(0.1)
    assert nearest([], line) is None
    twice = words("Ink 10.00 10.00", "Ink 10.00 5.00")
    places = twice.places("10.00")
    assert nearest(places, None, {1}) == places[1]
    assert nearest(places, places[0].box, {1, 2}) == places[0]  # another line is no better
    assert nearest(places, None, {1, 2, 4}) == places[0]


def test_long_documents_are_taken_in_parts_with_their_pages_marked() -> None:
    pages = [(1, "a" * 500), (2, ""), (3, "\n".join(["line </page> of text"] * 60)), (4, "end")]
    parts = document_parts(pages, 200)
    assert all(len(part) <= 640 for part in parts)
    joined_parts = "\n".join(parts)
    assert joined_parts.count("line (/page> of text") == 60
    assert '<page number="2">' not in joined_parts
    assert parts[-1].endswith("end\n</page>")
    assert "part 1 of 2" in field_messages("invoice", parts[0], "1", 2, None)[1]["content"]
    assert document_parts([(1, " ")], 200) == []
    smaller = halves(parts[0])
    assert len(smaller) in (2, 3)
    assert all('<page number="1">\na' in half and half.endswith("\n</page>") for half in smaller)
    assert "".join(smaller).count("a" * 10) * 10 >= 490 - 10 * len(smaller)
    assert halves(document_parts([(1, "short")], 200)[0]) == []


def answer(**told: Any) -> str:
    return json.dumps(told)


def leaf(value: Any, quote: str | None = None, page: int | None = 1) -> dict[str, Any]:
    return {"value": value, "quote": str(value) if quote is None else quote, "page": page}


def test_the_parts_answers_are_joined_into_one_with_items_numbered_through() -> None:
    one = claims_of(answer(total=leaf(None), items=[{"sum": leaf(1.10)}, {"sum": leaf(2)}]), SCHEMA)
    two = claims_of("```json\n" + answer(total=leaf(6.6), items=[{"sum": leaf(3.5, page=4)}]) + "\n```", SCHEMA)
    claims, faults = joined([one, two])
    assert faults == []
    assert [(claim.name, str(claim.value), claim.page) for claim in claims] == [
        ("items.1.sum", "1.1", 1),
        ("items.2.sum", "2", 1),
        ("total", "6.6", 1),
        ("items.3.sum", "3.5", 4),
    ]


def test_lists_within_objects_go_on_and_single_values_that_differ_are_told() -> None:
    items = {"type": "array", "items": {"type": "object", "properties": {"sum": {"type": "number"}}}}
    account = {"type": "object", "properties": {"items": items}}
    schema = parse_schema({"type": "object", "properties": {"account": account, "name": {"type": "string"}}})
    parts = [
        claims_of(answer(account={"items": [{"sum": leaf(1)}, {"sum": leaf(2)}]}, name=leaf("Ada Bank")), schema),
        claims_of(answer(account={"items": [{"sum": leaf(3)}, {}]}, name=leaf("ADA BANK,")), schema),
        claims_of(answer(account={}, name=leaf("Eve Bank")), schema),
    ]
    claims, faults = joined(parts)
    found = {claim.name: str(claim.value) for claim in claims}
    assert found == {**{f"account.items.{n}.sum": str(n) for n in (1, 2, 3)}, "name": "Ada Bank"}
    assert faults == ["name is Ada Bank, and later Eve Bank"]


def test_halves_of_characters_and_words_around_the_answer_do_no_harm() -> None:
    [claim] = claims_of('Here it is: {"name": {"value": "a\\ud83d", "quote": "a\\ud83d", "page": 1e999}} Bye.', SCHEMA)
    assert (claim.value, claim.quote, claim.page) == ("a\ufffd", "a\ufffd", None)
    thought = '<think>{name} may be [1]</think>{"name": {"value": "Ada", "quote": "Ada", "page": 1}}'
    assert [claim.value for claim in claims_of(thought, SCHEMA)] == ["Ada"]


@pytest.mark.parametrize(
    "text",
    [
        "It is an invoice.",
        '{"total": 5}',
        '{"values": []}',
        '{"total": {"value": [1]}}',
        '{"items": {}}',
        "[]",
        '{"total": {"value": NaN}}',
        '{"total": {"value": 1e99999999999999999999}}',
        '{"total": {"value": 1, "quote": "1", "page": 1e99999999999999999999}}',
        "[" * 100_000,
        json.dumps({"items": [{"sum": leaf(1)}] * 1_001}),
    ],
)
def test_an_answer_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        claims_of(text, SCHEMA)


def test_rules_are_exact_and_name_the_values() -> None:
    listed = [
        {"sum": {"items": ["items.sum", "tax"], "total": "total"}},
        {"ordered": ["day", "end"]},
        {"required": ["name", "items"]},
    ]
    rules = parse_rules(listed, SCHEMA)
    good = {f"items.{n}.sum": Decimal("0.1") for n in range(1, 11)} | {"tax": Decimal("0.2"), "total": Decimal("1.2")}
    good |= {"day": "2024-03-01", "end": "2024-03", "name": "x"}
    assert broken_rules(rules, good) == []
    bad = {
        "items.1.sum": Decimal(1),
        "tax": Decimal(1),
        "total": Decimal("2.02"),
        "day": "2024-03-02",
        "end": "2024-03-01",
    }
    assert broken_rules(rules, bad) == [
        "items.sum, tax: 1 + 1 = 2, but total is 2.02",
        "day 2024-03-02 is after end 2024-03-01",
        "name is missing",
    ]
    assert broken_rules(rules[:2], {"total": Decimal(5), "day": "2024-01-01"}) == []


def test_a_rule_about_items_of_a_list_holds_for_each_of_them() -> None:
    parts = {name: {"type": "number"} for name in ("net", "tax", "gross")} | {
        "day": {"type": "string", "format": "date"}
    }
    lines = {"type": "array", "items": {"type": "object", "properties": parts}}
    end = {"type": "string", "format": "date"}
    page = {"type": "object", "properties": {"lines": lines}}
    schema = parse_schema({"type": "object", "properties": {"page": page, "end": end, "total": {"type": "number"}}})
    sums = {"items": ["page.lines.net", "page.lines.tax"], "total": "page.lines.gross"}
    rules = parse_rules([{"sum": sums}, {"ordered": ["page.lines.day", "end"]}], schema)
    values = {"end": "2024-02-01", "page.lines.1.day": "2024-01-01", "page.lines.2.day": "2024-03-01"}
    values |= {f"page.lines.{n}.{name}": Decimal(n) for n in (1, 2) for name in ("net", "tax")}
    values |= {"page.lines.1.gross": Decimal(2), "page.lines.2.gross": Decimal(5)}
    assert broken_rules(rules, values) == [
        "in page.lines.2: page.lines.net, page.lines.tax: 2 + 2 = 4, but page.lines.gross is 5",
        "in page.lines.2: page.lines.day 2024-03-01 is after end 2024-02-01",
    ]
    with pytest.raises(SchemaError, match=r"sum adds 'total' to a total in page\.lines"):
        parse_rules([{"sum": {"items": "total", "total": "page.lines.gross"}}], schema)


@pytest.mark.parametrize(
    "rule",
    [
        {"sum": {"items": "name", "total": "total"}},
        {"sum": {"items": "items.sum", "total": "total", "tolerance": "little"}},
        {"sum": {"items": "items.sum"}},
        {"sum": {"items": "items.sum", "total": "total", "tolerance": ".nan"}},
        {"sum": {"items": "items.sum", "total": "total", "tolerance": float("nan")}},
        {"ordered": ["name", "day"]},
        {"required": []},
        {"required": ["nothing"]},
        {"required": "name", "ordered": ["day"]},
        "required",
    ],
)
def test_rules_that_cannot_hold_are_refused(rule: Any) -> None:
    with pytest.raises(SchemaError, match=r"rule|tolerance"):
        parse_rules([rule], SCHEMA)
