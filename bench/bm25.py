"""BM25 as the textbooks have it (Robertson, Zaragoza 2009), over windows of the text that PDFium gives."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from typing import NamedTuple

WORDS = 200
K1, B = 1.2, 0.75


class Window(NamedTuple):
    document: str
    first: int
    last: int
    text: str


def windows(document: str, path: Path) -> Iterator[Window]:
    """A PDF's text in windows of 200 words, with the pages on which each begins and ends."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        words = [(word, n) for n, page in enumerate(pdf, 1) for word in page.get_textpage().get_text_range().split()]
    for start, end in pairwise([*range(0, len(words), WORDS), len(words)]):
        window = words[start:end]
        yield Window(document, window[0][1], window[-1][1], " ".join(word for word, _ in window))


class Bm25:
    """An index of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(_terms(text)) for text in texts]
        lengths = [count.total() for count in counts]
        average = sum(lengths) / len(lengths)
        self.weights: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for n, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            for term, times in count.items():
                weight = times * (K1 + 1) / (times + K1 * (1 - B + B * length / average))
                self.weights[term].append((n, weight))
        self.size = len(texts)

    def best(self, query: str, k: int) -> list[int]:
        """The numbers of the `k` texts that fit best, best first."""
        scores = Counter[int]()
        for term in _terms(query):
            found = self.weights.get(term, [])
            rarity = log(1 + (self.size - len(found) + 0.5) / (len(found) + 0.5))
            for n, weight in found:
                scores[n] += rarity * weight  # type: ignore[assignment]
        return [n for n, _ in scores.most_common(k)]


def _terms(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
