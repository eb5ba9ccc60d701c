"""`ocr_text` with Upstage as the reader: whole runs, over HTTP, with a server that reads pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ocr_assets.core.identity import document_id
from ocr_assets.schemas import OCR_TEXT
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pipeline
from tests.services.upstage_server import KEY, UpstageServer

READ = ("raw_pdfs", "page_images", "ocr_text")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[UpstageServer]:
    monkeypatch.setenv("UPSTAGE_API_KEY", KEY)
    with UpstageServer().running() as running:
        yield running


@contextmanager
def piped(server: UpstageServer, home: Path, **settings: Any) -> Iterator[Pipeline]:
    (home / "in").mkdir(exist_ok=True)
    usual = {"reader": "upstage", "upstage_url": server.base_url, "sources": str(home / "in"), "retry_seconds": 0.0}
    with pipeline(home / "home", **(usual | settings)) as target:
        upstage = target.part("upstage")
        target.defs.resources["upstage"] = upstage.model_copy(update={"pause_seconds": 0.0, "poll_seconds": 0.0})  # type: ignore[index]
        yield target


def add(home: Path, name: str, *contents: bytes) -> str:
    (home / "in").mkdir(exist_ok=True)
    path = home / "in" / name
    write_pdf(path, *contents)
    return document_id(path.read_bytes())


def line(words: str) -> bytes:
    return text(words, size=20)


def run(target: Pipeline, sensor: str = "s3_arrivals") -> bool:
    [request] = target.tick(sensor)
    return target.execute(request, READ)


def pages(target: Pipeline, document: str) -> pl.DataFrame:
    return target.part("lake").read(OCR_TEXT, [document])


def test_pages_with_ink_are_read_by_upstage_and_accounted(server: UpstageServer, tmp_path: Path) -> None:
    document = add(tmp_path, "a.pdf", line("The harbour is open"), b"", line("The harbour is closed"))
    with piped(server, tmp_path, upstage_page_price=0.01) as target:
        assert run(target)
        read = pages(target, document)
        assert read["reader"].to_list() == ["upstage", "none", "upstage"]
        assert read["text"].to_list() == ["The harbour is open", "", "The harbour is closed"]
        assert read["cost"].to_list() == [0.01, 0.0, 0.01]
        assert server.sent == [2]
        words = read["words"][0].to_list()
        assert [word["text"] for word in words] == ["The", "harbour", "is", "open"]
        assert 0.1 < words[0]["box"]["x0"] < words[3]["box"]["x0"] < 0.6
        assert target.part("checkpoints").documents() == set()


def test_while_the_service_is_away_the_document_waits_and_what_was_paid_for_is_kept(
    server: UpstageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.upstage.service.MOST_SYNC", 2)
    monkeypatch.setattr("tests.services.upstage_server.BATCH", 2)
    document = add(tmp_path, "a.pdf", *(line(f"This is page {n}") for n in range(1, 5)))
    with piped(server, tmp_path, upstage_page_price=0.01) as target:
        server.failures = [None, None, None, *["server_error"] * 4]  # submitted, polled, one batch downloaded
        assert not run(target)
        stage, failure = target.states[document].failure or ("", None)
        assert (stage, failure and failure.reason, failure and failure.given_up) == (
            "ocr_text",
            "service_unavailable",
            False,
        )
        assert run(target, "unfinished_documents")
        assert pages(target, document)["text"].to_list() == [f"This is page {n}" for n in range(1, 5)]
        assert pages(target, document)["cost"].to_list() == [0.01] * 4
        assert server.sent == [4]


def test_pages_that_upstage_fails_on_keep_the_local_reading_and_a_mark(
    server: UpstageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.upstage.service.MOST_SYNC", 1)
    monkeypatch.setattr("tests.services.upstage_server.BATCH", 1)
    document = add(tmp_path, "a.pdf", line("This is page 1"), line("This is page 2"))
    server.failed_batches = [{1}, {0}, {0}]
    with piped(server, tmp_path) as target:
        assert run(target)
        read = pages(target, document)
    assert read["reader"].to_list() == ["upstage", "text_layer"]
    assert read["text"].to_list() == ["This is page 1", "This is page 2"]
    assert "Upstage failed on this page: the engine gave up" in read["review"][1]


def test_the_values_of_a_receipt_are_fields_of_its_page(server: UpstageServer, tmp_path: Path) -> None:
    document = add(tmp_path, "a.pdf", line("Total 12.50"))
    with piped(server, tmp_path, upstage_extraction="receipt") as target:
        assert run(target)
        [field] = pages(target, document)["form_fields"][0].to_list()
    assert (field["name"], field["value"]) == ("total", "12.50")


def test_a_wrong_key_fails_the_run_and_no_document(
    server: UpstageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add(tmp_path, "a.pdf", line("This is page 1"))
    monkeypatch.setenv("UPSTAGE_API_KEY", "up_another")
    with piped(server, tmp_path) as target:
        assert not run(target)
        assert target.states[document].failure is None


def test_a_spent_budget_sends_no_more_and_the_document_waits(server: UpstageServer, tmp_path: Path) -> None:
    first = add(tmp_path, "a.pdf", line("This is page 1"), line("This is page 2"))
    second = add(tmp_path, "b.pdf", line("This is page 3"), line("This is page 4"))
    budget = {"upstage_page_price": 0.01, "upstage_day_budget": 0.03, "upstage_concurrency": 1}
    with piped(server, tmp_path, **budget) as target:
        assert not run(target)
        assert server.sent == [2]
        read, waiting = (first, second) if not pages(target, first).is_empty() else (second, first)
        assert pages(target, read)["cost"].to_list() == [0.01, 0.01]
        failure = target.states[waiting].failures["ocr_text"]
        assert (failure.reason, failure.own, failure.given_up) == ("budget_spent", 0, False)
        assert "of the budget of Upstage, 0.03 for today, 0.0200 are spent" in failure.detail
        assert target.part("upstage").ledger.today().cost == pytest.approx(0.02)


def test_what_pages_of_a_failed_document_cost_is_accounted(server: UpstageServer, tmp_path: Path) -> None:
    server.failures = ["garbage"] * 4
    document = add(tmp_path, "a.pdf", line("This is page 1"))
    with piped(server, tmp_path, upstage_page_price=0.01) as target:
        assert not run(target)
        assert pages(target, document).is_empty()
        spent = target.part("upstage").ledger.spent()
        assert (spent.requests, spent.cost) == (1, pytest.approx(0.04))


def test_values_that_are_refused_cost_the_values_and_not_the_text(server: UpstageServer, tmp_path: Path) -> None:
    server.failures = [None, "refused"]
    document = add(tmp_path, "a.pdf", line("Total 12.50"))
    with piped(server, tmp_path, upstage_extraction="receipt") as target:
        assert run(target)
        [row] = pages(target, document).iter_rows(named=True)
    assert (row["text"], row["form_fields"]) == ("Total 12.50", [])
    assert "its values could not be extracted: Upstage" in row["review"]
    assert server.attempts == 2
