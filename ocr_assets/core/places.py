"""Places in running text: countries, states, regions and large cities by name, smaller ones by their state."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ocr_assets.core.known_names import KnownNames, lines_of
from ocr_assets.core.names import NAME, STOP_WORDS

PLACES: Final = Path(__file__).parent.parent / "places.txt"
_STATES: Final = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_IN_STATE: Final = re.compile(
    rf"(?<![\w.-]){NAME}(?:[ ]{NAME}){{0,2}},[ ](?:{_STATES})(?:[ ]\d{{5}}(?:-\d{{4}})?)?(?![\w-])"
)
_PART_OF_MORE: Final = re.compile(rf"[ ]{NAME}")


def places_in(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Start, end and value of each: a country's ISO 3166 code or the English name; "Springfield, IL" as it stands.

    One that a capitalised word follows is left out: "Paris Hilton" and "Berlin Wall" are something else.
    """
    for match in _IN_STATE.finditer(text):
        town = match[0].partition(",")[0]
        if not town.isupper() and town.split()[0].lower() not in STOP_WORDS:
            yield match.start(), match.end(), None
    for start, end, value in _known().found_in(text):
        if not _PART_OF_MORE.match(text, end):
            yield start, end, value


def place_value(name: str) -> str | None:
    """The value of a place of the list, None where it is not on it."""
    return _known().value(" ".join(name.split()))


@cache
def _known() -> KnownNames:
    values = dict[str, str]()
    for line in lines_of(PLACES):
        value, _, names = line.partition(": ")
        values |= dict.fromkeys((name.strip() for name in names.split(", ")), value)
    return KnownNames(values)
