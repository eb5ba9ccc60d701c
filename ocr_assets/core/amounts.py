"""Amounts of money in running text, in the notations of English, German and French."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

CURRENCIES: Final = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "EURO": "EUR",
    "EUROS": "EUR",
    "DOLLARS": "USD",
    "SFR": "CHF",
} | {code: code for code in "EUR USD GBP CHF JPY CAD AUD SEK NOK DKK PLN CZK HUF INR CNY BRL".split()}  # noqa: SIM905
"""What names a currency. A bare $ is taken for US dollars."""
SCALES: Final = {
    "million": 10**6,
    "millions": 10**6,
    "millionen": 10**6,
    "mio": 10**6,
    "billion": 10**9,
    "billions": 10**9,
    "milliarden": 10**9,
    "milliards": 10**9,
    "mrd": 10**9,
}
_BLANK: Final = "[ \u00a0\u202f]"
_GROUPED: Final = rf"\d{{1,3}}(?P<group>[.,'\u2019]|{_BLANK})\d{{3}}(?:(?P=group)\d{{3}})*"
_NUMBER: Final = rf"(?:{_GROUPED}|\d+)(?:[.,]\d{{1,2}})?(?!\d|[.,]\d)"
_CURRENCY: Final = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_AMOUNT: Final = re.compile(
    rf"""(?<![\w.,$€£¥-])(?P<minus>[-\u2212])?
    (?: (?P<before>{_CURRENCY}){_BLANK}? )?
    (?P<number>{_NUMBER})
    (?: {_BLANK}?(?P<scale>{"|".join(SCALES)})\b\.? )?
    (?: {_BLANK}?(?P<after>{_CURRENCY})(?!\w) )?""",
    re.VERBOSE | re.IGNORECASE,
)


def amounts_in(text: str) -> Iterator[tuple[int, str, str]]:
    """Where each amount starts, as printed, and as number and currency: "1234.56 EUR"."""
    for match in _AMOUNT.finditer(text):
        currency = match["before"] or match["after"]
        if currency:
            number = _decimal(match["number"], match["group"]) * SCALES.get((match["scale"] or "").lower(), 1)
            sign = "-" if match["minus"] else ""
            yield match.start(), match[0].strip(), f"{sign}{number:f} {CURRENCIES[currency.upper()]}"


def _decimal(number: str, group: str | None) -> Decimal:
    digits = number.replace(group, "") if group else number
    return Decimal(digits.replace(",", "."))
