"""`stats`: totals over all documents, and what models and services were asked and paid."""

import json
from collections import Counter
from typing import Any

from rich.table import Table

from ocr_assets.cli.printing import console
from ocr_assets.cli.session import Session
from ocr_assets.contracts import overall
from ocr_assets.pipeline_state import load_states
from ocr_assets.schemas import CHUNKS, COMPREHEND, OCR_TEXT, RAW_PDFS
from resources.upstage.readings import MILLION


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
        table.add_row(name.replace("_", " "), _words(figure))
    console.print(table)


def _words(figure: "float | dict[str, float]") -> str:
    """A figure for people; of several, none where all are 0: what is not configured was asked nothing."""
    if isinstance(figure, dict):
        counts = ", ".join(f"{key} {count:,}" for key, count in figure.items())
        return counts if any(figure.values()) else "none"
    return f"{figure:,}"


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
