"""When a failed document is tried again, and when no more: pure. Dagster's own retries are all off; this is the one.

A failure of the document's own counts, and after a few it is given up. A failure of a service does not: the document
waits, however long the service is away. While a service answers nobody, one batch a pause is tried instead of all that
wait for it. Everything is told by the failures and successes that Dagster keeps as events; nothing else is kept.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ocr_assets.core.continuation import DocumentState, Failure
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import SERVICE_REASONS, WAITING_REASONS

FIRST_PAUSE: Final = 60.0
"""Seconds before a document is tried again, or a service; doubled each time."""
LONGEST_PAUSE: Final = 3_600.0
LONGEST_ALONE: Final = 86_400.0
"""Where a service serves others and fails this document alone."""
TIMES_ALONE: Final = 20
"""Then that is the document's doing after all. With the pauses above they take ten days."""
SPREAD: Final = 0.5
"""A pause is up to this share longer, so that what failed at the same time does not come back at the same time."""
PUT_BACK: Final = 60.0
"""A moment that lies further ahead than this was written before the clock was put back."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a document has failed in a stage, this time included; see `Failure`."""

    attempt: int
    own: int
    alone: int
    given_up: bool


def tally(reason: str, permanent: bool, before: Failure | None, served_others: bool, limit: int) -> Tally:
    """Count a failure. `before` is the one before it with no success since; `limit` is how many of its own it may have.

    `served_others` says whether other documents went through this stage since `before`, or beside this one.
    """
    own, alone = (before.own, before.alone) if before else (0, 0)
    if reason in WAITING_REASONS:
        pass
    elif reason not in SERVICE_REASONS:
        own += 1
    elif served_others:
        alone += 1
    given_up = permanent or own >= limit or alone >= TIMES_ALONE
    return Tally((before.attempt if before else 0) + 1, own, alone, given_up)


def due_at(failure: Failure, first_pause: float = FIRST_PAUSE) -> float:
    """When the document is tried again, in seconds since the epoch. Those that failed in one run are due together.

    Spread one by one, the documents of a batch would come back as so many runs; so the spread is that of their run.
    """
    longest = LONGEST_ALONE if failure.alone else LONGEST_PAUSE
    return failure.at + pause(failure.attempt, first_pause, longest) * spread(failure.run, failure.attempt)


def due(failure: Failure, now: float, first_pause: float = FIRST_PAUSE) -> bool:
    """Whether a failed document is to be tried again now."""
    return not failure.given_up and over(due_at(failure, first_pause), failure.at, now)


def over(until: float, since: float, now: float) -> bool:
    """Whether a pause is over. If the clock was put back meanwhile it is: by such a clock it could last for days."""
    return now >= until or since > now + PUT_BACK


def pause(tries: int, first: float, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait after so many tries in vain."""
    return min(first * 2.0 ** min(tries - 1, 30), longest)


def spread(key: str, attempt: int) -> float:
    """A factor from 1 to 1 + SPREAD, always the same for the same key and attempt."""
    digest = hashlib.sha256(f"{key}/{attempt}".encode()).digest()
    return 1 + SPREAD * int.from_bytes(digest[:8]) / 2**64


@dataclass(frozen=True, slots=True)
class Outage:
    """A stage in which a service fails every document: when that was first and last seen, after how many tries."""

    stage: str
    since: float
    last: float
    tries: int
    run: str

    def probe_at(self, first_pause: float = FIRST_PAUSE) -> float:
        """When the stage is tried again: after as long again as it has been away, at most `LONGEST_PAUSE`."""
        grown = max(pause(self.tries, first_pause), min(self.last - self.since, LONGEST_PAUSE))
        return self.last + (grown * spread(self.run, self.tries) if first_pause else 0.0)


def outages(states: Iterable[DocumentState]) -> dict[str, Outage]:
    """The stages whose latest event of all is a service that failed: where nobody got through since."""
    served: dict[str, int] = {}
    failed: dict[str, list[Failure]] = {}
    for state in states:
        for stage, event in state.settled.items():
            if event > served.get(stage, -1):
                served[stage] = event
        for stage, failure in state.failures.items():
            if failure.reason in SERVICE_REASONS and state.status(stage) == "failed":
                failed.setdefault(stage, []).append(failure)
    found: dict[str, Outage] = {}
    for stage in STAGES:
        open_since = [failure for failure in failed.get(stage, ()) if failure.event > served.get(stage, -1)]
        if open_since:
            last = max(open_since, key=lambda failure: failure.event)
            found[stage] = Outage(
                stage,
                since=min(failure.at for failure in open_since),
                last=last.at,
                tries=max(failure.attempt for failure in open_since),
                run=last.run,
            )
    return found
