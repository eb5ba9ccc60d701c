"""Where a quotation stands on a page: the words that it is made of, whatever blanks and marks divide them. Pure."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ocr_assets.core.amounts import CURRENCIES
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import bounding

NOWHERE: Final = Box(0.0, 0.0, 0.0, 0.0)
_DROPPED: Final = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[^\w.,]|_")
"""What does not tell one text from another; points and commas within numbers do."""


def run_of(text: str) -> str:
    """The text without blanks, marks and accents, folded: what is compared."""
    return _DROPPED.sub("", unicodedata.normalize("NFD", text.casefold()))


@dataclass(frozen=True, slots=True)
class Place:
    """Words next to each other on a page, by number, and the box around them."""

    first: int
    last: int
    box: Box


class PageWords:
    """The words of a page as one run of letters and figures, in which quotations are looked for."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        letters, self._word_at = list[str](), list[tuple[int, int]]()
        for number, word in enumerate(words):
            for place, letter in _letters(word.text):
                letters.append(letter)
                self._word_at.append((number, place))
        self.run = "".join(letters)

    def places(self, quote: str) -> list[Place]:
        """All places of the quotation, whole words only, in the order of the page."""
        wanted, found, start = run_of(quote), list[Place](), 0
        while wanted and (at := self.run.find(wanted, start)) >= 0:
            end = at + len(wanted) - 1
            if self._begins(at) and self._ends(end):
                first, last = self._word_at[at][0], self._word_at[end][0]
                found.append(Place(first, last, bounding([word.box for word in self.words[first : last + 1]])))
                start = end + 1
            else:
                start = at + 1
        return found

    def _begins(self, at: int) -> bool:
        number, place = self._word_at[at]
        text = self.words[number].text
        return not _goes_on(text, place - 1, -1) or (text[place].isdigit() and text[:place].upper() in CURRENCIES)

    def _ends(self, at: int) -> bool:
        number, place = self._word_at[at]
        text = self.words[number].text
        return not _goes_on(text, place + 1, 1) or (text[place].isdigit() and text[place + 1 :].upper() in CURRENCIES)


def words_in(text: str) -> PageWords:
    """The words of a text, as if they stood on a page."""
    return PageWords([Word(word, NOWHERE, 1.0) for word in text.split()])


def nearest(places: Sequence[Place], to: Box | None, taken: Collection[int] = ()) -> Place | None:
    """The place in the line of that box, or the nearest below or above it; the first one without a box.

    Of several one that does not begin with a word that is `taken` by another value, within the line where there is one.
    """
    if to is not None:
        middle, half = (to.y0 + to.y1) / 2, (to.y1 - to.y0) / 2
        away = {place: abs((place.box.y0 + place.box.y1) / 2 - middle) for place in places}
        places = [place for place in places if away[place] < half] or sorted(places, key=away.__getitem__)[:1]
    free = (place for place in places if place.first not in taken)
    return next(free, places[0] if places else None)


def _letters(text: str) -> list[tuple[int, str]]:
    """What of a word is compared, with where in the word it stands; a letter may fold into two."""
    kept = []
    for place, letter in enumerate(text):
        if letter in ".," and not (text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()):
            continue
        if letter.isalnum() or letter in ".,":
            parts = unicodedata.normalize(
                "NFD", letter.casefold()
            )  # some files have accents as characters of their own
            kept += [(place, folded) for folded in parts if folded.isalnum() or folded in ".,"]
    return kept


def _goes_on(text: str, place: int, step: int) -> bool:
    """Whether a word or number that ends before this place really goes on there."""
    if not 0 <= place < len(text):
        return False
    if text[place] in ".,":
        return text[place + step : place + step + 1].isdigit() if place + step >= 0 else False
    return text[place].isalnum()
