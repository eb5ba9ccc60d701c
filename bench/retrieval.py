"""How well questions find the passages that answer them: by words, by vectors, by both, beside BM25 on bare text.

The documents of each collection of the evaluation set (`E_retrieval/<collection>/*.pdf` with `questions.jsonl`) go
through all stages, and every search through the vector store, as for users. A home that has them already can be given.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import chain
from math import log2
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.bm25 import Bm25, windows
from bench.machine import described
from ocr_assets.cli.adding import add
from ocr_assets.cli.running import continue_documents
from ocr_assets.cli.session import Session
from ocr_assets.core.passages import embedded_text
from ocr_assets.errors import UsageError
from ocr_assets.schemas import CHUNKS
from ocr_assets.searching import Searcher
from resources.upkeep import files_under
from resources.vector_store import SearchMode

RUNS_ON = {"northwind": 1}
"""Pages after the named one that still hold the answer, as in the scorer of the evaluation set."""
MODES: dict[str, SearchMode] = {
    "this project, vectors": "vector",
    "this project, full text": "text",
    "**this project, hybrid**": "hybrid",
}
DEEPEST = 10


@dataclass(frozen=True)
class Evidence:
    """Where an answer stands: pages from 1, both included; every page where none is named."""

    document: str
    first: int
    last: int


@dataclass(frozen=True)
class Question:
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Place:
    """Where a passage that was found stands."""

    document: str
    first: int
    last: int

    def holds(self, evidence: Evidence) -> bool:
        return self.document == evidence.document and self.first <= evidence.last and evidence.first <= self.last


Search = Callable[[str], Sequence[Place]]


def measure(folder: Path, home: Path | None = None) -> str:
    """Print a table a collection; the same in Markdown."""
    return every_collection(folder, home, of_collection)


def every_collection(folder: Path, home: Path | None, part: Callable[[Path, Path], str]) -> str:
    """Print what `part` makes of each list of questions and the home for its documents, by default a new one."""
    parts = []
    for listed in sorted(folder.glob("E_retrieval/*/questions.jsonl")):
        with tempfile.TemporaryDirectory() as temporary:
            parts.append(part(listed, home or Path(temporary)))
    report = "\n\n".join(parts) + f"\n\n{described()}."
    print(report, flush=True)
    return report


def opened(listed: Path, home: Path) -> tuple[Session, dict[str, Path], list[Question]]:
    """The home with all of a collection's documents in it, their files, and the questions."""
    session, files = with_documents(home, listed.parent.glob("*.pdf"))
    return session, files, list(asked(listed, {path.name: document for document, path in files.items()}))


def with_documents(home: Path, paths: Iterable[Path]) -> tuple[Session, dict[str, Path]]:
    """The home with these documents in it, made where they are not; their files. Raises UsageError where one failed."""
    files = {sha256(path.read_bytes()).hexdigest(): path for path in sorted(paths)}
    session = Session.open(home)
    if lacking := files.keys() - session.vector_store.documents():
        add(session, [str(files[document]) for document in lacking])
        continue_documents(session, sorted(lacking), len(lacking))
    if lacking := files.keys() - session.vector_store.documents():
        named = ", ".join(sorted(files[document].name for document in lacking))
        raise UsageError(f"not measured, for these are not in the index: {named}; see `ocr-assets status --failed`")
    return session, files


def of_collection(listed: Path, home: Path) -> str:
    """The table of one collection, and what its chunks cost."""
    session, files, questions = opened(listed, home)
    searcher = Searcher(session.parts)
    said = {question.text: searcher.question_terms.found(question.text) for question in questions}
    vectors = {text: searcher.vector(text, told) for text, told in said.items()}

    def by(mode: SearchMode) -> Search:
        def search(text: str) -> list[Place]:
            hits = session.vector_store.search(text, vectors[text], mode, DEEPEST, said=said[text])
            return [Place(hit.document, hit.page_start, hit.page_end) for hit in hits]

        return search

    lines = ["| | recall@1 | recall@5 | recall@10 | MRR@10 | nDCG@10 |", "|---" * 6 + "|"]
    lines.append(row("BM25, 200-word windows of PDFium's text", bare(files), questions))
    lines += [row(name, by(mode), questions) for name, mode in MODES.items()]
    return "\n".join(lines) + f"\n\n{costs(session, listed.parent.name, list(files), len(questions))}"


def asked(listed: Path, documents: Mapping[str, str]) -> Iterable[Question]:
    """The questions of a file, with the places of their answers."""
    further = RUNS_ON.get(listed.parent.name, 0)
    for line in listed.read_text("utf-8").splitlines():
        item = json.loads(line)
        evidence = dict.fromkeys(
            Evidence(documents[found["doc"]], page, page + further)
            if page
            else Evidence(documents[found["doc"]], 1, 10**9)
            for found in item["relevant"]
            for page in [found.get("page")]
        )
        yield Question(item["question"], tuple(evidence))


def row(name: str, search: Search, questions: Sequence[Question]) -> str:
    """A line of the table."""
    scores = [scored(search(question.text), question.evidence) for question in questions]
    return f"| {name} | " + " | ".join(f"{fmean(column):.3f}" for column in zip(*scores, strict=True)) + " |"


def scored(places: Sequence[Place], evidence: Sequence[Evidence]) -> tuple[float, ...]:
    """Recall at 1, 5 and 10, reciprocal rank, nDCG; a piece of evidence gains at the first place that holds it."""
    ranks = [next((n for n, place in enumerate(places[:DEEPEST], 1) if place.holds(one)), None) for one in evidence]
    found = [rank for rank in ranks if rank]
    recall = [sum(rank <= limit for rank in found) / len(evidence) for limit in (1, 5, DEEPEST)]
    best = sum(1 / log2(1 + rank) for rank in range(1, min(len(evidence), DEEPEST) + 1))
    return (*recall, 1 / min(found, default=float("inf")), sum(1 / log2(1 + rank) for rank in found) / best)


def bare(files: Mapping[str, Path]) -> Search:
    """BM25 on windows of what PDFium says, without anything of this project."""
    found = list(chain.from_iterable(windows(document, path) for document, path in files.items()))
    index = Bm25([window.text for window in found])

    def search(text: str) -> list[Place]:
        return [Place(found[n].document, found[n].first, found[n].last) for n in index.best(text, DEEPEST)]

    return search


def costs(session: Session, name: str, documents: Sequence[str], questions: int) -> str:
    """How many chunks there are, how fast they are embedded, what they take on disk."""
    rows: list[dict[str, Any]] = session.lake.read(CHUNKS, documents).to_dicts()
    texts = [embedded_text(row["heading_path"], row["text"]) for row in rows]
    session.embedder.embed_passages(texts[:8])
    cpu = time.process_time()
    session.embedder.embed_passages(texts)
    cpu = time.process_time() - cpu
    session.vector_store.maintain(timedelta(), purge=True)  # versions from before are not what passages take
    size = sum(file.bytes for file in files_under(f"{session.settings.root}/vectors"))
    tokens = fmean(row["tokens"] for row in rows)
    return (
        f"{name}: {len(documents)} documents, {questions} questions, {len(rows)} chunks of {tokens:.0f} tokens; "
        f"embedded at {len(rows) / cpu:.1f} a CPU second; {size / len(rows) / 1024:.1f} KB a chunk in the index."
    )
