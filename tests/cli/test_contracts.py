"""The JSON that docs/contracts.md promises, key for key and type for type, checked on what the commands print.

A shape is a type, a list of one shape, a dict of shapes with exactly those keys, or a tuple of shapes to choose from.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.core.stages import STAGES
from ocr_assets.errors import REASONS
from tests.cli.conftest import ROOT, Answer, Home, command
from tests.conftest import Bucket

NULL = type(None)
BOX = [float]
PAGE = {
    "page": int,
    "text": str,
    "reader": str,
    "confidence": float,
    "blocks": [{"kind": str, "box": BOX, "text": str}],
    "words": [{"text": str, "box": BOX, "confidence": float}],
    "form_fields": [{"kind": str, "name": str, "label": str, "value": str, "box": BOX}],
}
FAILED_PAGE = PAGE | {"reader": NULL, "failure": str}
VALUE = {"name": str, "value": str, "text": str, "page": (int, NULL), "box": (BOX, NULL), "state": str, "source": str}
CLASS = {
    "document_class": (str, NULL),
    "class_confidence": (float, NULL),
    "classified_by": (str, NULL),
    "field_values": [VALUE],
    "field_faults": [str],
    "broken_rules": [str],
}
ENTITIES = {"entities": [{"kind": str, "text": str, "value": (str, NULL), "confidence": (float, NULL)}]}
TEXT = {"document": str, "pages": [(PAGE, FAILED_PAGE)]} | CLASS | ENTITIES
FIGURE = {"page": int, "kind": str, "box": BOX, "caption": str, "caption_source": str}
HEADING = {"level": int, "text": str, "page": int}
RUNNING = {"kind": str, "text": str, "pages": [int]}
EXPORT = TEXT | {"title": str, "outline": [HEADING], "running": [RUNNING], "figures": [FIGURE]}
SEARCH = [
    {
        "document": str,
        "source": str,
        "page_start": int,
        "page_end": int,
        "boxes": [{"page": int, "box": BOX}],
        "heading_path": [str],
        "kind": str,
        "score": float,
        "text": str,
    }
]
STATE = {
    "document": str,
    "collection": str,
    "sources": [str],
    "superseded_by": (str, NULL),
    "status": str,
    "stages": dict.fromkeys(STAGES, str),
}
FAILURE = {"stage": str, "reason": str, "detail": str, "permanent": bool, "attempt": int, "given_up": bool}
STATUS = [(STATE, STATE | {"failure": FAILURE})]
TOTALS = {
    "pages": (int, NULL),
    "readers": dict,
    "confidence": (float, NULL),
    "chunks": int,
    "seconds": (float, NULL),
}
RUN = [(STATE | TOTALS, STATE | TOTALS | {"failure": FAILURE})]
SYNC = {"uploaded": [str], "there": [str], "failed": [{"file": str, "reason": str, "detail": str}]}
ADD = {"documents": [str], "new": [str], "forgotten": [str], "missing": [str]}
ASKED = {
    "requests": int,
    "input": int,
    "output": int,
    "cost": float,
    "unknown": int,
    "cost_today": float,
}
STATS = {
    "documents": int,
    "states": dict,
    "failures": dict,
    "bytes": int,
    "pages": int,
    "readers": dict,
    "read_seconds": float,
    "cost": float,
    "vision": ASKED,
    "text_models": ASKED,
    "comprehend": {"answers": int, "units": int, "cost": float, "cost_today": float},
    "upstage": {"pages": int, "requests": int, "cost": float, "unknown": int, "cost_today": float},
    "chunks": int,
    "passages_in_store": int,
}
EXPORTED = {"written": int, "to": str}
FORGOTTEN = {"forgotten": [str]}
REBUILT = {"registered": int, "materializations": int}


def fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, tuple):
        return any(fits(value, option) for option in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and value.keys() == shape.keys() and all(fits(value[k], shape[k]) for k in shape)
    return type(value) is shape


def test_shapes_tell_what_fits() -> None:
    assert fits([{"a": 1, "b": None}], [{"a": int, "b": (str, NULL)}])
    assert not fits({"a": True}, {"a": int})
    assert not fits({"a": 1, "b": 1}, {"a": int})
    assert not fits({}, {"a": int})


def test_text_json_is_as_promised(home: Home) -> None:
    for name in ("receipt.pdf", "scan.tif", "table.pdf"):
        value = home("text", home.file(name), "--format", "json").json
        assert fits(value, TEXT)
        assert value["document"] == home.document(name)
        [page] = value["pages"]
        assert page["page"] == 1
        assert page["blocks"]
        assert page["words"]
        for part in (*page["blocks"], *page["words"]):
            x0, y0, x1, y1 = part["box"]
            assert 0 <= x0 <= x1 <= 1
            assert 0 <= y0 <= y1 <= 1
        assert all(
            0 <= confidence <= 1 for confidence in [page["confidence"], *(w["confidence"] for w in page["words"])]
        )


def test_search_json_is_as_promised(home: Home) -> None:
    value = home("search", "When does the lease end?", "--json").json
    assert value
    assert fits(value, SEARCH)
    assert [hit["score"] for hit in value] == sorted((hit["score"] for hit in value), reverse=True)


def test_status_json_is_as_promised(home: Home) -> None:
    value = home("status", "--json").json
    assert fits(value, STATUS)
    assert {state["status"] for state in value} == {"done", "failed"}
    for state in value:
        assert set(state["stages"].values()) <= {"done", "stale", "failed", "given_up", "missing"}
        assert (state["status"] == "failed") == ("failure" in state)
        assert state.get("failure", {"reason": "corrupt"})["reason"] in REASONS


def test_run_json_is_as_promised(first_run: tuple[Home, Answer], own_home: Home) -> None:
    assert fits(first_run[1].json, RUN)
    assert fits(own_home("reprocess", own_home.document("two pages.pdf"), "--from", "vectors", "--json").json, RUN)


def test_add_json_is_as_promised(own_home: Home) -> None:
    assert fits(own_home("add", own_home.file("scan.tif"), "--json").json, ADD)


def test_sync_json_is_as_promised(bucket: Bucket, home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.pdf").touch()
    for uploaded in (1, 0):
        value = command("sync", str(tmp_path), bucket.uri(), "--home", str(home.path), "--json").json
        assert fits(value, SYNC)
        assert (len(value["uploaded"]), len(value["there"]), len(value["failed"])) == (uploaded, 1 - uploaded, 1)


def test_stats_json_is_as_promised(home: Home, new_home: Home) -> None:
    value = home("stats", "--json").json
    assert fits(value, STATS)
    assert fits(new_home("stats", "--json").json, STATS)
    assert (value["documents"], value["pages"]) == (7, 5)
    assert value["states"] == {"done": 4, "failed": 3}
    assert value["failures"] == {"password_required": 1, "empty_file": 1, "not_a_document": 1}
    assert value["readers"] == {"text_layer": 4, "tesseract": 1}
    assert value["chunks"] == value["passages_in_store"] > 0


def test_export_json_is_as_promised(home: Home, tmp_path: Path) -> None:
    assert fits(home("export", "--to", str(tmp_path), "--format", "json", "--json").json, EXPORTED)
    for name in ("receipt.pdf", "scan.tif", "table.pdf", "two pages.pdf"):
        document = home.document(name)
        value = json.loads((tmp_path / f"{document}.json").read_text("utf-8"))
        assert fits(value, EXPORT)
        read = home("text", document, "--format", "json").json
        assert {key: value[key] for key in ("document", "pages", *CLASS, *ENTITIES)} == read
    figures = json.loads((tmp_path / f"{home.document('table.pdf')}.json").read_text("utf-8"))["figures"]
    assert [(figure["kind"], figure["caption_source"]) for figure in figures] == [("table", "document")]


def test_forget_and_rebuild_json_are_as_promised(own_home: Home) -> None:
    assert fits(own_home("forget", own_home.document("scan.tif"), "--json").json, FORGOTTEN)
    value = own_home("rebuild", "--json").json
    assert fits(value, REBUILT)
    assert value == {"registered": 0, "materializations": 0}


@pytest.mark.parametrize(
    "shape",
    [TEXT, FAILED_PAGE, EXPORT, SEARCH, STATUS, RUN, SYNC, ADD, STATS, EXPORTED, FORGOTTEN, REBUILT],
    ids=[
        "text",
        "failed page",
        "export",
        "search",
        "status",
        "run",
        "sync",
        "add",
        "stats",
        "exported",
        "forget",
        "rebuild",
    ],
)
def test_every_key_is_described(shape: Any) -> None:
    described = set(re.findall(r"`(?:[\w\[\]]+\.)*(\w+)`", (ROOT / "docs" / "contracts.md").read_text("utf-8")))
    assert keys(shape) <= described


def keys(shape: Any) -> set[str]:
    if isinstance(shape, dict):
        return set(shape) | {key for inner in shape.values() for key in keys(inner)}
    if isinstance(shape, (list, tuple)):
        return {key for inner in shape for key in keys(inner)}
    return set()
