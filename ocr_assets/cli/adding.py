"""`add`: files from a path, folder or bucket become registered documents, their bytes stored."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath

from rich.markup import escape

from ocr_assets.arrivals import Arrival, keep, note_arrivals, register, sort_out
from ocr_assets.cli.printing import LISTED, complaints, console, counted, name_of
from ocr_assets.cli.session import Session
from ocr_assets.core.text_layer import without_controls
from ocr_assets.errors import UsageError
from ocr_assets.forgotten_passages import take_back
from resources.image_tables import SUFFIXES, Ranges, TableImage, images, is_table
from resources.sources import EXTENSIONS, SeenFile, Sources, local_path

FILES_AT_ONCE = 256
"""Files after which arrivals are written and registered, so that a killed `add` keeps what it had done."""
BYTES_AT_ONCE = 64 << 20
"""The same for images that come out of tables, which are in memory until then."""


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` came to; `documents` has every document named, in the order of their sources.

    `seen` says where the new ones are, `missing` are files that a table names and that are not there.
    """

    documents: tuple[str, ...]
    new: tuple[str, ...]
    forgotten: tuple[str, ...]
    missing: tuple[str, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or an image within a table, whose bytes are at hand."""

    file: SeenFile
    content: bytes | None = None


@dataclass
class _Finder:
    """What lies at places; `missing` grows while it is looked for."""

    sources: Sources
    missing: list[str] = field(default_factory=list)

    def found(self, place: str) -> Iterator[Found]:
        for file in self.sources.list(place, endings=(*EXTENSIONS, *SUFFIXES)):
            if file.uri.lower().endswith(SUFFIXES):
                yield from self._in_table(file, must=place.lower().endswith(SUFFIXES))
            else:
                yield Found(file)

    def _in_table(self, table: SeenFile, must: bool) -> Iterator[Found]:
        """The images of a table. A table met in a folder that has none is passed over, as other files there are."""
        if not must and not is_table(Ranges(table.bytes, partial(self._part, table))):
            return
        with self.sources.local(table.uri) as path:
            for image in images(path, table.uri):
                found = self._image(table, image)
                if found:
                    yield found

    def _part(self, table: SeenFile, start: int, end: int) -> bytes:
        return b"".join(self.sources.pieces(table, start, end))

    def _image(self, table: SeenFile, image: TableImage) -> Found | None:
        if image.content is not None:
            uri = f"{table.uri}#{image.fragment}"
            return Found(SeenFile(uri, len(image.content), table.version), image.content)
        for place in _meant(table.uri, image.place or ""):
            if place.startswith("s3://"):
                file = next((seen for seen in self.sources.list(place) if seen.uri == place), None)
            else:
                file = next(iter(self.sources.list(place))) if _is_file(place) else None
            if file:
                return Found(file)
        self.missing.append(image.place or "")
        return None


def _is_file(place: str) -> bool:
    try:
        return Path(place).is_file()
    except OSError:  # a text longer than a name may be, a folder that may not be entered
        return False


def _meant(table: str, place: str) -> list[str]:
    """Where a path in a table may lead: as it is, and from the table's own folder."""
    if "://" in place:
        return [str(local_path(place)) if place.startswith("file:") else place]
    if table.startswith("s3://"):
        return [f"{table.rsplit('/', 1)[0]}/{PurePosixPath(place)}"]
    return [str(local_path(table).parent / place), str(Path(place))]


def add(session: Session, places: Sequence[str], again: bool = False) -> Added:
    """Store and register every file at these places. Forgotten documents come back only with `again`."""
    sources: Sources = session.part("sources")
    finder = _Finder(sources)
    documents: dict[str, str] = {}
    new: list[str] = []
    forgotten: list[str] = []
    for files in _portions(found for place in places for found in finder.found(place)):
        arrivals = [Arrival(_identity(sources, found), found.file) for found in files]
        arrived = sort_out(session.catalog, session.lake, [arrival.document for arrival in arrivals])
        if again:  # before their bytes are stored: a command that is still forgetting them would remove those
            take_back(session.lake, arrived.forgotten)
        refused = set() if again else set(arrived.forgotten)
        for arrival, found in zip(arrivals, files, strict=True):
            if arrival.document not in refused:
                _store(session, sources, arrival, found.content)
        note_arrivals(session.lake, [arrival for arrival in arrivals if arrival.document not in refused])
        fresh = [*arrived.new, *(arrived.forgotten if again else ())]
        register(session.catalog, fresh)
        for arrival in arrivals:
            if arrival.document not in refused:
                documents.setdefault(arrival.document, arrival.file.uri)
        new += fresh
        forgotten += refused
    if not documents and not forgotten:
        raise UsageError(f"no PDF, PNG, JPEG or TIFF in {', '.join(places)}")
    return Added(tuple(documents), tuple(new), tuple(forgotten), tuple(finder.missing), {d: documents[d] for d in new})


def told(result: Added, as_json: bool) -> None:
    """What `add` came to."""
    if as_json:
        value = {"documents": result.documents, "new": result.new, "forgotten": result.forgotten}
        print(json.dumps(value | {"missing": result.missing}))
        return
    known = len(result.documents) - len(result.new)
    console.print(f"{counted(len(result.new))} registered, {known} already known", highlight=False)
    for document in result.new[:LISTED]:
        console.print(f"  {document}  {escape(name_of([result.seen[document]]))}", highlight=False, soft_wrap=True)
    told_missing(result.missing)
    if result.forgotten:
        left_out = f"[yellow]{counted(len(result.forgotten))} left out, forgotten before[/]"
        console.print(f"{left_out}; --again takes them back", highlight=False)


def told_missing(files: Sequence[str]) -> None:
    """Files that a table names and that are not there."""
    for file in files[:LISTED]:
        complaints.print(f"[yellow]not there:[/] {escape(without_controls(file))}", highlight=False, soft_wrap=True)
    if len(files) > LISTED:
        complaints.print(f"[yellow]and {len(files) - LISTED} more that are named in a table and not there[/]")


def _identity(sources: Sources, found: Found) -> str:
    return sources.identify(found.file) if found.content is None else sha256(found.content).hexdigest()


def _store(session: Session, sources: Sources, arrival: Arrival, content: bytes | None) -> None:
    """Keep the file's bytes. Of one that is too large nothing is kept: its first stage says so."""
    document, file = arrival.document, arrival.file
    if file.bytes > session.settings.max_bytes or session.blobs.has(document, document):
        return
    if content is not None:
        session.blobs.put(document, content)
    elif not keep(session.blobs, sources, document, file.uri):
        raise UsageError(f"{file.uri} was rewritten while it was added; add it again")


def _portions(files: Iterable[Found]) -> Iterator[list[Found]]:
    portion: list[Found] = []
    held = 0
    for found in files:
        portion.append(found)
        held += len(found.content or b"")
        if len(portion) == FILES_AT_ONCE or held >= BYTES_AT_ONCE:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion
