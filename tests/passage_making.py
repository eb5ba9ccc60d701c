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


def check_filters(store: VectorStore, mode: SearchMode) -> None:
    """Write passages that differ in all that filters look at, and search by each filter."""
    a, b, vector = "a" * 64, "b" * 64, np.eye(4, dtype=np.float32)[0]
    known = {"language": "en", "document_class": "lease", "date": 20240131}
    kept = [
        Passage(a, 0, "a cat", (), 1, 2, vector, **known),
        Passage(a, 1, "a cat's tail", (), 3, 5, vector, kind="table", **known),
        Passage(b, 0, "eine cat", (), 9, 9, vector, language="de", document_class="it's"),
    ]
    store.replace(kept, [a, b])

    def found(**filters: Any) -> set[str]:
        hits = store.search("cat", vector, mode, filters=Filters(**filters))
        return {f"{hit.document[0]}{hit.ordinal}" for hit in hits}

    assert found() == {"a0", "a1", "b0"}
    assert found(kinds=("table", "figure")) == {"a1"}
    assert found(languages=("de",)) == found(classes=("it's",)) == {"b0"}
    assert found(since=20240131) == found(until=20240131) == found(classes=("lease",)) == {"a0", "a1"}
    assert found(since=20240201) == found(until=20240130) == set()
    assert found(first_page=2, last_page=3) == {"a0", "a1"}
    assert found(first_page=4) == {"a1", "b0"}
