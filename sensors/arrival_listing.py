"""Listing the watched sources in one tick: side by side, each within its time, none in the way of another.

A listing that does not reach the end in time goes on at the next tick. One that fails concludes nothing.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ocr_assets.errors import OcrAssetsError, TransientFault
from resources.sources import SeenFile, Sources


@dataclass
class Listing:
    """What one tick saw of a source. `fault` says why nothing of it is known; `complete`, that its end was reached."""

    place: str
    after: str = ""
    files: list[SeenFile] = field(default_factory=list)
    complete: bool = False
    fault: OcrAssetsError | None = None

    @property
    def whole(self) -> bool:
        """Whether it has every file of the source."""
        return self.complete and not self.after and self.fault is None

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
        return "" if self.complete else before


def list_sources(
    sources: Sources,
    places: Sequence[str],
    after: dict[str, str],
    seconds: float,
    outside: Sequence[str] = (),
    patience: float = 2.0,
) -> list[Listing]:
    """A listing of each place, without what lies under the URIs `outside`.

    After `seconds` a listing stops where it is; one that has not even answered `patience` later has failed.
    """
    until = time.monotonic() + seconds
    pool = ThreadPoolExecutor(max_workers=max(len(places), 1), thread_name_prefix="listing")
    asked = {place: pool.submit(_list, sources, place, after.get(place, ""), until, outside) for place in places}
    wait(asked.values(), timeout=seconds + patience)
    pool.shutdown(wait=False, cancel_futures=True)  # one that hangs ends by itself, with its connection
    return [_result(place, after.get(place, ""), future, seconds) for place, future in asked.items()]


def _list(sources: Sources, place: str, after: str, until: float, outside: Sequence[str]) -> Listing:
    listing = Listing(place, after)
    try:
        for file in _until(sources.list(place, every=True, after=after), until):
            if file is None:
                return listing
            if not file.uri.startswith(tuple(outside)):
                listing.files.append(file)
        listing.complete = True
    except OcrAssetsError as error:
        return Listing(place, after, fault=error)
    except OSError as error:
        told = f"{place} cannot be listed now: {error}"
        return Listing(place, after, fault=TransientFault("service_unavailable", told))
    return listing


def _until(files: Iterator[SeenFile], until: float) -> Iterator[SeenFile | None]:
    """The files, at least one; None in the place of those that come too late."""
    for number, file in enumerate(files):
        if number and time.monotonic() > until:
            yield None
            return
        yield file


def _result(place: str, after: str, future: "Future[Listing]", seconds: float) -> Listing:
    if future.done():
        return future.result()
    told = f"{place} did not answer within {seconds:.0f} s"
    return Listing(place, after, fault=TransientFault("service_unavailable", told))
