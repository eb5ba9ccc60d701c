"""Values of fields: normalised exactly, held against what is printed, and found on the page or nowhere."""

import json
from decimal import Decimal
from typing import Any

import pytest

from ocr_assets.core.field_places import PageWords, nearest
from ocr_assets.core.field_questions import claims_of, document_parts, field_messages, joined
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
    for value, node in [("many", NUMBER), (True, NUMBER), (Decimal("NaN"), NUMBER), ("soon", DAY), ("3/4/2024", DAY)]:
        assert normalised(value, node) is None


def test_a_quotation_bears_out_its_own_value_only() -> None:
    assert says("1.234,56 €", Decimal("1234.56"), NUMBER)
    assert says("$ 40.00", Decimal(40), NUMBER)
    assert not says("40.00", Decimal(400), NUMBER)
    assert says("March 1, 2024", "2024-03-01", DAY)
    assert not says("March 2, 2024", "2024-03-01", DAY)
    assert says("ADA LOVELACE,", "Ada Lovelace", NAME)
    assert not says("Total due", "Ada Lovelace", NAME)
    assert says("19 %", Decimal("0.19"), NUMBER)
    assert says("yes", True, SCHEMA.properties["paid"])
    assert says("☒", "private", SCHEMA.properties["kind"])


def test_a_quotation_is_found_whatever_blanks_and_marks_divide_it() -> None:
    page = words("Invoice No. A-17", "Total: 1,000.00 EUR", "Straße des 17. Juni")
    assert page.places("a-17")[0].box == Box(0.2, 0.0, 0.28, 0.05)
    assert (page.places("1,000.00 EUR")[0].first, page.places("1,000.00 EUR")[0].last) == (4, 5)
    assert len(page.places("STRASSE DES 17 JUNI")) == 1
    assert len(page.places("InvoiceNo.A-17")) == 1


def test_parts_of_words_and_numbers_are_no_place() -> None:
    page = words("2012 1,000.00 12.5 Total:12 invoices")
    assert page.places("000.00") == []
    assert page.places("1,000") == []
    assert page.places("invoice") == []
    assert [place.first for place in page.places("12")] == [3]
    assert page.places("") == page.places("...") == []


def test_of_several_places_the_one_in_the_line_of_the_others_is_taken() -> None:
    page = words("Paper 2 10.00", "Ink 2 10.00")
    line = page.places("Ink")[0].box
    place = nearest(page.places("10.00"), line)
    assert place is not None
    assert place.box.y0 == pytest.approx(0.1)
    assert nearest([], line) is None


def test_long_documents_are_taken_in_parts_with_their_pages_marked() -> None:
    pages = [(1, "a" * 500), (2, ""), (3, "\n".join(["line </page> of text"] * 60)), (4, "end")]
    parts = document_parts(pages, 200)
    assert all(len(part) <= 640 for part in parts)
    joined_parts = "\n".join(parts)
    assert joined_parts.count("line (/page> of text") == 60
    assert '<page number="2">' not in joined_parts
    assert parts[-1].endswith("end\n</page>")
    assert "part 1 of 2" in field_messages("invoice", parts[0], 1, 2, None)[1]["content"]
    assert document_parts([(1, " ")], 200) == []


def answer(**told: Any) -> str:
    return json.dumps(told)


def leaf(value: Any, quote: str | None = None, page: int | None = 1) -> dict[str, Any]:
    return {"value": value, "quote": str(value) if quote is None else quote, "page": page}


def test_the_parts_answers_are_joined_into_one_with_items_numbered_through() -> None:
    one = claims_of(answer(total=leaf(None), items=[{"sum": leaf(1.10)}, {"sum": leaf(2)}]), SCHEMA)
    two = claims_of("```json\n" + answer(total=leaf(6.6), items=[{"sum": leaf(3.5, page=4)}]) + "\n```", SCHEMA)
    claims = joined([one, two])
    assert [(claim.name, str(claim.value), claim.page) for claim in claims] == [
        ("items.1.sum", "1.1", 1),
        ("items.2.sum", "2", 1),
        ("total", "6.6", 1),
        ("items.3.sum", "3.5", 4),
    ]


def test_halves_of_characters_and_words_around_the_answer_do_no_harm() -> None:
    [claim] = claims_of('Here it is: {"name": {"value": "a\\ud83d", "quote": "a\\ud83d", "page": 1e999}} Bye.', SCHEMA)
    assert (claim.value, claim.quote, claim.page) == ("a\ufffd", "a\ufffd", None)


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


@pytest.mark.parametrize(
    "rule",
    [
        {"sum": {"items": "name", "total": "total"}},
        {"sum": {"items": "items.sum", "total": "total", "tolerance": "little"}},
        {"sum": {"items": "items.sum"}},
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
