"""Readers that crash, hang, eat memory and answer with garbage: each costs its page, and nothing else."""

from pathlib import Path

import polars as pl
import pytest

from ocr_assets import ocr_text
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.schemas import DOCUMENTS, OCR_TEXT
from tests.page_trouble import FAILURES, read_in_trouble
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pipeline

PAGES = 12


def test_what_a_reader_does_to_a_page_costs_that_page_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_text, "read", read_in_trouble)
    (tmp_path / "in").mkdir()
    document = add(tmp_path / "in" / "a.pdf", PAGES)
    limits = {"page_seconds": 6.0, "page_memory_mb": 512, "failed_pages": 0.9}
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in"), **limits) as target:
        assert run(target)
        read = target.part("lake").read(OCR_TEXT, [document])
        failures = dict(read.select("page", "failure").drop_nulls().iter_rows())
        assert {page: told.split(":")[0] for page, told in failures.items()} == FAILURES
        assert all(len(told) < 1_000 for told in failures.values())
        good = dict(read.filter(pl.col("failure").is_null()).select("page", "text").iter_rows())
        assert good == {1: "page 1", 11: "a\ufffdb\ufffd[31mc", 12: "page 12"}
        assert read["words"][10][0]["text"] == "\ufffd\ufffd"
        [assembled] = target.part("lake").read(DOCUMENTS, [document]).iter_rows(named=True)
        assert assembled["failed_pages"] == sorted(FAILURES)
        assert target.states[document].next_stage is None

        monkeypatch.undo()
        later = add(tmp_path / "in" / "b.pdf", 2)  # goes through the same pool
        assert run(target)
        assert target.part("lake").read(OCR_TEXT, [later])["text"].to_list() == ["page 1", "page 2"]


def add(path: Path, pages: int) -> str:
    write_pdf(path, *(text(f"page {page}") for page in range(1, pages + 1)))
    return document_id(path.read_bytes())


def run(target: Pipeline) -> bool:
    [request] = target.tick("s3_arrivals")
    return target.execute(request, STAGES)
