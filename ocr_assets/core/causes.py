"""What an operator is told of, by cause and not by document, and when again: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.retrying import outages

SAMPLE: Final = 5
"""Documents that a message names; it has the number of all."""
DETAIL: Final = 300  # characters of a sample's own words
DAY: Final = 86_400.0
GROWN: Final = 10
"""A cause is told again at once when it has so many times the documents; within a day when it has any more."""
TRIES_BEFORE_TOLD: Final = 4
"""A service that is away for shorter is nobody's concern."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong. `key` stays the same while it is; `count` says how many documents or runs it has met."""

    key: str
    headline: str
    count: int
    sample: tuple[str, ...]

    @property
    def text(self) -> str:
        """The message's body."""
        more = [f"… and {self.count - len(self.sample)} more"] if self.count > len(self.sample) > 0 else []
        return "\n".join([self.headline, *self.sample, *more])


class Told(TypedDict):
    """When a cause was told last and with how many, and when it was last there."""

    at: float
    count: int
    seen: float


def causes_of(states: Mapping[str, DocumentState], overdue: Sequence[str], after_hours: float) -> list[Cause]:
    """What is wrong with the documents: given up, by stage and reason; services that are away; left unfinished."""
    groups: dict[tuple[str, str], list[str]] = {}
    for document, state in states.items():
        if state.failure and state.failure[1].given_up:
            stage, failure = state.failure
            groups.setdefault((stage, failure.reason), []).append(f"{document[:12]} {failure.detail[:DETAIL]}")
    found = [
        Cause(
            f"given_up/{stage}/{reason}",
            f"{len(lines)} given up in {stage}: {reason}",
            len(lines),
            tuple(lines[:SAMPLE]),
        )
        for (stage, reason), lines in sorted(groups.items())
    ]
    for stage, outage in outages(states.values()).items():
        if outage.tries >= TRIES_BEFORE_TOLD:
            waiting = [document for document, state in states.items() if state.next_stage == stage]
            told = f"{stage} has failed {outage.tries} times in a row: its service is away; {len(waiting)} wait for it"
            found.append(Cause(f"away/{stage}", told, len(waiting), _samples(states, waiting)))
    if overdue:
        told = f"{len(overdue)} documents are unfinished after more than {after_hours:g} hours"
        found.append(Cause("overdue", told, len(overdue), _samples(states, overdue)))
    return found


def to_tell(causes: Iterable[Cause], told: Mapping[str, Told], now: float) -> list[Cause]:
    """The causes that are new, have grown tenfold, or have grown since yesterday."""
    return [
        cause
        for cause in causes
        if (before := told.get(cause.key)) is None
        or cause.count >= GROWN * before["count"]
        or (cause.count > before["count"] and now - before["at"] >= DAY)
    ]


def remembered(causes: Iterable[Cause], told: Mapping[str, Told], now: float) -> dict[str, Told]:
    """What was told, without what has been mended for a day: if that comes back, it is told anew."""
    there = {cause.key for cause in causes}
    seen = {key: Told(at=before["at"], count=before["count"], seen=now) for key, before in told.items() if key in there}
    return {key: before for key, before in told.items() if now - before["seen"] < DAY} | seen


def _samples(states: Mapping[str, DocumentState], documents: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{document[:12]} at {states[document].next_stage}" for document in documents[:SAMPLE])
