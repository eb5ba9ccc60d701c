"""Questions by the Batch API: sent at the end of a stage, collected by a later one, whatever happens in between."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_assets.errors import TransientFault, UsageError
from resources.checkpoints import Checkpoints
from resources.vision.batches import BatchSender
from resources.vision.ledger import Usage
from resources.vision.model import VisionModel
from resources.vision.pages import AskedPage, ask_page
from tests.page_images import DOCUMENTS
from tests.services.chat_server import KEY, MODEL, ChatServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def page() -> bytes:
    with Image.open(DOCUMENTS / "phototest.tif") as image:
        out = io.BytesIO()
        image.convert("L").save(out, "PNG")
        return out.getvalue()


def model(server: ChatServer, home: Path, **changes: Any) -> VisionModel:
    fields = {"model": MODEL, "urls": server.base_url, "home": str(home), "mode": "batch", "input_price": 1.0}
    return VisionModel(**(fields | changes))


def ask(vision: VisionModel, page: bytes, pages: int = 1) -> list[AskedPage | str]:
    """A stage over so many pages of a document: what each came to, or the reason why it has to wait."""
    came: list[AskedPage | str] = []
    with vision.asking("run", "ocr_text", Checkpoints(root=f"{vision.home}/checkpoints")) as asker:
        try:
            asker.sender.waits("ocr_text", "d")
        except TransientFault as fault:
            return [fault.reason] * pages
        for number in range(1, pages + 1):
            try:
                came.append(ask_page(asker, "d", number, shortened(page, number), None))
            except TransientFault as fault:
                came.append(fault.reason)
    return came


def shortened(page: bytes, rows: int) -> bytes:
    """The page without its last rows of pixels, so that each is a picture of its own."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(page)) as image:
        image.crop((0, 0, image.width, image.height - rows)).save(out, "PNG")
    return out.getvalue()


def good(came: list[AskedPage | str]) -> list[bool]:
    return [isinstance(one, AskedPage) and one.reading is not None for one in came]


def test_a_page_waits_until_its_batch_has_ended_and_is_charged_half(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path)
    assert ask(vision, page, 2) == ["answer_pending"] * 2
    assert len(server.batches) == 1
    assert server.attempts == 0
    assert ask(vision, page, 2) == ["answer_pending"] * 2
    assert len(server.batches) == 1
    server.finish()
    came = ask(vision, page, 2)
    assert good(came) == [True, True]
    assert server.charged == 2
    assert vision.ledger.spent().cost == pytest.approx(server.tokens[0] / 2e6)
    attempts = [attempt for one in came if isinstance(one, AskedPage) for attempt in one.attempts]
    assert sum(attempt.cost for attempt in attempts) == pytest.approx(server.tokens[0] / 2e6)


@pytest.mark.parametrize("fault", ["missing", "server_error"])
def test_what_failed_in_a_batch_is_in_the_next_one_and_the_rest_is_not(
    server: ChatServer, tmp_path: Path, page: bytes, fault: str
) -> None:
    vision = model(server, tmp_path)
    ask(vision, page, 3)
    server.fault = lambda number: fault if number == 1 else None
    server.finish("expired" if fault == "missing" else "completed")
    came = ask(vision, page, 3)
    assert good(came) == [True, False, True]
    assert came[1] == "answer_pending"
    server.finish()
    assert good(ask(vision, page, 3)) == [True, True, True]
    assert server.charged == 3
    assert len(server.batches) == 2


def test_an_answer_whose_line_is_cut_counts_with_its_estimate_and_is_asked_for_again(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path)
    ask(vision, page, 3)
    server.finish()
    [batch] = server.batches.values()
    server.files[batch["output_file_id"]] = server.files[batch["output_file_id"]][:-40]
    came = ask(vision, page, 3)
    assert sorted(good(came)) == [False, True, True]
    [lost] = vision.ledger.rows("state = 'unknown'")
    assert lost["cost"] == vision.batch_share * vision.ledger.cost(Usage(lost["input"], lost["output"])) > 0
    server.finish()
    assert good(ask(vision, page, 3)) == [True, True, True]
    assert vision.ledger.spent().unknown == 1


def test_a_bad_answer_is_asked_for_again_in_another_way_by_the_next_batch(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path)
    ask(vision, page)
    server.fault = lambda number: "quiet_loop" if number == 0 else None
    server.finish()
    assert ask(vision, page) == ["answer_pending"]
    server.finish()
    [came] = ask(vision, page)
    assert isinstance(came, AskedPage)
    assert [attempt.fault for attempt in came.attempts] == ["loop", ""]


def test_what_fails_in_every_batch_is_rejected(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    vision = model(server, tmp_path)
    server.fault = lambda _: "server_error"
    came: list[AskedPage | str] = []
    for _ in range(13):
        came = ask(vision, page)
        server.finish()
    [last] = came
    assert isinstance(last, AskedPage)
    assert [attempt.fault for attempt in last.attempts] == ["rejected"] * 4
    assert vision.ledger.spent().cost == 0.0


def test_a_process_that_was_killed_loses_no_batch_and_no_question(
    server: ChatServer, tmp_path: Path, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    vision = model(server, tmp_path)
    real = BatchSender._rename

    def killed_after_creating(self: BatchSender, numbers: list[int], batch: str) -> None:
        if batch.startswith("batch_"):
            raise KeyboardInterrupt
        real(self, numbers, batch)

    monkeypatch.setattr(BatchSender, "_rename", killed_after_creating)
    with pytest.raises(KeyboardInterrupt):
        ask(vision, page)
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.finish()
    assert good(ask(vision, page)) == [True]
    assert len(server.batches) == 1

    monkeypatch.setattr(BatchSender, "submit", lambda _: None)  # killed before it sent anything
    other = model(server, tmp_path / "other")
    assert ask(other, page) == ["answer_pending"]
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert ask(other, page) == ["answer_pending"]
    assert len(server.batches) == 2
    server.finish()
    assert good(ask(other, page)) == [True]
    assert other.ledger.spent().unknown == 0


def test_batches_that_cannot_be_sent_now_are_sent_later_however_often(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path)
    server.refuses_batches = 503
    for _ in range(4):
        assert ask(vision, page) == ["answer_pending"]
    assert server.batches == {}
    server.refuses_batches = 0
    assert ask(vision, page) == ["answer_pending"]
    server.finish()
    assert good(ask(vision, page)) == [True]
    assert (vision.ledger.spent().unknown, server.charged) == (0, 1)


def test_an_endpoint_without_a_batch_api_is_named(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    server.refuses_batches = 404
    with pytest.raises(UsageError, match="OCR_ASSETS_VISION_MODE=now"):
        ask(model(server, tmp_path), page)


def test_a_batch_that_the_account_has_no_room_for_is_sent_again_until_it_has(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path)
    for _ in range(5):
        assert ask(vision, page) == ["answer_pending"]
        server.finish(error="token_limit_exceeded")
    assert ask(vision, page) == ["answer_pending"]
    server.finish()
    [came] = ask(vision, page)
    assert isinstance(came, AskedPage)
    assert [attempt.fault for attempt in came.attempts] == [""]


def test_the_ledger_names_the_endpoint_without_its_credentials(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    server.basic = "user:pass-5e1f"
    vision = model(server, tmp_path, urls=server.base_url.replace("//", f"//{server.basic}@"))
    ask(vision, page, 2)
    server.fault = lambda number: "server_error" if number == 0 else None
    server.finish()
    ask(vision, page, 2)
    assert sorted(row["state"] for row in vision.ledger.rows()) == ["answered", "open", "refused"]
    assert "pass-5e1f" not in str([tuple(row) for row in vision.ledger.rows()])
