"""Upstage over HTTP, against a server that keeps to the vendor's schema and fails in every known way."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.pages import Box
from ocr_assets.core.upstage_answers import UpstageElement
from ocr_assets.errors import PermanentFault, TransientFault, UsageError
from resources.checkpoints import Checkpoints
from resources.upstage.readings import KeptPages, PagesToRead, UpstageReadings
from resources.upstage.service import Kept, Parsed, Upstage
from tests.services.upstage_server import KEY, Failure, UpstageServer

SIZE = (480, 160)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[UpstageServer]:
    monkeypatch.setenv("UPSTAGE_API_KEY", KEY)
    with UpstageServer().running() as running:
        yield running


def upstage(server: UpstageServer, **changes: Any) -> Upstage:
    fields = {"base_url": server.base_url, "pause_seconds": 0.0, "poll_seconds": 0.0, "timeout_seconds": 60.0}
    return Upstage(**(fields | changes))


def page(words: str) -> bytes:
    image = Image.new("L", SIZE, "white")
    ImageDraw.Draw(image).text((30, 50), words, "black", ImageFont.load_default(28))
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(150, 150))
    return file.getvalue()


def pages(*numbers: int) -> dict[int, Callable[[], bytes]]:
    return {number: lambda number=number: page(f"This is page {number}") for number in numbers}  # type: ignore[misc]


def texts(parsed: Parsed) -> dict[int, str]:
    return {number: " ".join(element.text for element in elements) for number, elements in sorted(parsed.pages.items())}


def said(*numbers: int) -> dict[int, str]:
    return {number: f"This is page {number}" for number in numbers}


def test_pages_are_read_in_one_request_and_stand_where_they_stand_here(server: UpstageServer) -> None:
    kept = Kept()
    parsed = upstage(server).parse(pages(2, 5), kept)
    assert texts(parsed) == said(2, 5)
    assert (server.sent, parsed.faults, kept.charged) == ([2], {}, {2: 1, 5: 1})
    [element] = parsed.pages[2]
    assert 0.04 < element.box.x0 < 0.1 < 0.35 < element.box.x1 < 0.5
    assert 0.3 < element.box.y0 < element.box.y1 < 0.6


@pytest.mark.parametrize(
    "failure",
    ["rate_limit", "rate_limit_retry_after", "server_error", "drop", "cut", "garbage", "wrong_pages", "far_boxes"],
)
def test_a_passing_failure_is_tried_again(server: UpstageServer, failure: Failure) -> None:
    server.failures = [failure, failure]
    kept = Kept()
    assert texts(upstage(server).parse(pages(1), kept)) == said(1)
    assert server.attempts == 3
    free = failure in ("rate_limit", "rate_limit_retry_after", "server_error")
    assert kept.charged == {1: 1 if free else 3}


def test_pages_that_take_too_long_for_one_answer_are_polled_for(server: UpstageServer) -> None:
    upstage(server).parse(pages(1), Kept())  # from now on the server answers at once, however slow the machine
    server.failures, kept = ["hang"], Kept()
    assert texts(upstage(server, timeout_seconds=3.0).parse(pages(1), kept)) == said(1)
    assert [request.polls for request in server.requests.values()] == [1]
    assert kept.charged == {1: 2}


def test_after_three_retries_the_document_waits_for_the_service(server: UpstageServer) -> None:
    server.failures = ["server_error"] * 9
    with pytest.raises(TransientFault, match=r"service_unavailable: Upstage .* answered 500"):
        upstage(server).parse(pages(1), Kept())
    assert server.attempts == 4


def test_a_wrong_key_and_a_wrong_path_are_the_operators_to_mend(
    server: UpstageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no such path"):
        upstage(server, base_url=server.base_url + "/v9").parse(pages(1), Kept())
    monkeypatch.setenv("UPSTAGE_API_KEY", "up_wrong123")
    with pytest.raises(UsageError, match="does not accept the key") as told:
        upstage(server).parse(pages(1), Kept())
    assert "up_wrong123" not in str(told.value)
    monkeypatch.delenv("UPSTAGE_API_KEY")
    with pytest.raises(UsageError, match="set UPSTAGE_API_KEY"):
        upstage(server).parse(pages(1), Kept())


def test_what_the_service_refuses_is_the_documents_fault(server: UpstageServer) -> None:
    server.failures = ["refused"]
    with pytest.raises(PermanentFault, match=r"service_refused: .*422: the document is damaged"):
        upstage(server).parse(pages(1), Kept())
    assert server.attempts == 1


def test_a_model_that_the_service_does_not_know_is_the_operators_to_mend(server: UpstageServer) -> None:
    with pytest.raises(UsageError, match="invalid model name 'nonsense'; correct the model"):
        upstage(server, parse_model="nonsense").parse(pages(1), Kept())
    with pytest.raises(UsageError, match="invalid model name 'solar'"):
        upstage(server, extraction="receipt", extraction_model="solar").extract(pages(1), Kept())
    assert server.attempts == 2


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests as if an answer took three pages only: a hundred would have to be read for real."""
    monkeypatch.setattr("resources.upstage.service.MOST_SYNC", 3)
    monkeypatch.setattr("tests.services.upstage_server.BATCH", 2)


def test_many_pages_are_polled_for_and_come_by_batches(server: UpstageServer, few: None) -> None:
    for server.restarts_pages in (False, True):
        parsed = upstage(server).parse(pages(*range(1, 6)), Kept())
        assert texts(parsed) == said(*range(1, 6))
    assert [request.polls for request in server.requests.values()] == [3, 3]


def test_an_address_that_expired_is_asked_for_anew(server: UpstageServer, few: None) -> None:
    server.expires = True
    assert texts(upstage(server).parse(pages(1, 2, 3, 4), Kept())) == said(1, 2, 3, 4)


def test_only_the_pages_of_a_failed_batch_are_sent_again(server: UpstageServer, few: None) -> None:
    server.failed_batches = [{1}]
    kept = Kept()
    parsed = upstage(server).parse(pages(1, 2, 3, 4, 5), kept)
    assert texts(parsed) == said(1, 2, 3, 4, 5)
    assert server.sent == [5, 2]
    assert (parsed.faults, kept.charged) == ({}, {1: 1, 2: 1, 3: 2, 4: 2, 5: 1})


def test_a_batch_that_fails_every_time_leaves_its_pages_with_the_reason(server: UpstageServer, few: None) -> None:
    server.failed_batches = [{1}, {0}, {0}]
    parsed = upstage(server).parse(pages(1, 2, 3, 4), Kept())
    assert texts(parsed) == said(1, 2)
    assert {page: str(fault) for page, fault in parsed.faults.items()} == dict.fromkeys(
        (3, 4), "service_refused: Upstage failed on this page: the engine gave up"
    )


@pytest.mark.parametrize("failure", ["rate_limit", "server_error", "drop", "cut", "garbage"])
def test_polling_and_downloads_are_tried_again_too(server: UpstageServer, few: None, failure: Failure) -> None:
    server.failures = [None, failure, None, failure]
    assert texts(upstage(server).parse(pages(1, 2, 3, 4), Kept())) == said(1, 2, 3, 4)
    assert server.sent == [4]


def test_whoever_is_killed_while_waiting_asks_for_the_same_request_again(server: UpstageServer, few: None) -> None:
    kept = Kept()
    server.failures = [None, None, None, *["server_error"] * 4]  # submitted, polled, one batch downloaded
    with pytest.raises(TransientFault):
        upstage(server).parse(pages(1, 2, 3, 4), kept)
    assert sorted(kept.pages) == [1, 2]
    parsed = upstage(server).parse(pages(1, 2, 3, 4), kept)
    assert texts(parsed) == said(1, 2, 3, 4)
    assert (server.sent, kept.requests) == ([4], {})


def test_a_wrong_key_costs_no_request_that_is_under_way(
    server: UpstageServer, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    server.failures = [None, *["server_error"] * 4]
    with pytest.raises(TransientFault):
        upstage(server).parse(pages(1, 2, 3, 4), kept)
    assert kept.charged == {1: 1, 2: 1, 3: 1, 4: 1}
    monkeypatch.setenv("UPSTAGE_API_KEY", "up_wrong123")
    with pytest.raises(UsageError, match="does not accept the key"):
        upstage(server).parse(pages(1, 2, 3, 4), kept)
    monkeypatch.setenv("UPSTAGE_API_KEY", KEY)
    assert texts(upstage(server).parse(pages(1, 2, 3, 4), kept)) == said(1, 2, 3, 4)
    assert (server.sent, kept.charged) == ([4], {1: 1, 2: 1, 3: 1, 4: 1})


def test_a_run_that_is_killed_while_it_waits_has_accounted_for_the_pages(server: UpstageServer, few: None) -> None:
    class Watching(Kept):
        def keep(self, pages: Any) -> None:
            assert set(pages) <= self.charged.keys()
            super().keep(pages)

    for count in (2, 4):
        numbers = range(1, count + 1)
        assert texts(upstage(server).parse(pages(*numbers), Watching())) == said(*numbers)


@pytest.mark.parametrize("failure", ["far_boxes", "wrong_pages"])
def test_an_answer_that_cannot_be_true_each_time_counts_as_the_documents_attempt(
    server: UpstageServer, failure: Failure
) -> None:
    server.failures, kept = [failure] * 4, Kept()
    with pytest.raises(TransientFault, match="bad_reading"):
        upstage(server).parse(pages(1), kept)
    assert kept.charged == {1: 4}


def test_a_request_that_the_service_no_longer_knows_is_sent_again(server: UpstageServer, few: None) -> None:
    kept = Kept()
    kept.asked("req-77", [1, 2, 3, 4])
    assert texts(upstage(server).parse(pages(1, 2, 3, 4), kept)) == said(1, 2, 3, 4)


def test_a_request_that_takes_too_long_is_left_for_later(server: UpstageServer, few: None) -> None:
    kept = Kept()
    with pytest.raises(TransientFault, match="has not finished the request"):
        upstage(server, poll_seconds=1.0, patience_seconds=0.5).parse(pages(1, 2, 3, 4), kept)
    assert list(kept.requests.values()) == [[1, 2, 3, 4]]


def test_tables_figures_and_margins_are_what_they_are_here(server: UpstageServer, tmp_path: Path) -> None:
    table = "<table><tr><th>year</th><th>tons</th></tr><tr><td>1911</td><td>4.5</td></tr></table>"
    box = Box(0.1, 0.1, 0.9, 0.2)
    given = [("header", "Ledger"), ("title", "# Coal"), ("table", table), ("figure", "a ship"), ("equation", "$$E$$")]
    elements = tuple(UpstageElement(kind, words, box) for kind, words in given)  # type: ignore[arg-type]
    service, checkpoints = upstage(server, home=str(tmp_path)), Checkpoints(root=str(tmp_path / "checkpoints"))
    KeptPages(checkpoints, "ocr_text-1-v", "d" * 64, service.ledger, "run").keep({1: elements, 2: ()})
    readings = UpstageReadings(service, checkpoints, "run", "ocr_text-1", 0.7)
    assert readings.fetch({"d" * 64: PagesToRead("v", pages(1, 2))}) == {}
    reading = readings.page("d" * 64, 1, None).reading
    assert reading is not None
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("header", "Ledger"),
        ("title", "Coal"),
        ("table", "| year | tons |\n| --- | --- |\n| 1911 | 4.5 |"),
        ("figure", "a ship"),
        ("equation", "E"),
    ]
    assert reading.text.startswith("Coal")
    assert readings.page("d" * 64, 2, None).told == "Upstage found no text"
    assert server.attempts == 0


def test_a_thousand_pages_under_faults_are_each_read_in_their_place_and_every_charge_is_accounted(
    server: UpstageServer, few: None, tmp_path: Path
) -> None:
    chance = random.Random(5)
    kinds: list[Failure] = ["rate_limit_retry_after", "server_error", "drop", "cut", "garbage"]
    server.failures = [chance.choice(kinds) if chance.random() < 0.1 else None for _ in range(10_000)]
    server.failed_batches = [{b for b in range(3) if chance.random() < 0.1} for _ in range(1_000)]
    service = upstage(server, concurrency=3, home=str(tmp_path), price=1.0)
    readings = UpstageReadings(service, Checkpoints(root=str(tmp_path / "checkpoints")), "run", "ocr_text-1", 0.7)
    documents = {f"{n:064x}": PagesToRead("1", pages(*range(1, 6))) for n in range(200)}
    waiting = documents
    for _ in range(5):  # as the continuation asks again for what the service failed
        waiting = {document: documents[document] for document in readings.fetch(waiting)}
    assert waiting == {}
    found = {document: [readings.page(document, page, None) for page in range(1, 6)] for document in documents}
    read = [(n, page) for own in found.values() for n, page in enumerate(own, 1) if page.reading is not None]
    assert all(page.reading and page.reading.text == f"This is page {n}" for n, page in read)
    # Which batches fail is left to the threads' order: by chance the same pages now and then do three times.
    failed = [page.told for own in found.values() for page in own if page.reading is None]
    assert set(failed) <= {"service_refused: Upstage failed on this page: the engine gave up"}
    assert len(failed) < 20
    charged = sum(sum(known.kept.charged.values()) for known in readings.documents.values())
    assert len(documents) * 5 <= server.read <= charged
    assert 1 <= server.most_at_once <= 3


def receipt(_: int = 0) -> dict[int, Callable[[], bytes]]:
    return {3: lambda: page("Total 12.50"), 4: lambda: page("Thank you")}


def test_values_of_a_receipt_come_as_fields_with_their_place(server: UpstageServer) -> None:
    server.failures, kept = ["rate_limit", "garbage"], Kept()
    found = upstage(server, extraction="receipt").extract(receipt(), kept)
    [field] = found[3]
    assert (field.name, field.value) == ("total", "12.50")
    assert 0 < field.box.x0 < field.box.x1 < 1
    assert kept.charged == {3: 2, 4: 2}


def test_the_prebuilt_model_still_works_and_warns(server: UpstageServer) -> None:
    older = upstage(server, extraction="receipt", extraction_model="receipt-extraction")
    found = older.extract(receipt(), Kept())
    assert [(field.name, field.value) for field in found[3]] == [
        ("total.charged_price", "12.50"),
        ("group.card", "1234"),
    ]
    assert 0.3 < found[3][0].box.y0 < found[3][0].box.y1 < 0.6
    assert "deprecated" in older.warning()
    assert upstage(server, extraction="receipt").warning() == ""
