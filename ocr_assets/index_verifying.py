"""Whether an index holds what the lake says: ids and counts of every document, texts and vectors of some."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ocr_assets.embedding_once import matrix
from ocr_assets.indexes import AT_ONCE as DOCUMENTS_AT_ONCE
from ocr_assets.indexes import Index, by_document, same_passages, unembedded
from ocr_assets.passages import AT_ONCE, among
from ocr_assets.schemas import CHUNKS, EMBEDDINGS
from resources.lake import Lake

SAMPLED: Final = 100
"""Documents whose texts and vectors are compared; of the others only which passages there are."""
ALIKE: Final = 0.9999
"""Cosine from which two vectors of a text are the same: stores keep them in float32."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What differs, as document and words, and of how many documents the texts and vectors were compared."""

    documents: int
    sampled: int
    differences: Sequence[tuple[str, str]]

    def without(self, documents: Collection[str]) -> "Verified":
        """The same, these documents not told of."""
        return replace(self, differences=[one for one in self.differences if one[0] not in documents])

    def value(self, index: str, mended: bool) -> dict[str, Any]:
        """As JSON."""
        listed = [{"document": document, "difference": told} for document, told in self.differences]
        return {
            "index": index,
            "documents": self.documents,
            "sampled": self.sampled,
            "differences": listed,
            "mended": mended and bool(listed),
        }


def verify(
    lake: Lake, index: Index, done: Collection[str], spared: Collection[str] = (), sampled: int = SAMPLED
) -> Verified:
    """Compare the index with the lake. `done` are the documents whose `vectors` are settled and of nothing later than
    those; `spared`, such as those of runs in flight, are not told of."""
    import polars as pl

    chunks = lake.read(CHUNKS, columns=["document", "chunk"]).filter(pl.col("document").is_in(list(done)))
    wanted = dict(chunks.group_by("document").agg(pl.col("chunk").sort()).iter_rows())
    told: dict[str, str] = {}
    left = dict(wanted)
    for document, ordinals in index.store.held():
        expected = left.pop(document, None)
        if document not in done:
            told[document] = f"{len(ordinals)} passages of a document that the lake does not have"
        elif ordinals != expected:
            told[document] = _told(ordinals, expected or [])
    told |= {document: _told([], expected) for document, expected in left.items()}
    whole = sorted(wanted.keys() - told.keys())
    some = sorted(random.sample(whole, min(sampled, len(whole))))
    for documents, part in _parts(some, {document: len(wanted[document]) for document in some}):
        told |= _compared(lake, index, documents, part)
    shown = [(document, words) for document, words in sorted(told.items()) if document not in spared]
    return Verified(len(wanted), len(some), shown)


def mend(lake: Lake, index: Index, verified: Verified, done: Collection[str], known: Collection[str]) -> None:
    """Write what differs of the documents `done` anew from the lake, and remove those that nobody has `known`.

    Both as they are now: a document that came, or that a run has begun, since the index was read is left alone.
    """
    documents = [document for document, _ in verified.differences]
    for start in range(0, len(documents), DOCUMENTS_AT_ONCE):
        some = documents[start : start + DOCUMENTS_AT_ONCE]
        if kept := [document for document in some if document in done]:
            index.write(lake, kept)
        if gone := [document for document in some if document not in known]:
            index.store.replace([], gone)


def _told(held: Sequence[int], expected: Sequence[int]) -> str:
    if held and len(held) == len(expected):
        return f"its {len(held)} passages have other numbers than its chunks"
    return f"{len(held)} passages, the lake has {len(expected)}"


def _parts(documents: Sequence[str], passages: Mapping[str, int]) -> Iterator[tuple[list[str], range | None]]:
    """The documents, some together and long ones alone, of which some ordinals at a time, so that memory is bounded."""
    together, size = list[str](), 0
    for document in documents:
        if passages[document] > AT_ONCE:
            yield from (([document], range(n, n + AT_ONCE)) for n in range(0, passages[document], AT_ONCE))
            continue
        if size + passages[document] > AT_ONCE:
            yield together, None
            together, size = [], 0
        together.append(document)
        size += passages[document]
    if together:
        yield together, None


def _compared(lake: Lake, index: Index, documents: Sequence[str], ordinals: range | None) -> dict[str, str]:
    """Those of the documents whose texts or vectors are others, with words that say so."""
    import numpy as np

    held = by_document(index.store.read(documents, ordinals), documents)
    wanted = unembedded(lake, documents, ordinals)
    columns = ["document", "chunk", "model", "vector"]
    rows = lake.find(EMBEDDINGS, among(ordinals), columns, documents).sort("document", "chunk")
    embedded = rows.partition_by("document", as_dict=True)
    told = {}
    for document, passages in held.items():
        if not same_passages(passages, wanted[document]):
            told[document] = "passages that say something else than its chunks"
            continue
        found = embedded.get((document,))
        if found is None or set(found["model"]) != {index.store.model} or found.height != len(passages):
            continue  # the lake has the vectors of another index
        theirs = np.stack([np.asarray(passage.vector, np.float32) for passage in passages])
        ours = matrix(found["vector"], index.store.dimension)
        if (np.einsum("ij,ij->i", theirs, ours) < ALIKE).any():
            told[document] = "passages with other vectors than its embeddings"
    return told
