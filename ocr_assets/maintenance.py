"""Maintenance: tables compacted, earlier versions and what nothing names any more removed. An asset on a schedule.

Everything it removes is older than the retention, and nothing of a run in flight; see docs/operations.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import SCHEDULE_NAME_TAG

from ocr_assets.arrivals import forgotten_documents
from ocr_assets.catalog import Catalog
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.forgetting import unregister_forgotten
from ocr_assets.forgotten_passages import leave_later
from ocr_assets.indexes import other_stores
from ocr_assets.pipeline_state import in_flight, registered
from ocr_assets.run_tags import IN_PROGRESS, tag_stage, this_process
from ocr_assets.schemas import ARRIVALS, PAGE_IMAGES, RAW_PDFS, STAGE_TABLES, TABLES
from ocr_assets.settings import Settings
from resources.blobs import Blobs
from resources.checkpoints import PAID_KEPT, Checkpoints
from resources.exclusive import exclusive
from resources.lake import Lake
from resources.lake_maintenance import maintain_table
from resources.upkeep import Figures, StoredFile, Upkeep
from resources.vector_store import VectorStore
from resources.vision.ledger import Ledger, ledgers_in

NAMING = [table for table in STAGE_TABLES if any(column.name == "image" for column in table.columns)]
"""The tables that name blobs."""


def maintain(
    catalog: Catalog,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    vector_store: VectorStore,
    retention: timedelta,
    *,
    purge: bool = False,
    other_stores: Iterable[VectorStore] = (),
    ledgers: Iterable[Ledger] = (),
) -> list[Upkeep]:
    """Put every store in order; what each held before and after.

    `other_stores` are those of the register's indexes that the vector store does not reach. `purge` removes earlier
    versions of tables at once, whatever the retention; what no version names yet, such as the files of a writer that
    has not committed, it leaves as well. What forgotten documents have left in a store that did not answer goes first.
    `ledgers` keep the totals of days whose answers are not kept any more.
    Raises UsageError while another process is at it.
    """
    with exclusive(lake.root, "maintenance", this_process()):
        stores = (vector_store, *other_stores)
        unregister_forgotten(catalog, lake)
        left = leave_later(lake, stores)
        tables = [maintain_table(lake, name, retention, purge=purge) for name in TABLES]
        vectors = [one for store in stores for one in store.maintain(retention, purge=purge)]
        before = datetime.now(UTC) - retention
        kept = checkpoints.abandon(before, in_flight(catalog, registered(catalog)))
        named = unnamed_blobs(catalog, lake, blobs, checkpoints.documents(), before)
        spent = [ledger.trim((before - PAID_KEPT).date()) for ledger in ledgers]
        nothing = Figures(0, 0)
        forgotten = [Upkeep(place, nothing, nothing, f"forgotten documents: {fault}") for place, fault in left.items()]
        return [*(table for table in tables if table), *vectors, *forgotten, kept, named, *spent]


def unnamed_blobs(catalog: Catalog, lake: Lake, blobs: Blobs, checkpointed: set[str], before: datetime) -> Upkeep:
    """Remove blobs older than `before` that no row names, but of documents in flight or with checkpoints.

    Where no arrival is known at all, the lake is lost rather than every blob superfluous: nothing is removed.
    """
    known = registered(catalog)
    # Before the rows are read: those of a run that ends in between are in the lake.
    protected = in_flight(catalog, known) | checkpointed
    spared = not lake.documents(ARRIVALS)
    files = size = gone = gone_size = 0
    for shelf in blobs.shelves():
        held = blobs.on_shelf(shelf)
        old = superfluous(lake, held, set(known))
        for document, found in held.items():
            removed = [file for file in old.get(document, ()) if file.modified < before]
            if spared or document in protected:
                removed = []
            blobs.remove(document, [file.name for file in removed])
            files, size = files + len(found), size + sum(file.bytes for file in found)
            gone, gone_size = gone + len(removed), gone_size + sum(file.bytes for file in removed)
    return Upkeep("blobs", Figures(files, size), Figures(files - gone, size - gone_size))


def superfluous(
    lake: Lake, held: Mapping[str, Sequence[StoredFile]], known: set[str]
) -> dict[str, Sequence[StoredFile]]:
    """Blobs that no row names: images of earlier renderings, and all of documents that nothing knows.

    Of a document without rendered pages in the lake all are left: they may be of a rendering that is not settled yet.
    """
    seen = lake.documents(ARRIVALS, held) | lake.documents(RAW_PDFS, held)
    heard = known | (seen - forgotten_documents(lake, held))
    rendered = lake.documents(PAGE_IMAGES, held)
    named = {row for table in NAMING for row in lake.read(table, rendered, ["document", "image"]).iter_rows()}
    unnamed: dict[str, Sequence[StoredFile]] = {document: held[document] for document in held.keys() - heard}
    for document in rendered & heard:
        unnamed[document] = [f for f in held[document] if f.name != document and (document, f.name) not in named]
    return unnamed


@dg.asset(
    group_name="operations",
    kinds={"python", "deltalake", "lancedb"},
    owners=["team:documents"],
    description="Tables compacted and sorted, earlier versions and what nothing names any more removed.",
)
def maintenance(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    vector_store: VectorStore,
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult[None]:
    tag_stage(context.instance, context.run, context.asset_key)
    retention = timedelta(hours=settings.retention_hours)
    stores, others = (lake, blobs, checkpoints, vector_store), other_stores(settings)
    done = maintain(Catalog.of(context), *stores, retention, other_stores=others, ledgers=ledgers_in(settings.home))
    return dg.MaterializeResult(metadata=shown(done))


def shown(done: Sequence[Upkeep]) -> dict[str, dg.MetadataValue]:
    """The figures of every store as a table, and the totals as numbers that Dagster draws over time."""
    records = [dg.TableRecord(one.value()) for one in done]
    totals = {
        f"{name}_{side}": sum(getattr(getattr(one, side), name) for one in done)
        for side in ("before", "after")
        for name in ("files", "bytes")
    }
    return {"stores": dg.MetadataValue.table(records)} | {n: dg.MetadataValue.int(total) for n, total in totals.items()}


def nightly_maintenance(collection: Collection = DEFAULT) -> dg.ScheduleDefinition:
    """The schedule of a collection's maintenance."""
    name = collection.named("nightly_maintenance")

    @dg.schedule(
        name=name,
        cron_schedule="0 3 * * *",
        target=[dg.AssetKey(collection.path("maintenance"))],
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night at three, UTC; left out while the one before is still at it.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        ours = dg.RunsFilter(tags={SCHEDULE_NAME_TAG: name}, statuses=list(IN_PROGRESS))
        if context.instance.get_runs(ours, limit=1):
            return dg.SkipReason("the maintenance before is still at work")
        return dg.RunRequest()

    return schedule
