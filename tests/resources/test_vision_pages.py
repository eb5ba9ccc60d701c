"""Pages through the real client, over HTTP, to a server that reads them, or answers badly in every known way."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_assets.core.pages import Box, PageReading, Word
from ocr_assets.errors import TransientFault, UsageError
from resources.checkpoints import Checkpoints
from resources.vision.model import PROFILES, VisionModel
from resources.vision.pages import AskedPage, ask_page
from tests.page_images import DOCUMENTS
from tests.services.chat_server import KEY, MODEL, ChatServer

DOCUMENT = "a" * 64


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("DATABRICKS_TOKEN", KEY)
    with ChatServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def page() -> bytes:
    """A page of clean print."""
    with Image.open(DOCUMENTS / "phototest.tif") as image:
        out = io.BytesIO()
        image.convert("L").save(out, "PNG")
        return out.getvalue()


def model(server: ChatServer, home: Path, **changes: Any) -> VisionModel:
    fields = {"model": MODEL, "urls": server.base_url, "home": str(home), "seconds": 5, "first_pause": 0.01}
    return VisionModel(**(fields | changes))


def asked(vision: VisionModel, page: bytes, local: PageReading | None = None) -> AskedPage:
    with vision.asking("run", "ocr_text", Checkpoints(root=f"{vision.home}/checkpoints")) as asker:
        return ask_page(asker, DOCUMENT, 1, page, local)


def faults(*names: str) -> Callable[[int], str | None]:
    """These go wrong, one a request; then all is well."""
    return lambda number: names[number] if number < len(names) else None


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_profile_reads_a_page(server: ChatServer, tmp_path: Path, page: bytes, profile: str) -> None:
    found = asked(model(server, tmp_path, profile=profile), page)
    assert found.reading is not None
    assert "This is a lot of 12 point text to test the" in found.reading.text
    assert found.reading.reader == f"vision:{MODEL}"
    assert found.reading.words == ()
    assert found.unplaced == len(found.reading.text.split())
    assert [attempt.fault for attempt in found.attempts] == [""]
    [width_height] = server.pictures
    assert width_height[0] * width_height[1] <= PROFILES[profile].pixels
    assert abs(width_height[0] / width_height[1] - 640 / 480) < 0.01
    if profile in ("openai", "databricks_claude", "deepseek_ocr"):
        assert len(found.reading.blocks) > 4
        assert found.reading.blocks[0].box.y0 < found.reading.blocks[1].box.y0 < 0.4


def test_a_blank_page_is_not_sent(server: ChatServer, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("L", (400, 500), 250).save(out, "PNG")
    assert asked(model(server, tmp_path), out.getvalue()) == AskedPage()
    assert server.attempts == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("empty", "empty"),
        ("cut", "cut"),
        ("loop", "loop"),
        ("quiet_loop", "loop"),
        ("refused", "refused"),
        ("filtered", "refused"),
        ("truncated_json", "unparseable"),
        ("wrong_boxes", "boxes_outside"),
        ("rejected", "rejected"),
        ("unsafe", "rejected"),
        ("odd_image", "rejected"),
    ],
)
def test_a_bad_answer_is_asked_for_again_otherwise(
    server: ChatServer, tmp_path: Path, page: bytes, fault: str, told: str
) -> None:
    server.fault = faults(fault, fault)
    found = asked(model(server, tmp_path, profile="databricks_claude"), page)
    assert [attempt.fault for attempt in found.attempts] == [told, told, ""]
    assert found.reading is not None
    assert "again and again" not in found.reading.text
    first, second, third = found.attempts
    assert (first.temperature, second.temperature, third.prompt) == (0.0, 0.4, 2)
    assert sum(attempt.input_tokens for attempt in found.attempts) == server.tokens[0]


@pytest.mark.parametrize("fault", ["loop", "quiet_loop", "cut", "empty", "refused"])
def test_a_page_with_bad_answers_only_has_no_reading_and_every_attempt_is_told(
    server: ChatServer, tmp_path: Path, page: bytes, fault: str
) -> None:
    server.fault = lambda _: fault
    found = asked(model(server, tmp_path), page)
    assert found.reading is None
    assert len(found.attempts) == 4
    assert all(attempt.fault for attempt in found.attempts)
    assert found.attempts[3].pixels < found.attempts[0].pixels


def test_invented_text_is_told_by_the_words_that_another_reader_is_sure_of(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    good = asked(model(server, tmp_path), page).reading
    assert good is not None
    words = [Word(text, Box(0.1, 0.1, 0.2, 0.2), 0.96) for text in good.text.split()]
    local = PageReading("tesseract", good.text, 0.8, (), tuple(words))
    server.attempts = 0
    server.fault = faults("invented")
    found = asked(model(server, tmp_path / "other"), page, local)
    assert [attempt.fault for attempt in found.attempts] == ["invented", ""]
    assert found.reading is not None
    assert found.unplaced == 0
    assert len(found.reading.words) == len(words)


@pytest.mark.parametrize(
    "fault",
    [
        "rate_limit",
        "retry_after",
        "server_error",
        "overloaded",
        *("gateway_timeout", "cut_stream", "garbage", "no_choices"),
    ],
)
def test_what_may_go_away_is_tried_again(server: ChatServer, tmp_path: Path, page: bytes, fault: str) -> None:
    server.fault = faults(fault, fault)
    vision = model(server, tmp_path)
    found = asked(vision, page)
    assert found.reading is not None
    assert [attempt.fault for attempt in found.attempts] == [""]
    assert server.attempts == 3
    states = [row["state"] for row in vision.ledger.rows()]
    lost = "refused" if fault in ("rate_limit", "retry_after", "server_error", "overloaded") else "unknown"
    assert states == [lost, lost, "answered"]


def test_a_request_that_hangs_is_given_up(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    server.fault = faults("stall")
    vision = model(server, tmp_path, seconds=0.3)
    server.lines(Image.open(io.BytesIO(page)))  # so that the answer itself takes no time
    found = asked(vision, page)
    assert found.reading is not None
    assert [row["state"] for row in vision.ledger.rows()] == ["unknown", "answered"]


def test_a_service_that_is_away_is_a_transient_fault_without_the_key(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    server.fault = lambda _: "server_error"
    with pytest.raises(TransientFault, match="service_unavailable") as caught:
        asked(model(server, tmp_path), page)
    assert KEY not in str(caught.value)
    assert server.attempts <= 5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "another"}, "no model another"),
        ({"urls": "{url}/nothing"}, "correct vision_url"),
        ({"urls": "http://user:pass-5e1f@[::1"}, r"endpoint http://\[::1 is no address .* correct OCR_ASSETS"),
        ({"profile": "unknown"}, "use one of"),
    ],
)
def test_wrong_settings_are_named(
    server: ChatServer, tmp_path: Path, page: bytes, changes: dict[str, str], told: str
) -> None:
    changed = {name: value.replace("{url}", server.base_url) for name, value in changes.items()}
    with pytest.raises(UsageError, match=told):
        asked(model(server, tmp_path, **changed), page)


def test_a_wrong_key_and_a_model_without_eyes_are_named(
    server: ChatServer, tmp_path: Path, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fault = lambda _: "no_vision"
    with pytest.raises(UsageError, match="takes no images"):
        asked(model(server, tmp_path), page)
    for fault, told in (("unpaid", "credit"), ("no_method", "correct vision_url")):
        server.fault = lambda _, fault=fault: fault  # type: ignore[misc]
        with pytest.raises(UsageError, match=told):
            asked(model(server, tmp_path), page)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-123456")
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        asked(model(server, tmp_path), page)
    assert "sk-wrong" not in str(caught.value)


def test_an_answer_that_was_paid_for_is_not_asked_for_again(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    vision = model(server, tmp_path)
    first = asked(vision, page)
    assert asked(vision, page) == first
    assert server.attempts == 1
    with vision.asking("run", "ocr_text", Checkpoints(root=f"{tmp_path}/checkpoints")) as asker:
        ask_page(asker, DOCUMENT, 1, page, None)
        asker.paid.clear(DOCUMENT)
    asked(vision, page)
    assert server.attempts == 2


def test_the_same_picture_on_another_page_is_not_paid_for_twice(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path, input_price=1.0)
    with vision.asking("run", "ocr_text", Checkpoints(root=f"{tmp_path}/checkpoints")) as asker:
        first, second = (ask_page(asker, DOCUMENT, number, page, None) for number in (1, 2))
    assert second.reading == first.reading
    assert (server.attempts, second.attempts[0].cost, second.attempts[0].input_tokens) == (1, 0.0, 0)


def test_a_budget_stops_requests_before_they_are_sent(server: ChatServer, tmp_path: Path, page: bytes) -> None:
    prices = {"input_price": 1.0, "output_price": 1.0}
    with pytest.raises(TransientFault, match="budget_spent"):
        asked(model(server, tmp_path, day_budget=1e-6, **prices), page)
    assert server.attempts == 0
    enough = model(server, tmp_path, day_budget=0.01, **prices)
    asked(enough, page)
    [row] = enough.ledger.rows()
    assert row["cost"] == pytest.approx(sum(server.tokens) / 1e6)
    assert enough.ledger.today().cost == row["cost"]


def test_half_a_character_at_the_end_of_an_answer_costs_nothing_of_it(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    server.fault = faults("half_character")
    found = asked(model(server, tmp_path), page)
    assert found.reading is not None
    assert found.reading.text.endswith("\ufffd")
    assert asked(model(server, tmp_path), page) == found
    assert server.attempts == 1


def test_the_same_picture_asked_about_at_once_is_paid_for_once_and_told_once(
    server: ChatServer, tmp_path: Path, page: bytes
) -> None:
    vision = model(server, tmp_path, input_price=1.0)
    both = threading.Barrier(2)
    with vision.asking("run", "ocr_text", Checkpoints(root=f"{tmp_path}/checkpoints")) as asker:

        def ask(number: int) -> AskedPage:
            both.wait()
            return ask_page(asker, DOCUMENT, number, page, None)

        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(ask, (1, 2)))
        again = ask_page(asker, DOCUMENT, 1, page, None)  # a figure that stands twice on its page
    told = sum(one.attempts[0].cost for one in (*found, again))
    assert server.attempts == 1
    assert told == pytest.approx(vision.ledger.spent().cost)
