"""Which documents a question names: "Best Buy", "2022", "Health Plus". Measured in docs/adr/0012 and 0018."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from typing import Final

from ocr_assets.core.terms import terms, words

_FISCAL: Final = re.compile(r"\bFY\s?['\u2019]?(?=\d)(\d\d(?!\d))?", re.IGNORECASE)
_FORMS: Final = """
    company companies corporation corp inc incorporated co ltd limited plc llc group holdings ag gmbh se sa nv"""
_SAYS_NOTHING: Final = frozenset(words(_FORMS.replace("\n", " ")))
"""Forms of companies: "a company like this" names none."""


def named(question: str, names: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """How well each document's names fit the question: its words among them, each by how few of the documents have it.

    Words that stand together in the question count as one too: files are called "BESTBUY". 0 for all where there is
    one document.
    """
    asked = _words(question)
    found = {document: asked & _words("\n".join(texts)) for document, texts in names.items()}
    having = Counter(word for words in found.values() for word in words)
    rarity = {word: log((len(found) + 1) / (count + 0.5)) for word, count in having.items()}
    alone = len(found) == 1
    return {document: 0.0 if alone else sum(rarity[word] for word in words) for document, words in found.items()}


def _words(text: str) -> set[str]:
    """Words and pairs, joined; "FY22" and "FY2022" are the year."""
    text = _FISCAL.sub(lambda found: f"20{found[1]}" if found[1] else "", text)
    return {term.replace("_", "") for term in terms([text]).split()} - _SAYS_NOTHING
