"""`index …` and `verify-index`: indexes listed, built, switched, dropped, and held against the lake."""

from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from ocr_assets.index_switching import previous, switch
from ocr_assets.index_verifying import Verified, mend, verify
from ocr_assets.indexes import Index, enter, searched_index
from ocr_assets.pipeline_state import in_flight, load_states, registered
from ocr_assets.schemas import CHUNKS, EMBEDDINGS

FIRST = "embeddings"
BEFORE = STAGES[: STAGES.index(FIRST)]


def to_build(session: Session) -> dict[str, str]:
    """The documents that the configured index lacks, or has with vectors of another model, and where they begin.

    The index is put into the register: from now on what runs write is in this one and in the searched one.
    """
    import polars as pl

    index, states = enter(session.settings), _states(session)
    ready = [d for d in session.documents if all(states[d].status(stage) == "done" for stage in BEFORE)]
    chunks = dict(session.lake.read(CHUNKS, ready, ["document"]).group_by("document").len().iter_rows())
    held = {document: len(ordinals) for document, ordinals in index.store.held()}
    embedded = session.lake.read(EMBEDDINGS, ready, ["document", "model", "dimension"])
    ours = (pl.col("model") == index.store.model) & (pl.col("dimension") == index.store.dimension)
    others = set(embedded.filter(~ours)["document"])
    return {d: FIRST for d in ready if d in others or held.get(d, 0) != chunks.get(d, 0)}


def switch_to(session: Session, name: str | None, back: bool = False) -> tuple[str, int]:
    """Search the index of that name, the configured one, or the one before; its name, and how many were written."""
    chosen = name or (previous(session.settings) if back else Index.of(session.settings).name)
    done = switch(
        session.settings,
        session.lake,
        chosen,
        lambda: _settled(session),
        lambda: registered(session.catalog),
        lambda: in_flight(session.catalog, registered(session.catalog)),
    )
    return chosen, done


def verified(session: Session, sampled: int, mended: bool) -> tuple[str, Verified]:
    """The searched index held against the lake, and mended if wanted. Documents of runs in flight are spared."""
    index, documents = searched_index(session.settings), session.documents
    busy, states = in_flight(session.catalog, documents), _states(session)
    done = {d for d in documents if states[d].status("vectors") == "done"} - busy
    found = verify(session.lake, index, done, set(documents) - done, sampled)
    now = registered(session.catalog)
    found = found.without(set(now) - set(documents))  # they came while the index was read
    if mended:
        mend(session.lake, index, found, (done - in_flight(session.catalog, now)).intersection(now), set(now))
    return index.name, found


def _states(session: Session) -> dict[str, DocumentState]:
    return load_states(session.catalog, session.lake, session.documents)


def _settled(session: Session) -> dict[str, int]:
    documents = registered(session.catalog)
    states = load_states(session.catalog, session.lake, documents)
    return {d: states[d].settled["vectors"] for d in documents if "vectors" in states[d].settled}
