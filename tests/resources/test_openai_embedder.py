"""The OpenAI embedder through the real client, over HTTP, against a server that also fails in every known way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr_assets.default_resources import build_embedder
from ocr_assets.errors import PermanentFault, TransientFault, UsageError
from ocr_assets.settings import Settings
from resources.local_embedder import LocalEmbedder, model_folder
from resources.openai_embedder import OpenAIEmbedder
from tests.services.openai_server import KEY, MODEL, Failure, OpenAIServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIServer().running() as running:
        yield running


def embedder(server: OpenAIServer, **changes: Any) -> OpenAIEmbedder:
    fields = {"model": MODEL, "dimension": 8, "base_url": server.base_url, "max_retries": 0, "timeout_seconds": 5}
    return OpenAIEmbedder(**(fields | changes))


def test_vectors_come_in_the_order_of_the_texts_and_have_unit_length(server: OpenAIServer) -> None:
    texts = ["one fish", "two fish", "red fish blue fish"]
    vectors = embedder(server).embed_passages(texts)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(embedder(server).embed_query(text), vector)


def test_no_texts_make_no_request(server: OpenAIServer) -> None:
    assert embedder(server).embed_passages([]).shape == (0, 8)
    assert server.attempts == 0


def test_requests_keep_to_the_limits_of_inputs_and_tokens(server: OpenAIServer) -> None:
    embedder(server, max_inputs=3).embed_passages(["a b"] * 7)
    assert [len(request["input"]) for request in server.requests] == [3, 3, 1]
    server.requests.clear()
    embedder(server, max_tokens=5).embed_passages(["a b", "c d", "e f", "g h i j k l m"])
    assert [len(request["input"]) for request in server.requests] == [2, 1, 1]


def test_more_texts_than_a_request_takes_are_all_embedded(server: OpenAIServer) -> None:
    assert embedder(server).embed_passages([f"text {n}" for n in range(2100)]).shape == (2100, 8)
    assert [len(request["input"]) for request in server.requests] == [2048, 52]


def test_prefixes_and_dimension_are_sent_where_configured(server: OpenAIServer) -> None:
    model = embedder(server, dimension=4, send_dimension=True, query_prefix="query: ", passage_prefix="passage: ")
    assert model.embed_passages(["x"]).shape == (1, 4)
    model.embed_query("y")
    assert [request["input"] for request in server.requests] == [["passage: x"], ["query: y"]]


def test_an_empty_text_is_refused_before_anything_is_sent(server: OpenAIServer) -> None:
    for prefix in ("", "passage: "):
        with pytest.raises(ValueError, match="empty"):
            embedder(server, passage_prefix=prefix).embed_passages(["good", " "])
    assert server.attempts == 0


def test_fields_that_a_provider_wants_go_with_passages_and_questions_as_the_settings_say(server: OpenAIServer) -> None:
    server.wants = {"input_type": {"passage", "query"}, "truncate": {"END"}}
    made = Settings(
        embedder="openai",
        embedder_url=server.base_url,
        embedder_model=MODEL,
        embedder_dimension=8,
        embedder_passage_fields="input_type=passage, truncate=END",
        embedder_query_fields="input_type=query,truncate=END",
        _env_file=None,
    )
    model = build_embedder(made)
    model.embed_passages(["x"])
    model.embed_query("y")
    assert [(sent["input"], sent["input_type"]) for sent in server.requests] == [(["x"], "passage"), (["y"], "query")]


def test_a_field_that_is_missing_is_the_settings_fault_and_no_documents(server: OpenAIServer) -> None:
    server.wants = {"input_type": {"passage", "query"}}
    with pytest.raises(UsageError, match=r"400 .*input_type must be one of.*embedder_passage_fields"):
        embedder(server).embed_passages(["x"])


@pytest.mark.parametrize("told", ["passage", "=passage", "input_type=", "model=other", "input=x", "two words=x"])
def test_fields_that_are_none_are_told_before_anything_runs(told: str) -> None:
    with pytest.raises(ValueError, match="NAME=VALUE"):
        Settings(embedder_query_fields=told, _env_file=None)


def test_prefix_and_text_together_keep_to_what_the_model_takes_and_every_request_to_its_limit(
    server: OpenAIServer,
) -> None:
    prefix, long = "a passage: ", "one two three four five six seven eight nine"
    for tokenizer in ("", str(model_folder() / "tokenizer.json")):
        server.requests.clear()
        model = embedder(server, text_tokens=12, passage_prefix=prefix, tokenizer=tokenizer, max_tokens=10)
        assert model.most_tokens == 10 - model.count_tokens(prefix)
        model.embed_passages([long, "one"])
        cut, whole = (text for sent in server.requests for text in sent["input"])
        assert model.count_tokens(cut) == 10
        assert (prefix + long).startswith(cut)
        assert whole == prefix + "one"
    with pytest.raises(UsageError, match=r"embedder_text_tokens.*no room"):
        embedder(server, text_tokens=5, passage_prefix="a passage: ").embed_passages(["x"])


def test_a_passage_that_is_told_something_else_is_of_another_model_and_a_question_is_not() -> None:
    plain = OpenAIEmbedder(model="m", dimension=8)
    changed = (
        {"passage_prefix": "passage: "},
        {"passage_prefix": "passage:"},
        {"passage_fields": "input_type=passage"},
    )
    recorded = {OpenAIEmbedder(model="m", dimension=8, **told).recorded_model for told in changed}
    assert len(recorded | {plain.recorded_model}) == 4
    assert plain.recorded_model == "m"
    same = OpenAIEmbedder(model="m", dimension=8, query_prefix="query: ", query_fields="input_type=query")
    assert same.recorded_model == "m"
    orders = ("a=1,b=2", "b=2, a=1")
    assert len({OpenAIEmbedder(model="m", dimension=8, passage_fields=told).recorded_model for told in orders}) == 1


def test_another_dimension_than_configured_is_the_settings_fault_and_not_waited_for(server: OpenAIServer) -> None:
    with pytest.raises(UsageError, match=r"dimension 8, configured is 16.*embedder_dimension.*embedder_shortens"):
        embedder(server, dimension=16).embed_passages(["a"])


@pytest.mark.parametrize(
    "failure",
    ["rate_limit", "rate_limit_retry_after", "server_error", "cut", "garbage", "partial", "nan", "zero"],
)
def test_what_may_go_away_is_a_transient_fault(server: OpenAIServer, failure: Failure) -> None:
    server.failures = [failure]
    with pytest.raises(TransientFault, match="service_unavailable") as caught:
        embedder(server).embed_passages(["a", "b"])
    assert KEY not in str(caught.value)
    assert embedder(server).embed_passages(["a", "b"]).shape == (2, 8)


def test_a_server_that_hangs_is_given_up(server: OpenAIServer) -> None:
    server.failures = ["hang"]
    with pytest.raises(TransientFault, match="did not answer"):
        embedder(server, timeout_seconds=0.2).embed_passages(["a"])


def test_a_server_that_is_not_there_is_a_transient_fault(server: OpenAIServer) -> None:
    with pytest.raises(TransientFault, match="did not answer"):
        embedder(server, base_url="http://127.0.0.1:1/v1").embed_passages(["a"])


def test_a_rate_limit_is_waited_for(server: OpenAIServer) -> None:
    server.failures = ["rate_limit_retry_after"]
    assert embedder(server, max_retries=1).embed_passages(["a"]).shape == (1, 8)
    assert server.attempts == 2


def test_a_wrong_key_or_model_fails_no_document_and_the_key_stays_secret(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=rf"{server.base_url}.*404.*no model other.*embedder_url"):
        embedder(server, model="other").embed_passages(["a"])
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    with pytest.raises(UsageError, match=r"401.*OPENAI_API_KEY") as caught:
        embedder(server).embed_passages(["a"])
    assert "sk-wrong" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_that_may_not_use_the_model_fails_no_document(server: OpenAIServer) -> None:
    server.failures = ["forbidden"]
    with pytest.raises(UsageError, match=rf"403.*OPENAI_API_KEY.*{MODEL}"):
        embedder(server).embed_passages(["a"])


def test_a_request_that_is_refused_is_a_permanent_fault(server: OpenAIServer) -> None:
    server.failures = ["too_large"]
    with pytest.raises(PermanentFault, match=r"service_refused.*413"):
        embedder(server).embed_passages(["a"])


@pytest.mark.parametrize("url", ["http://user:s3cret@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?api-key=s3cret#s3cret"])
def test_credentials_within_the_url_stay_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = OpenAIEmbedder(model="m", dimension=8, base_url=url, max_retries=0)
    with pytest.raises(TransientFault, match=r"http://127\.0\.0\.1:1/v1 \(model m\)") as caught:
        model.embed_query("a")
    assert "s3cret" not in str(caught.value)


def test_the_ui_shows_neither_the_key_nor_the_url(server: OpenAIServer) -> None:
    model = embedder(server)
    assert KEY not in str(model.model_dump())
    fields = OpenAIEmbedder.to_config_schema().as_field().config_type.fields  # type: ignore[attr-defined]
    assert [name for name, field in fields.items() if field.is_secret] == ["base_url"]


def test_a_missing_key_says_which_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_KEY", raising=False)
    model = OpenAIEmbedder(model="m", dimension=8, api_key_variable="LAB_KEY")
    with pytest.raises(UsageError, match="LAB_KEY"):
        model.embed_query("a")


def test_tokens_are_estimated_from_above() -> None:
    model = OpenAIEmbedder(model="m", dimension=8)
    assert model.count_tokens("") == 0
    assert model.count_tokens("The deductible is $2,000.") >= 7  # what cl100k_base has for it
    assert model.count_tokens("漢字漢字") == 4


def test_the_model_s_own_tokenizer_counts_where_its_file_is_at_hand(tmp_path: Path) -> None:
    settings = Settings(embedder="openai", embedder_tokenizer=str(model_folder() / "tokenizer.json"), _env_file=None)
    text = "The deductible is $2,000 a year. " * 100  # longer than the file says that a text is cut
    assert build_embedder(settings).count_tokens(text) == LocalEmbedder().count_tokens(text) > 600
    (tmp_path / "tokenizer.json").write_text("{}")
    for broken in ("tokenizer.json", "missing.json"):
        model = OpenAIEmbedder(model="m", dimension=8, tokenizer=str(tmp_path / broken))
        with pytest.raises(UsageError, match=broken):
            model.count_tokens("a")
