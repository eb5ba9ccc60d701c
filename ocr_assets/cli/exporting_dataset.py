"""`export --format hf`: pages as a dataset for Hugging Face's `datasets`, without needing that library here.

One row a page, in the columns of the usual batch pipelines of three steps (extract, describe, assemble). Parquet files
with the features in their schema's metadata are all that `load_dataset` needs to decode the images.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.cli.session import Session
from ocr_assets.core.element_markdown import markdown_by_page
from ocr_assets.core.markdown import escaped_within
from ocr_assets.core.pages import Box
from ocr_assets.core.readings import elements_of
from ocr_assets.documents import figure_link
from ocr_assets.schemas import DOCUMENTS, FIGURE_CAPTIONS, PAGE_IMAGES

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_BYTES: Final = 400 << 20
GROUP_BYTES: Final = 32 << 20
"""Of a row group: what is in memory at once, here and at the reader's."""
DOCUMENTS_AT_ONCE: Final = 16
CARD: Final = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
Pages read by OCR Assets, one a row. In the Markdown a picture is `figure:<figure_id>`; that figure's image and its
metadata (JSON) are at the same place in `extracted_figures` and `extracted_figures_metadata`.
"""
_TEXT: Final = {"dtype": "string", "_type": "Value"}
_IMAGE: Final = {"_type": "Image"}
FEATURES: Final[dict[str, Any]] = {
    "sample_id": _TEXT,
    "source_image": _IMAGE,
    "document_markdown": _TEXT,
    # "Sequence" is read by every release of `datasets`, "List" by those since 4.0 only.
    "extracted_figures": {"feature": _IMAGE, "_type": "Sequence"},
    "extracted_figures_metadata": {"feature": _TEXT, "_type": "Sequence"},
    "document_final_markdown": _TEXT,
}


def export_dataset(session: Session, to: Path, documents: Sequence[str]) -> None:
    """Write every page of these documents below `to`: `data/train-*.parquet`, and the card that names them.

    An earlier dataset there is replaced once this one is complete.
    """
    data = to / "data"
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(".writing-*.parquet"):  # by an export that was killed
        left.unlink()
    shards = _write_shards(_groups(samples(session, documents)), data)
    for earlier in data.glob("train-*.parquet"):
        earlier.unlink()
    for number, shard in enumerate(shards):
        shard.rename(data / f"train-{number:05d}-of-{len(shards):05d}.parquet")
    (to / "README.md").write_text(CARD, "utf-8")


def samples(session: Session, documents: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of the dataset: the pages of these documents in order."""
    for start in range(0, len(documents), DOCUMENTS_AT_ONCE):
        some = documents[start : start + DOCUMENTS_AT_ONCE]
        assembled = {row["document"]: row for row in session.lake.read(DOCUMENTS, some).iter_rows(named=True)}
        pages = session.lake.read(PAGE_IMAGES, some).partition_by("document", as_dict=True)
        figures = session.lake.read(FIGURE_CAPTIONS, some).partition_by("document", as_dict=True)
        for document in some:
            if document in assembled and (document,) in pages:
                found = figures.get((document,))
                yield from _pages(
                    session,
                    document,
                    pages[(document,)].to_dicts(),
                    [] if found is None else found.to_dicts(),
                    assembled[document]["elements"],
                )


def _pages(
    session: Session,
    document: str,
    pages: Sequence[dict[str, Any]],
    figures: Sequence[dict[str, Any]],
    elements: Sequence[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    final = markdown_by_page(elements_of(elements), [page["page"] for page in pages])
    for page in pages:
        own = [figure for figure in figures if figure["page"] == page["page"]]
        markdown = final[page["page"]]
        for figure in own:
            link, name = figure_link(document, figure["figure"]), _figure_id(document, figure)
            markdown = markdown.replace(f"]({link})", f"](figure:{name})")
        name = f"{document}-{page['page']:05d}"
        yield {
            "sample_id": name,
            "source_image": _image(session, document, page["image"], f"{name}.png"),
            "document_markdown": _without_captions(markdown, own, document),
            "extracted_figures": [
                _image(session, document, figure["image"], f"{_figure_id(document, figure)}.webp") for figure in own
            ],
            "extracted_figures_metadata": [
                json.dumps(_metadata(document, figure, page), ensure_ascii=False) for figure in own
            ],
            "document_final_markdown": markdown,
        }


def _figure_id(document: str, figure: dict[str, Any]) -> str:
    return f"{document}-{figure['page']:05d}_fig{figure['figure']:02d}"


def _without_captions(markdown: str, figures: Sequence[dict[str, Any]], document: str) -> str:
    """The Markdown as it was before captions came to the pictures: their names stand in, what a model said goes."""
    for figure in figures:
        name = _figure_id(document, figure)
        markdown = re.sub(rf"!\[(?:\\.|[^\]\\\n])*\]\(figure:{name}\)", f"![{name}](figure:{name})", markdown)
        if figure["caption_source"] == "model":
            markdown = markdown.replace(f"\n\n> {escaped_within(figure['caption'])}", "", 1)
    return markdown


def _metadata(document: str, figure: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    box = [figure["box"][edge] for edge in Box._fields]
    x0, y0, x1, y1 = (round(edge * size) for edge, size in zip(box, [page["width"], page["height"]] * 2, strict=True))
    return {
        "figure_id": _figure_id(document, figure),
        "label": figure["kind"],
        "bounding_box_pixels": {"x1": x0, "y1": y0, "x2": x1, "y2": y1},
        "description": figure.get("description") or figure["caption"] or None,
        "caption_source": figure["caption_source"],
    }


def _image(session: Session, document: str, blob: str | None, path: str) -> dict[str, Any] | None:
    """As `datasets` keeps an image; None for a page that could not be rendered."""
    return None if blob is None else {"bytes": session.blobs.get(document, blob), "path": path}


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        group.append(row)
        images = [row["source_image"], *row["extracted_figures"]]
        size += sum(len(image["bytes"]) for image in images if image)
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _write_shards(groups: Iterator[list[dict[str, Any]]], folder: Path) -> list[Path]:
    """Parquet files of about SHARD_BYTES; one without rows where there are no pages."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, shards = dataset_schema(), list[Path]()
    waiting = next(groups, [])
    while waiting or not shards:
        shards.append(folder / f".writing-{len(shards):05d}.parquet")
        with pq.ParquetWriter(shards[-1], schema, compression="zstd") as writer:
            while waiting and shards[-1].stat().st_size < SHARD_BYTES:
                writer.write_table(pa.Table.from_pylist(waiting, schema))
                waiting = next(groups, [])
    return shards


def dataset_schema() -> "pa.Schema":
    """The columns, with the features that `datasets` reads from the metadata."""
    import pyarrow as pa

    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    types = {"Value": pa.string(), "Image": image}

    def type_of(feature: dict[str, Any]) -> "pa.DataType":
        return pa.list_(type_of(feature["feature"])) if "feature" in feature else types[feature["_type"]]

    told = json.dumps({"info": {"features": FEATURES}})
    return pa.schema({name: type_of(feature) for name, feature in FEATURES.items()}, {"huggingface": told})
