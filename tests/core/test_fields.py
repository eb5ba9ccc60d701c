"""Fields are found in the notations of three languages, and what only looks like one is left alone."""

import pytest

from ocr_assets.core.fields import Field, fields_of


def values(text: str, language: str | None = None) -> list[str | None]:
    return [field.value for field in fields_of(text, language)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Date: 2024-03-15", "2024-03-15"),
        ("at 2024-03-15T14:30:00Z", "2024-03-15"),
        ("Berlin, den 5.3.2024.", "2024-03-05"),
        ("am 05.03.24 geliefert", "2024-03-05"),
        ("am 3. Oktober 1990 wurde", "1990-10-03"),
        ("le 1er août 1914, à Paris", "1914-08-01"),
        ("on March 5, 2024 we met", "2024-03-05"),
        ("the 22nd of June, 2001", "2001-06-22"),
        ("Due 31 Dec. 2025", "2025-12-31"),
        ("in March 2024 already", "2024-03"),
        ("printed 12/31/2024", "2024-12-31"),
        ("printed 31/12/2024", "2024-12-31"),
    ],
)
def test_a_date_is_found_in_every_notation(text: str, value: str) -> None:
    assert values(text) == [value]


def test_a_date_with_two_meanings_has_a_value_only_where_the_language_decides() -> None:
    assert values("le 03/04/2024", "fr") == ["2024-04-03"]
    assert values("on 03/04/2024", "en") == [None]
    assert values("on 04/04/2024", "en") == ["2024-04-04"]


@pytest.mark.parametrize(
    "text",
    ["30 February 2024", "version 1.2.2024.5", "13/13/2024", "10.0.0.1", "2024-13-01", "x2024-03-15", "page 3 of 2024"],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Gesamt: 1.234,56 €", "1234.56 EUR"),
        ("Total $1,234.56 due", "1234.56 USD"),
        ("1 234,56 EUR", "1234.56 EUR"),
        ("CHF 1'234.50", "1234.50 CHF"),
        ("costs 50 € a month", "50 EUR"),
        ("£5", "5 GBP"),
        ("der Preis von 1.500 Euro", "1500 EUR"),
        ("is $2,000 per person", "2000 USD"),
        ("$3.5 million", "3500000.0 USD"),
        ("12 Mio. €", "12000000 EUR"),
        ("EUR 12345.67", "12345.67 EUR"),
        ("refund of -$5.00", "-5.00 USD"),
        ("Das kostet 9,99 EUR.", "9.99 EUR"),
    ],
)
def test_an_amount_is_found_in_every_notation(text: str, value: str) -> None:
    assert values(text) == [value]


@pytest.mark.parametrize("text", ["1,234 people", "5 eurocents", "page 12", "a 20% co-insurance", "CHF", "$", "US 101"])
def test_a_number_without_a_currency_is_no_amount(text: str) -> None:
    assert values(text) == []


def test_two_amounts_side_by_side_stay_two() -> None:
    assert values("The co-payment is $30 for primary care visits and $50 for specialists, 20 € or 30 €.") == [
        "30 USD",
        "50 USD",
        "20 EUR",
        "30 EUR",
    ]


def test_addresses_accounts_and_references_are_found() -> None:
    text = "Invoice No. INV-2024/001 to Jane.Doe@Example.co.uk, IBAN DE89 3704 0044 0532 0130 00. Rechnungsnr. 4711."
    assert fields_of(text) == (
        Field("reference", "Invoice No. INV-2024/001", "INV-2024/001"),
        Field("email", "Jane.Doe@Example.co.uk", "jane.doe@example.co.uk"),
        Field("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        Field("reference", "Rechnungsnr. 4711", "4711"),
    )


def test_an_account_with_wrong_check_digits_and_a_reference_without_digits_are_left_alone() -> None:
    assert values("IBAN DE88 3704 0044 0532 0130 00, order no. unknown, contract nothing") == []


def test_a_value_is_given_once_in_the_order_of_the_text() -> None:
    assert values("$5 on 2024-01-02, again $5.") == ["5 USD", "2024-01-02"]
