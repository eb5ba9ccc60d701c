"""Figures and tables cut out of their pages, each with the caption that the document itself gives it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from ocr_assets.core import previews
from ocr_assets.core.document import Figure
from ocr_assets.core.figures import page_figures
from ocr_assets.core.pages import Block, Word
from ocr_assets.core.readings import blocks_of, box_value, figure_of, words_of
from ocr_assets.errors import DocumentFault
from ocr_assets.ocr_text import ocr_text
from ocr_assets.page_batches import PageStage, Row, run_pages
from ocr_assets.partitions import stage
from ocr_assets.schemas import FIGURE_CAPTIONS, OCR_TEXT, PAGE_IMAGES
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import BlobReader, Blobs
from resources.checkpoints import Checkpoints
from resources.lake import Lake
from resources.page_readers.picture_text import words_in_picture
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl

REPEATED: Final = 3
"""Pages with the same picture that make it an ornament. The two halves of a comparison may well share one."""


@dg.asset(
    deps=[ocr_text],
    description="Figures and tables with their crops and captions, and where each caption comes from.",
    code_version="1",
    **stage(FIGURE_CAPTIONS, group="documents", kinds={"image", "deltalake"}),
)
def figure_captions(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    workers: PageWorkers,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, FIGURE_CAPTIONS)
    columns = ["document", "page", "blocks", "words", "failure"]
    readings = lake.read(OCR_TEXT, batch.documents, columns).partition_by("document", as_dict=True)
    images = {
        (document, page): image
        for document, page, image in lake.read(PAGE_IMAGES, batch.documents, ["document", "page", "image"]).iter_rows()
    }

    def pages(document: str) -> dict[int, None]:
        read = readings[(document,)]
        return dict.fromkeys(read.filter(read["failure"].is_null())["page"])

    def work(document: str, page: int) -> Cutting:
        read = readings[(document,)].row(page - 1, named=True)
        return Cutting(
            document=document,
            page=page,
            image=images[document, page],
            blocks=blocks_of(read["blocks"]),
            words=words_of(read["words"]),
            blobs=blobs.reader(),
        )

    def rows(document: str, _page: int, figures: tuple[Figure, ...]) -> list[Row]:
        return [row(document, figure, blobs.put(document, figure.image)) for figure in figures]

    def summary(document: str, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, dict[str, Any]]":
        rows = without_ornaments(rows)
        first = rows.head(previews.FIGURES).iter_rows(named=True)
        shown = [figure_of(found, blobs.get(document, found["image"])) for found in first]
        return numbered(rows), {
            "figures": (rows["kind"] == "figure").sum(),
            "tables": (rows["kind"] == "table").sum(),
            "with_caption": (rows["caption_source"] == "document").sum(),
            "preview": dg.MetadataValue.md(previews.figures_strip(shown)),
        }

    page_stage = PageStage(pages, work, cut_figures, rows, failed_rows, summary)
    run_pages(batch, workers, checkpoints, page_stage, settings.failed_pages)


@dataclass(frozen=True, slots=True)
class Cutting:
    """What a page process needs to cut out a page's figures. `image` names the blob of the rendered page."""

    document: str
    page: int
    image: str
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    blobs: BlobReader


def cut_figures(task: Cutting) -> tuple[Figure, ...]:
    """Runs in a page process."""
    image = task.blobs.get(task.document, task.image)
    return page_figures(image, task.page, task.blocks, task.words, words_in_picture)


def row(document: str, figure: Figure, blob: str) -> Row:
    """The figure's row of the table; its number over the document is given when all pages are done."""
    return {
        "document": document,
        "figure": 0,
        "page": figure.page,
        "kind": figure.kind,
        "box": box_value(figure.box),
        "image": blob,
        "caption": figure.caption,
        "caption_source": figure.caption_source,
        "text": figure.text,
    }


def without_ornaments(rows: "pl.DataFrame") -> "pl.DataFrame":
    """A document's figures; a picture that is the same on several pages, as logos are, stands on the first of them."""
    import polars as pl

    pages = pl.col("page").n_unique().over("image")
    is_first = pl.int_range(pl.len()).over("image") == 0
    return rows.filter((pages < REPEATED) | is_first)


def numbered(rows: "pl.DataFrame") -> "pl.DataFrame":
    """The document's figures with their numbers, from 1."""
    import polars as pl

    return rows.with_columns(figure=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))


def failed_rows(_document: str, _page: int, _fault: DocumentFault) -> list[Row]:
    """A page whose figures cannot be cut has none; the budget counts it."""
    return []
