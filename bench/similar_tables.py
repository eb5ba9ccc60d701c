"""Whether a question finds its row in reports that resemble each other: made-up companies with the same long tables.

Not a substitute for real annual reports with questions (`bench reports`): it tells whether what parts such passages
(caption, header row, headings, what the document is called) reaches the index. A hit is the chunk with the row, of the
right table and document.
"""

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from bench.cuts import headless
from bench.machine import described
from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.document import Element, PageBox
from ocr_assets.core.pages import Box
from ocr_assets.core.passages import document_words, embedded_text
from resources.lance_vectors import LanceVectors
from resources.local_embedder import LocalEmbedder
from resources.vector_store import Passage, SearchMode

COMPANIES = ("Alder Foods", "Birch Energy", "Cedar Logistics")
YEARS = (2021, 2022)
SEGMENTS = ("Europe", "North America", "Asia Pacific", "Retail", "Wholesale", "Online")
FIRST = ("Organic", "Frozen", "Industrial", "Seasonal", "Contract", "Private")
SECOND = ("products", "services", "leases", "licences", "storage", "transport")
COLUMNS = ("Revenue", "Gross profit", "Employees")
ASKED = 150
MODES: tuple[SearchMode, ...] = ("vector", "text", "hybrid")

Asked = tuple[str, str, str, str]
"""Question, document, caption, row."""


def measure() -> str:
    """Print a table of the ways of cutting; the same in Markdown."""
    reports = {f"{company} annual report {year}": report(company, year) for company in COMPANIES for year in YEARS}
    embedder, asked = LocalEmbedder(), random.Random(1).sample(list(questions()), ASKED)
    lines = ["| | " + " | ".join(f"{mode} recall@1 | @5 | MRR@10" for mode in MODES) + " |", "|---" * 10 + "|"]
    bare = {name: tuple(map(headless, elements)) for name, elements in reports.items()}
    flat = {name: tuple(map(_flat, elements)) for name, elements in reports.items()}
    for name, found, context, titled in (
        ("rows with caption, header, headings and names", reports, True, True),
        ("the same, caption and header above a table's first rows alone", bare, True, True),
        ("the title is no heading above the others", flat, True, True),
        ("the same, tables without it", flat, True, False),
        ("rows alone", reports, False, False),
    ):
        lines.append(f"| {name} | " + " | ".join(scores(found, asked, embedder, context, titled)) + " |")
    told = "\n".join(lines) + f"\n\n{len(reports)} reports, {len(asked)} questions. {described()}."
    print(told, flush=True)
    return told


def report(company: str, year: int) -> tuple[Element, ...]:
    """The same tables in every report, a page each, with other numbers."""
    numbers = random.Random(f"{company}{year}")
    elements = [_element("heading", f"{company}: annual report {year}", 1, 1)]
    for page, segment in enumerate(SEGMENTS, 2):
        head = ["", *(f"{column} {year}" for column in COLUMNS)]
        body = [[row, *(f"{numbers.randrange(10_000):,}" for _ in COLUMNS)] for row in rows()]
        lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *body)]
        elements += [
            _element("heading", f"Segment {segment}", 2, page),
            _element("table", f"Results of {segment} by line of business\n\n" + "\n".join(lines), None, page),
        ]
    return tuple(elements)


def rows() -> list[str]:
    return [f"{first} {second}" for first in FIRST for second in SECOND]


def questions() -> Iterator[Asked]:
    for company in COMPANIES:
        for year in YEARS:
            for segment in SEGMENTS:
                for row in rows():
                    question = (
                        f"What was the revenue of {company} with {row.lower()} in the segment {segment} in {year}?"
                    )
                    yield question, f"{company} annual report {year}", segment, row


def scores(
    reports: dict[str, tuple[Element, ...]],
    asked: Sequence[Asked],
    embedder: LocalEmbedder,
    context: bool,
    titled: bool,
) -> list[str]:
    """Recall at 1 and 5 and reciprocal rank, a cell a mode."""
    passages = [
        passage
        for name, elements in reports.items()
        for passage in _passages(name, elements, embedder, context, titled)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = LanceVectors(uri=folder, model=embedder.model, dimension=embedder.dimension)
        store.replace(passages, list(reports))
        cells = []
        for mode in MODES:
            ranks = []
            for question, document, segment, row in asked:
                hits = store.search(question, embedder.embed_query(question), mode)
                page = SEGMENTS.index(segment) + 2
                right = (
                    hit.document == document and hit.page_start == page and f"| {row} |" in hit.text for hit in hits
                )
                ranks.append(next((rank for rank, good in enumerate(right, 1) if good), float("inf")))
            found = [fmean(rank <= limit for rank in ranks) for limit in (1, 5)]
            cells.append(" | ".join(f"{value:.3f}" for value in (*found, fmean(1 / rank for rank in ranks))))
    return cells


def _passages(
    name: str, elements: tuple[Element, ...], embedder: LocalEmbedder, context: bool, titled: bool
) -> Iterator[Passage]:
    for part in chunk(elements, ChunkSettings(), embedder.count_tokens, elements[0].text if titled else ""):
        path, names, text = part.heading_path, document_words(name, []), part.text
        if not context:
            text = "\n".join(line for line in text.splitlines() if line.startswith("|") and line.split("|")[1].strip())
            path, names = (), ()
        vector = embedder.embed_passages([embedded_text(path, text)])[0]
        yield Passage(name, part.ordinal, text, path, part.page_start, part.page_end, vector, part.kind, (), names)


def _flat(element: Element) -> Element:
    return replace(element, level=1) if element.kind == "heading" else element


def _element(kind: str, text: str, level: int | None, page: int) -> Element:
    return Element(kind, text, level, (PageBox(page, Box(0.1, 0.1, 0.9, 0.9)),))  # type: ignore[arg-type]
