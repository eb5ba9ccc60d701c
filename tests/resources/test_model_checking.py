"""`check-model` of text models, answers and the embedder: real clients, over HTTP, and what each finds wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr_assets.errors import OcrAssetsError, UsageError
from resources.answer_model import AnswerModel
from resources.local_embedder import LocalEmbedder
from resources.model_checking import STATED, check_answers, check_embedder, check_text_model
from resources.openai_embedder import OpenAIEmbedder
from resources.text_model import TextModel
from tests.services import answer_server, openai_server, text_server
from tests.services.answer_server import AnswerServer
from tests.services.openai_server import OpenAIServer
from tests.services.text_server import TextServer

ROLES = ("classifier", "extractor")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextServer]:
    monkeypatch.setenv("OPENAI_API_KEY", text_server.KEY)
    with TextServer().running() as running:
        yield running


@pytest.fixture
def embeddings(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("OPENAI_API_KEY", openai_server.KEY)
    with OpenAIServer(dimension=64).running() as running:
        yield running


def text_model(server: TextServer, home: Path, role: str, **changes: Any) -> TextModel:
    fields = {"role": role, "model": text_server.MODEL, "urls": server.base_url, "home": str(home), "input_price": 2.0}
    return TextModel(**(fields | {"first_pause": 0.01} | changes))


def embedder(server: OpenAIServer, **changes: Any) -> OpenAIEmbedder:
    fields = {"model": openai_server.MODEL, "dimension": 64, "base_url": server.base_url, "max_retries": 0}
    return OpenAIEmbedder(**(fields | changes))


@pytest.mark.parametrize(
    ("role", "profile"),
    [("classifier", "json_schema"), ("classifier", "vllm_choice"), ("extractor", "json_schema"), ("extractor", "json")],
)
def test_a_text_model_that_works_is_told_with_its_answer_time_and_cost(
    server: TextServer, tmp_path: Path, role: str, profile: str
) -> None:
    checked = check_text_model(text_model(server, tmp_path, role, profile=profile))
    assert (checked.what, checked.problem, checked.requests) == (role, "", 1)
    assert ("invoice" if role == "classifier" else STATED["invoice_number"]) in checked.answer
    assert checked.cost == pytest.approx(2 * checked.input_tokens / 1e6, abs=1e-6)
    assert checked.input_tokens > 0


@pytest.mark.parametrize("role", ROLES)
def test_an_endpoint_without_structured_output_is_told_with_the_profile_that_helps(
    server: TextServer, tmp_path: Path, role: str
) -> None:
    server.fault = lambda _: "no_form"
    with pytest.raises(UsageError, match=f"choose another {role}_profile"):
        check_text_model(text_model(server, tmp_path, role))
    server.fault = lambda _: "no_json"  # one that takes the form and does not keep to it
    checked = check_text_model(text_model(server, tmp_path, role))
    assert checked.requests == 2
    assert checked.problem.startswith("no usable answer")
    assert f"{role}_profile json" in checked.problem


def test_a_model_that_gives_wrong_values_or_does_not_quote_is_told(server: TextServer, tmp_path: Path) -> None:
    server.changed = lambda told: told["total"].update(value=1.0)
    assert "does not find total" in check_text_model(text_model(server, tmp_path, "extractor")).problem
    server.changed = lambda told: told["total"].update(quote="about 150")
    assert "does not quote total" in check_text_model(text_model(server, tmp_path, "extractor")).problem


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": ""}, "set OCR_ASSETS_{ROLE}_MODEL"),
        ({"model": "other"}, "404.*no model other.*{role}_url or {role}_model"),
        ({"urls": "http://127.0.0.1:1/v1"}, "nothing answers.*OCR_ASSETS_{ROLE}_URL"),
        ({"urls": "http://host:port/v1"}, "is no address.*OCR_ASSETS_{ROLE}_URL"),
        ({"key_variable": "LAB_KEY"}, "401.*LAB_KEY|does not accept the key in LAB_KEY"),
        ({"profile": "magic"}, "{role}_profile is 'magic'"),
    ],
)
def test_what_is_wrong_with_a_text_models_settings_is_named(
    server: TextServer, tmp_path: Path, role: str, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(OcrAssetsError, match=told.replace("{role}", role).replace("{ROLE}", role.upper())):
        check_text_model(text_model(server, tmp_path, role, **changes))


def test_a_model_that_answers_is_asked_what_a_passage_says_and_must_cite_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", answer_server.KEY)
    with AnswerServer().running() as server:
        model = AnswerModel(model=answer_server.MODEL, base_url=server.base_url, max_retries=0)
        checked = check_answers(model)
        assert (checked.problem, checked.answer) == (
            "",
            "The ferry to the island does leave at nine in the morning. [2]",
        )
        assert "set OCR_ASSETS_ANSWER_MODEL" in str(raised(lambda: check_answers(AnswerModel())))
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
        assert "OPENAI_API_KEY" in str(raised(lambda: check_answers(model)))
    assert "correct OCR_ASSETS_ANSWER_URL" in str(raised(lambda: check_answers(model)))


def test_an_embedder_is_told_with_its_dimension_tokens_and_cost(embeddings: OpenAIServer) -> None:
    checked = check_embedder(embedder(embeddings, price=2.0, passage_prefix="passage: "))
    assert (checked.problem, checked.requests, checked.input_tokens) == ("", 2, 3)
    assert checked.cost == pytest.approx(6e-6)
    assert "64 numbers" in checked.answer


def test_the_offline_embedder_is_checked_without_a_request() -> None:
    checked = check_embedder(LocalEmbedder())
    assert (checked.problem, checked.requests, checked.cost) == ("", 0, 0)
    assert "384 numbers" in checked.answer


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dimension": 32}, "dimension 64, configured is 32: correct embedder_dimension"),
        ({"model": "other"}, "404.*embedder_model"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "nothing answers.*OCR_ASSETS_EMBEDDER_URL"),
        ({"base_url": "http://host:port/v1"}, "is no address.*OCR_ASSETS_EMBEDDER_URL"),
        ({"api_key_variable": "LAB_KEY"}, "LAB_KEY"),
    ],
)
def test_what_is_wrong_with_an_embedders_settings_is_named(
    embeddings: OpenAIServer, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        check_embedder(embedder(embeddings, **changes))


def test_an_embedder_whose_questions_are_not_near_their_passages_is_told(embeddings: OpenAIServer) -> None:
    many = "library lends atlases for three weeks, novels two. " * 9
    checked = check_embedder(embedder(embeddings, query_prefix=many))
    assert "before passages and questions" in checked.problem


def raised(call: Any) -> OcrAssetsError:
    with pytest.raises(OcrAssetsError) as caught:
        call()
    return caught.value
