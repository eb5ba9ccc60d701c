"""`add`: files from a path, folder or bucket become registered documents, their bytes stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr_assets.arrivals import Arrival, keep, note_arrivals, register, sort_out, take_back
from ocr_assets.cli.session import Session
from ocr_assets.errors import UsageError
from resources.sources import SeenFile, Sources

FILES_AT_ONCE = 256
"""Files after which arrivals are written and registered, so that a killed `add` keeps what it had done."""


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` came to; `documents` has every document named, in the order of their sources."""

    documents: tuple[str, ...]
    new: tuple[str, ...]
    forgotten: tuple[str, ...]


def add(session: Session, places: Sequence[str], again: bool = False) -> Added:
    """Store and register every file at these places. Forgotten documents come back only with `again`."""
    sources: Sources = session.part("sources")
    documents: dict[str, None] = {}
    new: list[str] = []
    forgotten: list[str] = []
    for files in _portions(file for place in places for file in sources.list(place)):
        arrivals = [Arrival(sources.identify(file), file) for file in files]
        arrived = sort_out(session.instance, session.lake, [arrival.document for arrival in arrivals])
        refused = set() if again else set(arrived.forgotten)
        for arrival in arrivals:
            if arrival.document not in refused:
                _store(session, sources, arrival)
        note_arrivals(session.lake, [arrival for arrival in arrivals if arrival.document not in refused])
        if again:
            take_back(session.lake, arrived.forgotten)
        fresh = [*arrived.new, *(arrived.forgotten if again else ())]
        register(session.instance, fresh)
        documents |= dict.fromkeys(a.document for a in arrivals if a.document not in refused)
        new += fresh
        forgotten += refused
    if not documents and not forgotten:
        raise UsageError(f"no PDF, PNG, JPEG or TIFF in {', '.join(places)}")
    return Added(tuple(documents), tuple(new), tuple(forgotten))


def _store(session: Session, sources: Sources, arrival: Arrival) -> None:
    """Keep the file's bytes. Of one that is too large nothing is kept: its first stage says so."""
    document, file = arrival.document, arrival.file
    if file.bytes > session.settings.max_bytes or session.blobs.has(document, document):
        return
    if not keep(session.blobs, sources, document, file.uri):
        raise UsageError(f"{file.uri} was rewritten while it was added; add it again")


def _portions(files: Iterable[SeenFile]) -> Iterable[list[SeenFile]]:
    portion: list[SeenFile] = []
    for file in files:
        portion.append(file)
        if len(portion) == FILES_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
