"""Passages for vector stores, and the filters that every store must hold to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resources.lance_vectors import LanceVectors
from resources.vector_store import Filters, Passage, SearchMode, VectorStore

MODES: tuple[SearchMode, ...] = ("hybrid", "vector", "text")
TEXTS = ["the deductible is 2,000 dollars", "bananas are rich in potassium", "a warranty of twelve months"]


def passages(document: str, texts: Sequence[str], dimension: int = 4) -> list[Passage]:
    unit = np.eye(dimension, dtype=np.float32)
    return [
        Passage(document, n, text, ("Part", "Sub"), n + 1, n + 2, unit[n % dimension]) for n, text in enumerate(texts)
    ]


def lance_store(folder: Path, model: str = "test-model", dimension: int = 4) -> LanceVectors:
    return LanceVectors(uri=str(folder), model=model, dimension=dimension)


FILTERED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"a0", "a1", "b0"}),
    ({"kinds": ("table", "figure")}, {"a1"}),
    ({"languages": ("de",)}, {"b0"}),
    ({"classes": ("it's",)}, {"b0"}),
    ({"classes": ("lease",)}, {"a0", "a1"}),
    ({"since": 20240131}, {"a0", "a1"}),
    ({"until": 20240131}, {"a0", "a1"}),
    ({"since": 20240201}, set()),
    ({"until": 20240130}, set()),
    ({"first_page": 2, "last_page": 3}, {"a0", "a1"}),
    ({"first_page": 4}, {"a1", "b0"}),
]
"""Filters, and which of the passages of `found_by_filters` pass them: the document's first letter and the ordinal."""


def found_by_filters(store: VectorStore, mode: SearchMode) -> list[tuple[dict[str, Any], set[str]]]:
    """Write passages that differ in all that filters look at, and search by each of `FILTERED`."""
    a, b, vector = "a" * 64, "b" * 64, np.eye(4, dtype=np.float32)[0]
    known = {"language": "en", "document_class": "lease", "date": 20240131}
    kept = [
        Passage(a, 0, "a cat", (), 1, 2, vector, **known),
        Passage(a, 1, "a cat's tail", (), 3, 5, vector, kind="table", **known),
        Passage(b, 0, "eine cat", (), 9, 9, vector, language="de", document_class="it's"),
    ]
    store.replace(kept, [a, b])
    found = []
    for filters, _ in FILTERED:
        hits = store.search("cat", vector, mode, filters=Filters(**filters))
        found.append((filters, {f"{hit.document[0]}{hit.ordinal}" for hit in hits}))
    return found
