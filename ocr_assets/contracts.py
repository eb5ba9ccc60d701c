"""The shapes that programs read: JSON of a document's pages, of hits and of states. docs/contracts.md describes them.

Changing one is a breaking change of this project.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.pages import Box
from ocr_assets.core.readings import FIELD_TEXTS
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import UsageError
from ocr_assets.schemas import CHUNKS, DOCUMENTS, ENRICHMENT, FIGURE_CAPTIONS, OCR_TEXT
from ocr_assets.searching import Found
from resources.lake import Lake

Form = Literal["text", "markdown", "json"]


def render(lake: Lake, document: str, form: Form, page: int | None = None) -> str:
    """The document, or one page of it, in that form. Raises UsageError where it has not come that far."""
    if form == "json":
        return json.dumps(pages_json(lake, document, page), ensure_ascii=False) + "\n"
    if form == "markdown" and page is None:
        found = lake.read(DOCUMENTS, [document], ["markdown"])
        if found.is_empty():
            raise UsageError(f"{document[:12]} is not assembled yet; `ocr-assets run` does that")
        return str(found["markdown"][0]).rstrip("\n") + "\n"
    pages = [str(row["text"] or "") for row in page_rows(lake, document, page)]
    return "\n\n".join(pages).rstrip("\n") + "\n"


def pages_json(lake: Lake, document: str, page: int | None = None) -> dict[str, Any]:
    """`{"document", "pages": [{"page", "text", "reader", "confidence", "blocks", "words", "form_fields"}]}`.

    A page that failed has `failure` too. Beside the pages stands what `class_json` and `entities_json` say, of one page
    its own.
    """
    pages = [page_json(row) for row in page_rows(lake, document, page)]
    found = {"entities": entities_json(lake, document, page)}
    return {"document": document, "pages": pages} | class_json(lake, document, page) | found


def entities_json(lake: Lake, document: str, page: int | None = None) -> list[dict[str, Any]]:
    """`[{"kind", "text", "value", "confidence"}]`, each once; of one page those of the passages that touch it."""
    import polars as pl

    rows = lake.read(ENRICHMENT, [document], ["chunk", "entities"])
    if page is None:
        told = rows.filter(pl.col("chunk") < 0)
    else:
        spans = lake.read(CHUNKS, [document], ["chunk", "page_start", "page_end"])
        told = rows.join(
            spans.filter(pl.lit(page).is_between("page_start", "page_end")), "chunk", maintain_order="left"
        )
    unique = dict[tuple[str, str], dict[str, Any]]()
    for one in (one for some in told["entities"].to_list() for one in some or ()):
        sure = None if one["confidence"] is None else round(one["confidence"], 4)
        value = {name: one[name] for name in ("kind", "text", "value")} | {"confidence": sure}
        unique.setdefault((one["kind"], one["value"] or one["text"]), value)
    return list(unique.values())


def class_json(lake: Lake, document: str, page: int | None = None) -> dict[str, Any]:
    """Class and fields: `document_class`, `class_confidence`, `classified_by`, `field_values: [{"name", "value",
    "text", "page", "box", "state", "source"}]`, `field_faults`, `broken_rules`. Null or empty where it has not come
    that far.
    """
    names = ("document_class", "class_confidence", "classified_by")
    found = lake.read(ENRICHMENT, [document], [*names, "field_values", "field_faults", "broken_rules"])
    row: dict[str, Any] = found.row(0, named=True) if found.height else {}  # that of the document is the first
    values = [
        value | {"box": box_list(value["box"]) if value["box"] else None}
        for value in row.get("field_values") or ()
        if page is None or value["page"] == page
    ]
    told = {name: row.get(name) or [] for name in ("field_faults", "broken_rules")}
    return {name: row.get(name) for name in names} | {"field_values": values} | told


def document_json(lake: Lake, document: str) -> dict[str, Any]:
    """As `pages_json`, with what was made of the pages together.

    That is `title`, `outline: [{"level", "text", "page"}]`, `running: [{"kind", "text", "pages"}]` and
    `figures: [{"page", "kind", "box", "caption", "caption_source"}]`.
    """
    names = ("page", "kind", "caption", "caption_source")
    figures = [
        {name: row[name] for name in names} | {"box": box_list(row["box"])}
        for row in lake.read(FIGURE_CAPTIONS, [document]).iter_rows(named=True)
    ]
    assembled = lake.read(DOCUMENTS, [document], ["title", "outline", "running"]).row(0, named=True)
    return pages_json(lake, document) | assembled | {"figures": figures}


def page_rows(lake: Lake, document: str, page: int | None) -> list[dict[str, Any]]:
    """The document's pages as read, or one of them. Raises UsageError where there is none."""
    rows = lake.read(OCR_TEXT, [document]).to_dicts()
    if not rows:
        raise UsageError(f"{document[:12]} has not been read yet; `ocr-assets run` does that, `status` says why not")
    wanted = [row for row in rows if page is None or row["page"] == page]
    if not wanted:
        raise UsageError(f"{document[:12]} has {len(rows)} pages, not {page}")
    return wanted


def page_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A page as read."""
    value: dict[str, Any] = {
        "page": row["page"],
        "text": row["text"] or "",
        "reader": row["reader"],
        "confidence": row["confidence"] or 0.0,
        "blocks": [
            {"kind": block["kind"], "box": box_list(block["box"]), "text": block["text"]}
            for block in row["blocks"] or ()
        ],
        "words": [
            {"text": word["text"], "box": box_list(word["box"]), "confidence": round(word["confidence"], 4)}
            for word in row["words"] or ()
        ],
        "form_fields": [
            {name: field[name] for name in FIELD_TEXTS} | {"box": box_list(field["box"])}
            for field in row["form_fields"] or ()
        ],
    }
    return value | {"failure": row["failure"]} if row["failure"] else value


def found_json(passage: Found) -> dict[str, Any]:
    """A passage that was found."""
    return {
        "document": passage.document,
        "source": passage.source,
        "page_start": passage.page_start,
        "page_end": passage.page_end,
        "boxes": [{"page": page, "box": [round(edge, 5) for edge in box]} for page, box in passage.boxes],
        "heading_path": list(passage.heading_path),
        "kind": passage.kind,
        "score": passage.score,
        "text": passage.text,
    }


def status_json(
    document: str, state: DocumentState, sources: list[str], superseded_by: str | None, collection: str
) -> dict[str, Any]:
    """A document's stages, each done, stale, failed, given_up or missing, why it failed, and what took its place."""
    value: dict[str, Any] = {
        "document": document,
        "collection": collection,
        "sources": sources,
        "superseded_by": superseded_by,
        "status": overall(state),
        "stages": {stage: state.status(stage) for stage in STAGES},
    }
    if state.failure:
        stage, failure = state.failure
        value["failure"] = {
            "stage": stage,
            "reason": failure.reason,
            "detail": failure.detail,
            "permanent": failure.permanent,
            "attempt": failure.attempt,
            "given_up": failure.given_up,
        }
    return value


def overall(state: DocumentState) -> Literal["done", "failed", "unfinished"]:
    """One word for a document."""
    if state.failure:
        return "failed"
    return "done" if state.next_stage is None else "unfinished"


def box_list(box: Mapping[str, float]) -> list[float]:
    """A box as [x0, y0, x1, y1]."""
    return [round(box[name], 5) for name in Box._fields]
