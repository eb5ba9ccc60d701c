"""Files that vanished from their source, and documents that no source holds any more: noted, and forgotten if asked to.

Off by default. A mistake here costs documents, so each step is careful: a listing says that a file is missing only
where it has come past it, the source is asked once more for that file, too many at once are taken for a fault of the
source, and a document is forgotten a while later, if no run works on it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ocr_assets.arrivals import Arrival
from ocr_assets.errors import TransientFault
from ocr_assets.holdings import Holdings
from ocr_assets.settings import Settings
from resources.sources import Sources
from sensors.arrival_listing import Listing


def vanished(sources: Sources, listing: Listing, holdings: Holdings, most: int) -> list[Arrival]:
    """The files of a source that were there and are not any more.

    Of a listing that did not come to the end, only those that it would have had. Raises TransientFault where they are
    more than `most`, or where the source does not say clearly that one is missing.
    """
    listed = {file.uri for file in listing.files}
    root = _root(listing.place)
    missing = [
        (uri, held.document)
        for uri, held in holdings.at.items()
        if held.state == "here" and uri.startswith(root) and uri not in listed and listing.covers(uri)
    ]
    if len(missing) > most:
        raise TransientFault(
            "source_missing",
            f"{len(missing)} files vanished from {listing.place} at once, more than OCR_ASSETS_FORGET_AT_MOST={most}; "
            "nothing is concluded from that: bring the source back, or raise the limit if they were meant to go",
        )
    return [Arrival.gone(uri, document) for uri, document in missing if not sources.exists(uri)]


def to_forget(holdings: Holdings, settings: Settings, busy: Callable[[], set[str]]) -> list[str]:
    """Documents that no source holds any more and whose time of grace is over, as many as one tick may forget."""
    if not (settings.forget_deleted or settings.forget_superseded):
        return []
    before = datetime.now(UTC) - timedelta(hours=settings.forget_grace_hours)
    over = {
        document: ended.since
        for document, ended in holdings.ended().items()
        if ended.since <= before and (settings.forget_deleted if ended.gone else settings.forget_superseded)
    }
    if not over:
        return []
    working = busy()
    ordered: Sequence[str] = sorted((d for d in over if d not in working), key=lambda document: over[document])
    return list(ordered[: settings.forget_at_most])


def _root(place: str) -> str:
    """What the URIs of a source begin with."""
    if place.startswith("s3://"):
        return place
    path = Path(place).absolute()
    return f"{path.as_uri()}/" if path.is_dir() else path.as_uri()
