"""Every page as an upright image, rendered once for all stages that follow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from ocr_assets.core import previews
from ocr_assets.core.rendering import RenderedPage, RenderSettings, render
from ocr_assets.errors import DocumentFault
from ocr_assets.page_batches import PageStage, Row, run_pages
from ocr_assets.partitions import stage
from ocr_assets.raw_pdfs import raw_pdfs
from ocr_assets.schemas import PAGE_IMAGES, RAW_PDFS
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.lake import Lake
from resources.page_readers.orientation import straightened
from resources.passwords import Passwords
from resources.workers import PageWorkers

if TYPE_CHECKING:
    import polars as pl
    from PIL.Image import Image


@dg.asset(
    deps=[raw_pdfs],
    description="One image a page, upright, flat and level, grey where it has no colour, and what kind of page it is.",
    code_version="1",
    **stage(PAGE_IMAGES, group="pages", kinds={"image", "deltalake"}, settings=("dpi", "max_pixels")),
)
def page_images(
    context: dg.AssetExecutionContext,
    lake: Lake,
    blobs: Blobs,
    checkpoints: Checkpoints,
    passwords: Passwords,
    workers: PageWorkers,
    settings: dg.ResourceParam[Settings],
) -> None:
    batch = Batch.start(context, lake, PAGE_IMAGES)
    counts = dict(lake.read(RAW_PDFS, batch.documents, ["document", "pages"]).iter_rows())
    wanted = RenderSettings(dpi=settings.dpi, max_pixels=settings.max_pixels)
    thumbnails: dict[str, dict[int, Image]] = {}

    with batch.local_files(blobs) as paths:

        def pages(document: str) -> dict[int, None]:
            return dict.fromkeys(range(1, counts[document] + 1))

        def work(document: str, page: int) -> Rendering:
            return Rendering(paths[document], page, wanted, passwords.all(), is_shown=page <= previews.STRIP_PAGES)

        def rows(document: str, page: int, image: RenderedPage) -> list[Row]:
            if image.thumbnail is not None:
                thumbnails.setdefault(document, {})[page] = image.thumbnail
            return [row(document, page, image, blobs.put(document, image.png))]

        def summary(document: str, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, dict[str, Any]]":
            first = rows.head(previews.STRIP_PAGES).select("page", "image").iter_rows()
            small = thumbnails.pop(document, {})  # not of pages that an earlier run has rendered
            shown = [small.get(page) or blobs.get(document, image) for page, image in first if image]
            return rows, {
                "pages": rows.height,
                "kinds": kinds(rows["kind"].to_list()),
                "preview": dg.MetadataValue.md(previews.thumbnails_strip(shown)),
            }

        page_stage = PageStage(pages, work, render_page, rows, failed_rows, summary)
        run_pages(batch, workers, checkpoints, page_stage, settings.failed_pages)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a page process needs to render a page."""

    path: str
    page: int
    settings: RenderSettings
    passwords: tuple[str, ...]
    is_shown: bool = False


def render_page(task: Rendering) -> RenderedPage:
    """Runs in a page process."""
    thumbnail = previews.THUMBNAIL if task.is_shown else None
    return render(task.path, task.page, task.settings, task.passwords, straightened, thumbnail)


def row(document: str, page: int, image: RenderedPage, blob: str) -> Row:
    """The page's row of the table."""
    return {
        "document": document,
        "page": page,
        "width": image.width,
        "height": image.height,
        "dpi": image.dpi,
        "rotation": image.rotation,
        "turned": image.turned,
        "skew": image.skew,
        "kind": image.kind,
        "ink": image.ink,
        "grey": image.grey,
        "image": blob,
        "failure": None,
    }


def failed_rows(document: str, page: int, fault: DocumentFault) -> list[Row]:
    """The row of a page that could not be rendered."""
    empty = dict.fromkeys(column.name for column in PAGE_IMAGES.columns)
    return [{**empty, "document": document, "page": page, "failure": str(fault)}]


def kinds(pages: Sequence[str | None]) -> str:
    """How many pages of which kind, such as "digital 12, blank 1"."""
    counts = Counter(kind or "failed" for kind in pages)
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())
