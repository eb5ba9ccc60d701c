"""What turns passages and questions into vectors; the stages and the search know embedders only by this type."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@dataclass
class Spent:
    """What embedding took at a service: requests, tokens as it counts them, and money where prices are configured."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0


class Embedder(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Vectors of unit length, so that their inner product is their cosine.

    Errors of an embedder are faults of the document at hand, TransientFault or PermanentFault, or a UsageError where
    its settings are wrong.
    """

    model: str
    dimension: int

    @property
    def recorded_model(self) -> str:
        """What is recorded with passages' vectors, and names their index: two of these never meet in one.

        It is another one where the same model is told something else about passages, which moves their vectors.
        """
        return self.model

    @property
    @abstractmethod
    def most_tokens(self) -> int:
        """The longest passage that is embedded whole, as `count_tokens` counts."""

    @abstractmethod
    def count_tokens(self, text: str) -> int:
        """How many tokens the text has for this model, without marks of its beginning and end."""

    @abstractmethod
    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> "Vectors":
        """One vector a text, float32 [texts, dimension]; the end of a text that is too long for the model is cut.

        What a service takes for it is added to `spent`.
        """

    @abstractmethod
    def embed_query(self, text: str) -> "Vectors":
        """The vector of a question, float32 [dimension]."""


def unit_length(vectors: "Vectors") -> "Vectors":
    """The vectors scaled to length 1; a zero vector stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled
