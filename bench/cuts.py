"""Ways of cutting documents into passages, by how well questions find them: behind ADR 12.

    python -m bench --eval DIR [--home DIR] cuts

The documents of each collection of the evaluation set go through all stages, unless the given home has them. Then each
is cut in every way, and every cut is searched by the store's own hybrid search, as users search.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Final

from bench.machine import described
from bench.retrieval import Place, Question, opened, scored
from ocr_assets.core.chunking import ChunkSettings, chunk, plain_text, with_headings
from ocr_assets.core.document import Chunk, Element, PageBox
from ocr_assets.core.passages import embedded_text
from ocr_assets.core.readings import elements_of
from ocr_assets.core.sentences import split_sentences
from ocr_assets.core.table_text import RULE, by_rows
from ocr_assets.passages import facts_of
from ocr_assets.schemas import DOCUMENTS
from resources.embedder import Embedder
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENS: Final = 256
DECIDED: Final = "**along headings**"
Elements = Sequence[Element]
Cut = Callable[[Elements, str], Sequence[Chunk]]
"""Of a document's elements and title."""


@dataclass(frozen=True)
class Piece:
    """A word, sentence or element, with where it stands."""

    text: str
    glue: str
    path: tuple[str, ...]
    regions: tuple[PageBox, ...]


@dataclass
class Vectors:
    """Of texts, each embedded once whatever cuts have it."""

    embedder: Embedder
    known: "dict[str, NDArray[np.float32]]" = field(default_factory=dict)

    def of(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        self.known |= zip(new, self.embedder.embed_passages(new), strict=True)
        return [self.known[text] for text in texts]


def measure(folder: Path, home: Path | None = None) -> str:
    """Print a table a collection; the same in Markdown."""
    parts = []
    for listed in sorted(folder.glob("E_retrieval/*/questions.jsonl")):
        with tempfile.TemporaryDirectory() as temporary:
            parts.append("\n".join(of_collection(listed, home or Path(temporary))))
    report = "\n\n".join(parts) + f"\n\n{described()}."
    print(f"\n{described()}.", flush=True)
    return report


def of_collection(listed: Path, home: Path) -> Iterator[str]:
    """The lines of one collection's table, printed as they come."""
    session, files, questions = opened(listed, home)
    documents = list(files)
    rows = session.lake.read(DOCUMENTS, documents, ["document", "elements", "title"]).iter_rows()
    assembled = {document: (elements_of(found), title or "") for document, found, title in rows}
    names = {document: facts.names for document, facts in facts_of(session.lake, documents).items()}
    vectors = Vectors(session.embedder)
    asked = dict(zip(questions, vectors.of([question.text for question in questions]), strict=True))
    head = ("", "chunks", "text only: recall@1 / @5 / MRR@10", "with names and headings")
    for line in (f"| {' | '.join(head)} |", "|---" * len(head) + "|"):
        print(line)
        yield line
    for name, cut, is_both in cuts(vectors):
        passages = [passage for document, found in assembled.items() for passage in passages_of(document, cut(*found))]
        named = [replace(passage, names=names[passage.document]) for passage in passages]
        cells = [
            found_by([replace(passage, heading_path=()) for passage in passages], vectors, asked) if is_both else ""
        ]
        cells.append(found_by(named, vectors, asked))
        print(line := f"| {name} | {len(passages)} | {' | '.join(cells)} |", flush=True)
        yield line
        if name == DECIDED:
            parents = list(with_pages(named, {document: found for document, (found, _) in assembled.items()}))
    cells = ["", found_by(parents, vectors, asked)]
    print(line := f"| full text has the passage's whole pages | {len(parents)} | {' | '.join(cells)} |", flush=True)
    yield line


def cuts(vectors: Vectors) -> Iterator[tuple[str, Cut, bool]]:
    """Each way with its name, and whether it is worth seeing without headings too."""
    count = vectors.embedder.count_tokens

    def along_headings(elements: Elements, title: str, **settings: float) -> Sequence[Chunk]:
        wanted = ChunkSettings(**{"max_tokens": TOKENS} | settings)  # type: ignore[arg-type]
        return chunk(elements, wanted, count, title)

    yield "fixed windows", lambda elements, _: filled([list(words(elements))], count), True
    yield "whole sentences", lambda elements, _: filled([list(sentences(elements))], count), True
    yield (
        "breaks in meaning (a quarter of the elements)",
        lambda elements, _: filled(parted(elements, vectors), count),
        True,
    )
    yield DECIDED, along_headings, True
    for tokens in (128, 192, 320, 400):
        yield f"along headings, {tokens} tokens", partial(along_headings, max_tokens=tokens), False
    yield "along headings, cut at every heading from 30 %", partial(along_headings, least_filled=0.3), False
    yield "along headings, 80 tokens repeated", partial(along_headings, overlap_tokens=80), False
    yield "figures and captions inline", lambda e, title: along_headings([inline(one) for one in e], title), False
    yield (
        "rows of cut tables without caption and header",
        lambda e, title: along_headings([headless(one) for one in e], title),
        False,
    )


def words(elements: Elements) -> Iterator[Piece]:
    for sentence in sentences(elements):
        parts = sentence.text.split()
        yield from (replace(sentence, text=word, glue=" " if n else sentence.glue) for n, word in enumerate(parts))


def sentences(elements: Elements) -> Iterator[Piece]:
    return chain.from_iterable(sentences_of(path, element) for _, path, element in with_headings(elements))


def sentences_of(path: tuple[str, ...], element: Element) -> Iterator[Piece]:
    for n, sentence in enumerate(split_sentences(plain_text(element))):
        yield Piece(sentence.strip(), " " if n else "\n\n", path, element.regions)


def parted(elements: Elements, vectors: Vectors) -> list[list[Piece]]:
    """The sentences, in parts that end where an element means something else than the one before."""
    found = [(path, element) for _, path, element in with_headings(elements)]
    meant = vectors.of([plain_text(element) for _, element in found])
    distances = [1.0, *(1 - float(a @ b) for a, b in pairwise(meant))]
    limit = quantiles(distances, n=4)[-1] if len(distances) > 1 else 0.0
    parts = list[list[Piece]]()
    for (path, element), distance in zip(found, distances[: len(found)], strict=True):
        if distance >= limit or not parts:
            parts.append([])
        parts[-1] += sentences_of(path, element)
    return parts


def filled(parts: Sequence[Sequence[Piece]], count: Callable[[str], int]) -> list[Chunk]:
    """Each part in chunks of as many pieces as they may have tokens."""
    chunks = list[Chunk]()
    for part in parts:
        held, size = list[Piece](), 0
        for piece in part:
            tokens = count(piece.text)
            if held and size + tokens > TOKENS:
                chunks.append(of_pieces(len(chunks), held, size))
                held, size = [], 0
            held.append(piece)
            size += tokens
        chunks += [of_pieces(len(chunks), held, size)] if held else []
    return chunks


def of_pieces(ordinal: int, pieces: Sequence[Piece], tokens: int) -> Chunk:
    text = pieces[0].text + "".join(piece.glue + piece.text for piece in pieces[1:])
    regions = tuple(dict.fromkeys(region for piece in pieces for region in piece.regions))
    return Chunk(ordinal, text, "text", pieces[0].path, regions, tokens)


def inline(element: Element) -> Element:
    return replace(element, kind="paragraph") if element.kind == "figure" else element


def headless(element: Element) -> Element:
    """A table of which the cutter does not see which row is its header, and so does not repeat it."""
    if element.kind != "table":
        return element
    lines = by_rows(element.text).splitlines()
    return replace(element, text="\n".join(line for line in lines if not RULE.fullmatch(line)))


def with_pages(passages: Sequence[Passage], elements: Mapping[str, Elements]) -> Iterator[Passage]:
    """The passages with all that stands on their pages among what full text has of them."""
    texts = defaultdict[tuple[str, int], list[str]](list)
    for document, found in elements.items():
        for element in found:
            for page in {region.page for region in element.regions}:
                texts[document, page].append(plain_text(element))
    for passage in passages:
        pages = range(passage.page_start, passage.page_end + 1)
        yield replace(passage, names=(*passage.names, *(text for n in pages for text in texts[passage.document, n])))


def passages_of(document: str, chunks: Sequence[Chunk]) -> Iterator[Passage]:
    """Without their vectors."""
    for part in chunks:
        at = (part.heading_path, part.page_start, part.page_end)
        yield Passage(document, part.ordinal, part.text, *at, None, part.kind)  # type: ignore[arg-type]


def found_by(passages: Sequence[Passage], vectors: Vectors, asked: "Mapping[Question, NDArray[np.float32]]") -> str:
    """How well these passages are found, as a cell of the table."""
    made = vectors.of([embedded_text(passage.heading_path, passage.text) for passage in passages])
    embedder, documents = vectors.embedder, sorted({passage.document for passage in passages})
    with tempfile.TemporaryDirectory() as folder:
        store = LanceVectors(uri=folder, model=embedder.model, dimension=embedder.dimension)
        store.replace([replace(p, vector=vector) for p, vector in zip(passages, made, strict=True)], documents)
        scores = []
        for question, vector in asked.items():
            hits = store.search(question.text, vector, "hybrid")
            places = [Place(hit.document, hit.page_start, hit.page_end) for hit in hits]
            scores.append(scored(places, question.evidence))
    recall_1, recall_5, _, reciprocal, _ = map(fmean, zip(*scores, strict=True))
    return f"{recall_1:.3f} / {recall_5:.3f} / {reciprocal:.3f}"
