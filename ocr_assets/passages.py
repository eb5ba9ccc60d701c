"""Passages: a document's chunks as the vector store takes them, with what is known of the document as a whole."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ocr_assets.core.passages import document_words, repeated
from ocr_assets.core.readings import box_of
from ocr_assets.embedding_once import matrix
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.errors import TransientFault
from ocr_assets.schemas import CHUNKS, DOCUMENTS, EMBEDDINGS, ENRICHMENT, RAW_PDFS
from resources.lake import Lake
from resources.vector_store import Hit, Passage, PlacedBox

if TYPE_CHECKING:
    import polars as pl

PassageOrHit = TypeVar("PassageOrHit", Passage, Hit)
AT_ONCE: Final = 2_048
"""Chunks of a document that are in memory at a time."""
COVER_HEADINGS: Final = 3
"""Of the first page, which may be all there is."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document as a whole; `languages` are of its chunks."""

    names: tuple[str, ...]
    document_class: str
    date: int
    languages: dict[int, str]


def facts_of(lake: Lake, documents: Sequence[str]) -> dict[str, Facts]:
    """The facts of each of these documents, as far as their stages were made."""
    import polars as pl

    columns = ["document", "title", "outline", "running", "pages"]
    assembled = {row["document"]: row for row in lake.read(DOCUMENTS, documents, columns).iter_rows(named=True)}
    sources = dict(lake.read(RAW_PDFS, documents, ["document", "sources"]).iter_rows())
    languages: dict[str, dict[int, str | None]] = {}
    for document, chunk, language in lake.read(ENRICHMENT, documents, ["document", "chunk", "language"]).iter_rows():
        languages.setdefault(document, {})[chunk] = language
    of_whole = pl.col("chunk") == WHOLE_DOCUMENT
    columns = ["document", "language", "document_class", "fields"]
    said = {row["document"]: row for row in lake.find(ENRICHMENT, of_whole, columns, documents).iter_rows(named=True)}
    found = {}
    for document in documents:
        whole = said.get(document, {})
        told = {chunk: one or whole.get("language") or "" for chunk, one in languages.get(document, {}).items()}
        found[document] = Facts(
            names=names_of(assembled.get(document, {}), sources.get(document) or ()),
            document_class=whole.get("document_class") or "",
            date=first_date(whole.get("fields") or ()),
            languages=told,
        )
    return found


def names_of(assembled: Mapping[str, Any], sources: Iterable[str]) -> tuple[str, ...]:
    """What the document is called, by its row of `documents` and the places it was seen at."""
    cover = [heading["text"] for heading in assembled.get("outline") or () if heading["page"] == 1][:COVER_HEADINGS]
    running = [(text["text"], len(text["pages"])) for text in assembled.get("running") or ()]
    often = repeated(running, assembled.get("pages") or 0)
    return document_words(assembled.get("title") or "", sources, [*cover, *often])


def first_date(fields: Iterable[Mapping[str, str]]) -> int:
    """The first whole date among the fields, 2024-01-31 as 20240131; 0 where there is none."""
    dates = (field["value"] or "" for field in fields if field["kind"] == "date")
    return next((int(date.replace("-", "")) for date in dates if _DAY.fullmatch(date)), 0)


@dataclass(frozen=True, slots=True)
class Again:
    """Passages that are made each time that they are gone through: all at once would be much for a long document."""

    make: Callable[[], Iterator[Passage]]

    def __iter__(self) -> Iterator[Passage]:
        return self.make()


def embedded(lake: Lake, document: str, model: str) -> int:
    """How many chunks the document has. Raises TransientFault unless each has a vector of this model."""
    chunks = lake.read(CHUNKS, [document], ["chunk"])["chunk"]
    found = lake.read(EMBEDDINGS, [document], ["chunk", "model"])
    if chunks.to_list() != found["chunk"].to_list() or set(found["model"]) - {model}:
        detail = f"the embeddings are not of these chunks by {model}; materialize embeddings first"
        raise TransientFault("upstream_missing", detail)
    return len(chunks)


def passages_of(lake: Lake, documents: Iterable[str], facts: Mapping[str, Facts]) -> Iterator[Passage]:
    """The chunks of these documents with their vectors, as `embedded` finds them; some are read at a time."""
    for document in documents:
        for start in count(0, AT_ONCE):
            some = among(range(start, start + AT_ONCE))
            rows = lake.find(CHUNKS, some, list(CHUNKS.polars_schema()), [document]).sort("chunk")
            found = lake.find(EMBEDDINGS, some, ["chunk", "dimension", "vector"], [document]).sort("chunk")
            vectors = matrix(found["vector"], found["dimension"][0] if found.height else 0)
            for row, vector in zip(rows.iter_rows(named=True), vectors, strict=True):
                yield passage_of(row, vector, facts[document])
            if rows.height < AT_ONCE:
                break


def among(ordinals: range | None) -> "pl.Expr":
    """The rows of chunks with such ordinals, or of all."""
    import polars as pl

    chunk = pl.col("chunk")
    return chunk.is_not_null() if ordinals is None else chunk.is_between(ordinals.start, ordinals.stop - 1)


def passage_of(chunk: Mapping[str, Any], vector: Any, facts: Facts) -> Passage:
    """The passage of a chunk's row."""
    return Passage(
        document=chunk["document"],
        ordinal=chunk["chunk"],
        text=chunk["text"],
        heading_path=tuple(chunk["heading_path"]),
        page_start=chunk["page_start"],
        page_end=chunk["page_end"],
        vector=vector,
        kind=chunk["kind"],
        boxes=_boxes(chunk),
        names=facts.names,
        language=facts.languages.get(chunk["chunk"], ""),
        document_class=facts.document_class,
        date=facts.date,
    )


def whole(lake: Lake, found: Sequence[PassageOrHit]) -> list[PassageOrHit]:
    """The same, those that a store had to cut with text, headings and boxes of the lake.

    One whose chunk begins otherwise by now, or is gone, stays as it was found.
    """
    import polars as pl

    cut = [one for one in found if one.cut]
    if not cut:
        return list(found)
    ordinals = pl.col("chunk").is_in(list({one.ordinal for one in cut}))
    columns = ["document", "chunk", "text", "heading_path", "regions"]
    rows = lake.find(CHUNKS, ordinals, columns, {one.document for one in cut}).iter_rows(named=True)
    chunks = {(row["document"], row["chunk"]): row for row in rows}
    return [_whole(one, chunks.get((one.document, one.ordinal))) if one.cut else one for one in found]


def _whole(one: PassageOrHit, chunk: Mapping[str, Any] | None) -> PassageOrHit:
    if chunk is None or not chunk["text"].startswith(one.text):
        return one
    headings = tuple(chunk["heading_path"])
    return replace(one, text=chunk["text"], heading_path=headings, boxes=_boxes(chunk), cut=False)


def _boxes(chunk: Mapping[str, Any]) -> tuple[PlacedBox, ...]:
    return tuple((region["page"], *box_of(region["box"])) for region in chunk["regions"])
