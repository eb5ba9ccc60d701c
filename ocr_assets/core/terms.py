"""What full text search compares: the terms of a passage or a question, single ones and pairs of neighbours.

Words are folded (case, accents, endings), and those that say nothing are left out. A pair is what tells similar
passages apart: "health plus", "net sales", "march 2022". Numbers are terms whatever parts their thousands.
Measured in docs/adr/0012.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

_ENGLISH: Final = """
    a about all an and any are as at be been but by can could did do does for from had has have how i if in into is it
    its may more my no not of on or our should so such than that the their them there these they this to was we were
    what when where which who whom why will with would you your"""
_GERMAN: Final = """
    am auch auf aus bei bis das dass dem den der des die durch ein eine einem einen einer eines er es fur hat ich im
    ist mit nach nicht oder sein sich sie sind uber um und vom von vor wann war warum was welche welcher welches wer
    wie wird wo zu zum zur"""
_FRENCH: Final = """
    au aux avec ce ces comment dans de des du elle en est et il la le les leur ne ou par pas pour qu quand que quel
    quelle quelles quels qui sa se ses son sont sur un une"""
STOP_WORDS: Final = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH}".split())
_ENDINGS: Final = "ations|ation|ungen|ung|ings|ing|ies|ied|ments|ment|ed|es|s|ly|e"
"""Of English, with two of German."""
_STEM: Final = re.compile(rf"(?<=\w\w\w)(?:{_ENDINGS})$")
_LONGEST: Final = 40
"""Characters of a term; what is longer is no word."""
_TERM: Final = re.compile(r"\d+(?:[.,'\u2019]\d+)*|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:([.,'\u2019])\d{3})(?:\1\d{3})*(?!\d)")


def terms(texts: Iterable[str]) -> str:
    """The terms of these texts, parted by blanks, in order; a pair is two words joined by `_`, never across lines."""
    found = list[str]()
    for line in (line for text in texts for line in text.splitlines()):
        single = words(line)
        found += single
        found += map("_".join, pairwise(single))
    return " ".join(found)


def words(line: str) -> list[str]:
    """The single ones of a line, in order."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", line.casefold()) if not unicodedata.combining(c))
    found = (match.group()[:_LONGEST] for match in _TERM.finditer(folded))
    return [_number(word) if word[0].isdigit() else _STEM.sub("", word) for word in found if word not in STOP_WORDS]


def _number(text: str) -> str:
    """Without what parts the thousands, with a point before the decimals."""
    whole = _THOUSANDS.match(text)
    if whole:
        text = re.sub(r"\D", "", whole.group()) + text[whole.end() :]
    return text.replace(",", ".")
