"""The ONNX graph of all-MiniLM-L6-v2, written from its weights: a BERT encoder, mean pooling, unit length.

It takes one text at a time, so there is no padding and no mask, and multiplies in 8-bit integers.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from resources import onnx_format

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[Any]

LAYERS: Final = 6
HEADS: Final = 12
DIMENSION: Final = 384
_EPSILON: Final = 1e-12
_MICROSOFT: Final = "com.microsoft"


def minilm_graph(weights_file: Path, encoder: "type[Encoder] | None" = None) -> bytes:
    """The serialized model: input `tokens` int64 [1, length], output `vector` float32 [1, 384] of unit length.

    `encoder` may be one that multiplies in another way.
    """
    graph = (encoder or Encoder)(read_safetensors(weights_file))
    hidden = graph.embeddings()
    for layer in range(LAYERS):
        hidden = graph.layer(f"encoder.layer.{layer}", hidden)
    graph.pooled(hidden)
    tokens = onnx_format.value("tokens", onnx_format.INT64, [1, "length"])
    vector = onnx_format.value("vector", onnx_format.FLOAT, [1, DIMENSION])
    return onnx_format.model(
        onnx_format.graph("all-MiniLM-L6-v2", graph.nodes, graph.constants, [tokens], [vector]),
        operator_sets={"": 18, _MICROSOFT: 1},
        ir_version=9,  # what ONNX Runtime 1.20 reads
    )


def read_safetensors(path: Path) -> dict[str, "Array"]:
    """The float32 tensors of a safetensors file by name, read from the file when they are used.

    The format: 8 bytes with the header's length, the header as JSON, then the data (huggingface.co/docs/safetensors).
    """
    import numpy as np

    data = np.memmap(path, np.uint8, mode="r")
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(bytes(data[8:start])).items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            tensors[name] = data[start + first : start + last].view("<f4").reshape(entry["shape"])
    return tensors


@dataclass
class Encoder:
    """Nodes in order of execution; every method returns the name of the value that it adds."""

    tensors: dict[str, "Array"]
    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    largest_weight: ClassVar[int] = 63
    """7 bits: on processors with AVX2 only, sums of products of two full 8-bit numbers would overflow 16 bits."""

    def embeddings(self) -> str:
        """Word, position and segment embeddings; the segment is always the first."""
        import numpy as np

        positions = self.tensors["embeddings.position_embeddings.weight"]
        positions = positions + self.tensors["embeddings.token_type_embeddings.weight"][0]
        words = self.constant("words", self.tensors["embeddings.word_embeddings.weight"])
        word = self.node("Gather", [words, "tokens"], "word")
        length = self.node("Shape", ["tokens"], "length", start=1)
        start = self.constant("start", np.zeros(1, np.int64))
        position = self.node("Slice", [self.constant("positions", positions), start, length], "position")
        total = self.node("Add", [word, position], "embedded")
        scale = self.weight("embeddings.LayerNorm.weight")
        shift = self.weight("embeddings.LayerNorm.bias")
        return self.node("LayerNormalization", [total, scale, shift], "embeddings", epsilon=_EPSILON)

    def layer(self, name: str, hidden: str) -> str:
        """Self-attention and feed-forward, each added to its input and normalised."""
        queries, keys, values = (
            self.linear(f"{name}.attention.self.{part}", hidden) for part in ("query", "key", "value")
        )
        mixed = self.node(
            "MultiHeadAttention", [queries, keys, values], f"{name}.mixed", domain=_MICROSOFT, num_heads=HEADS
        )
        attended = self._add_and_normalise(f"{name}.attention.output", mixed, hidden)
        wide = self.linear(f"{name}.intermediate.dense", attended)
        active = self.node("Gelu", [wide], f"{name}.active", domain=_MICROSOFT)
        return self._add_and_normalise(f"{name}.output", active, attended)

    def pooled(self, hidden: str) -> str:
        import numpy as np

        mean = self.node("ReduceMean", [hidden, self.constant("axis", np.ones(1, np.int64))], "mean", keepdims=0)
        return self.node("LpNormalization", [mean], "vector", axis=-1, p=2)

    def _add_and_normalise(self, name: str, value: str, skipped: str) -> str:
        dense = self.linear(f"{name}.dense", value)
        scale, shift = self.weight(f"{name}.LayerNorm.weight"), self.weight(f"{name}.LayerNorm.bias")
        inputs = [dense, skipped, scale, shift]
        return self.node("SkipLayerNormalization", inputs, f"{name}.sum", domain=_MICROSOFT, epsilon=_EPSILON)

    def linear(self, name: str, value: str) -> str:
        """x W' + b with W in whole numbers, one scale an output, and x quantised as it comes."""
        import numpy as np

        weight = self.tensors[f"{name}.weight"]
        scales = np.abs(weight).max(axis=1) / self.largest_weight
        inputs = [
            value,
            self.constant(f"{name}.integers", np.rint(weight / scales[:, None]).astype(np.int8).T),
            self.constant(f"{name}.scales", scales.astype(np.float32)),
            self.constant(f"{name}.zeros", np.zeros(len(scales), np.int8)),
            self.weight(f"{name}.bias"),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_MICROSOFT)

    def weight(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def constant(self, name: str, values: "np.ndarray[Any, Any]") -> str:
        self.constants.append(onnx_format.constant(name, values))
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: float) -> str:
        self.nodes.append(onnx_format.node(operator, inputs, output, domain, attributes))
        return output
