"""How well questions about annual reports find the pages that answer them: long tables, and many pages alike.

    python -m bench --reports DIR [--home DIR] reports

DIR is laid out as FinanceBench (Islam et al. 2023, github.com/patronus-ai/financebench): `*.jsonl`, a question a line
with `company`, `doc_name` and `evidence`, and `pdfs/<doc_name>.pdf`. Questions about files that are not there are
left out, so a part of the set does. Companies are halved by the hash of their name, whichever are there: what is tuned
is tuned on one half alone, the other is held out. Each question is asked of all documents, and within its own.
"""

import json
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import fmean

from bench.bm25 import Bm25, Window, windows
from bench.machine import described
from bench.retrieval import DEEPEST, MODES, Evidence, Place, scored, with_documents
from ocr_assets.cli.session import Session
from ocr_assets.schemas import CHUNKS
from ocr_assets.searching import Searcher
from resources.vector_store import SearchMode

RUNS_ON = 1
"""Pages after the named one that still hold the answer, as in the scorer of the evaluation set."""
ON_PAGE = 0.6
"""Share of the evidence's words that must stand on its page, for the question to count."""
HEAD = "| | recall@1 | recall@5 | recall@10 | MRR@10 | nDCG@10 |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Asked:
    """A question, the company and document that it is about, and the pages of the answer."""

    text: str
    company: str
    document: str
    evidence: tuple[Evidence, ...]


Search = Callable[[Asked], Sequence[Place]]


def measure(folder: Path, home: Path | None = None) -> str:
    """Print tables of both halves, in the whole collection and within the document; the same in Markdown."""
    with tempfile.TemporaryDirectory() as temporary:
        report = "\n\n".join([*of_reports(folder, home or Path(temporary)), f"{described()}."])
    print(report, flush=True)
    return report


def of_reports(folder: Path, home: Path) -> Iterator[str]:
    """The parts of the report."""
    session, files = with_documents(home, (folder / "pdfs").glob("*.pdf"))
    texts = {document: [words_of(page) for page in pages_of(path)] for document, path in files.items()}
    documents = {path.stem: document for document, path in files.items()}
    questions = list(asked(folder, documents, texts))
    took = Counter[str]()
    for name, half in halves(questions).items():
        for scope, within in (("all documents", False), ("the question's own document", True)):
            told = f"{name}, {len(half)} questions, searched in {scope}"
            yield f"{told}:\n\n" + "\n".join([HEAD, *rows(session, files, half, within, took)])
    chunks = session.lake.read(CHUNKS, list(files), ["document"]).height
    pages = sum(map(len, texts.values()))
    yield (
        f"{len(files)} documents, {pages} pages, {chunks} chunks, {len(questions)} questions of "
        f"{len({question.company for question in questions})} companies; "
        + ", ".join(f"{mode} {1000 * took[mode] / took[f'{mode} times']:.0f} ms" for mode in MODES.values())
        + " of processor time a search, the question's vector not counted."
    )


def asked(folder: Path, documents: Mapping[str, str], texts: Mapping[str, Sequence[Counter[str]]]) -> Iterator[Asked]:
    """The questions whose document is there, and whose evidence stands where they say; says how many do not."""
    for listed in sorted(folder.glob("*.jsonl")):
        for item in map(json.loads, listed.read_text("utf-8").splitlines()):
            if (document := documents.get(item["doc_name"])) is None:
                continue
            places = [found for found in item["evidence"] if stands(found, texts[document])]
            if len(places) < len(item["evidence"]):
                print(f"left out: {item['financebench_id']}, whose evidence is not on its page", flush=True)
                continue
            pages = [found["evidence_page_num"] + 1 for found in places]
            evidence = dict.fromkeys(Evidence(document, page, page + RUNS_ON) for page in pages)
            yield Asked(item["question"], item["company"], document, tuple(evidence))


def stands(evidence: Mapping[str, str | int], pages: Sequence[Counter[str]]) -> bool:
    """Whether most words of the evidence are on the page that it names, by a number from 0."""
    wanted, page = words_of(str(evidence["evidence_text"])), int(evidence["evidence_page_num"])
    return page < len(pages) and (wanted & pages[page]).total() >= ON_PAGE * wanted.total()


def halves(questions: Sequence[Asked]) -> dict[str, list[Asked]]:
    """The questions about companies to tune on, and about the others; a half that has none is left out."""
    found = {"Tuned on": list[Asked](), "Held out": list[Asked]()}
    for question in questions:
        odd = sha256(question.company.casefold().encode()).digest()[0] % 2
        found["Held out" if odd else "Tuned on"].append(question)
    return {name: half for name, half in found.items() if half}


def rows(
    session: Session, files: Mapping[str, Path], questions: Sequence[Asked], within: bool, took: Counter[str]
) -> Iterator[str]:
    """The lines of one table; the time of each mode's searches is added to `took`."""
    yield row("BM25, 200-word windows of PDFium's text", bare(files, within), questions)
    for name, mode in MODES.items():
        yield row(name, by(session, mode, within, took), questions)


def row(name: str, search: Search, questions: Sequence[Asked]) -> str:
    """A line of a table."""
    scores = [scored(search(question), question.evidence) for question in questions]
    return f"| {name} | " + " | ".join(f"{fmean(column):.3f}" for column in zip(*scores, strict=True)) + " |"


def by(session: Session, mode: SearchMode, within: bool, took: Counter[str]) -> Search:
    """This project's search, as users search."""
    store, searcher = session.vector_store, Searcher(session.parts)

    def search(question: Asked) -> list[Place]:
        said, among = searcher.question_terms.found(question.text), [question.document] if within else None
        vector = searcher.vector(question.text, said)
        cpu = time.process_time()
        hits = store.search(question.text, vector, mode, DEEPEST, among, said=said)
        took[mode] += time.process_time() - cpu  # type: ignore[assignment]
        took[f"{mode} times"] += 1
        return [Place(hit.document, hit.page_start, hit.page_end) for hit in hits]

    return search


def bare(files: Mapping[str, Path], within: bool) -> Search:
    """BM25 on windows of what PDFium says, without anything of this project."""
    groups = defaultdict[str, list[Window]](list)
    for document, path in files.items():
        groups[document if within else ""] += windows(document, path)
    indexes = {document: Bm25([window.text for window in found]) for document, found in groups.items()}

    def search(question: Asked) -> list[Place]:
        key = question.document if within else ""
        found = (groups[key][n] for n in indexes[key].best(question.text, DEEPEST))
        return [Place(window.document, window.first, window.last) for window in found]

    return search


def pages_of(path: Path) -> list[str]:
    """What PDFium says of each page."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def words_of(text: str) -> Counter[str]:
    """Its words, each with how often it stands there."""
    return Counter(re.findall(r"[a-z0-9]+", text.lower()))
