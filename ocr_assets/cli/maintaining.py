"""`forget` and `maintain`: what is kept, put in order or taken away."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rich.markup import escape

from ocr_assets.arrivals import forgotten_documents
from ocr_assets.cli.printing import complaints, console, counted, table_of
from ocr_assets.cli.session import Session
from ocr_assets.forgetting import forget, forget_history
from ocr_assets.indexes import other_stores
from ocr_assets.maintenance import maintain
from ocr_assets.run_tags import bury_dead_runs
from resources.upkeep import Upkeep
from resources.vision.ledger import ledgers_in


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` came to; runs of Dagster's history are counted where it was purged too."""

    documents: tuple[str, ...]
    runs_deleted: int | None = None
    runs_left: int | None = None
    left_in: dict[str, str] = field(default_factory=dict)
    """Vector stores that still hold passages, with what came in the way."""

    def value(self) -> dict[str, Any]:
        """As JSON."""
        value: dict[str, Any] = {"forgotten": list(self.documents)}
        if self.runs_deleted is not None:
            value |= {"runs_deleted": self.runs_deleted, "runs_left": self.runs_left}
        return value | ({"left_in": self.left_in} if self.left_in else {})


def forget_documents(session: Session, names: Sequence[str], purge: bool) -> Forgotten:
    """Forget these documents, or finish it; `purge` also takes them out of earlier versions and Dagster's history."""
    bury_dead_runs(session.catalog)
    begun = forgotten_documents(session.lake)  # by a command that was killed before it had removed everything
    found = tuple(dict.fromkeys(name if name in begun else session.find(name) for name in names))
    parts = (session.lake, session.blobs, session.part("checkpoints"), session.vector_store)
    left = forget(session.catalog, *parts, found, session.part("quarantine"), other_stores(session.settings))
    if not purge:
        return Forgotten(found, left_in=left)
    maintain_session(session, purge=True)
    return Forgotten(found, *forget_history(session.catalog, begun | set(found)), left)


def maintain_session(session: Session, *, purge: bool = False) -> list[Upkeep]:
    """Maintenance of this home's stores."""
    return maintain(
        session.catalog,
        session.lake,
        session.blobs,
        session.part("checkpoints"),
        session.vector_store,
        timedelta(hours=session.settings.retention_hours),
        purge=purge,
        other_stores=other_stores(session.settings),
        ledgers=ledgers_in(session.settings.home),
    )


def told_forgotten(result: Forgotten, as_json: bool) -> None:
    """What `forget` came to."""
    if as_json:
        print(json.dumps(result.value()))
        return
    console.print(f"{counted(len(result.documents))} forgotten", highlight=False)
    if result.runs_left:
        told = "runs had other documents too: Dagster keeps their previews, see docs/operations.md"
        console.print(f"[yellow]{result.runs_left} {told}[/]", highlight=False)
    for place, fault in result.left_in.items():
        told = "maintenance asks it again every night, the same command at once"
        complaints.print(f"[red]passages are left in {escape(place)}:[/] {escape(fault)}; {told}", highlight=False)


def told_upkeep(stores: Sequence[Upkeep], as_json: bool) -> None:
    """What maintenance came to: every store before and after."""
    if as_json:
        print(json.dumps([store.value() for store in stores]))
        return
    table = table_of("store", "files", "bytes", "versions", "rows", "left for the next time")
    for store in stores:
        values = store.value()
        pairs = [(values[f"{name}_before"], values[f"{name}_after"]) for name in ("files", "bytes", "versions", "rows")]
        cells = ["" if old is None else f"{old:,}" if old == new else f"{old:,} → {new:,}" for old, new in pairs]
        table.add_row(store.store, *cells, store.note)
    console.print(table)
