"""Vectors of texts, each embedded once: what the lake has of it already, in whatever document, is taken from there."""

from collections.abc import Iterable, Iterator, Sequence
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

    Texts = Sequence[str] | pl.Series
    """Of a long document a column: of its texts only some are Python's at a time."""

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
    parts = [
        pl.Series([embedded_text(*row) for row in part.iter_rows()], dtype=pl.String)
        for part in read.select("heading_path", "text").iter_slices(AT_ONCE)
    ]
    return read.select("document", "chunk", text=pl.concat(parts) if parts else pl.Series(dtype=pl.String))


def contents_of(texts: "Texts") -> Iterator[str]:
    """The content of each text."""
    for start in range(0, len(texts), AT_ONCE):
        yield from map(content_of, texts[start : start + AT_ONCE])


@dataclass
class EmbeddingOnce:
    """Vectors by the text's content. `spent` counts what the embedder was asked for since the start."""

    embedder: Embedder
    known: "dict[str, NDArray[np.float32]]" = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)

    @classmethod
    def start(cls, lake: Lake, embedder: Embedder, texts: "Texts") -> "EmbeddingOnce":
        """With the vectors of this model that the lake has of these texts."""
        import polars as pl

        same = (pl.col("model") == embedder.recorded_model) & (pl.col("dimension") == embedder.dimension)
        wanted = same & pl.col("content").is_in(list(set(contents_of(texts))))
        # Which documents have them, and only then their vectors: else those of all documents are decoded.
        held = lake.find(EMBEDDINGS, wanted, ["content", "document"]).unique("content")
        found = lake.find(EMBEDDINGS, wanted, ["content", "vector"], set(held["document"]))
        unique = found.unique("content")
        return cls(embedder, dict(zip(unique["content"], matrix(unique["vector"], embedder.dimension), strict=True)))

    def vectors(self, texts: "Texts") -> "tuple[NDArray[np.float32], int]":
        """One vector a text, float32 [texts, dimension], and how many of them nothing was asked for."""
        import numpy as np

        found, asked = np.empty((len(texts), self.embedder.dimension), np.float32), 0
        for start in range(0, len(texts), AT_ONCE):
            some = list(texts[start : start + AT_ONCE])
            contents = [content_of(text) for text in some]
            new = {content: text for content, text in zip(contents, some, strict=True) if content not in self.known}
            if new:
                vectors = self.embedder.embed_passages(list(new.values()), self.spent)
                self.known |= dict(zip(new, vectors, strict=True))
            asked += len(new)
            for row, content in enumerate(contents, start):
                found[row] = self.known[content]
                self.known[content] = found[row]  # instead of a copy of its own
        return found, len(texts) - asked
