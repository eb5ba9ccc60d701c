"""`export --format ocr-storage`: pages as samples for training and labelling text detection and recognition.

The columns are those of the labeller's `OCRStorageItem` v1.0: a page image with polygons in its pixels, and beside each
its text and label. A run over 100,000 documents takes hours, so it is cut into parts: each that is complete stays, and
an export that was interrupted goes on behind it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.cli.session import Session
from ocr_assets.core.pages import Box
from ocr_assets.pipeline_state import load_states
from ocr_assets.progress import advance
from ocr_assets.schemas import OCR_TEXT, PAGE_IMAGES

if TYPE_CHECKING:
    import pyarrow as pa

FILE: Final = "ocr_storage.parquet"
PARTS: Final = ".ocr_storage"
"""Folder of the parts that are done, beside the file that they become."""
SPLIT: Final = "pseudo"
"""Labels made by programs, as the labeller calls them."""
DOCUMENTS_AT_ONCE: Final = 16
_MADE_OF: Final = b"documents"
_READ: Final = "ocr_text"


def readable(session: Session) -> list[str]:
    """The registered documents whose pages have images."""
    rendered = session.lake.documents(PAGE_IMAGES)
    return [document for document in session.documents if document in rendered]


def export_ocr_storage(session: Session, to: Path, documents: Sequence[str], every: int) -> None:
    """Write `ocr_storage.parquet` and `images/` below `to`, with a part after `every` documents.

    Takes up what an interrupted export has left, but for parts with a document that was read again since.
    """
    parts, images = to / PARTS, to / "images"
    parts.mkdir(parents=True, exist_ok=True)
    images.mkdir(exist_ok=True)
    states = load_states(session.catalog, session.lake, documents)
    events = {document: state.settled.get(_READ, 0) for document, state in states.items()}
    done = _done(parts, events)
    left = [document for document in documents if document not in done]
    numbers = _unused(parts)
    for start in range(0, len(left), every):
        some = left[start : start + every]
        made_of = {document: events[document] for document in some}
        _write_part(session, some, images, parts / f"{next(numbers):06d}.parquet", made_of)
        advance("export", len(done) + min(start + every, len(left)), len(documents))
    _join(parts, to / FILE)


def _done(parts: Path, events: Mapping[str, int]) -> set[str]:
    """The documents of the parts that still hold; the others are removed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    done = set[str]()
    for part in sorted(parts.iterdir()):
        try:
            made_of = json.loads((pq.read_schema(part).metadata or {})[_MADE_OF])
        except (pa.ArrowException, OSError, KeyError, ValueError):  # half of one
            made_of = {"": 0}
        if all(events.get(document) == event for document, event in made_of.items()) and not done & made_of.keys():
            done |= made_of.keys()
        else:
            part.unlink()
    return done


def _unused(parts: Path) -> Iterator[int]:
    number = 0
    while True:
        if not (parts / f"{number:06d}.parquet").exists():
            yield number
        number += 1


def _write_part(
    session: Session, documents: Sequence[str], images: Path, part: Path, made_of: Mapping[str, int]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = storage_schema()
    writing = part.with_suffix(".writing")
    with pq.ParquetWriter(writing, schema.with_metadata({_MADE_OF: json.dumps(made_of)}), compression="zstd") as writer:
        for start in range(0, len(documents), DOCUMENTS_AT_ONCE):
            rows = list(_items(session, documents[start : start + DOCUMENTS_AT_ONCE], images))
            writer.write_table(pa.Table.from_pylist(rows, writer.schema))
    writing.rename(part)


def _join(parts: Path, to: Path) -> None:
    """The parts as one file; they go when it is there."""
    import pyarrow.parquet as pq

    writing = to.with_suffix(".writing")
    with pq.ParquetWriter(writing, storage_schema(), compression="zstd") as writer:
        for part in sorted(parts.iterdir()):
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group).replace_schema_metadata())
    writing.rename(to)
    for part in parts.iterdir():
        part.unlink()
    parts.rmdir()


def _items(session: Session, documents: Sequence[str], images: Path) -> Iterator[dict[str, Any]]:
    """The rows of these documents, a page each; their images are written."""
    read = {
        (row["document"], row["page"]): row
        for row in session.lake.read(
            OCR_TEXT, documents, [column.name for column in OCR_TEXT.columns if column.name != "words"]
        ).iter_rows(named=True)
    }
    for page in session.lake.read(PAGE_IMAGES, documents).iter_rows(named=True):
        name = f"{page['document']}-{page['page']:05d}"
        path = images / f"{name}.png"
        if page["image"] is not None:
            path.write_bytes(session.blobs.get(page["document"], page["image"]))
        yield storage_item(name, path, page, read.get((page["document"], page["page"])))


def storage_item(name: str, path: Path, page: Mapping[str, Any], read: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row of a page: `page` is that of `page_images`, `read` that of `ocr_text`, None where it was not read."""
    width, height = page["width"] or 0, page["height"] or 0
    failure = page["failure"] or (read["failure"] if read else "not read")
    found: Mapping[str, Any] = read if read and not failure else {}
    blocks = found.get("blocks") or ()
    return {
        "schema_version": "v1.0",
        "id": name,
        "split": SPLIT,
        "image_path": str(path.absolute()),
        "image_filename": path.name,
        "width": width,
        "height": height,
        "polygons": [_polygon(block["box"], width, height) for block in blocks],
        "texts": [block["text"] for block in blocks],
        "labels": [block["kind"] for block in blocks],
        "metadata": {
            "source": "ocr_assets",
            "status": "failed" if failure else "ok",
            "failure": failure,
            "document": page["document"],
            "page": page["page"],
            "reader": found.get("reader"),
            "confidence": found.get("confidence"),
            "language": found.get("language"),
            "review": found.get("review"),
            "fields": [
                {"name": field["name"], "value": field["value"], "polygon": _polygon(field["box"], width, height)}
                for field in found.get("form_fields") or ()
            ],
        },
    }


def _polygon(box: Mapping[str, float], width: int, height: int) -> list[list[float]]:
    """The four corners in pixels, clockwise from the top left."""
    x0, y0, x1, y1 = (round(box[edge] * size, 2) for edge, size in zip(Box._fields, (width, height) * 2, strict=True))
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def storage_schema() -> "pa.Schema":
    """The labeller's columns; `metadata` is free there, and the same for all rows here."""
    import pyarrow as pa

    polygon = pa.list_(pa.list_(pa.float64()))
    fields = pa.list_(pa.struct({"name": pa.string(), "value": pa.string(), "polygon": polygon}))
    texts = ("source", "status", "failure", "document", "reader", "language", "review")
    metadata = dict.fromkeys(texts, pa.string()) | {"page": pa.int64(), "confidence": pa.float64(), "fields": fields}
    return pa.schema(
        dict.fromkeys(("schema_version", "id", "split", "image_path", "image_filename"), pa.string())
        | {"width": pa.int64(), "height": pa.int64()}
        | {"polygons": pa.list_(polygon), "texts": pa.list_(pa.string()), "labels": pa.list_(pa.string())}
        | {"metadata": pa.struct(metadata)}
    )
