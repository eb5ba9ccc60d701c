"""Vectors of texts, each embedded once: what the lake has of it already, in whatever document, is taken from there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ocr_assets.core.passages import content_of, embedded_text
from ocr_assets.schemas import CHUNKS, EMBEDDINGS
from resources.embedder import Embedder, Spent
from resources.lake import Lake

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

AT_ONCE: Final = 512
"""Texts handed to the embedder in one call: what it holds beside their vectors stays small in a long document."""


def matrix(vectors: "pl.Series", dimension: int) -> "NDArray[np.float32]":
    """A column of vectors as float32 [rows, dimension], without a Python object for each number."""
    import numpy as np

    return vectors.list.to_array(dimension).to_numpy() if len(vectors) else np.empty((0, dimension), np.float32)


def chunk_texts(lake: Lake, documents: Iterable[str]) -> "pl.DataFrame":
    """`document`, `chunk` and the `text` to embed of these documents' chunks, in order."""
    import polars as pl

    read = lake.read(CHUNKS, documents, ["document", "chunk", "heading_path", "text"])
    texts = [embedded_text(headings, text) for headings, text in read.select("heading_path", "text").iter_rows()]
    return read.select("document", "chunk", text=pl.Series(texts, dtype=pl.String))


@dataclass
class EmbeddingOnce:
    """Vectors by the text's content. `spent` counts what the embedder was asked for since the start."""

    embedder: Embedder
    known: "dict[str, NDArray[np.float32]]" = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)

    @classmethod
    def start(cls, lake: Lake, embedder: Embedder, texts: Iterable[str]) -> "EmbeddingOnce":
        """With the vectors of this model that the lake has of these texts."""
        import polars as pl

        same = (pl.col("model") == embedder.recorded_model) & (pl.col("dimension") == embedder.dimension)
        wanted = same & pl.col("content").is_in(list({content_of(text) for text in texts}))
        # Which documents have them, and only then their vectors: else those of all documents are decoded.
        held = lake.find(EMBEDDINGS, wanted, ["content", "document"]).unique("content")
        found = lake.find(EMBEDDINGS, wanted, ["content", "vector"], set(held["document"]))
        unique = found.unique("content")
        return cls(embedder, dict(zip(unique["content"], matrix(unique["vector"], embedder.dimension), strict=True)))

    def vectors(self, texts: Sequence[str]) -> "tuple[NDArray[np.float32], int]":
        """One vector a text, float32 [texts, dimension], and how many of them nothing was asked for."""
        import numpy as np

        contents = [content_of(text) for text in texts]
        new = {content: text for content, text in zip(contents, texts, strict=True) if content not in self.known}
        asked = list(new.items())
        for start in range(0, len(asked), AT_ONCE):
            some = asked[start : start + AT_ONCE]
            vectors = self.embedder.embed_passages([text for _, text in some], self.spent)
            self.known |= {content: vector for (content, _), vector in zip(some, vectors, strict=True)}
        found = np.empty((len(texts), self.embedder.dimension), np.float32)
        for row, content in enumerate(contents):
            found[row] = self.known[content]
        return found, len(texts) - len(new)
