"""PDFs in; text, figures, chunks and searchable vectors out. For programs: `from ocr_assets import search`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocr_assets.searching import Answer, Found, Searcher, search
    from resources.vector_store import Filters

__all__ = ["Answer", "Filters", "Found", "Searcher", "search"]


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: most of this package is used without searching."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ocr_assets import searching

    return getattr(searching, name)
