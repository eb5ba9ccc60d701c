"""The same text is embedded once by a model, in whatever document it stands, and never twice for another run."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ocr_assets.embedding_once import AT_ONCE, EmbeddingOnce
from ocr_assets.embeddings import rows
from ocr_assets.schemas import EMBEDDINGS
from resources.lake import Lake
from resources.openai_embedder import OpenAIEmbedder
from tests.services.openai_server import KEY, MODEL, OpenAIServer

A, B = "a" * 64, "b" * 64
SCHEMA = {"document": pl.String(), "chunk": pl.Int64(), "text": pl.String()}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIServer().running() as running:
        yield running


def embedder(server: OpenAIServer, **changes: Any) -> OpenAIEmbedder:
    fields = {"model": MODEL, "dimension": 8, "base_url": server.base_url, "max_retries": 0, "price": 2.0}
    return OpenAIEmbedder(**(fields | changes))


def settle(lake: Lake, document: str, texts: Sequence[str], model: OpenAIEmbedder) -> EmbeddingOnce:
    """What the stage does of one document."""
    once = EmbeddingOnce.start(lake, model, texts)
    chunks = pl.DataFrame(
        {"document": [document] * len(texts), "chunk": range(len(texts)), "text": list(texts)}, schema=SCHEMA
    )
    vectors, _ = once.vectors(texts)
    lake.replace(EMBEDDINGS, [document], rows(chunks, vectors, model))
    return once


def asked(server: OpenAIServer) -> list[str]:
    return [text for request in server.requests for text in request["input"]]


def test_a_text_that_another_document_has_is_not_embedded_again(tmp_path: Path, server: OpenAIServer) -> None:
    lake, model = Lake(root=str(tmp_path)), embedder(server)
    settle(lake, A, ["one fish", "two fish", "one fish"], model)
    once = settle(lake, B, ["red fish", "one fish"], model)
    settle(lake, B, ["one fish", "red fish", "two fish"], model)
    assert asked(server) == ["one fish", "two fish", "red fish"]
    assert (once.spent.requests, once.spent.tokens, once.spent.cost) == (1, 1, pytest.approx(2e-6))
    stored = lake.read(EMBEDDINGS, [B])["vector"].to_list()
    np.testing.assert_allclose(stored, model.embed_passages(["one fish", "red fish", "two fish"]), rtol=1e-6)


def test_another_model_or_dimension_embeds_anew(tmp_path: Path, server: OpenAIServer) -> None:
    lake = Lake(root=str(tmp_path))
    settle(lake, A, ["fish"], embedder(server))
    settle(lake, B, ["fish"], embedder(server, dimension=4, send_dimension=True))
    assert asked(server) == ["fish", "fish"]


def test_what_is_told_of_passages_is_never_mixed_and_another_question_prefix_embeds_nothing(
    tmp_path: Path, server: OpenAIServer
) -> None:
    lake = Lake(root=str(tmp_path))
    settle(lake, A, ["fish"], embedder(server))
    settle(lake, A, ["fish"], embedder(server, passage_prefix="passage: "))
    settle(lake, B, ["fish"], embedder(server, passage_prefix="passage: ", query_prefix="query: "))
    assert asked(server) == ["fish", "passage: fish"]
    assert lake.read(EMBEDDINGS)["model"].n_unique() == 1
    settle(lake, B, ["fish"], embedder(server))  # A's of this kind are not there any more
    assert asked(server) == ["fish", "passage: fish", "fish"]
    assert lake.read(EMBEDDINGS)["model"].n_unique() == 2


def test_a_document_without_chunks_and_one_with_many_come_through(tmp_path: Path, server: OpenAIServer) -> None:
    lake, model = Lake(root=str(tmp_path)), embedder(server)
    settle(lake, A, [], model)
    settle(lake, B, [f"text {n}" for n in range(AT_ONCE + 1)], model)
    assert [len(request["input"]) for request in server.requests] == [AT_ONCE, 1]
    assert lake.read(EMBEDDINGS, [A, B]).height == AT_ONCE + 1
    assert lake.documents(EMBEDDINGS) == {A, B}


def test_what_a_forgotten_document_had_is_not_found_again(tmp_path: Path, server: OpenAIServer) -> None:
    lake, model = Lake(root=str(tmp_path)), embedder(server)
    settle(lake, A, ["fish"], model)
    lake.replace(EMBEDDINGS, [A], lake.frame(EMBEDDINGS, []))
    assert EmbeddingOnce.start(lake, model, ["fish"]).known == {}


def test_a_server_that_does_not_say_what_it_took_is_estimated(server: OpenAIServer) -> None:
    server.tells_usage = False
    once = EmbeddingOnce(embedder(server))
    once.vectors(["red fish"])
    assert once.spent.tokens == embedder(server).count_tokens("red fish")
