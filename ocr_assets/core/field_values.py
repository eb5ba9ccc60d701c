"""Values of fields as they are kept: normalised, held against their quotation, and placed on a page. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from ocr_assets.core.amounts import amounts_in
from ocr_assets.core.dates import dates_in
from ocr_assets.core.field_places import run_of, words_in
from ocr_assets.core.field_schema import NUMBERS, Node, Value, is_date, shown_value
from ocr_assets.core.pages import Box

TOLD: Final = 80
"""Characters of a value or quotation that a sentence about it has: a model may quote a whole page."""
State = Literal["found", "not_found", "differs"]
"""found: the quotation stands on a page and says the value. not_found: it stands on none. differs: it says another."""

_BLANK: Final = r"[ \u00a0\u202f]"
_NUMBER: Final = re.compile(
    rf"(?<![\w.,])[-\u2212(]?(?:\d{{1,3}}(?:{_BLANK}\d{{3}})+(?![\d'\u2019])(?:[.,]\d+)?(?![.,]?\d)|\d(?:[\d.,'\u2019]*\d)?)"
)
"""Blanks within a number divide groups of three figures; others divide it from the next number."""
_LAST_MARK: Final = re.compile(r"[.,](?=\d+$)")


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value by name, such as `items.2.amount`, with what stands on the page in its place.

    `box` is None where no word with a box says it, `page` too where the quotation was not found. `source` is model or
    form: a form within the document, or values that a service has read off its pages.
    """

    name: str
    value: Value
    text: str
    page: int | None
    box: Box | None
    state: State
    source: Literal["model", "form"]


def normalised(value: Value, node: Node, language: str | None = None) -> Value | None:
    """The value in the type that the schema asks for; None where it cannot be one."""
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) < 30):
        return None  # of a few signs of an answer, written out it may fill the memory
    if node.kind in NUMBERS:
        if isinstance(value, Decimal):
            return value
        return next(iter(numbers_in(value)), None) if isinstance(value, str) else None
    if node.kind == "boolean":
        return value if isinstance(value, bool) else None
    text = " ".join(shown_value(value).split())
    if node.is_date and not is_date(text):
        told = next(iter(dates_in(text, language)), None)
        return told[2] if told else None
    return text


def says(quote: str, value: Value, node: Node, language: str | None = None) -> bool:
    """Whether the quotation can be read as the value. What is chosen from a list, or yes or no, is not spelled out."""
    if "enum" in node.limits or "const" in node.limits or isinstance(value, bool):
        return True
    if isinstance(value, Decimal):
        printed = [abs(number) for number in numbers_in(quote)]
        return abs(value) in printed or ("%" in quote and 100 * abs(value) in printed)
    if node.is_date:
        found = [told for _, _, told in dates_in(quote, language)]
        return value in found or None in found  # 3/4/2024 has two meanings, and the model saw where it was written
    return not run_of(value) or bool(words_in(quote).places(value))


def numbers_in(text: str) -> Iterator[Decimal]:
    """Numbers as printed in English, German and French; of amounts, the scale ("1.5 million") is taken in."""
    for _, printed, told in amounts_in(text):
        if any(letter.isalpha() for letter in printed):
            yield Decimal(told.split()[0])
    for match in _NUMBER.finditer(text):
        sign = -1 if match[0][0] in "-\u2212(" else 1
        yield from (sign * number for number in _readings(match[0].lstrip("-\u2212(")))


def _readings(printed: str) -> Iterator[Decimal]:
    """What the figures can mean: 1.234 is either, 1.234,56 and 1,234.56 are not."""
    figures = re.sub(r"['\u2019\s]", "", printed)
    marks = re.findall(r"[.,]", figures)
    whole = re.sub(r"[.,]", "", figures)
    grouped = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", figures) is not None
    with_fraction = _LAST_MARK.split(figures)
    fraction = None
    if marks and (len(set(marks)) == 2 or len(marks) == 1):
        fraction = re.sub(r"[.,]", "", with_fraction[0]) + "." + with_fraction[-1]
    for number in (whole if grouped or not marks else None, fraction):
        try:
            if number is not None:
                yield Decimal(number)
        except InvalidOperation:
            continue


def untrusted(values: Sequence[FieldValue]) -> list[str]:
    """What a person should know of the values that their quotation does not bear out."""
    return [
        f"{value.name} {_short(shown_value(value.value))}: "
        + (
            f"its quotation {_short(value.text)!r} stands on no page"
            if value.state == "not_found"
            else f"the document says {_short(value.text)!r}"
        )
        for value in values
        if value.state != "found"
    ]


def _short(text: str) -> str:
    return text if len(text) <= TOLD else f"{text[:TOLD]}…"


def by_name(values: Sequence[FieldValue]) -> Mapping[str, Value]:
    """The values themselves."""
    return {value.name: value.value for value in values}
