"""Document Parse of more pages than one answer takes: submitted, polled, its batches downloaded as they come.

The service cuts a document into batches of ten pages, which may fail alone. What came is kept at once, and so is the
number of the request: whoever is killed in between asks for it again and does not send, and pay, the pages twice.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ocr_assets.core.upstage_answers import BadAnswer, UpstagePage, parsed_pages
from ocr_assets.errors import DocumentFault, PermanentFault, TransientFault
from resources.upstage.client import Client, Tally

PATH: Final = "/document-digitization"
LONGEST_POLL: Final = 15.0
FRESH_ADDRESSES: Final = 3
"""How often a batch's address is asked for anew, which is good for 15 minutes."""
_ENDED: Final = frozenset({"completed", "failed"})


@dataclass(frozen=True)
class Batch:
    """A batch of a request; pages are counted from 1 in what was sent."""

    number: int
    status: str
    first: int
    last: int
    url: str
    told: str


@dataclass(frozen=True)
class Progress:
    """How a request stands."""

    status: str
    batches: tuple[Batch, ...]
    told: str


@dataclass(frozen=True)
class Jobs:
    """Requests to the service; it is asked how one stands every `poll` seconds, up to `patience` seconds."""

    client: Client
    poll: float
    patience: float

    def submit(self, content: dict[str, Any], tally: Tally) -> str:
        """Send pages; the number of the request. Raises as `Client.post`."""
        return self.client.post(f"{PATH}/async", _request_id, tally, **content)

    def collect(
        self, request: str, count: int, keep: Callable[[dict[int, UpstagePage]], None], have: Sequence[int] = ()
    ) -> dict[int, DocumentFault]:
        """Wait for the request and `keep` its pages batch by batch, without those in `have`; what failed, by page.

        Raises TransientFault where it is not done in time, UsageError.
        """
        done, failed = set(have), dict[int, DocumentFault]()
        wait, until = self.poll, time.monotonic() + self.patience
        while True:
            progress = self.client.get(f"{PATH}/requests/{request}", _progress)
            for batch in progress.batches:
                pages = set(range(batch.first, min(batch.last, count) + 1))
                if batch.status == "completed" and not pages <= done:
                    keep({p: e for p, e in self._download(request, batch).items() if p not in done})
                    done |= pages
                elif batch.status == "failed":
                    failed |= {page: _refused(batch.told) for page in pages - done}
            if progress.status in _ENDED:
                left = set(range(1, count + 1)) - done - failed.keys()
                return failed | {page: _refused(progress.told or "no batch has the page") for page in left}
            if time.monotonic() + wait > until:
                raise TransientFault(
                    "service_unavailable", f"Upstage has not finished the request in {self.patience:g} s; it waits"
                )
            time.sleep(wait)
            wait = min(wait * 1.5, LONGEST_POLL)

    def _download(self, request: str, batch: Batch) -> dict[int, UpstagePage]:
        def check(answer: Any) -> dict[int, UpstagePage]:
            return parsed_pages(answer, batch.first, batch.last - batch.first + 1)

        for _ in range(FRESH_ADDRESSES):
            if (pages := self.client.download(batch.url, check)) is not None:
                return pages
            progress = self.client.get(f"{PATH}/requests/{request}", _progress)
            batch = next((other for other in progress.batches if other.number == batch.number), batch)
        raise TransientFault("service_unavailable", "Upstage's addresses of results expire before they can be used")


def _refused(told: str) -> PermanentFault:
    return PermanentFault("service_refused", f"Upstage failed on this page: {told[:200] or 'it does not say why'}")


def _request_id(answer: Any) -> str:
    found = answer.get("request_id") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found.replace("-", "").isalnum():
        raise BadAnswer("no request_id")
    return found


def _progress(answer: Any) -> Progress:
    try:
        batches = [
            Batch(
                int(batch["id"]),
                str(batch["status"]),
                int(batch["start_page"]),
                int(batch["end_page"]),
                str(batch.get("download_url") or ""),
                str(batch.get("failure_message") or ""),
            )
            for batch in answer["batches"] or ()
        ]
        progress = Progress(str(answer["status"]), tuple(batches), str(answer.get("failure_message") or ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"no progress of a request: {error}") from error
    if any(not 1 <= batch.first <= batch.last <= batch.first + 1000 for batch in batches):
        raise BadAnswer("batches of no pages")
    return progress
