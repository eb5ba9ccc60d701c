"""`search`: passages for a question, with the places their documents were seen at."""

from ocr_assets.arrivals import places
from ocr_assets.cli.session import Session
from ocr_assets.indexes import searched_index
from resources.vector_store import Hit, SearchMode


def search(session: Session, query: str, k: int, mode: SearchMode) -> list[tuple[Hit, str]]:
    """The best passages, each with the first source of its document."""
    index = searched_index(session.settings)
    vector = None if mode == "text" else index.embedder.embed_query(query)
    hits = index.store.search(query, vector, mode, k)
    seen = places(session.lake, {hit.document for hit in hits})
    return [(hit, (seen.get(hit.document) or [""])[0]) for hit in hits]
