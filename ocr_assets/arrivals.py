"""Arrivals: files seen in a source become registered documents. The sensor and `ocr-assets add` both come here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, Literal

from ocr_assets.catalog import Catalog
from ocr_assets.core.retrying import PUT_BACK
from ocr_assets.holdings import Holdings
from ocr_assets.schemas import ARRIVALS, TOMBSTONES
from resources.blobs import Blobs
from resources.lake import Lake
from resources.sources import SeenFile, Sources

State = Literal["here", "refused", "gone"]

NO_DOCUMENT: Final = ""
TICK: Final = timedelta(microseconds=1)
PARTITIONS_A_CALL: Final = 5_000
"""Dynamic partitions added in one call; Dagster takes at most 25,000."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file and the document that its bytes are; none where it was refused for `reason`."""

    document: str
    file: SeenFile
    state: State = "here"
    reason: str | None = None

    @classmethod
    def refused(cls, file: SeenFile, reason: str) -> "Arrival":
        """A file that is no document."""
        return cls(NO_DOCUMENT, file, "refused", reason)

    @classmethod
    def gone(cls, uri: str, document: str) -> "Arrival":
        """A file that was deleted. Whatever comes there again is another version."""
        return cls(document, SeenFile(uri, 0, ""), "gone")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What registering came to: documents new to the graph, known ones, and those that were forgotten before."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    forgotten: tuple[str, ...]


def keep(blobs: Blobs, sources: Sources, document: str, uri: str) -> bool:
    """Store the document's bytes from this source, through a file: documents may be larger than memory.

    False where other bytes lie there now. Raises TransientFault where they cannot be had.
    """
    with NamedTemporaryFile(prefix="ocr-assets-") as file:
        if sources.save(uri, file) != document:
            return False
        file.flush()
        blobs.put_document(document, Path(file.name))
    return True


def note_arrivals(lake: Lake, arrivals: Sequence[Arrival], holdings: Holdings | None = None) -> None:
    """Write down what was seen where. What a source is known to hold already is not written again.

    `holdings` is what the sources hold by now, where the caller has read it.
    """
    latest = {arrival.file.uri: arrival for arrival in arrivals}
    known = Holdings.read(lake, latest) if holdings is None else holdings
    moment = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for arrival in latest.values():
        held = known.at.get(arrival.file.uri)
        if held and (held.document, held.version, held.state) == (
            arrival.document,
            arrival.file.version,
            arrival.state,
        ):
            continue
        rows.append(
            {
                "document": arrival.document,
                "source": arrival.file.uri,
                "bytes": arrival.file.bytes,
                "version": arrival.file.version,
                # Later than the row before, also when a clock was put back: the latest row tells how it is now.
                "seen_at": max(moment, held.seen_at + TICK) if held else moment,
                "state": arrival.state,
                "reason": arrival.reason,
                "supersedes": known.superseded(arrival.file.uri, arrival.document) if arrival.state == "here" else None,
            }
        )
    lake.append(ARRIVALS, rows)


def places(lake: Lake, documents: Iterable[str]) -> dict[str, list[str]]:
    """Every URI at which each of these documents was seen, sorted."""
    found: dict[str, set[str]] = {}
    for document, source in lake.read(ARRIVALS, documents, ["document", "source"]).iter_rows():
        found.setdefault(document, set()).add(source)
    return {document: sorted(uris) for document, uris in found.items()}


def sizes(lake: Lake, documents: Iterable[str]) -> dict[str, int]:
    """How many bytes each of these documents has, as its source said."""
    found: dict[str, int] = {}
    for document, size in lake.read(ARRIVALS, documents, ["document", "bytes"]).iter_rows():
        found[document] = max(size, found.get(document, 0))  # a row that says "gone" has none
    return found


def predecessors(lake: Lake, documents: Iterable[str]) -> dict[str, str]:
    """Of each of these documents that took another one's place, which one that was, at last."""
    rows = lake.read(ARRIVALS, documents, ["document", "supersedes", "seen_at"]).drop_nulls("supersedes")
    return dict(rows.sort("seen_at").select("document", "supersedes").iter_rows())


def arrived_since(lake: Lake, documents: Iterable[str], moment: float, now: float = inf) -> set[str]:
    """Those of the documents that were first seen after `moment`, in seconds since the epoch.

    One that was seen later than `now` was so before the clock was put back, and who knows when.
    """
    first: dict[str, float] = {}
    for document, seen in lake.read(ARRIVALS, documents, ["document", "seen_at"]).iter_rows():
        first[document] = min(first.get(document, seen.timestamp()), seen.timestamp())
    return {document for document, seen in first.items() if moment < seen <= now + PUT_BACK}


def forgotten_documents(lake: Lake, among: Iterable[str] | None = None) -> set[str]:
    """Documents that were forgotten and not taken back since."""
    tombstones = lake.read(TOMBSTONES, among, ["document", "forgotten_at"])
    return {document for document, forgotten_at in tombstones.iter_rows() if forgotten_at is not None}


def sort_out(catalog: Catalog, lake: Lake, documents: Sequence[str]) -> Arrived:
    """Which of these documents are new, known, or forgotten."""
    registered = set(catalog.instance.get_dynamic_partitions(catalog.partitions))
    forgotten = forgotten_documents(lake, documents)
    ordered = sorted(set(documents))
    return Arrived(
        new=tuple(d for d in ordered if d not in registered and d not in forgotten),
        known=tuple(d for d in ordered if d in registered),
        forgotten=tuple(d for d in ordered if d in forgotten and d not in registered),
    )


def register(catalog: Catalog, documents: Sequence[str]) -> None:
    """Register documents as partitions, in hash order, so that a batch is a narrow range of hashes."""
    ordered = sorted(documents)
    for start in range(0, len(ordered), PARTITIONS_A_CALL):
        catalog.instance.add_dynamic_partitions(catalog.partitions, ordered[start : start + PARTITIONS_A_CALL])
