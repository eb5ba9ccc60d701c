"""Named fields of a text: dates, amounts, e-mail addresses, bank accounts and reference numbers.

Precise rather than greedy: what is not surely a field is left out, and what has two meanings has no value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ocr_assets.core.amounts import amounts_in
from ocr_assets.core.dates import dates_in

FieldKind = Literal["date", "amount", "email", "iban", "reference"]

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_REFERENCE: Final = re.compile(
    r"""\b(?:invoice|receipt|order|contract|customer|account|transaction|reference|policy|claim
      |rechnungs?|auftrags?|vertrags?|kunden|bestell|facture|commande|contrat|client)
      [ -]?(?:number|numbers?|no\.?|nr\.?|nummer|id|\#|n°|num[ée]ro)(?=\W)[ ]*[:#]?[ ]*
      (?P<value>[A-Z0-9](?:[A-Z0-9/_.-]*[A-Z0-9]))(?![\w])""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Field:
    """`text` is as printed. `value` is normalised: an ISO 8601 date, "1234.56 EUR", an address in lower case, an IBAN
    or a number without blanks; None where the print has two meanings, as 03/04/2024 in English has."""

    kind: FieldKind
    text: str
    value: str | None


def fields_of(text: str, language: str | None = None) -> tuple[Field, ...]:
    """The fields in the order of the text, each value once. `language` (ISO 639-1) tells 3/4 from 4/3."""
    found = sorted(fields_in(text, language), key=lambda item: item[0])
    unique = {(field.kind, field.value or field.text): field for _, field in reversed(found)}
    return tuple(field for _, field in found if unique.pop((field.kind, field.value or field.text), None))


def fields_in(text: str, language: str | None) -> Iterator[tuple[int, Field]]:
    """Where each field starts, and the field, as often as it stands there, by kind."""
    for start, printed, date in dates_in(text, language):
        yield start, Field("date", printed, date)
    for start, printed, amount in amounts_in(text):
        yield start, Field("amount", printed, amount)
    for match in _EMAIL.finditer(text):
        yield match.start(), Field("email", match[0], match[0].lower())
    for match in _IBAN.finditer(text):
        value = match[0].replace(" ", "")
        if _is_iban(value):
            yield match.start(), Field("iban", match[0], value)
    for match in _REFERENCE.finditer(text):
        if any(character.isdigit() for character in match["value"]):
            yield match.start(), Field("reference", match[0], match["value"])


def _is_iban(value: str) -> bool:
    """The check digits of ISO 13616: letters count from 10, the whole leaves 1 when divided by 97."""
    turned = value[4:] + value[:4]
    return 15 <= len(value) <= 34 and int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
