"""Which documents a question names: "Best Buy", "2022", "Health Plus". Measured in docs/adr/0012."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log

from ocr_assets.core.terms import terms


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
    return {term.replace("_", "") for term in terms([text]).split()}
