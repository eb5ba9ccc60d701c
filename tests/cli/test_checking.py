"""`check-model`: which models are asked, and how a run of the command ends."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Home
from tests.services.openai_server import KEY, MODEL, OpenAIServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer(dimension=64).running() as running:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        for name, value in {"": "openai", "_URL": running.base_url, "_MODEL": MODEL, "_DIMENSION": "64"}.items():
            monkeypatch.setenv(f"OCR_ASSETS_EMBEDDER{name}", value)
        yield running


def test_without_a_name_every_configured_model_is_asked(
    new_home: Home, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    [checked] = new_home("check-model", "--json").json
    assert (checked["what"], checked["problem"], checked["requests"]) == ("embedder", "", 2)
    monkeypatch.setenv("OCR_ASSETS_CLASSIFIER_MODEL", "m")
    monkeypatch.setenv("OCR_ASSETS_CLASSIFIER_URL", "http://127.0.0.1:1/v1")
    answer = new_home("check-model", "--json")
    assert [(one["what"], "nothing answers" in one["problem"]) for one in answer.json] == [
        ("classifier", True),
        ("embedder", False),
    ]
    assert answer.code == 3


def test_a_named_model_is_asked_alone_and_one_that_is_not_there_is_told(new_home: Home, server: OpenAIServer) -> None:
    server.dimension = 32
    assert "correct embedder_dimension" in new_home("check-model", "embedder").err
    answer = new_home("check-model", "vision")
    assert (answer.code, "set OCR_ASSETS_VISION_MODEL" in answer.err) == (1, True)
    assert "there are vision, classifier" in new_home("check-model", "magic").err
