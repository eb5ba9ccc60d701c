"""How much faster the offline embedder is than the loop that one would write first, on the same texts in one run.

That loop: the model in float as it is published, ONNX Runtime with its own defaults, one text a call. Rounds of both
take turns, so that what else the machine does falls on both; the median round of each counts.
"""

import random
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.machine import described
from resources.local_embedder import LocalEmbedder, model_folder, tokenizer
from resources.minilm_graph import Encoder, minilm_graph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXTS = 48
WORDS = 160
"""Of a text, which makes about 200 tokens: what chunks have."""
ROUNDS = 3


class InFloat(Encoder):
    """The same encoder, multiplied in float."""

    def linear(self, name: str, value: str) -> str:
        weight = self.constant(f"{name}.floats", self.tensors[f"{name}.weight"].T)
        return self.node(
            "Add", [self.node("MatMul", [value, weight], f"{name}.product"), self.weight(f"{name}.bias")], name
        )


def measure() -> str:
    """Print both and the ratio; the same as text."""
    texts, embedder, naive = made_up(), LocalEmbedder(), one_by_one()
    ways: dict[str, Callable[[Sequence[str]], Any]] = {"naive": naive, "ours": embedder.embed_passages}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for way in ways.values():
        way(texts[:4])
    for _ in range(ROUNDS):
        for name, way in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            way(texts)
            found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = (median(one[n] for one in found["naive"]) / median(one[n] for one in found["ours"]) for n in (0, 1))
    rates = {name: TEXTS / median(one[1] for one in rounds) for name, rounds in found.items()}
    alike = float((naive(texts) * embedder.embed_passages(texts)).sum(axis=1).mean())
    told = (
        f"Of texts of about 200 tokens the offline embedder makes {rates['ours']:.1f} vectors a CPU second, the loop "
        f"over the float model {rates['naive']:.1f}: {cpu:.1f} times as many, and {wall:.1f} times as many a second of "
        f"the clock. The mean cosine of both vectors is {alike:.3f}. ({described()})"
    )
    print(told, flush=True)
    return told


def one_by_one(encoder: type[Encoder] = InFloat) -> "Callable[[Sequence[str]], NDArray[np.float32]]":
    """The loop, over a model that multiplies like this."""
    import numpy as np
    import onnxruntime

    graph = minilm_graph(model_folder() / "model.safetensors", encoder)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    cut = tokenizer(truncated=True)

    def embed(texts: Sequence[str]) -> "NDArray[np.float32]":
        rows = [session.run(None, {"tokens": np.array([cut.encode(text).ids], np.int64)})[0][0] for text in texts]
        return np.array(rows, np.float32)

    return embed


def made_up() -> list[str]:
    """Texts of common words."""
    words = [
        "the",
        "of",
        "report",
        "year",
        "net",
        "sales",
        "cost",
        "total",
        "members",
        "plan",
        "health",
        "income",
        "table",
    ]
    chosen = random.Random(1)
    return [" ".join(chosen.choices(words, k=WORDS + chosen.randrange(40))) for _ in range(TEXTS)]
