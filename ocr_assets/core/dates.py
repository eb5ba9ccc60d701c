"""Dates in running text, in the notations of English, German and French."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

_NAMES: Final = (
    "january jan januar jänner janvier janv",
    "february feb februar février févr fevrier",
    "march mar märz mrz mars maerz",
    "april apr avril avr",
    "may mai",
    "june jun juni juin",
    "july jul juli juillet juil",
    "august aug août aout",
    "september sept sep septembre",
    "october oct oktober okt octobre",
    "november nov novembre",
    "december dec dezember dez décembre déc decembre",
)
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH: Final = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_YEAR: Final = r"(?P<year>[12]\d{3})(?!\d)"
_DAY: Final = r"(?P<day>\d{1,2})"
_WRITTEN: Final = (
    re.compile(rf"\b{_DAY}(?:st|nd|rd|th|er|\.)?[ ]+(?:of[ ]+)?{_MONTH},?[ ]+{_YEAR}", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}[ ]+{_DAY}(?:st|nd|rd|th)?,?[ ]+{_YEAR}", re.IGNORECASE),
)
_MONTH_ONLY: Final = re.compile(rf"\b{_MONTH},?[ ]+{_YEAR}", re.IGNORECASE)
_ISO: Final = re.compile(r"(?<![\w.-])(?P<year>[12]\d{3})-(?P<month>\d{2})-(?P<day>\d{2})(?=T\d|[^\w-]|$)")
_DOTTED: Final = re.compile(
    r"(?<![\w.])(?P<day>\d{1,2})\.[ ]?(?P<month>\d{1,2})\.[ ]?(?P<year>[12]\d{3})(?![\w-]|\.\d)"
)
_SHORT: Final = re.compile(r"(?<![\w.])(?P<day>\d{2})\.(?P<month>\d{2})\.(?P<year>\d{2})(?![\w-]|[.,]\d)")
_SLASHED: Final = re.compile(r"(?<![\w/.])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>[12]\d{3})(?![\w/-])")


def dates_in(text: str, language: str | None = None) -> Iterator[tuple[int, str, str | None]]:
    """Where each date starts, as printed, and in ISO 8601; a month without a day as "2024-03".

    3/4/2024 is day first in every language but English, where it has no value: British and American print differ.
    """
    taken = set[int]()
    for pattern in (*_WRITTEN, _ISO, _DOTTED, _SHORT, _SLASHED, _MONTH_ONLY):
        for match in pattern.finditer(text):
            places = range(match.start(), match.end())
            if taken.isdisjoint(places):
                taken.update(places)  # also by 30 February, so that its end is not taken for a month
                if parts := _parts(match, language):
                    yield match.start(), match[0], parts[0]


def _parts(match: re.Match[str], language: str | None) -> tuple[str | None] | None:
    """The date's value in a tuple, or None where the calendar has no such day."""
    groups = match.groupdict()
    year = int(groups["year"])
    if len(groups["year"]) == 2:
        year += 2000 if year < 70 else 1900
    if "first" in groups:
        return _slashed(year, int(groups["first"]), int(groups["second"]), language)
    month = MONTHS.get(groups["month"].lower()) or int(groups["month"])
    if "day" not in groups:
        return (f"{year:04}-{month:02}",)
    return _iso(year, month, int(groups["day"]))


def _slashed(year: int, first: int, second: int, language: str | None) -> tuple[str | None] | None:
    day_first, month_first = _iso(year, second, first), _iso(year, first, second)
    if not (day_first and month_first) or day_first == month_first:
        return day_first or month_first
    return (None,) if language in ("en", None) else day_first


def _iso(year: int, month: int, day: int) -> tuple[str] | None:
    try:
        return (date(year, month, day).isoformat(),)
    except ValueError:
        return None
