"""Arrivals: files that appear in the watched sources become partitions and runs.

What was seen already is told by the lake's table of arrivals, version by version, so that a rewritten file and two
files of the same second are not lost, and no cursor can be. A tick does what its time allows and leaves the rest.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dagster as dg

from ocr_assets.arrivals import Arrival, Arrived, note_arrivals, register, sort_out
from ocr_assets.binding import bound, needs
from ocr_assets.catalog import Catalog
from ocr_assets.collections_file import places_of
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.continuation import plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import OcrAssetsError
from ocr_assets.forgetting import forget
from ocr_assets.holdings import Holdings
from ocr_assets.indexes import other_stores
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import in_flight, load_states, registered
from ocr_assets.settings import Settings
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.disk_room import too_little_room
from resources.lake import Lake
from resources.quarantine import Quarantine
from resources.sources import Sources
from resources.vector_store import VectorStore
from resources.vision.ledger import LEDGERS
from sensors.arrival_listing import Lister, Listing
from sensors.arrival_looks import LARGE_BYTES, Looker, Looks, refusal
from sensors.arrival_memory import REMEMBERED, Memory, in_turn, portion
from sensors.arrival_telling import Told
from sensors.unfinished_documents import run_request
from sensors.vanishing import to_forget, vanished

FILES_A_TICK: Final = 16 * BATCH_SIZE
"""Dagster writes an event for each document and stage of a run that is requested, some seconds a run on SQLite."""
BYTES_A_TICK: Final = 4 << 30
SPOOL: Final = "arriving"
"""Folder of the home for large files that are read over several ticks."""
LIST_SECONDS: Final = 7.0
PATIENCE: Final = 3.0
LOOK_SECONDS: Final = 11.0
"""From the beginning of the tick. With what comes after, a tick stays under 20 s; Dagster ends it after 60."""
OBSERVED: Final = 200
"""Superseded documents that a tick observes on their partitions; `status` tells of all."""


@dataclass(frozen=True)
class Stores:
    """What a tick works with."""

    catalog: Catalog
    lake: Lake
    sources: Sources
    quarantine: Quarantine
    blobs: Blobs
    checkpoints: Checkpoints
    vector_store: VectorStore


def arrivals_sensor(
    settings: Settings, collection: Collection = DEFAULT, everybody: Mapping[Collection, Settings] | None = None
) -> dg.SensorDefinition:
    """The sensor over the configured sources. What the collections `everybody` write there is left out."""
    outside = own_places(everybody or {collection: settings})
    fix = f"the sources of {collection.name}" if collection.name else "OCR_ASSETS_SOURCES=s3://bucket/prefix"
    places = list(dict.fromkeys(place.strip() for place in settings.sources.split(",") if place.strip()))

    def s3_arrivals(
        context: dg.SensorEvaluationContext,
        lake: Lake,
        sources: Sources,
        quarantine: Quarantine,
        blobs: Blobs,
        checkpoints: Checkpoints,
        vector_store: VectorStore,
    ) -> dg.SensorResult:
        if not places:
            return dg.SensorResult(skip_reason=f"no source is configured; set {fix}")
        places_written = (settings.root, settings.quarantine_root, settings.home, context.instance.root_directory)
        if scarce := too_little_room(places_written, settings.free_mb):
            return dg.SensorResult(skip_reason=scarce, cursor=context.cursor)
        catalog = Catalog(context.instance, collection)
        stores = Stores(catalog, lake, sources, quarantine, blobs, checkpoints, vector_store)
        memory = Memory.load(context.cursor)
        arrived, told = tick(stores, settings, places, memory, outside)
        for line in told.lines():  # none where nothing happened, so that such ticks have no log to keep
            context.log.info(line)
        for line in told.troubles:
            context.log.warning(line)
        launches = plan_launches(registered(catalog), dict.fromkeys(arrived.new, STAGES[0]), BATCH_SIZE)
        if not launches:
            return dg.SensorResult(skip_reason=told.sentence(), cursor=memory.dump())
        return dg.SensorResult(run_requests=[run_request(catalog, launch) for launch in launches], cursor=memory.dump())

    return dg.sensor(
        name=collection.named("s3_arrivals"),
        target=[dg.AssetKey(collection.path(stage)) for stage in STAGES],
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Watches {', '.join(places) or f'nothing: set {fix}'} for new and changed documents.",
        required_resource_keys=needs(s3_arrivals, collection),
    )(bound(s3_arrivals, collection))


def tick(
    stores: Stores, settings: Settings, places: Sequence[str], memory: Memory, outside: tuple[str, ...]
) -> tuple[Arrived, Told]:
    """One look at all sources but for what lies `outside`; what arrived, and what to tell of it.

    Raises where no source can be listed.
    """
    began, now = time.monotonic(), time.time()
    holdings = Holdings.read(stores.lake)
    enough = FILES_A_TICK + REMEMBERED  # of which the last may have to wait
    lister = Lister(
        stores.sources,
        lambda file: not holdings.knows(file),
        enough,
        LIST_SECONDS,
        PATIENCE,
        outside,
    )
    listings = lister.list(places, memory.after)
    if all(listing.fault for listing in listings):
        raise next(listing.fault for listing in listings if listing.fault)
    fresh = [[file for file in listing.changed if not memory.attempts(file)] for listing in listings]
    failed = [file for listing in listings for file in listing.changed if memory.attempts(file)]
    again = [file for file in failed if memory.due(file, now)]
    queue = in_turn([*fresh, again])
    normal = [file for file in queue if file.bytes <= LARGE_BYTES]
    taken = [*portion(normal, FILES_A_TICK, BYTES_A_TICK), *(file for file in queue if file.bytes > LARGE_BYTES)]
    looker = Looker(
        stores.sources,
        stores.quarantine,
        spool(settings, stores.catalog.collection),
        settings.max_bytes,
        began + LOOK_SECONDS,
    )
    looks = looker.look(taken)
    read = {file.uri for file in taken} - {file.uri for file in looks.left}
    looks.left = [file for file in queue if file.uri not in read]

    arrived, superseded = settle(stores, holdings, looks.arrivals)
    told = Told.of(listings, arrived, looks, superseded, later=len(failed) - len(again))
    if settings.forget_deleted or settings.forget_superseded:
        clear_away(stores, settings, listings, holdings, looks, told)
    remember(memory, listings, looks, now)
    return arrived, told


def spool(settings: Settings, collection: Collection) -> Path:
    """The folder in which a collection's sensor keeps what it has read of large files."""
    return Path(settings.home, f"{SPOOL}-{collection.name}" if collection.name else SPOOL).absolute()


def own_places(collections: Mapping[Collection, Settings]) -> tuple[str, ...]:
    """What the pipeline itself writes, as URIs: it may lie inside of a source, as a source may lie beside it."""
    homes = {Path(settings.home).absolute() for settings in collections.values()}
    places = [str(home / name) for home in homes for name in ("dagster", "vision")]
    for collection, settings in collections.items():
        places += [*places_of(settings), str(spool(settings, collection))]
    ledgers = [
        (home / name).as_uri() for home in homes for name in LEDGERS
    ]  # SQLite has files beside it whose names begin so
    return (*(f"{place if '://' in place else Path(place).as_uri()}/" for place in places), *ledgers)


def settle(stores: Stores, holdings: Holdings, arrivals: Sequence[Arrival]) -> tuple[Arrived, dict[str, str]]:
    """Register the new documents and write down what was seen; also which documents were superseded, and by which."""
    accepted = [arrival for arrival in arrivals if arrival.state == "here"]
    arrived = sort_out(stores.catalog, stores.lake, [arrival.document for arrival in accepted])
    # Registered first: a tick that is killed in between finds the file changed again, and notes it then.
    register(stores.catalog, arrived.new)
    note_arrivals(stores.lake, arrivals, holdings)
    for arrival in accepted:
        held = holdings.at.get(arrival.file.uri)
        if held is not None and held.state == "refused":
            stores.quarantine.release(refusal(arrival.file.uri, held.version))
    replaced = {old for arrival in accepted if (old := holdings.superseded(arrival.file.uri, arrival.document))}
    if not replaced:
        return arrived, {}
    ended = Holdings.read(stores.lake).ended(replaced)  # another source may still hold one of them
    superseded = {old: end.superseded_by for old, end in ended.items() if end.superseded_by}
    observe(stores, superseded)
    return arrived, superseded


def observe(stores: Stores, superseded: Mapping[str, str]) -> None:
    """Say on the partition of each superseded document which one took its place."""
    states = load_states(stores.catalog, stores.lake, list(superseded)[:OBSERVED])
    for old, state in states.items():
        if state.status(STAGES[0]) in ("done", "stale"):  # an observation that came after a failure would hide it
            stores.catalog.instance.report_runless_asset_event(
                dg.AssetObservation(
                    stores.catalog.key(STAGES[0]),
                    partition=old,
                    metadata={"superseded_by": superseded[old]},
                    description=f"its sources hold {superseded[old]} now",
                )
            )


def clear_away(
    stores: Stores, settings: Settings, listings: Sequence[Listing], holdings: Holdings, looks: Looks, told: Told
) -> None:
    """Note what vanished, and forget what no source holds any more."""
    gone: list[Arrival] = []
    for listing in listings if settings.forget_deleted else ():
        try:
            gone += vanished(stores.sources, listing, holdings, settings.forget_at_most)
        except OcrAssetsError as error:
            told.troubles.append(str(error))
    note_arrivals(stores.lake, gone, holdings)
    told.vanished = [arrival.file.uri for arrival in gone]
    # A file that waits, or that cannot be listed now, may be one of these documents under another name.
    if looks.left or any(listing.fault for listing in listings):
        return
    after = Holdings.read(stores.lake) if gone or looks.arrivals else holdings
    chosen = to_forget(after, settings, lambda: in_flight(stores.catalog, registered(stores.catalog)))
    if chosen:
        parts = (stores.lake, stores.blobs, stores.checkpoints, stores.vector_store)
        left = forget(stores.catalog, *parts, chosen, stores.quarantine, other_stores(settings))
        told.troubles += [f"passages of forgotten documents are left in {place}: {left[place]}" for place in left]
        told.forgotten = chosen


def remember(memory: Memory, listings: Sequence[Listing], looks: Looks, now: float) -> None:
    """Bring the memory up to date with what this tick came to."""
    memory.settled([arrival.file for arrival in looks.arrivals], now)
    for file, _ in looks.unreadable:
        memory.failed(file, now)
    waiting = [file for file in looks.left if file.bytes <= LARGE_BYTES and not memory.attempts(file)]
    after = {listing.place: listing.resume(waiting) for listing in listings}
    memory.after = {place: uri for place, uri in after.items() if uri}
