"""One namespace of a Pinecone index: records written, listed, fetched and removed, and seen to be so."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ocr_assets.errors import PermanentFault, TransientFault, UsageError
from resources.pinecone_client import asking
from resources.pinecone_records import WRITTEN, batches

ROUNDS: Final = 3
"""How often what failed or does not show is sent, beside the client's own three retries of a request."""
PARALLEL: Final = 4
"""Upserts at once."""
FETCHED: Final = 100
"""Ids a fetch asks for: they stand in the URL, where the 1,000 that Pinecone allows do not fit."""
DELETED: Final = 1_000
"""Ids a delete names."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """`wait_seconds` is how long a write may take to be seen."""

    index: Any
    name: str
    wait_seconds: float
    poll_seconds: float

    def write(self, records: Mapping[str, dict[str, Any]], stamp: str) -> None:
        """Upsert these records, which carry `stamp`, and return once all of them can be read.

        Raises TransientFault where some cannot after all rounds.
        """
        left: Collection[str] = records.keys()
        for _ in range(ROUNDS):
            self._upsert([records[one] for one in left])
            if not (left := self._until(partial(self._other, left, stamp))):
                return
        raise TransientFault(
            "service_unavailable", f"{self._where}: {len(left)} of {len(records)} written records cannot be read"
        )

    def require(self, ids: Collection[str], stamp: str) -> None:
        """Raise TransientFault if another writer has replaced one of these since they were written."""
        if self._other(ids, stamp):
            raise TransientFault(
                "service_unavailable", f"{self._where}: another writer replaced the document meanwhile"
            )

    def remove(self, documents: Sequence[str], kept: Collection[str] = ()) -> bool:
        """Delete what there is of these documents but for the ids in `kept`; whether there was anything."""
        surplus = self._surplus(documents, kept)
        found = bool(surplus)
        for _ in range(ROUNDS):
            for ids in slices(sorted(surplus), DELETED):
                with asking(self._where), nothing_there():
                    self.index.delete(ids=ids, namespace=self.name)
            if not (surplus := surplus and self._until(partial(self._surplus, documents, kept))):
                return found
        raise TransientFault("service_unavailable", f"{self._where}: {len(surplus)} deleted records are still there")

    def listed(self, prefix: str) -> Iterator[str]:
        """Ids that begin so, in their order."""
        with asking(self._where), nothing_there():
            for page in self.index.list(prefix=prefix, namespace=self.name):
                yield from (item.id for item in page.vectors)

    def fetched(self, ids: Collection[str]) -> dict[str, Any]:
        """Those of the records that are there, with `values` and `metadata`."""
        found: dict[str, Any] = {}
        for some in slices(sorted(ids), FETCHED):
            with asking(self._where), nothing_there():
                found |= self.index.fetch(ids=some, namespace=self.name).vectors
        return found

    def _upsert(self, records: Sequence[dict[str, Any]]) -> None:
        """Send the records in parallel. What fails for now is left to the next round, unless all of it does."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            sent = [pool.submit(self._send, batch) for batch in batches(records)]
        failures = [error for one in sent if (error := one.exception())]
        worst = next((error for error in failures if isinstance(error, (UsageError, PermanentFault))), None)
        if worst or len(failures) == len(sent):
            raise worst or failures[0]

    def _send(self, batch: list[dict[str, Any]]) -> None:
        with asking(self._where):
            self.index.upsert(vectors=batch, namespace=self.name)

    def _other(self, ids: Collection[str], stamp: str) -> list[str]:
        """Those of the ids that are missing, or are not of this writing."""
        found = self.fetched(ids)
        return [one for one in ids if one not in found or found[one].metadata.get(WRITTEN) != stamp]

    def _surplus(self, documents: Sequence[str], kept: Collection[str]) -> list[str]:
        return [one for document in documents for one in self.listed(f"{document}:") if one not in kept]

    def _until(self, left: Callable[[], list[str]]) -> list[str]:
        """Ask until nothing is left or the time is over; what is left."""
        until = time.monotonic() + self.wait_seconds
        while (found := left()) and time.monotonic() < until:
            time.sleep(self.poll_seconds)
        return found

    @property
    def _where(self) -> str:
        return f"Pinecone's namespace {self.name}"


@contextmanager
def nothing_there() -> Iterator[None]:
    """A namespace that was never written to holds nothing."""
    from pinecone import NotFoundError

    try:
        yield
    except NotFoundError:
        return


def slices(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    """The ids in lists of at most that size."""
    return (list(ids[start : start + size]) for start in range(0, len(ids), size))
