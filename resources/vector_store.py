"""Where passages are searched; the stages and the command line know vector stores only by this type."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, Self

import dagster as dg

from resources.upkeep import Upkeep

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SearchMode = Literal["hybrid", "vector", "text"]
PlacedBox = tuple[int, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of a document as it is searched; `vector` has unit length.

    `boxes` are page, x0, y0, x1, y1 each. `names` are what the document is called, searched with the text. `date` is
    the first that the document names, as the number 20240131, and 0 where it names none; so are `language` and
    `document_class` empty where they are not known. `cut` says that a store had no room for all of
    the text or the headings; the lake has them whole.
    """

    document: str
    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    page_start: int
    page_end: int
    vector: "NDArray[np.float32]"
    kind: str = "text"
    boxes: tuple[PlacedBox, ...] = ()
    names: tuple[str, ...] = ()
    language: str = ""
    document_class: str = ""
    date: int = 0
    cut: bool = False

    @property
    def id(self) -> str:
        return f"{self.document}:{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. Only scores of one search compare, higher is better; `cut` as of a passage."""

    document: str
    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    page_start: int
    page_end: int
    score: float
    kind: str = "text"
    boxes: tuple[PlacedBox, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What a passage must be to be found; a field that is empty allows all.

    Of `classes`, `languages` and `kinds` one each. `since` and `until` bound the document's date (20240131), both
    included, and leave out documents without one; a passage is found if any of its pages is within `first_page` and
    `last_page`.
    """

    classes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: int = 0
    until: int = 0
    first_page: int = 0
    last_page: int = 0


ANYTHING: Final = Filters()


class VectorStore(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Passages with vectors of one model; another model's are kept apart and are not seen."""

    model: str
    dimension: int

    @property
    def name(self) -> str:
        """What its index is called: model and dimension, in characters that every store allows."""
        return index_name(self.model, self.dimension)

    @property
    @abstractmethod
    def place(self) -> str:
        """What its `delete` reaches, under a name that stays: other models' indexes have the same."""

    def of(self, model: str, dimension: int) -> Self:
        """The same store's index of another model."""
        return type(self)(**(self.model_dump() | {"model": model, "dimension": dimension}))

    @abstractmethod
    def replace(self, passages: Iterable[Passage], documents: Sequence[str]) -> None:
        """Put these passages in the place of all of `documents`; a document without passages is gone afterwards.

        They are gone through once more where another writer was faster, so a mere iterator does not do. What going
        through them raises is raised, and nothing was replaced: in LanceDB, which takes them as they come, too. A
        passage of another document, one given twice or a vector of another dimension is a ValueError.
        """

    def delete(self, documents: Sequence[str]) -> None:
        """Remove every passage of these documents."""
        self.replace([], documents)

    @abstractmethod
    def search(
        self,
        query: str,
        vector: "NDArray[np.float32] | None" = None,
        mode: SearchMode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
        filters: Filters = ANYTHING,
        said: Sequence[str] = (),
    ) -> list[Hit]:
        """The best `k` passages that pass the filters, best first, of these documents or of all.

        `vector` is the query's, needed but for the mode text. Full text looks for the words of `said` too.
        An empty query or store has no hits.
        """

    @abstractmethod
    def count(self, document: str | None = None) -> int:
        """How many passages there are, of one document or of all."""

    def maintain(self, retention: timedelta, *, purge: bool = False) -> list[Upkeep]:  # noqa: ARG002
        """Put the store in order, and remove what it keeps of earlier versions for longer than `retention`.

        `purge` removes what it keeps of deleted passages at once. One at a time; safe beside writers. A hosted store
        does that by itself.
        """
        return []

    @abstractmethod
    def held(self) -> Iterator[tuple[str, list[int]]]:
        """Every document that has passages, once, with their ordinals in order, one that is there twice twice."""

    def documents(self) -> set[str]:
        """The documents that have passages."""
        return {document for document, _ in self.held()}

    @abstractmethod
    def read(self, documents: Sequence[str], ordinals: range | None = None) -> list[Passage]:
        """These documents' passages with their vectors, by document and ordinal; all, or those with such ordinals.

        One may have been cut.
        """

    @abstractmethod
    def drop(self) -> None:
        """Remove this model's index with all that is in it."""


def index_name(model: str, dimension: int) -> str:
    """What the index of that model is called, in letters, digits and `.-_`; different for different models."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", model) + f"-{dimension}"


def checked(passages: Iterable[Passage], documents: Sequence[str], dimension: int) -> Iterator[Passage]:
    """The passages one by one. Raises ValueError at one that would corrupt a store."""
    wanted, seen = set(documents), set[str]()
    for passage in passages:
        if passage.document not in wanted:
            raise ValueError(f"a passage of {passage.document}, which is not among the documents to replace")
        if passage.id in seen:
            raise ValueError(f"the passage {passage.id} was given twice")
        if len(passage.vector) != dimension:
            raise ValueError(
                f"a vector of dimension {len(passage.vector)} does not fit a store of dimension {dimension}"
            )
        seen.add(passage.id)
        yield passage
