"""What full text compares, and how it and vectors become one score, by how well questions find passages: behind ADR 12.

    python -m bench --eval DIR [--home DIR] fusions

The documents of each collection of the evaluation set go through all stages, unless the given home has them. Their
chunks are in one table, with a column and an index for each way of writing them down; what search does today is
`python -m bench retrieval`, and what fusion knows of names beside both scores is not among these.
"""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any, Final

from bench.retrieval import Place, Question, every_collection, opened, scored
from ocr_assets.core.passages import embedded_text
from ocr_assets.core.terms import terms
from ocr_assets.passages import facts_of
from ocr_assets.schemas import CHUNKS
from resources.embedder import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scores = Mapping[int, float]
"""Of passages, by their numbers; of those that a search found."""
RANK_CONSTANT: Final = 10
COLUMNS: Final = {
    "passages, LanceDB's English tokenizer": "english",
    "headings and passages, the same": "english_headed",
    "passages, our terms without pairs": "single",
    "passages, our terms and pairs": "pairs",
    "**names, headings and passages, our terms and pairs**": "all",
}
FUSIONS: Final[list[tuple[str, str, str, str, int]]] = [
    ("passages, LanceDB's full text instead", "english", "bare", "ranks", 50),
    ("passages", "all", "bare", "ranks", 50),
    ("headings and passages", "all", "headed", "ranks", 50),
    ("headings and passages", "all", "headed", "text / its best + twice the cosine", 50),
    ("**headings and passages**", "all", "headed", "standard scores", 50),
    ("headings and passages", "all", "headed", "standard scores", 100),
]
"""What is embedded, the column of the words, the vectors, the fusion, and candidates of each search."""


def measure(folder: Path, home: Path | None = None) -> str:
    """Print two tables a collection; the same in Markdown."""
    return every_collection(folder, home, of_collection)


def of_collection(listed: Path, home: Path) -> str:
    """The tables of one collection."""
    session, files, questions = opened(listed, home)
    chunks = session.lake.read(CHUNKS, list(files)).sort("document", "chunk").to_dicts()
    names = {document: facts.names for document, facts in facts_of(session.lake, list(files)).items()}
    vectors = vectors_of(session.embedder, chunks)
    asked = {question: session.embedder.embed_query(question.text) for question in questions}
    with tempfile.TemporaryDirectory() as folder:
        words = Words(folder, chunks, names)
        head = "recall@1 | recall@5 | recall@10 | MRR@10 |"
        lines = [f"| full text of | {head}", "|---" * 5 + "|"]
        for name, column in COLUMNS.items():
            found = {question: words.found(question.text, column, 50) for question in questions}
            lines.append(f"| {name} | {row(chunks, found)}")
        lines += ["", f"| hybrid of that and vectors of | fusion | {head}", "|---" * 6 + "|"]
        for name, column, embedded, fusion, count in FUSIONS:
            found = {
                question: fused(words.found(question.text, column, count), vectors[embedded] @ vector, fusion, count)
                for question, vector in asked.items()
            }
            lines.append(f"| {name} | {fusion}, of {count} | {row(chunks, found)}")
    return "\n".join(lines) + f"\n\n{listed.parent.name}: {len(questions)} questions, {len(chunks)} chunks."


def vectors_of(embedder: Embedder, chunks: Sequence[Mapping[str, Any]]) -> "dict[str, NDArray[np.float32]]":
    """Of the passages alone, and with their headings."""
    return {
        "bare": embedder.embed_passages([chunk["text"] for chunk in chunks]),
        "headed": embedder.embed_passages([embedded_text(chunk["heading_path"], chunk["text"]) for chunk in chunks]),
    }


class Words:
    """A LanceDB table of the chunks' words, written down in each of the ways."""

    def __init__(self, folder: str, chunks: Sequence[Mapping[str, Any]], names: Mapping[str, Sequence[str]]) -> None:
        import lancedb
        from lancedb.index import FTS

        rows = []
        for number, chunk in enumerate(chunks):
            text, headings = chunk["text"], chunk["heading_path"]
            pairs = terms([text])
            rows.append(
                {
                    "number": number,
                    "english": text,
                    "english_headed": "\n".join([*headings, text]),
                    "single": " ".join(term for term in pairs.split() if "_" not in term),
                    "pairs": pairs,
                    "all": terms([*names[chunk["document"]], *headings, text]),
                }
            )
        as_it_is: dict[str, Any] = {"lower_case": False, "stem": False, "remove_stop_words": False}
        ours = FTS(base_tokenizer="whitespace", max_token_length=None, ascii_folding=False, **as_it_is)
        self.table = lancedb.connect(folder, read_consistency_interval=timedelta(0)).create_table("words", rows)
        for column in COLUMNS.values():
            self.table.create_index(column, config=FTS() if column.startswith("english") else ours)

    def found(self, question: str, column: str, count: int) -> Scores:
        """The best of them, best first."""
        from lancedb.query import MatchQuery

        asked = question if column.startswith("english") else " ".join(dict.fromkeys(terms([question]).split()))
        if column == "single":
            asked = " ".join(term for term in asked.split() if "_" not in term)
        if not asked:
            return {}
        query = MatchQuery(asked, column)  # type: ignore[call-arg]
        rows = self.table.search(query, query_type="fts").select(["number", "_score"]).limit(count).to_list()
        return {row["number"]: row["_score"] for row in rows}


def fused(words: Scores, similarities: "NDArray[np.float32]", fusion: str, count: int) -> Scores:
    """One score of each passage that either search found."""
    nearest = [int(number) for number in (-similarities).argsort()[:count]]
    of_all = {number: float(similarities[number]) for number in dict.fromkeys([*nearest, *words])}
    if fusion == "ranks":
        found = dict.fromkeys(of_all, 0.0)
        for ranked in (nearest, list(words)):
            for rank, number in enumerate(ranked, 1):
                found[number] += 1 / (RANK_CONSTANT + rank)
        return found
    if fusion == "standard scores":
        by_words, meant = standard([words.get(n, 0.0) for n in of_all]), standard(list(of_all.values()))
        return {n: one + other for n, one, other in zip(of_all, by_words, meant, strict=True)}
    best = max(words.values(), default=1.0)
    return {number: words.get(number, 0.0) / best + 2 * cosine for number, cosine in of_all.items()}


def standard(values: Sequence[float]) -> list[float]:
    mean, deviation = fmean(values), pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


def row(chunks: Sequence[Mapping[str, Any]], found: Mapping[Question, Scores]) -> str:
    """The measures of what was found, as cells."""
    scores = []
    for question, of_it in found.items():
        best = sorted(of_it, key=lambda number: -of_it[number])[:10]
        places = [Place(chunks[n]["document"], chunks[n]["page_start"], chunks[n]["page_end"]) for n in best]
        scores.append(scored(places, question.evidence)[:4])
    return " | ".join(f"{fmean(column):.3f}" for column in zip(*scores, strict=True)) + " |"
