"""What became of documents: the table that a run ends with, and that of `status`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from ocr_assets.arrivals import places
from ocr_assets.cli.printing import HASH, LISTED, console, counted, cut, name_of, say, show, table_of
from ocr_assets.cli.session import Session
from ocr_assets.contracts import overall, status_json
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from ocr_assets.core.text_layer import without_controls
from ocr_assets.holdings import Holdings
from ocr_assets.pipeline_state import load_states
from ocr_assets.schemas import CHUNKS, OCR_TEXT, RAW_PDFS

EXPLAINED = 20
"""Failed documents whose reasons a run tells; `status --failed` tells those of all that it lists."""
COLOURS = {"done": "green", "failed": "red", "unfinished": "yellow"}
MARKS = {"done": "[green]●[/]", "stale": "[yellow]◐[/]", "failed": "[red]✗[/]", "given_up": "[red]✗[/]", "missing": "·"}


def outcome(session: Session, documents: Sequence[str], as_json: bool, stages: Sequence[str] = STAGES) -> int:
    """The final table of a run through these stages; how many of the documents are not done."""
    states = load_states(session.catalog, session.lake, documents)
    failed = [document for document in documents if states[document].failure]
    rows = _totals(session, documents)
    done = sum(all(states[d].status(stage) == "done" for stage in stages) for d in documents)
    if as_json:
        values = [
            status_json(d, states[d], rows[d]["sources"], rows[d]["superseded_by"], session.collection.told)
            | {name: rows[d][name] for name in ("pages", "readers", "confidence", "chunks", "seconds")}
            for d in documents
        ]
        print(json.dumps(values, ensure_ascii=False))
        return len(documents) - done
    if not documents:
        console.print("nothing is left to do")
        return 0
    table = table_of("document", "source", "pages", "readers", "conf.", "chunks", "read s", "status")
    for document in _listed(documents, states):
        row = rows[document]
        table.add_row(
            document[:HASH],
            cut(name_of(row["sources"])),
            str(row["pages"] or ""),
            cut(_mix(row["readers"])),
            f"{row['confidence']:.2f}" if row["confidence"] else "",
            str(row["chunks"]) if row["chunks"] else "",
            f"{row['seconds']:.1f}" if row["seconds"] is not None else "",
            _status_text(states[document]),
        )
    show(table, len(documents))
    _explain(failed[:EXPLAINED], states, {document: rows[document]["sources"] for document in failed})
    console.print(_sentence(len(documents), done, len(failed)), highlight=False)
    return len(documents) - done


def status(session: Session, documents: Sequence[str], failed_only: bool, as_json: bool) -> None:
    """Documents with their stages, and the reason where one failed."""
    states = load_states(session.catalog, session.lake, documents)
    shown = [document for document in documents if states[document].failure or not failed_only]
    seen, superseded = places(session.lake, shown), _superseded(session, shown)
    if as_json:
        values = [status_json(d, states[d], seen.get(d, []), superseded.get(d), session.collection.told) for d in shown]
        print(json.dumps(values, ensure_ascii=False))
        return
    if len(session.collections) > 1:
        console.print(f"[dim]collection {session.collection.told} of {_told(session)}[/]", highlight=False)
    if not shown:
        console.print("no document failed" if failed_only else "no documents yet; `ocr-assets add` registers some")
        return
    table = table_of("document", "source", "stages", "status")
    for document in _listed(shown, states):
        marks = "".join(MARKS[states[document].status(stage)] for stage in STAGES)
        by = superseded.get(document)
        word = _status_text(states[document]) + (f", superseded by {by[:HASH]}" if by else "")
        table.add_row(document[:HASH], cut(name_of(seen.get(document, []))), marks, word)
    show(table, len(shown))
    console.print(f"[dim]stages: {' '.join(STAGES)}; ● done  ◐ stale  ✗ failed  · missing[/]", highlight=False)
    _explain(_listed(shown, states), states, seen)


def _listed(documents: Sequence[str], states: Mapping[str, DocumentState]) -> Sequence[str]:
    if len(documents) <= LISTED:
        return documents
    return sorted(documents, key=lambda document: overall(states[document]) == "done")[:LISTED]


def _explain(documents: Sequence[str], states: Mapping[str, DocumentState], seen: Mapping[str, list[str]]) -> None:
    """Why each of these documents failed, in words."""
    for document in documents:
        failure = states[document].failure
        if failure:
            stage, fault = failure
            name = escape(name_of(seen.get(document, [])))
            told = escape(without_controls(f"{fault.reason}: {fault.detail}"))
            say(f"[red]{document[:HASH]}[/]  [bold]{name}[/] failed in {stage}, {told}")


def _sentence(total: int, done: int, failed: int) -> str:
    parts = [f"{done} of {counted(total)} done"]
    if failed:
        parts.append(f"[red]{failed} failed[/] (`ocr-assets status --failed` lists them)")
    if unfinished := total - done - failed:
        parts.append(f"[yellow]{unfinished} unfinished[/]")
    return ", ".join(parts)


def _totals(session: Session, documents: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Per document: sources, pages, readers, confidence, chunks, and the processor seconds of reading."""
    import polars as pl

    lake = session.lake
    pages = dict(lake.read(RAW_PDFS, documents, ["document", "pages"]).iter_rows())
    chunks = Counter(lake.read(CHUNKS, documents, ["document"])["document"].to_list())
    columns = ["document", "reader", "confidence", "seconds", "words"]
    read = lake.read(OCR_TEXT, documents, columns).with_columns(pl.col("words").list.len().alias("words"))
    readings = read.partition_by("document", as_dict=True)
    seen, superseded = places(lake, documents), _superseded(session, documents)
    totals = {}
    for document in documents:
        mine = readings.get((document,), read.clear())
        words = int(mine["words"].sum())
        weighted = float((mine["confidence"] * mine["words"]).sum())
        totals[document] = {
            "sources": seen.get(document, []),
            "superseded_by": superseded.get(document),
            "pages": pages.get(document),
            "readers": dict(Counter(reader or "failed" for reader in mine["reader"]).most_common()),
            "confidence": round(weighted / words, 4) if words else None,
            "chunks": chunks[document],
            "seconds": round(mine["seconds"].sum(), 3) if mine.height else None,
        }
    return totals


def _mix(readers: Mapping[str, int]) -> str:
    """Such as "text_layer", or "text_layer 3, tesseract 1" where there are several."""
    return ", ".join(readers) if len(readers) == 1 else ", ".join(f"{name} {pages}" for name, pages in readers.items())


def _status_text(state: DocumentState) -> str:
    word = overall(state)
    return f"[{COLOURS[word]}]{word}[/]"


def _told(session: Session) -> str:
    return ", ".join(collection.told for collection in session.collections)


def _superseded(session: Session, documents: Sequence[str]) -> dict[str, str]:
    """Of the documents whose place another one took in every source, which one."""
    ended = Holdings.read(session.lake).ended(documents)
    return {document: end.superseded_by for document, end in ended.items() if end.superseded_by}
