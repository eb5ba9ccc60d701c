"""Pinecone as vector store: a serverless index a dimension, a namespace for each collection and model.

Writes are seen late there. So `replace` waits until what it wrote can be read, and only then removes what is left of
the document's earlier passages: a document is never missing, and of two writers of one document one is told.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import UsageError
from resources.pinecone_client import asking, client, data_plane
from resources.pinecone_namespace import Namespace, nothing_there, slices
from resources.pinecone_records import condition, hit_of, passage_of, record
from resources.vector_store import ANYTHING, Filters, Hit, Passage, SearchMode, VectorStore, checked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


LISTED: Final = 5_000
"""Documents that a query's filter names; Pinecone refuses more than 10,000 values. Of more, each part is asked."""


class PineconeVectors(VectorStore):
    """The index `<index>-<dimension>`, made when it is first written to; in it a namespace `<collection>/<name>`."""

    index: str
    collection: str = "documents"
    cloud: str = "aws"
    region: str = "us-east-1"
    wait_seconds: float = 60
    poll_seconds: float = 0.5

    @property
    def place(self) -> str:
        return f"pinecone/{self.index}/{self.collection}"

    def replace(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        stamp = token_hex(8)
        records = {passage.id: record(passage, stamp) for passage in checked(passages, documents, self.dimension)}
        index = self._open(create=bool(records)) if documents else None
        if index is None:
            return
        space = self._namespace(index)
        if records:
            space.write(records, stamp)
        if space.remove(documents, kept=records.keys()):
            # Another writer of the same document may have lost passages to this: then both do it again.
            space.require(records.keys(), stamp)

    def delete(self, documents: Sequence[str]) -> None:
        """Remove every passage of these documents, of the collection's other models too."""
        pinecone = client()
        with asking("Pinecone"):
            names = [one.name for one in pinecone.indexes.list() if re.fullmatch(rf"{self.index}-\d+", one.name)]
        for index in map(self._open, names):
            for name in self._namespaces(index):
                self._namespace(index, name).remove(documents)

    def search(
        self,
        query: str,
        vector: "NDArray[np.float32] | None" = None,
        mode: SearchMode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
        filters: Filters = ANYTHING,
        said: Sequence[str] = (),  # noqa: ARG002
    ) -> list[Hit]:
        """By vector: Pinecone's vector indexes have no full text, so hybrid is the same, and text a UsageError."""
        if mode == "text":
            raise UsageError("Pinecone's vector indexes have no full-text search; use the mode vector or hybrid")
        if vector is None:
            raise ValueError(f"a search of mode {mode} needs the query's vector")
        index = self._open()
        if index is None or not query.strip() or k < 1 or documents == []:
            return []
        asked = {"vector": [float(value) for value in vector], "top_k": min(k, 10_000), "include_metadata": True}
        hits: list[Hit] = []
        for some in slices(documents, LISTED) if documents is not None else [None]:
            wanted = condition(some, filters)
            among = {"filter": wanted} if wanted else {}
            with asking(self._where), nothing_there():
                found = index.query(namespace=self._namespace_name, **asked, **among)
                hits += [hit_of(match.metadata, match.score) for match in found.matches]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def count(self, document: str | None = None) -> int:
        index = self._open()
        if index is None:
            return 0
        if document is not None:
            return sum(1 for _ in self._namespace(index).listed(f"{document}:"))
        with asking(self._where):
            summary = index.describe_index_stats().namespaces.get(self._namespace_name)
        return int(summary.vector_count) if summary else 0

    def held(self) -> Iterator[tuple[str, list[int]]]:
        if (index := self._open()) is None:
            return
        ids = (one.rsplit(":", 1) for one in self._namespace(index).listed(""))
        for document, group in groupby(ids, key=lambda parts: parts[0]):  # they come in the order of ids
            yield document, sorted(int(parts[1]) for parts in group)

    def read(self, documents: Sequence[str], ordinals: range | None = None) -> list[Passage]:
        if (index := self._open()) is None:
            return []
        space = self._namespace(index)
        ids = [one for document in documents for one in space.listed(f"{document}:")]
        found = space.fetched([one for one in ids if ordinals is None or int(one.rsplit(":", 1)[1]) in ordinals])
        passages = [passage_of(one.metadata, one.values) for one in found.values()]
        return sorted(passages, key=lambda passage: (passage.document, passage.ordinal))

    def drop(self) -> None:
        if (index := self._open()) is not None:
            with asking(self._where), nothing_there():
                index.delete_namespace(name=self._namespace_name)

    @property
    def _index_name(self) -> str:
        return f"{self.index}-{self.dimension}"

    @property
    def _namespace_name(self) -> str:
        return f"{self.collection}/{self.name}"

    @property
    def _where(self) -> str:
        return f"Pinecone's index {self._index_name}"

    def _namespace(self, index: Any, name: str | None = None) -> Namespace:
        return Namespace(index, name or self._namespace_name, self.wait_seconds, self.poll_seconds)

    def _open(self, name: str | None = None, create: bool = False) -> Any | None:
        """The index; None where there is none and none is to be made."""
        pinecone, name = client(), name or self._index_name
        with asking(self._where), nothing_there():
            return data_plane(pinecone, name)
        if not create:
            return None
        with asking(self._where):
            self._create(pinecone, name)
            return data_plane(pinecone, name)

    def _create(self, pinecone: Any, name: str) -> None:
        from pinecone import ConflictError, ServerlessSpec

        place = ServerlessSpec(cloud=self.cloud, region=self.region)
        try:
            pinecone.indexes.create(name=name, dimension=self.dimension, metric="cosine", spec=place)
        except ConflictError:  # another process was first
            return

    def _namespaces(self, index: Any) -> list[str]:
        with asking(self._where):
            pages = index.list_namespaces(prefix=f"{self.collection}/")
            return [found.name for page in pages for found in page.namespaces]
