"""Page numbers: those that count with the pages, also beside a text."""

import re
from collections import defaultdict
from collections.abc import Iterator

from ocr_assets.core.margins import is_number
from ocr_assets.core.page_edges import Edges, Place

_FIRST_OR_LAST_NUMBER = re.compile(r"^\W*(\d{1,4})\b|\b(\d{1,4})\W*$")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def counted_numbers(document: Edges) -> set[Place]:
    """Page numbers and the lines that hold them: a number that counts with the pages, first or last in its line."""
    counted: dict[int, set[Place]] = defaultdict(set)
    for places in (*document.near.values(), document.lowest):
        for place in places:
            block = document.at(place)
            if "\n" not in block.text and (is_number(block.text) or not document.is_large(block)):
                for number in _ends(block.text.strip()):
                    counted[number - place.page].add(place)
    found: set[Place] = set()
    numbered: set[int] = set()
    for counting in sorted(counted.values(), key=lambda places: -len({place.page for place in places})):
        # Other numbers count with some pages by chance; a page has one number.
        pages = {place.page for place in counting} - numbered
        by_themselves = all(is_number(document.at(place).text) and place not in document.lowest for place in counting)
        if len(pages) >= (2 if by_themselves else 3):
            found |= {place for place in counting if place.page in pages}
            numbered |= pages
    return found


def _ends(text: str) -> Iterator[int]:
    """The numbers at the ends of a line."""
    for found in _FIRST_OR_LAST_NUMBER.finditer(text):
        yield int(found[1] or found[2])
    letters = re.sub(r"\W|page|seite", "", text.lower())
    if is_number(text) and letters and set(letters) <= set(_ROMAN):
        values = [_ROMAN[letter] for letter in letters]
        yield sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
