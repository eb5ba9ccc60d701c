"""Listing the watched sources in one tick: side by side, each within its time, none in the way of another.

A listing that does not reach the end in time, or has found enough for one tick, goes on at the next one. One that fails
concludes nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from ocr_assets.errors import OcrAssetsError, TransientFault
from resources.sources import SeenFile, Sources, local_path


@dataclass
class Listing:
    """What one tick saw of a source: its files, and those of them to look at.

    `fault` says why nothing of it is known; `complete`, that its end was reached.
    """

    place: str
    after: str = ""
    files: list[SeenFile] = field(default_factory=list)
    changed: list[SeenFile] = field(default_factory=list)
    reached: str = ""
    complete: bool = False
    fault: OcrAssetsError | None = None

    def covers(self, uri: str) -> bool:
        """Whether a file of this name would have been listed.

        Servers list keys by their bytes, or folder by folder; where the two differ, it says no.
        """
        if self.fault is not None or not (self.complete or self.reached):
            return False
        last = "" if self.complete else self.reached
        orders: tuple[Callable[[str], Any], ...] = (_as_written, _by_folders)
        return all(
            (not self.after or order(self.after) < order(uri)) and (not last or order(uri) <= order(last))
            for order in orders
        )

    def resume(self, left: Sequence[SeenFile]) -> str:
        """The URI behind which the next tick goes on, so that it sees the first of the files that were left."""
        if self.fault is not None:
            return self.after
        waiting = {file.uri for file in left}
        before = self.after
        for file in self.files:
            if file.uri in waiting:
                return before
            before = file.uri
        return "" if self.complete else self.reached or before


def _as_written(uri: str) -> str:
    return uri if uri.startswith("s3://") else str(local_path(uri))


def _by_folders(uri: str) -> list[str]:
    return _as_written(uri).split("/")


@dataclass(frozen=True)
class Lister:
    """Lists sources, for `seconds` or until `enough` files have changed, which `has_changed` tells.

    What lies under the URIs `outside` is left out. A source that has not even answered `patience` seconds later has
    failed.
    """

    sources: Sources
    has_changed: Callable[[SeenFile], bool]
    enough: int
    seconds: float
    patience: float
    outside: tuple[str, ...] = ()

    def list(self, places: Sequence[str], after: Mapping[str, str]) -> "list[Listing]":
        """A listing of each place, from behind the URI that is named for it."""
        until = time.monotonic() + self.seconds
        pool = ThreadPoolExecutor(max_workers=max(len(places), 1), thread_name_prefix="listing")
        begun = [Listing(place, after.get(place, "")) for place in places]
        asked = [pool.submit(self._list, listing, until) for listing in begun]
        wait(asked, timeout=self.seconds + self.patience)
        pool.shutdown(wait=False, cancel_futures=True)  # one that hangs ends by itself, with its connection
        return [self._result(*pair) for pair in zip(begun, asked, strict=True)]

    def _list(self, begun: Listing, until: float) -> Listing:
        listing = Listing(begun.place, begun.after)
        for file in self.sources.list(begun.place, every=True, after=begun.after):
            if listing.reached and (time.monotonic() > until or len(listing.changed) >= self.enough):
                return listing
            listing.reached = file.uri
            if not file.uri.startswith(self.outside):
                listing.files.append(file)
                if self.has_changed(file):
                    listing.changed.append(file)
        listing.complete = True
        return listing

    def _result(self, begun: Listing, future: "Future[Listing]") -> Listing:
        """What was listed, or why nothing was."""
        error = future.exception() if future.done() else None
        if future.done() and error is None:
            return future.result()
        if error is None:
            told = f"{begun.place} did not answer within {self.seconds + self.patience:.0f} s"
            error = TransientFault("service_unavailable", told)
        elif isinstance(error, OSError):
            error = TransientFault("service_unavailable", f"{begun.place} cannot be listed now: {error}")
        if not isinstance(error, OcrAssetsError):
            raise error
        return Listing(begun.place, begun.after, fault=error)
