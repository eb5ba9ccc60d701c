"""Several endpoints of one model: the least busy first, a sick one put aside and tried again, none asked too much.

How many requests an endpoint takes at once is learned: one that says 429 gets half as many, one that answers a little
more each time. One that fails gets none for a while, then a single one, and more again as it answers.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_PAUSE: Final = 1.0
"""Seconds that a sick endpoint is left alone; doubled each time."""
LONGEST_PAUSE: Final = 300.0
LONGEST_WAIT: Final = 120.0
"""Seconds of a Retry-After that are waited for; beyond, the service counts as away."""
GIVEN_UP: Final = 4
"""Failures in a row after which nobody waits for an endpoint any more."""


class AllAwayError(Exception):
    """No endpoint answers now, nor soon."""


@dataclass
class Endpoint:
    """`limit` requests at a time, learned; `busy` of them are under way. Times are of the pool's clock."""

    url: str | None
    limit: float
    busy: int = 0
    aside_until: float = 0.0
    failures: int = 0
    waits: int = 0

    @property
    def load(self) -> float:
        return self.busy / self.limit


class Endpoints:
    """`most` requests at a time to each of the URLs. Safe between threads."""

    def __init__(
        self,
        urls: Sequence[str | None],
        most: int,
        first_pause: float = FIRST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.all = [Endpoint(url, float(most)) for url in urls]
        self.most = most
        self.first_pause = first_pause
        self.clock = clock
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def slot(self) -> Iterator[Endpoint]:
        """The endpoint for one request, as soon as one has room. Raises AllAwayError where that is not in sight."""
        with self._changed:
            while (free := self._free()) is None:
                self._changed.wait(self._patience())
            free.busy += 1
        try:
            yield free
        finally:
            with self._changed:
                free.busy -= 1
                self._changed.notify_all()

    def answered(self, endpoint: Endpoint) -> None:
        """It is well: one more request at a time after as many answers as it gets at once."""
        with self._changed:
            endpoint.failures = endpoint.waits = 0
            endpoint.limit = min(float(self.most), endpoint.limit + 1 / endpoint.limit)
            self._changed.notify_all()

    def limited(self, endpoint: Endpoint, seconds: float | None) -> None:
        """It said 429, and maybe when to come again."""
        with self._changed:
            endpoint.limit = max(1.0, endpoint.limit / 2)
            endpoint.waits += 1
            self._set_aside(endpoint, self._pause(endpoint.waits) if seconds is None else seconds)

    def failed(self, endpoint: Endpoint) -> None:
        """It did not answer, or with an error of its own."""
        with self._changed:
            endpoint.failures += 1
            endpoint.limit = 1.0
            self._set_aside(endpoint, self._pause(endpoint.failures))

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _free(self) -> Endpoint | None:
        now = self.clock()
        ready = [e for e in self.all if e.busy < int(e.limit) and e.aside_until <= now]
        if ready and not self._closed:
            return min(ready, key=lambda endpoint: endpoint.load)
        if self._closed or all(self._is_away(endpoint, now) for endpoint in self.all):
            raise AllAwayError
        return None

    def _is_away(self, endpoint: Endpoint, now: float) -> bool:
        left = endpoint.aside_until - now
        return left > LONGEST_WAIT or (left > 0 and endpoint.failures >= GIVEN_UP)

    def _patience(self) -> float | None:
        """Seconds until an endpoint that was put aside is due; None where only a request that ends can help."""
        now = self.clock()
        due = [e.aside_until - now for e in self.all if e.aside_until > now]
        return max(0.001, min(due)) if due else None

    def _pause(self, times: int) -> float:
        return min(LONGEST_PAUSE, self.first_pause * 2.0 ** min(times - 1, 20))

    def _set_aside(self, endpoint: Endpoint, seconds: float) -> None:
        endpoint.aside_until = max(endpoint.aside_until, self.clock() + max(0.0, seconds))
        self._changed.notify_all()


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which may be a date; None where it says nothing."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
