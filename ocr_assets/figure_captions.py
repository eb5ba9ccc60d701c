"""Figures, tables and formulas cut out of their pages, with the document's own captions, and what a model sees."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from ocr_assets.asking import asking, taken
from ocr_assets.core import previews
from ocr_assets.core.document import Figure
from ocr_assets.core.figures import page_figures
from ocr_assets.core.pages import Block, Word
from ocr_assets.core.readings import blocks_of, box_value, figure_of, words_of
from ocr_assets.errors import WAITING_REASONS, DocumentFault, UsageError
from ocr_assets.ocr_text import ocr_text
from ocr_assets.page_batches import PageStage, PageTask, Row, run_pages
from ocr_assets.partitions import stage
from ocr_assets.reading_totals import spent
from ocr_assets.schemas import FIGURE_CAPTIONS, OCR_TEXT, PAGE_IMAGES
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import BlobReader, Blobs
from resources.checkpoints import Checkpoints
from resources.faults import fault_of
from resources.lake import Lake
from resources.page_readers.picture_text import words_in_picture
from resources.vision.asking import Asker
from resources.vision.figures import NOT_ASKED, AskedFigure, ask_figure
from resources.vision.model import VisionModel
from resources.vision.threads import with_asked
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl

REPEATED: Final = 3
"""Pages with the same picture that make it an ornament. The two halves of a comparison may well share one."""

MODEL: Final = ("vision_captions", "vision_model", "vision_profile", "vision_pixels")


@dg.asset(
    deps=[ocr_text],
    description="Figures and tables with their crops and captions, and where each caption comes from.",
    code_version="1",
    pool="vision",
    **stage(FIGURE_CAPTIONS, group="documents", kinds={"image", "deltalake"}, settings=MODEL),
)
def figure_captions(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    workers: PageWorkers,
    vision: VisionModel,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, FIGURE_CAPTIONS)
    with ExitStack() as stack:
        asks = vision.is_there and settings.vision_captions
        asker = stack.enter_context(asking(batch, vision, checkpoints)) if asks else None
        pages = Pages.read(lake, batch.documents, blobs, asker)

        def then(results: Iterator[Cut]) -> Iterator[Done]:
            if asker is None:
                return map(undescribed, results)
            is_asked = partial(has_figures, batch)
            return with_asked(results, is_asked, partial(describe, asker), undescribed, vision.threads)

        page_stage = PageStage(pages.of, pages.work, cut_figures, pages.rows, failed_rows, pages.summary, then)
        run_pages(batch, workers, checkpoints, page_stage, settings.failed_pages)


@dataclass(frozen=True)
class Pages:
    """The pages of a batch as they were read, by document, and their images, by document and page."""

    readings: "Mapping[tuple[Any, ...], pl.DataFrame]"
    images: Mapping[tuple[str, int], str]
    blobs: Blobs
    asker: Asker | None

    @classmethod
    def read(cls, lake: Lake, documents: Sequence[str], blobs: Blobs, asker: Asker | None) -> "Pages":
        """Those of these documents."""
        columns = ["document", "page", "blocks", "words", "failure"]
        readings = lake.read(OCR_TEXT, documents, columns).partition_by("document", as_dict=True)
        images = lake.read(PAGE_IMAGES, documents, ["document", "page", "image"]).iter_rows()
        return cls(readings, {(document, page): image for document, page, image in images}, blobs, asker)

    def of(self, document: str) -> dict[int, None]:
        """Its pages that were read. Raises TransientFault while its answers are awaited."""
        if self.asker is not None:
            self.asker.sender.waits(self.asker.stage, document)
        read = self.readings[(document,)]
        return dict.fromkeys(read.filter(read["failure"].is_null())["page"])

    def work(self, document: str, page: int) -> "Cutting":
        """What a page process gets."""
        read = self.readings[(document,)].row(page - 1, named=True)
        return Cutting(
            document=document,
            page=page,
            image=self.images[document, page],
            blocks=blocks_of(read["blocks"]),
            words=words_of(read["words"]),
            blobs=self.blobs.reader(),
            formulas=self.asker is not None,
        )

    def rows(self, document: str, _page: int, figures: "Described") -> list[Row]:
        """The rows of a page's figures, their pictures kept."""
        return [row(document, figure, asked, self.blobs.put(document, figure.image)) for figure, asked in figures]

    def summary(self, document: str, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, dict[str, Any]]":
        """The document's figures without ornaments, numbered, and its metadata."""
        asked, rows = spent(rows), without_ornaments(rows)
        first = rows.head(previews.FIGURES).iter_rows(named=True)
        shown = [figure_of(found, self.blobs.get(document, found["image"])) for found in first]
        return numbered(rows), {
            "figures": (rows["kind"] == "figure").sum(),
            "tables": (rows["kind"] == "table").sum(),
            "formulas": (rows["kind"] == "equation").sum(),
            "with_caption": (rows["caption_source"] == "document").sum(),
            "described": rows["description"].is_not_null().sum(),
            **asked,
            "preview": dg.MetadataValue.md(previews.figures_strip(shown)),
        }


@dataclass(frozen=True, slots=True)
class Cutting:
    """What a page process needs to cut out a page's figures. `image` names the blob of the rendered page.

    `formulas` are cut out where a model describes them: without one they have nothing to say beside their text.
    """

    document: str
    page: int
    image: str
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    blobs: BlobReader
    formulas: bool


def cut_figures(task: Cutting) -> tuple[Figure, ...]:
    """Runs in a page process."""
    image = task.blobs.get(task.document, task.image)
    return page_figures(image, task.page, task.blocks, task.words, words_in_picture, formulas=task.formulas)


Cut = tuple[PageTask[Cutting], tuple[Figure, ...] | DocumentFault]
"""A page's figures as they were cut out."""
Described = tuple[tuple[Figure, AskedFigure], ...]
Done = tuple[PageTask[Cutting], Described | DocumentFault]


def has_figures(batch: Batch, cut: Cut) -> bool:
    """Whether there is anything to ask about a page."""
    task, figures = cut
    return isinstance(figures, tuple) and bool(figures) and task.document not in batch.faults


def undescribed(cut: Cut) -> Done:
    """The figures as the document itself has them."""
    task, figures = cut
    return task, figures if isinstance(figures, DocumentFault) else tuple((figure, NOT_ASKED) for figure in figures)


def describe(asker: Asker, cut: Cut) -> Done:
    """The page's figures with what the model says of them. The document's own captions stay."""
    task, figures = cut
    assert not isinstance(figures, DocumentFault)
    asked, waiting = list[tuple[Figure, AskedFigure]](), None
    for figure in figures:
        try:
            found = ask_figure(asker, task.document, figure)
            asked.append((captioned(figure, found), found))
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this page alone
            waiting = fault_of(error)
            if waiting.reason not in WAITING_REASONS:  # else the others are asked in the same batch
                break
    return task, waiting or tuple(asked)


def captioned(figure: Figure, asked: AskedFigure) -> Figure:
    """The figure with the model's caption where the document prints none; a logo without any."""
    if figure.caption_source == "document" or asked.answer is None:
        return figure
    if not asked.is_told:
        return replace(figure, caption="", caption_source="none")
    # Of a formula the model's text is LaTeX, the other a guess at its signs.
    texts = (asked.answer.text, figure.text) if figure.kind == "equation" else (figure.text, asked.answer.text)
    return replace(figure, caption=asked.answer.description, caption_source="model", text=texts[0] or texts[1])


def row(document: str, figure: Figure, asked: AskedFigure, blob: str) -> Row:
    """The figure's row of the table; its number over the document is given when all pages are done."""
    answer = asked.answer
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
        "shows": (answer.kind or None) if answer else None,
        "description": answer.description if answer and asked.is_told else None,
        "data": (answer.data or None) if answer else None,
        "described_by": asked.by or None,
        **taken(asked.attempts),
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
