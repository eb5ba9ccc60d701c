"""`export`: what the lake holds, as files for people and other programs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ocr_assets.cli.exporting_dataset import export_dataset
from ocr_assets.cli.exporting_ocr_storage import export_ocr_storage, readable
from ocr_assets.cli.session import Session
from ocr_assets.contracts import document_json, render
from ocr_assets.core.pages import Box
from ocr_assets.documents import figure_link
from ocr_assets.schemas import CHUNKS, DOCUMENTS, ENRICHMENT, FIGURE_CAPTIONS

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = {"markdown": "md", "text": "txt", "json": "json"}
Form = Literal["markdown", "text", "json", "csv", "parquet", "hf", "ocr-storage"]


def export(session: Session, to: Path, form: Form, every: int) -> int:
    """Write every assembled document that is still registered; how many there are.

    Markdown, text and json are a file a document, `<document>.md|.txt|.json`, Markdown with its figures in a folder
    beside it. csv and parquet are one table of all passages and one of all values of fields, hf is a dataset of all
    pages. ocr-storage is a table of the pages of every document that has some, read or not, with a checkpoint after
    `every` documents.
    """
    to.mkdir(parents=True, exist_ok=True)
    if form == "ocr-storage":
        documents = readable(session)
        export_ocr_storage(session, to, documents, every)
        return len(documents)
    assembled = session.lake.documents(DOCUMENTS)
    documents = [document for document in session.documents if document in assembled]
    if form in ("csv", "parquet"):
        _write_table(session.lake.read(CHUNKS, documents), to / f"chunks.{form}", form)
        _write_values(session, documents, to / f"fields.{form}", form)
        return len(documents)
    if form == "hf":
        export_dataset(session, to, documents)
        return len(documents)
    for document in documents:
        path = to / f"{document}.{SUFFIXES[form]}"
        if form == "json":
            path.write_text(json.dumps(document_json(session.lake, document), ensure_ascii=False) + "\n", "utf-8")
        else:
            path.write_text(render(session.lake, document, form), "utf-8")  # type: ignore[arg-type]
        if form == "markdown":
            _write_figures(session, to, document)
    return len(documents)


def _write_figures(session: Session, to: Path, document: str) -> None:
    rows = session.lake.read(FIGURE_CAPTIONS, [document], ["figure", "image"])
    for number, image in rows.iter_rows():
        path = to / figure_link(document, number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(session.blobs.get(document, image))


def _write_values(session: Session, documents: list[str], path: Path, form: str) -> None:
    """A row a value, with document and class."""
    import polars as pl

    columns = ["document", "document_class", "classified_by", "field_values"]
    rows = session.lake.find(ENRICHMENT, pl.col("field_values").list.len() > 0, columns, documents)
    values = rows.sort("document").explode("field_values").unnest("field_values")
    edges = [pl.col("box").struct.field(edge) for edge in Box._fields]
    flat = values.with_columns(edges).drop("box")
    if form == "parquet":
        flat.write_parquet(path)
    else:
        flat.write_csv(path)


def _write_table(chunks: "pl.DataFrame", path: Path, form: str) -> None:
    import polars as pl

    if form == "parquet":
        chunks.write_parquet(path)
        return
    flat = chunks.drop("regions").with_columns(pl.col("heading_path").list.join(" > "))
    flat.write_csv(path)
