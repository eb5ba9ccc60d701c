"""`check-model`: what it tells when all is well, and what it names when something is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.errors import OcrAssetsError
from resources.vision.checking import check_model
from resources.vision.model import VisionModel
from tests.services.chat_server import KEY, MODEL, ChatServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer().running() as running:
        yield running


def model(server: ChatServer, home: Path, **changes: Any) -> VisionModel:
    fields = {"model": MODEL, "urls": server.base_url, "home": str(home), "input_price": 2.0, "first_pause": 0.01}
    return VisionModel(**(fields | changes))


def test_a_page_and_a_figure_are_told_with_their_cost(server: ChatServer, tmp_path: Path) -> None:
    page, figure = check_model(model(server, tmp_path))
    assert (page.what, page.problem, figure.what, figure.problem) == ("page", "", "figure", "")
    assert "pelican" in page.answer
    assert figure.answer.startswith("A picture of 600 by 400")
    assert page.cost + figure.cost == pytest.approx(2 * server.tokens[0] / 1e6, abs=1e-6)
    assert page.requests == figure.requests == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": ""}, "set OCR_ASSETS_VISION_MODEL"),
        ({"model": "gpt-nine"}, f"has no model 'gpt-nine'; it has {MODEL}"),
        ({"urls": "http://127.0.0.1:9/v1"}, "nothing answers at the vision endpoint http://127.0.0.1:9/v1"),
        ({"urls": "{url}/typo"}, "correct vision_url"),
    ],
)
def test_what_is_wrong_with_the_settings_is_named(
    server: ChatServer, tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    changed = {name: value.replace("{url}", server.base_url) for name, value in changes.items()}
    with pytest.raises(OcrAssetsError) as caught:
        check_model(model(server, tmp_path, **changed))
    assert told in str(caught.value)


def test_a_missing_and_a_wrong_key_are_named_and_not_shown(
    server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-123456")
    with pytest.raises(OcrAssetsError, match="OPENAI_API_KEY") as caught:
        check_model(model(server, tmp_path))
    assert "sk-wrong" not in str(caught.value)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(OcrAssetsError, match="set the environment variable OPENAI_API_KEY"):
        check_model(model(server, tmp_path, urls=""))


def test_a_model_that_does_not_see_is_told(server: ChatServer, tmp_path: Path) -> None:
    server.fault = lambda number: "invented" if number == 0 else None
    page, _ = check_model(model(server, tmp_path))
    assert page.problem.startswith("it does not read") or page.requests > 1
    server.attempts, server.fault = 0, lambda _: "no_vision"
    with pytest.raises(OcrAssetsError, match="takes no images"):
        check_model(model(server, tmp_path))


def test_it_is_asked_at_once_in_mode_batch_too_and_each_time_with_a_runs_budget(
    server: ChatServer, tmp_path: Path
) -> None:
    for _ in range(3):
        checked = check_model(model(server, tmp_path, mode="batch", run_budget=0.015))
        assert [one.problem for one in checked] == ["", ""]
    assert server.batches == {}


def test_an_address_that_is_none_is_named(server: ChatServer, tmp_path: Path) -> None:
    with pytest.raises(OcrAssetsError, match="correct OCR_ASSETS_VISION_URL"):
        check_model(model(server, tmp_path, urls="http://host:port/v1"))
