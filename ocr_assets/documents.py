"""The assembled document: Markdown with headings, paragraphs, lists, tables and figures, in reading order."""

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import dagster as dg

from ocr_assets.core.assemble import assemble
from ocr_assets.core.document import AssembledDocument, Element
from ocr_assets.core.readings import blocks_of, box_value, figure_of
from ocr_assets.figure_captions import figure_captions
from ocr_assets.ocr_text import ocr_text
from ocr_assets.partitions import stage
from ocr_assets.schemas import DOCUMENTS, FIGURE_CAPTIONS, OCR_TEXT, RAW_PDFS
from ocr_assets.settlement import Batch
from resources.lake import Lake

if TYPE_CHECKING:
    import polars as pl

PREVIEW_CHARACTERS = 4_000
"""Of the Markdown shown in the UI; the whole is in the lake."""
_PICTURE = re.compile(r"^!\[(?:\\.|[^\]\\\n])*\]\([^()\n]*\)\n*", re.MULTILINE)


@dg.asset(
    deps=[ocr_text, figure_captions],
    description="The document as Markdown, with its outline and its elements, joined over lines and pages.",
    code_version="1",
    **stage(DOCUMENTS, group="documents", kinds={"markdown", "deltalake"}),
)
def documents(context: dg.AssetExecutionContext, lake: Lake) -> None:
    import polars as pl

    batch = Batch.start(context, lake, DOCUMENTS)
    columns = [pl.col("document", "page", "blocks", "confidence", "failure"), pl.col("words").list.len()]
    pages = lake.read(OCR_TEXT, batch.documents, columns).partition_by("document", as_dict=True)
    figures = lake.read(FIGURE_CAPTIONS, batch.documents).partition_by("document", as_dict=True)
    titles = dict(lake.read(RAW_PDFS, batch.documents, ["document", "title"]).iter_rows())

    def process(document: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        read = pages[(document,)]
        found = figures.get((document,))
        assembled = assemble(
            [(row["page"], blocks_of(row["blocks"] or ())) for row in read.iter_rows(named=True)],
            [
                (figure_of(row), figure_link(document, row["figure"]))
                for row in (() if found is None else found.iter_rows(named=True))
            ],
            titles.get(document),
        )
        row = document_row(document, assembled, read, found)
        return [row], {
            "title": row["title"],
            "pages": row["pages"],
            "failed_pages": row["failed_pages"],
            "words": row["words"],
            "headings": len(row["outline"]),
            "running_texts": len(row["running"]),
            "preview": dg.MetadataValue.md(preview(assembled.markdown)),
        }

    batch.each(process)
    batch.settle()


def preview(markdown: str) -> str:
    """What the UI shows. Pictures are left out: their links are relative to the exported file."""
    return _PICTURE.sub("", markdown)[:PREVIEW_CHARACTERS]


def figure_link(document: str, number: int) -> str:
    """Where the document's Markdown expects the picture of a figure, relative to itself."""
    return f"{document}/figure-{number}.webp"


def document_row(
    document: str, assembled: AssembledDocument, read: "pl.DataFrame", figures: "pl.DataFrame | None"
) -> dict[str, Any]:
    """The document's row of the table, with totals over its pages; `read` has their numbers of words."""
    words = read["words"].fill_null(0).to_list()
    kinds = [] if figures is None else figures["kind"].to_list()
    weighted = sum(count * (confidence or 0.0) for count, confidence in zip(words, read["confidence"], strict=True))
    return {
        "document": document,
        "title": assembled.title,
        "markdown": assembled.markdown,
        "outline": [
            {"level": element.level, "text": element.text, "page": element.regions[0].page}
            for element in assembled.elements
            if element.kind == "heading"
        ],
        "elements": [element_value(element) for element in assembled.elements],
        "running": [asdict(text) for text in assembled.running],
        "pages": read.height,
        "failed_pages": [row["page"] for row in read.iter_rows(named=True) if row["failure"]],
        "words": sum(words),
        "figures": kinds.count("figure"),
        "tables": kinds.count("table"),
        "confidence": weighted / sum(words) if sum(words) else 0.0,
    }


def element_value(element: Element) -> dict[str, Any]:
    """An element as a struct of the lake."""
    return {
        "kind": element.kind,
        "text": element.text,
        "level": element.level,
        "regions": [{"page": region.page, "box": box_value(region.box)} for region in element.regions],
    }
