"""The text of every page, by the cheapest reader that reads it well."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import dagster as dg

from ocr_assets.core import previews
from ocr_assets.core.forms import XFA
from ocr_assets.core.pages import PageInput, PageKind, PageReading, Turn
from ocr_assets.core.readings import block_value, field_value, reading_of, word_value
from ocr_assets.core.valid_reading import valid_reading
from ocr_assets.errors import DocumentFault, PermanentFault, UsageError
from ocr_assets.page_batches import PageStage, PageTask, Row, run_pages
from ocr_assets.page_images import page_images
from ocr_assets.partitions import stage
from ocr_assets.schemas import OCR_TEXT, PAGE_IMAGES
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import BlobReader, Blobs
from resources.checkpoints import Checkpoints
from resources.faults import fault_of
from resources.lake import Lake
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.tesseract_models import NAMES, installed, suitable
from resources.passwords import Passwords
from resources.upstage.readings import READER, PagesToRead, UpstageReadings, without_text
from resources.upstage.service import Upstage
from resources.vision.asking import Asker, Attempt
from resources.vision.model import VisionModel
from resources.vision.pages import NOT_ASKED, AskedPage, ask_page
from resources.vision.threads import with_asked
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl

REVIEWS = 2_000  # characters of reasons that the UI shows
READING = ("min_text_coverage", "review_confidence", "languages", "tessdata")
MODEL = ("reader", "vision_model", "vision_profile", "vision_pixels")
UPSTAGE = ("upstage_model", "upstage_extraction", "upstage_extraction_model")


@dg.asset(
    deps=[page_images],
    description="The page's text with words, boxes and confidence, and its blocks in reading order.",
    code_version="1",
    pool="vision",
    **stage(OCR_TEXT, group="pages", kinds={"text", "deltalake"}, settings=(*READING, *MODEL, *UPSTAGE)),
)
def ocr_text(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    passwords: Passwords,
    workers: PageWorkers,
    vision: VisionModel,
    upstage: Upstage,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, OCR_TEXT)
    images = lake.read(PAGE_IMAGES, batch.documents).partition_by("document", as_dict=True)
    reader = ReaderSettings(
        min_coverage=settings.min_text_coverage,
        review=settings.review_confidence,
        languages=settings.languages,
        tessdata=settings.tessdata,
    )

    upstages = None
    if settings.reader == READER:
        if warning := upstage.warning():
            context.log.warning(warning)
        upstages = UpstageReadings(upstage, checkpoints, batch.checkpoint_stage, settings.review_confidence)
        fetch_readings(batch, upstages, images, blobs)

    if settings.reader == "vision" and not vision.is_there:
        raise UsageError("OCR_ASSETS_READER=vision needs a vision model: set OCR_ASSETS_VISION_MODEL")
    with batch.local_files(blobs) as paths, ExitStack() as stack:
        is_asked_at_all = vision.is_there and upstages is None
        asker = stack.enter_context(vision.asking(batch.run_id, batch.stage, checkpoints)) if is_asked_at_all else None

        def pages(document: str) -> dict[int, DocumentFault | None]:
            if asker is not None:
                asker.sender.waits(asker.stage, document)
            rendered = images[(document,)].select("page", "failure").iter_rows()
            return {page: render_fault(failure) if failure else None for page, failure in rendered}

        def work(document: str, page: int) -> Reading:
            image = images[(document,)].row(page - 1, named=True)
            return Reading(
                document=document,
                path=paths[document],
                page=page,
                kind=image["kind"],
                dpi=image["dpi"],
                turned=image["turned"],
                skew=image["skew"],
                image=image["image"],
                blobs=blobs.reader(),
                passwords=passwords.all(),
                settings=reader,
            )

        def summary(document: str, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, dict[str, Any]]":
            shown = rows["words"].list.len().fill_null(0).gt(0).arg_max() or 0
            image = images[(document,)]["image"][shown]
            shown_preview = preview(blobs, document, image, rows.row(shown, named=True))
            return rows, totals(rows, settings.tessdata) | {"preview": dg.MetadataValue.md(shown_preview)}

        def asked(results: Iterator[Local]) -> Iterator[Done]:
            if upstages is not None:
                return map(partial(as_upstage_reads, upstages), results)
            if asker is None:
                return map(unasked, results)

            def is_asked(local: Local) -> bool:
                task, result = local
                return task.document not in batch.faults and is_for_model(task.work, result, settings.reader)

            return with_asked(results, is_asked, partial(ask, asker), unasked, vision.threads)

        page_stage = PageStage(pages, work, read, rows, failed_rows, summary, asked)
        try:
            run_pages(batch, workers, checkpoints, page_stage, settings.failed_pages)
        finally:
            tell_spent(context, vision)
            for document in batch.settled:
                if asker is not None:
                    asker.paid.clear(document)
                if upstages is not None:
                    upstages.clear(document)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page process needs to read a page. `image` names the blob of the rendered page."""

    document: str
    path: str
    page: int
    kind: PageKind
    dpi: float
    turned: Turn
    skew: float
    image: str
    blobs: BlobReader
    passwords: tuple[str, ...]
    settings: ReaderSettings


def read(task: Reading) -> tuple[PageReading, float]:
    """The reading and the processor seconds it took. Runs in a page process."""
    began = time.process_time()
    image = task.blobs.get(task.document, task.image)
    page = PageInput(task.path, task.page, task.kind, task.dpi, image, task.passwords, task.turned, task.skew)
    return valid_reading(read_page(page, task.settings)), time.process_time() - began


Local = tuple[PageTask[Reading], tuple[PageReading, float] | DocumentFault]
"""What the local readers made of a page."""
Done = tuple[PageTask[Reading], tuple[PageReading, float, AskedPage] | DocumentFault]


def is_for_model(task: Reading, result: tuple[PageReading, float] | DocumentFault, reader: str) -> bool:
    """Whether the vision model is asked for a page: all that have ink, or those the local readers are unsure of."""
    if isinstance(result, DocumentFault):
        return result.reason == "unread_ink"
    review = result[0].review
    return task.kind != "blank" and (reader == "vision" or review not in ("", XFA))


def unasked(local: Local) -> Done:
    """The page as the local readers have it."""
    task, result = local
    return task, result if isinstance(result, DocumentFault) else (*result, NOT_ASKED)


def ask(asker: Asker, local: Local) -> Done:
    """The page as the vision model reads it, or as the local readers do where none of its answers is good."""
    task, result = local
    work = task.work
    seen, seconds = (None, 0.0) if isinstance(result, DocumentFault) else result
    try:
        asked = ask_page(asker, work.document, work.page, work.blobs.get(work.document, work.image), seen)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
        return task, fault_of(error)
    if asked.reading is not None:
        return task, (asked.reading, seconds, asked)
    if seen is None:
        assert isinstance(result, DocumentFault)
        return task, PermanentFault(result.reason, f"{result.detail}{told(asked)}")
    return task, (replace(seen, review=f"{seen.review}{told(asked)}".removeprefix("; ")), seconds, asked)


def fetch_readings(
    batch: Batch, upstages: UpstageReadings, images: "Mapping[tuple[Any, ...], pl.DataFrame]", blobs: Blobs
) -> None:
    """Have Upstage read every page with ink; documents for which it does not answer now are failed."""

    def pages(document: str) -> PagesToRead:
        if (document,) not in images:
            return PagesToRead("", {})
        rendered = images[(document,)].filter(pl.col("image").is_not_null(), pl.col("kind") != "blank")
        named = dict(rendered.select("page", "image").iter_rows())
        version = sha256("".join(named.values()).encode()).hexdigest()[:12]
        return PagesToRead(version, {page: partial(blobs.get, document, image) for page, image in named.items()})

    import polars as pl

    for document, fault in upstages.fetch({document: pages(document) for document in batch.undecided()}).items():
        batch.failed(document, fault)


def as_upstage_reads(upstages: UpstageReadings, local: Local) -> Done:
    """The page as Upstage reads it, or as the local readers do where it reads nothing."""
    task, result = local
    work = task.work
    if work.kind == "blank":
        return unasked(local)
    seen, seconds = (None, 0.0) if isinstance(result, DocumentFault) else result
    try:
        found = upstages.page(work.document, work.page, seen)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
        return task, fault_of(error)
    charged = AskedPage(found.reading, (Attempt(0, None, 0, found.told, 0, 0, found.cost, 0.0),), found.unplaced)
    if found.reading is not None:
        return task, (found.reading, seconds, charged)
    if isinstance(result, DocumentFault):
        return task, without_text(result, found.told)
    return task, (replace(result[0], review="; ".join(filter(None, (result[0].review, found.told)))), seconds, charged)


def told(asked: AskedPage) -> str:
    """What became of the model's answers, to be put behind what is said of the page."""
    faults = ", ".join(attempt.fault for attempt in asked.attempts)
    return f"; the vision model's answers are not to be trusted: {faults}" if faults else ""


def rows(document: str, page: int, result: tuple[PageReading, float, AskedPage]) -> list[Row]:
    """The page's row of the table."""
    reading, seconds, asked = result
    return [
        {
            "document": document,
            "page": page,
            "text": reading.text,
            "reader": reading.reader,
            "language": reading.language,
            "confidence": reading.confidence,
            "words": [word_value(word) for word in reading.words],
            "blocks": [block_value(block) for block in reading.blocks],
            "form_fields": [field_value(field) for field in reading.form_fields],
            "review": reading.review,
            "seconds": seconds,
            "cost": sum(attempt.cost for attempt in asked.attempts),
            "input_tokens": sum(attempt.input_tokens for attempt in asked.attempts),
            "output_tokens": sum(attempt.output_tokens for attempt in asked.attempts),
            "attempts": [asdict(attempt) for attempt in asked.attempts],
            "unplaced": asked.unplaced,
            "failure": None,
        }
    ]


def failed_rows(document: str, page: int, fault: DocumentFault) -> list[Row]:
    """The row of a page that could not be read."""
    empty = dict.fromkeys(column.name for column in OCR_TEXT.columns)
    return [{**empty, "document": document, "page": page, "failure": str(fault)}]


def render_fault(failure: str) -> PermanentFault:
    """The fault of a page that has no image, from what `page_images` noted."""
    reason, _, detail = failure.partition(": ")
    return PermanentFault(reason, detail)


def totals(rows: "pl.DataFrame", tessdata: str | None = None) -> dict[str, Any]:
    """What the UI shows on the materialization, but for the preview. `tessdata` holds further models."""
    words = rows["words"].explode().drop_nulls().struct.unnest()
    lengths = words["text"].str.len_chars()
    letters = int(lengths.sum())
    readers = Counter(reader or "failed" for reader in rows["reader"])
    return {
        "pages": rows.height,
        "words": words.height,
        "readers": ", ".join(f"{reader} {count}" for reader, count in readers.most_common()),
        "confidence": round(float((words["confidence"] * lengths).sum()) / letters, 4) if letters else 0.0,
        "to review": reviews(rows),
        "models to install": missing_models(rows, tessdata),
        "seconds": round(rows["seconds"].sum(), 3),
        **spent(rows),
    }


def tell_spent(context: dg.AssetExecutionContext, vision: VisionModel) -> None:
    """Put what the run has asked the vision model so far into its log."""
    if vision.is_there:
        run = vision.ledger.spent(run=context.run.run_id)
        told = f"{run.requests} requests to the vision model, {run.input} and {run.output} tokens"
        context.log.info(f"this run so far: {told}, cost {run.cost:.6f}, {run.unknown} of unknown end")


def spent(rows: "pl.DataFrame") -> dict[str, Any]:
    """What the vision model did and took for these rows; only the cost where it was not asked."""
    attempts = rows["attempts"].explode().drop_nulls().struct.unnest() if rows["attempts"].list.len().sum() else None
    if attempts is None:
        return {"cost": 0.0}
    faults = Counter(fault for fault in attempts["fault"] if fault)
    return {
        "cost": round(rows["cost"].sum(), 6),
        "requests to the model": attempts.height,
        "input tokens": rows["input_tokens"].sum(),
        "output tokens": rows["output_tokens"].sum(),
        "bad answers": ", ".join(f"{fault} {count}" for fault, count in faults.most_common()),
    }


def reviews(rows: "pl.DataFrame") -> str:
    """Which pages a person should look at, and why; the beginning where there are many."""
    marked = rows.filter(rows["review"].fill_null("") != "").select("page", "review").iter_rows()
    return "; ".join(f"page {page}: {reason}" for page, reason in marked)[:REVIEWS]


def missing_models(rows: "pl.DataFrame", tessdata: str | None) -> str:
    """The models of Tesseract that pages read from their image could do with, such as "fra (3 pages)"."""
    languages = Counter(language for language in rows["language"] if language in NAMES)
    names = list(installed(tessdata))
    lacking = {language: pages for language, pages in languages.items() if not suitable(language, names)}
    return ", ".join(
        f"{NAMES[language][0].split('|')[0]} ({pages} pages)" for language, pages in sorted(lacking.items())
    )


def preview(blobs: Blobs, document: str, image: str | None, row: Row) -> str:
    """The page with its blocks and words drawn over it, beside its text."""
    if image is None or row["blocks"] is None:
        return "No page could be read."
    return previews.reading_overlay(blobs.get(document, image), reading_of(row))
