"""What people see: tables and passages; with `--json`, the same as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ocr_assets.arrivals import places
from ocr_assets.cli.adding import Added
from ocr_assets.cli.maintaining import Forgotten
from ocr_assets.cli.session import Session
from ocr_assets.contracts import found_json, overall, status_json
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from ocr_assets.core.text_layer import without_controls
from ocr_assets.holdings import Holdings
from ocr_assets.pipeline_state import load_states
from ocr_assets.schemas import CHUNKS, COMPREHEND, OCR_TEXT, RAW_PDFS
from ocr_assets.searching import Answer, Found
from resources.sources import file_name
from resources.upkeep import Upkeep
from resources.upstage.readings import MILLION

console = Console()
if not console.is_terminal:  # a file or a pipe has no width to keep to
    console = Console(width=160)
complaints = Console(stderr=True)
HASH = 12
"""Characters of a document's hash that tables show; any unique beginning names it."""
LISTED = 200
"""Documents that a table lists at most; those that are not done come first. JSON has them all."""
EXPLAINED = 20
"""Failed documents whose reasons a run tells; `status --failed` tells those of all that it lists."""
COLOURS = {"done": "green", "failed": "red", "unfinished": "yellow"}
MARKS = {"done": "[green]●[/]", "stale": "[yellow]◐[/]", "failed": "[red]✗[/]", "given_up": "[red]✗[/]", "missing": "·"}


def added(result: Added, as_json: bool) -> None:
    """What `add` came to."""
    if as_json:
        value = {"documents": result.documents, "new": result.new, "forgotten": result.forgotten}
        print(json.dumps(value | {"missing": result.missing}))
        return
    known = len(result.documents) - len(result.new)
    console.print(f"{counted(len(result.new))} registered, {known} already known", highlight=False)
    for document in result.new[:LISTED]:
        console.print(f"  {document}", highlight=False)
    missing(result.missing)
    if result.forgotten:
        console.print(f"[yellow]{len(result.forgotten)} were forgotten before and left out[/]; --again takes them back")


def missing(files: Sequence[str]) -> None:
    """Files that a table names and that are not there."""
    for file in files[:LISTED]:
        complaints.print(f"[yellow]not there:[/] {escape(without_controls(file))}", highlight=False, soft_wrap=True)
    if len(files) > LISTED:
        complaints.print(f"[yellow]and {len(files) - LISTED} more that are named in a table and not there[/]")


def forgotten(result: Forgotten, as_json: bool) -> int:
    """What `forget` came to; how many vector stores still hold passages."""
    if as_json:
        print(json.dumps(result.value()))
        return len(result.left_in)
    console.print(f"{counted(len(result.documents))} forgotten", highlight=False)
    if result.runs_left:
        told = "runs had other documents too: Dagster keeps their previews, see docs/operations.md"
        console.print(f"[yellow]{result.runs_left} {told}[/]", highlight=False)
    for place, fault in result.left_in.items():
        told = "maintenance asks it again every night, the same command at once"
        complaints.print(f"[red]passages are left in {escape(place)}:[/] {escape(fault)}; {told}", highlight=False)
    return len(result.left_in)


def maintained(stores: Sequence[Upkeep], as_json: bool) -> None:
    """What maintenance came to: every store before and after."""
    if as_json:
        print(json.dumps([store.value() for store in stores]))
        return
    table = _table("store", "files", "bytes", "versions", "rows", "left for the next time")
    for store in stores:
        values = store.value()
        pairs = [(values[f"{name}_before"], values[f"{name}_after"]) for name in ("files", "bytes", "versions", "rows")]
        cells = ["" if old is None else f"{old:,}" if old == new else f"{old:,} → {new:,}" for old, new in pairs]
        table.add_row(store.store, *cells, store.note)
    console.print(table)


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
    table = _table("document", "source", "pages", "readers", "conf.", "chunks", "read s", "status")
    for document in _listed(documents, states):
        row = rows[document]
        table.add_row(
            document[:HASH],
            _cut(_name(row["sources"])),
            str(row["pages"] or ""),
            _cut(_mix(row["readers"])),
            f"{row['confidence']:.2f}" if row["confidence"] else "",
            str(row["chunks"]) if row["chunks"] else "",
            f"{row['seconds']:.1f}" if row["seconds"] is not None else "",
            _status_text(states[document]),
        )
    _show(table, len(documents))
    _explain(failed[:EXPLAINED], states, {document: rows[document]["sources"] for document in failed})
    console.print(_sentence(len(documents), done, len(failed)), highlight=False)
    return len(documents) - done


def _table(*columns: str) -> Table:
    """A table that keeps a document on one line: where it is too wide, sources and readers are cut."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in ("pages", "conf.", "chunks", "read s") else "left",
            no_wrap=name not in ("source", "readers"),
        )
    return table


def _listed(documents: Sequence[str], states: Mapping[str, DocumentState]) -> Sequence[str]:
    if len(documents) <= LISTED:
        return documents
    return sorted(documents, key=lambda document: overall(states[document]) == "done")[:LISTED]


def _show(table: Table, documents: int) -> None:
    console.print(table)
    if documents > table.row_count:
        console.print(f"[dim]… and {documents - table.row_count} more; --json has them all[/]", highlight=False)


def _cut(words: str) -> Text:
    return Text(words, no_wrap=True, overflow="ellipsis")


def _explain(documents: Sequence[str], states: Mapping[str, DocumentState], seen: Mapping[str, list[str]]) -> None:
    """Why each of these documents failed, in words."""
    for document in documents:
        failure = states[document].failure
        if failure:
            stage, fault = failure
            name = escape(_name(seen.get(document, [])))
            told = escape(without_controls(f"{fault.reason}: {fault.detail}"))
            console.print(f"[red]{document[:HASH]}[/]  [bold]{name}[/] failed in {stage}, {told}", highlight=False)


def _sentence(total: int, done: int, failed: int) -> str:
    parts = [f"{done} of {counted(total)} done"]
    if failed:
        parts.append(f"[red]{failed} failed[/] (`ocr-assets status --failed` lists them)")
    if unfinished := total - done - failed:
        parts.append(f"[yellow]{unfinished} unfinished[/]")
    return ", ".join(parts)


def counted(documents: int) -> str:
    """How many documents, in words."""
    return "1 document" if documents == 1 else f"{documents} documents"


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


def _name(sources: Sequence[str]) -> str:
    """The last part of the first source, and how many others there are."""
    if not sources:
        return ""
    name = without_controls(file_name(sources[0])).replace("\n", "\ufffd")
    return name if len(sources) == 1 else f"{name} (+{len(sources) - 1})"


def _status_text(state: DocumentState) -> str:
    word = overall(state)
    return f"[{COLOURS[word]}]{word}[/]"


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
    table = _table("document", "source", "stages", "status")
    for document in _listed(shown, states):
        marks = "".join(MARKS[states[document].status(stage)] for stage in STAGES)
        by = superseded.get(document)
        word = _status_text(states[document]) + (f", superseded by {by[:HASH]}" if by else "")
        table.add_row(document[:HASH], _cut(_name(seen.get(document, []))), marks, word)
    _show(table, len(shown))
    console.print(f"[dim]stages: {' '.join(STAGES)}; ● done  ◐ stale  ✗ failed  · missing[/]", highlight=False)
    _explain(_listed(shown, states), states, seen)


def _told(session: Session) -> str:
    return ", ".join(collection.told for collection in session.collections)


def _superseded(session: Session, documents: Sequence[str]) -> dict[str, str]:
    """Of the documents whose place another one took in every source, which one."""
    ended = Holdings.read(session.lake).ended(documents)
    return {document: end.superseded_by for document, end in ended.items() if end.superseded_by}


def found(passages: Sequence[Found], answer: Answer | None, as_json: bool, why_none: str = "") -> None:
    """Passages, best first, below the answer if there is one; `why_none` says why there are none."""
    if as_json:
        listed = [found_json(passage) for passage in passages]
        value = listed if answer is None else {"answer": answer.text, "cited": answer.cited, "passages": listed}
        print(json.dumps(value, ensure_ascii=False))
        return
    if answer is not None:
        console.print(Text(without_controls(answer.text)))
        console.print()
    for number, passage in enumerate(passages, start=1):
        where = " > ".join(passage.heading_path)
        console.print(
            f"[bold]{number}. {escape(_name([passage.source]) or passage.document[:HASH])}[/]  {passage.pages}  "
            f"[dim]{passage.score:.3f}  {passage.document[:HASH]}[/]",
            highlight=False,
        )
        if where:
            console.print(Text(without_controls(where), style="cyan"))
        console.print(Text(without_controls(passage.text.strip())))
        console.print()
    if not passages:
        told = f"nothing found: {without_controls(why_none)}" if why_none else "nothing found"
        console.print(told, highlight=False, markup=False, soft_wrap=True)


def stats(session: Session, as_json: bool) -> None:
    """Totals over all registered documents."""
    documents = session.documents
    states = load_states(session.catalog, session.lake, documents)
    read = session.lake.read(OCR_TEXT, documents, ["reader", "seconds", "cost"])
    value: dict[str, Any] = {
        "documents": len(documents),
        "states": dict(Counter(overall(state) for state in states.values())),
        "failures": dict(Counter(state.failure[1].reason for state in states.values() if state.failure)),
        "bytes": int(session.lake.read(RAW_PDFS, documents, ["bytes"])["bytes"].sum()),
        "pages": read.height,
        "readers": dict(Counter(reader or "failed" for reader in read["reader"])),
        "read_seconds": round(read["seconds"].sum(), 1),
        "cost": read["cost"].sum(),
        "vision": _asked(session, "vision"),
        "text_models": _asked(session, "classifier"),
        "upstage": _sent(session),
        "comprehend": _comprehend(session),
        "chunks": session.lake.read(CHUNKS, documents, ["chunk"]).height,
        "passages_in_store": session.vector_store.count(),
    }
    if as_json:
        print(json.dumps(value))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, figure in value.items():
        words = ", ".join(f"{key} {count}" for key, count in figure.items()) if isinstance(figure, dict) else figure
        table.add_row(name.replace("_", " "), str(words) or "none")
    console.print(table)


def _sent(session: Session) -> dict[str, float]:
    """What Upstage was sent by this home's runs, as `_asked`."""
    asked = _asked(session, "upstage")
    return {"pages": asked.pop("input") // MILLION, **{name: asked[name] for name in asked if name != "output"}}


def _asked(session: Session, part: str) -> dict[str, float]:
    """What models were asked by this home's runs, those of failed pages and documents included.

    `part` has the ledger: the vision model its own, classifier and extractor one for both.
    """
    ledger = session.part(part).ledger
    spent = ledger.spent()
    return {**spent._asdict(), "cost": round(spent.cost, 6), "cost_today": round(ledger.today().cost, 6)}


def _comprehend(session: Session) -> dict[str, float]:
    """What AWS Comprehend was asked for the documents that are not forgotten; each answer was paid for once."""
    paid = session.lake.read(COMPREHEND, columns=["units", "cost"])
    cost, today = float(paid["cost"].sum()), session.part("comprehend").ledger.today().cost
    costs = {"cost": round(cost, 6), "cost_today": round(today, 6)}
    return {"answers": paid.height, "units": int(paid["units"].sum()), **costs}


def model_checked(checked: Sequence[Mapping[str, Any]], as_json: bool) -> int:
    """What a vision model made of a page and a figure; how many of them have a problem."""
    if as_json:
        print(json.dumps(checked, ensure_ascii=False))
    else:
        table = _table("asked", "result", "requests", "tokens in", "tokens out", "cost", "seconds")
        for one in checked:
            result = (
                f"[red]{escape(one['problem'])}[/]" if one["problem"] else escape(" ".join(one["answer"].split())[:80])
            )
            figures = (one[name] for name in ("requests", "input_tokens", "output_tokens", "cost", "seconds"))
            table.add_row(one["what"], result, *map(str, figures))
        _show(table, len(checked))
    return sum(bool(one["problem"]) for one in checked)
