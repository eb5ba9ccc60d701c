"""Indexes: the passages of all documents with the vectors of one model, in one store, under a name that says so.

The settings name one, which the pipeline writes. The register names the one that is searched. Until the operator
switches to the configured one, what the pipeline writes goes to both: each is what the documents say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ocr_assets.default_resources import build_embedder, build_vector_store
from ocr_assets.embedding_once import EmbeddingOnce, chunk_texts
from ocr_assets.errors import UsageError
from ocr_assets.passages import Again, among, facts_of, passage_of
from ocr_assets.run_tags import this_process
from ocr_assets.schemas import CHUNKS
from ocr_assets.settings import Settings
from resources.embedder import Embedder
from resources.index_register import NOT_KEPT, IndexRegister, written_down
from resources.lake import Lake
from resources.vector_store import Passage, VectorStore

SETTINGS: Final = (
    "vector_store",
    "pinecone_index",
    "pinecone_namespace",
    "embedder",
    "embedder_url",
    "embedder_model",
    "embedder_dimension",
    "embedder_shortens",
    "embedder_key",
    "embedder_text_tokens",
    "embedder_passage_prefix",
    "embedder_query_prefix",
    "embedder_passage_fields",
    "embedder_query_fields",
)
"""The settings that lead to an index."""
AT_ONCE: Final = 64
"""Documents that are compared in one go."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index with what makes its vectors."""

    name: str
    settings: Settings
    embedder: Embedder
    store: VectorStore

    @classmethod
    def of(cls, settings: Settings) -> "Index":
        """The index that these settings name."""
        embedder = build_embedder(settings)
        store = build_vector_store(settings, embedder)
        place = "/".join((*_place(settings.model_dump())[1:], store.name))
        return cls(f"{settings.vector_store}:{place}", settings, embedder, store)

    @property
    def spec(self) -> dict[str, Any]:
        """What the register keeps of it."""
        return written_down({name: getattr(self.settings, name) for name in SETTINGS})

    def level(self, lake: Lake, documents: Sequence[str]) -> list[str]:
        """Bring these documents' passages to what their chunks in the lake are; those that were different."""
        different = []
        for start in range(0, len(documents), AT_ONCE):
            some = documents[start : start + AT_ONCE]
            wanted, held = unembedded(lake, some), by_document(self.store.read(some), some)
            changed = [document for document in some if not same_passages(held[document], wanted[document])]
            if changed:
                self.write(lake, changed)
            different += changed
        return different

    def write(self, lake: Lake, documents: Sequence[str]) -> None:
        """Embed these documents' chunks, where the lake has no vectors of this model of them, and replace them."""
        rows, texts = lake.read(CHUNKS, documents), chunk_texts(lake, documents)["text"]
        vectors, _ = EmbeddingOnce.start(lake, self.embedder, texts).vectors(texts)
        facts = facts_of(lake, documents)

        def passages() -> Iterator[Passage]:
            for row, vector in zip(rows.iter_rows(named=True), vectors, strict=True):
                yield passage_of(row, vector, facts[row["document"]])

        self.store.replace(Again(passages), documents)


def register_of(settings: Settings) -> IndexRegister:
    """The register of the home that these settings name."""
    return IndexRegister(root=f"{settings.root}/indexes")


def registered_index(settings: Settings, name: str, embedding: bool = True) -> Index:
    """The index of that name in the register, by default to embed for it.

    Raises UsageError where there is none, or it cannot be had any more.
    """
    found = register_of(settings).read()
    known = found.indexes if found else {}
    if name not in known:
        raise UsageError(f"no index {name!r}; `ocr-assets index list` shows those that there are")
    if embedding and known[name]["embedder_url"] == NOT_KEPT:
        raise UsageError(
            f"the URL of the embedder of {name} holds credentials and is not written down; set the embedder back, or "
            "`ocr-assets index build` and `switch`"
        )
    index = Index.of(_leading_to(settings, known[name]))
    if index.name != name:
        raise UsageError(f"the index {name} was made by another version, whose model is not installed; build a new one")
    return index


def enter(settings: Settings) -> Index:
    """The index that the settings name, put into the register beside the searched one."""
    configured = Index.of(settings)
    register_of(settings).enter(configured.name, configured.spec, this_process())
    return configured


def searched_index(settings: Settings) -> Index:
    """The index that is searched: the active one, or before there is any the one that the settings name."""
    configured, found = Index.of(settings), register_of(settings).read()
    return configured if found is None or found.active == configured.name else registered_index(settings, found.active)


def index_beside(settings: Settings) -> Index | None:
    """The index that is searched if it is another than the one that the settings name, which is entered here.

    What is written is known from then on to whoever forgets, switches or maintains. One that nothing can be embedded
    for any more is left as it is: a switch to it would say so.
    """
    configured = Index.of(settings)
    found = register_of(settings).enter(configured.name, configured.spec, this_process())
    if found.active == configured.name or found.indexes[found.active]["embedder_url"] == NOT_KEPT:
        return None
    return registered_index(settings, found.active)


def other_stores(settings: Settings) -> list[VectorStore]:
    """Of the register's indexes, a store of each place that the configured one does not reach."""
    found = register_of(settings).read()
    places = {_place(Index.of(settings).spec): None} | {
        _place(spec): _leading_to(settings, spec) for spec in (found.indexes.values() if found else ())
    }
    del places[_place(Index.of(settings).spec)]
    return [Index.of(other).store for other in places.values() if other]


def _leading_to(settings: Settings, spec: Mapping[str, Any]) -> Settings:
    """These settings, but for those of an entry of the register; what an earlier version did not enter is its default.

    Else what is set for another model now would be told to this one.
    """
    defaults = {name: Settings.model_fields[name].default for name in SETTINGS}
    return settings.model_copy(update=defaults | dict(spec))


def _place(spec: Mapping[str, Any]) -> tuple[Any, ...]:
    store = spec["vector_store"]
    return (store, spec["pinecone_index"], spec["pinecone_namespace"]) if store == "pinecone" else (store,)


def unembedded(lake: Lake, documents: Sequence[str], ordinals: range | None = None) -> dict[str, list[Passage]]:
    """What these documents' passages should be, all or those with such ordinals, without their vectors."""
    facts = facts_of(lake, documents)
    rows = lake.find(CHUNKS, among(ordinals), list(CHUNKS.polars_schema()), documents).sort("document", "chunk")
    passages = [passage_of(row, None, facts[row["document"]]) for row in rows.iter_rows(named=True)]
    return by_document(passages, documents)


def by_document(passages: Iterable[Passage], documents: Iterable[str]) -> dict[str, list[Passage]]:
    """The passages of each of the documents, in the order they came."""
    found: dict[str, list[Passage]] = {document: [] for document in documents}
    for passage in passages:
        found[passage.document].append(passage)
    return found


def same_passages(held: Sequence[Passage], wanted: Sequence[Passage]) -> bool:
    """Whether a store has what it should, but for vectors and boxes."""
    return len(held) == len(wanted) and all(map(_same, held, wanted))


def _same(one: Passage, other: Passage) -> bool:
    if one.cut:
        ends = {name: getattr(other, name)[: len(getattr(one, name))] for name in ("text", "heading_path", "names")}
        other = replace(other, cut=True, **ends)
    bare = [replace(passage, vector=None, boxes=()) for passage in (one, other)]  # type: ignore[arg-type]
    return bare[0] == bare[1]
