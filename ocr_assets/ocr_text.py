"""The text of every page, by the cheapest reader that reads it well."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from ocr_assets.asking import asking, taken
from ocr_assets.batch_reading import Looked, look, with_batches
from ocr_assets.core import previews
from ocr_assets.core.pages import PageReading
from ocr_assets.core.readings import block_value, field_value, reading_of, word_value
from ocr_assets.errors import DocumentFault, PermanentFault, UsageError
from ocr_assets.page_batches import PageStage, Row, run_pages
from ocr_assets.page_images import page_images
from ocr_assets.page_readings import (
    Done,
    Local,
    Reading,
    Rendered,
    UnreadPage,
    as_upstage_reads,
    ask,
    in_part,
    is_for_model,
    read,
    read_by_upstage,
    read_whole,
    unasked,
)
from ocr_assets.partitions import stage
from ocr_assets.reading_totals import totals
from ocr_assets.schemas import OCR_TEXT, PAGE_IMAGES
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.lake import Lake
from resources.page_readers.ladder import ReaderSettings
from resources.page_readers.ppocr_lines import COLUMNS_A_SECOND
from resources.page_readers.scan import ScanLimits
from resources.passwords import Passwords
from resources.ppocr_reader import READER as PPOCR
from resources.ppocr_reader import PpOcrReader
from resources.upstage.readings import READER, UpstageReadings
from resources.upstage.service import Upstage
from resources.vision.asking import Asker
from resources.vision.model import VisionModel
from resources.vision.pages import AskedPage
from resources.vision.threads import with_asked
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl

READING = ("min_text_coverage", "review_confidence", "languages", "tessdata")
LOCAL = ("local", PPOCR)
"""Readers by which most pages stay as the local readers have them. Blank ones do by all: faint writing is theirs."""
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
    ppocr: PpOcrReader,
    vision: VisionModel,
    upstage: Upstage,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, OCR_TEXT)
    if settings.reader == "vision" and not vision.is_there:
        raise UsageError("OCR_ASSETS_READER=vision needs a vision model: set OCR_ASSETS_VISION_MODEL")
    images = lake.read(PAGE_IMAGES, batch.documents).partition_by("document", as_dict=True)
    with ExitStack() as stack:
        upstages = asker = None
        if settings.reader == READER:
            kept = (checkpoints, batch.run_id, batch.checkpoint_stage)
            upstages = UpstageReadings(upstage, *kept, settings.review_confidence)
            stack.enter_context(read_by_upstage(batch, upstages, images, blobs))
        elif vision.is_there:
            asker = stack.enter_context(asking(batch, vision, checkpoints))
        pages = Pages(images, stack.enter_context(batch.local_files(blobs)), blobs, passwords, settings, asker)
        whole = partial(read_whole, workers, pages.reader)

        def then(results: Iterator[Local]) -> Iterator[Done]:
            if settings.reader == PPOCR:
                results = with_batches(cast("Iterator[Looked]", results), ppocr, workers)
            if upstages is not None:
                return map(partial(as_upstage_reads, upstages, whole), results)
            if asker is None:
                return map(unasked, results)
            is_asked = partial(is_for_model, batch, settings.reader)
            return with_asked(results, is_asked, partial(ask, asker, whole), unasked, vision.threads)

        first = look if settings.reader == PPOCR else read
        page_stage = PageStage(pages.of, pages.work, first, rows, failed_rows, pages.summary, then)
        run_pages(batch, workers, checkpoints, page_stage, settings.failed_pages)


@dataclass(frozen=True)
class Pages:
    """The pages of a batch, as `page_images` left them in `images`; `paths` has the documents' files by hash."""

    images: Rendered
    paths: Mapping[str, str]
    blobs: Blobs
    passwords: Passwords
    settings: Settings
    asker: Asker | None

    @property
    def reader(self) -> ReaderSettings:
        """The local readers' settings."""
        return ReaderSettings(
            min_coverage=self.settings.min_text_coverage,
            review=self.settings.review_confidence,
            languages=self.settings.languages,
            tessdata=self.settings.tessdata,
            scan=ScanLimits(columns=round(COLUMNS_A_SECOND * self.settings.page_seconds)),
        )

    def of(self, document: str) -> dict[int, DocumentFault | None]:
        """Its pages, with the faults of those without an image. Raises TransientFault while its answers are awaited."""
        if self.asker is not None:
            self.asker.sender.waits(self.asker.stage, document)
        rendered = self.images[(document,)].select("page", "failure").iter_rows()
        return {page: render_fault(failure) if failure else None for page, failure in rendered}

    def work(self, document: str, page: int) -> Reading:
        """What a page process gets."""
        image = self.images[(document,)].row(page - 1, named=True)
        is_local = self.settings.reader in LOCAL or image["kind"] == "blank"
        return Reading(
            document=document,
            path=self.paths[document],
            page=page,
            kind=image["kind"],
            dpi=image["dpi"],
            turned=image["turned"],
            skew=image["skew"],
            image=image["image"],
            blobs=self.blobs.reader(),
            passwords=self.passwords.all(),
            settings=self.reader if is_local else in_part(self.reader),
        )

    def summary(self, document: str, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, dict[str, Any]]":
        """The rows as they are, and the document's metadata with its first page that has words."""
        shown = rows["words"].list.len().fill_null(0).gt(0).arg_max() or 0
        image = self.images[(document,)]["image"][shown]
        told = preview(self.blobs, document, image, rows.row(shown, named=True))
        return rows, totals(rows, self.settings.tessdata) | {"preview": dg.MetadataValue.md(told)}


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
            **taken(asked.attempts),
            "unplaced": asked.unplaced,
            "failure": None,
        }
    ]


def failed_rows(document: str, page: int, fault: DocumentFault) -> list[Row]:
    """The row of a page that could not be read, which may have cost something all the same."""
    empty = dict.fromkeys(column.name for column in OCR_TEXT.columns)
    spent = taken(fault.asked.attempts) if isinstance(fault, UnreadPage) else {}
    return [{**empty, **spent, "document": document, "page": page, "failure": str(fault)}]


def render_fault(failure: str) -> PermanentFault:
    """The fault of a page that has no image, from what `page_images` noted."""
    reason, _, detail = failure.partition(": ")
    return PermanentFault(reason, detail)


def preview(blobs: Blobs, document: str, image: str | None, row: Row) -> str:
    """The page with its blocks and words drawn over it, beside its text."""
    if image is None or row["blocks"] is None:
        return "No page could be read."
    return previews.reading_overlay(blobs.get(document, image), reading_of(row))
