"""Searching what the pipeline made: passages with source, pages and boxes, their pages as pictures, and answers.

`from ocr_assets import search` for programs; `ocr-assets search` for people.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ocr_assets.arrivals import places
from ocr_assets.collections_file import find_collection, read_collections
from ocr_assets.core.answers import cited
from ocr_assets.core.collection import DEFAULT
from ocr_assets.core.marked_passages import marked_page
from ocr_assets.core.pages import Box
from ocr_assets.core.question_terms import QuestionTerms, read_terms
from ocr_assets.default_resources import default_resources
from ocr_assets.indexes import Index, searched_index
from ocr_assets.passages import whole
from ocr_assets.schemas import ARRIVALS, PAGE_IMAGES
from ocr_assets.settings import Settings
from resources.answer_model import AnswerModel
from resources.blobs import Blobs
from resources.lake import Lake
from resources.vector_store import ANYTHING, Filters, Hit, SearchMode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found. `sources` are where its document was seen; `boxes` are by page, in 0..1 of it.

    `kind` is text, table or figure. Only scores of one search compare; higher is better.
    """

    document: str
    ordinal: int
    sources: tuple[str, ...]
    heading_path: tuple[str, ...]
    page_start: int
    page_end: int
    boxes: tuple[tuple[int, Box], ...]
    kind: str
    score: float
    text: str

    @property
    def source(self) -> str:
        """The first of its sources; empty where none is known."""
        return self.sources[0] if self.sources else ""

    @property
    def pages(self) -> str:
        """Its pages for people: "p. 3" or "pp. 3-4"."""
        one = self.page_start == self.page_end
        return f"p. {self.page_start}" if one else f"pp. {self.page_start}-{self.page_end}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a model, and the passages that it cites, by the numbers [1], [2]… of those it was given."""

    text: str
    passages: tuple[Found, ...]
    cited: tuple[int, ...]


@dataclass(frozen=True)
class Searcher:
    """The stores of some settings; `parts` are the resources by their names, opened when they are first used."""

    parts: dict[str, Any]

    @classmethod
    def open(cls, home: str | os.PathLike[str] | None = None, collection: str = DEFAULT.told) -> "Searcher":
        """Of this home, or of the one that the environment's settings name, and of this collection."""
        common = Settings(home=os.fspath(home)) if home is not None else Settings()
        collections = read_collections(common)
        return cls(default_resources(collections[find_collection(collections, collection, common.collections)]))

    @cached_property
    def lake(self) -> Lake:
        return cast("Lake", self.parts["lake"])

    @cached_property
    def index(self) -> Index:
        return searched_index(self.parts["settings"])

    @cached_property
    def question_terms(self) -> QuestionTerms:
        return read_terms(self.parts["settings"].question_terms)

    def search(
        self,
        query: str,
        k: int = 5,
        mode: SearchMode = "hybrid",
        documents: Sequence[str] | None = None,
        sources: Sequence[str] = (),
        filters: Filters = ANYTHING,
    ) -> list[Found]:
        """The best `k` passages, best first, of these documents and of those seen in one of these sources."""
        among = self._among(documents, sources)
        said = self.question_terms.found(query)
        vector = None if mode == "text" else self.vector(query, said)
        hits = whole(self.lake, self.index.store.search(query, vector, mode, k, among, filters, said))
        seen = places(self.lake, {hit.document for hit in hits})
        return [_found(hit, seen.get(hit.document, [])) for hit in hits]

    def vector(self, query: str, said: Sequence[str]) -> "NDArray[np.float32]":
        """The vector of a question and of what documents say for it."""
        return self.index.embedder.embed_query("\n".join([query, *said]))

    def why_nothing(self, documents: Sequence[str] | None = None, sources: Sequence[str] = ()) -> str:
        """Why a search found nothing, as far as that is plain; else empty."""
        if not self.index.store.count():
            return f"the index {self.index.name} has no passages yet; `ocr-assets run` makes them"
        if sources and not self._among(documents, sources):
            return f"no document was seen at {', '.join(sources)}; `ocr-assets status` lists where they were"
        return ""

    def answer(self, question: str, passages: Sequence[Found]) -> Answer:
        """What the configured model says, from these passages. Without passages nothing is asked."""
        if not passages:
            return Answer("No passage was found.", (), ())
        given = [(f"{found.source or found.document}, {found.pages}", _with_headings(found)) for found in passages]
        told = cast("AnswerModel", self.parts["answer_model"]).answer(question, given)
        text, numbers = cited(told, len(passages))
        return Answer(text, tuple(passages), numbers)

    def shown(self, found: Found) -> Iterator[tuple[int, bytes]]:
        """Each page of the passage with its number, as PNG with the passage marked."""
        images = dict(self.lake.read(PAGE_IMAGES, [found.document], ["page", "image"]).iter_rows())
        blobs = cast("Blobs", self.parts["blobs"])
        for page in dict.fromkeys(page for page, _ in found.boxes):
            if images.get(page):
                image = blobs.get(found.document, images[page])
                yield page, marked_page(image, [box for on, box in found.boxes if on == page])

    def _among(self, documents: Sequence[str] | None, sources: Sequence[str]) -> list[str] | None:
        if not sources:
            return None if documents is None else list(documents)
        import polars as pl

        uris = [place if "://" in place else Path(place).absolute().as_uri() for place in sources]
        at = [uri.rstrip("/") for uri in uris]
        source = pl.col("source")
        seen = source.is_in(at) | pl.any_horizontal(source.str.starts_with(f"{place}/") for place in at)
        rows = self.lake.read(ARRIVALS, documents, ["document", "source"]).filter(seen)
        return sorted(set(rows["document"]) - {""})


def search(
    query: str,
    k: int = 5,
    *,
    mode: SearchMode = "hybrid",
    home: str | os.PathLike[str] | None = None,
    collection: str = DEFAULT.told,
    documents: Sequence[str] | None = None,
    sources: Sequence[str] = (),
    filters: Filters = ANYTHING,
) -> list[Found]:
    """The best `k` passages for a question, best first; none where nothing fits.

    `home` is the folder of all state, by default that of the environment's settings, `collection` one of
    its collections. `documents` are hashes, `sources`
    files, folders or s3:// prefixes at which documents were seen. Raises UsageError, or TransientFault where a store or
    an embedding service does not answer.
    """
    return Searcher.open(home, collection).search(query, k, mode, documents, sources, filters)


def _found(hit: Hit, sources: Sequence[str]) -> Found:
    return Found(
        document=hit.document,
        ordinal=hit.ordinal,
        sources=tuple(sources),
        heading_path=hit.heading_path,
        page_start=hit.page_start,
        page_end=hit.page_end,
        boxes=tuple((page, Box(*box)) for page, *box in hit.boxes),
        kind=hit.kind,
        score=hit.score,
        text=hit.text,
    )


def _with_headings(found: Found) -> str:
    return "\n".join(filter(None, (" > ".join(found.heading_path), found.text)))
