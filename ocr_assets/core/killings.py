"""Which document it was that a run's process was killed over: pure.

A killed process says nothing. Its documents are tried again in ever smaller batches, until the one it was is alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.retrying import FIRST_PAUSE, over, pause, spread


class Killed(Protocol):
    """A run whose process ended in the middle of a stage, at `at` in seconds since the epoch."""

    @property
    def stage(self) -> str: ...
    @property
    def documents(self) -> Sequence[str]: ...
    @property
    def at(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Of a document: how many killed runs had it, how many had it alone, how small they were, when the last ended."""

    runs: int
    alone: int
    smallest: int
    last: float
    first: str

    @property
    def batch(self) -> int:
        """How many documents its next run may have."""
        return max(1, self.smallest // 2)

    def due_at(self, first_pause: float = FIRST_PAUSE) -> float:
        """When it is tried again."""
        return self.last + pause(self.runs, first_pause) * spread(self.first, self.runs)

    def due(self, now: float, first_pause: float = FIRST_PAUSE) -> bool:
        """Whether it is to be tried again now."""
        return over(self.due_at(first_pause), self.last, now)


def suspicions(states: Mapping[str, DocumentState], killed: Iterable[Killed]) -> dict[str, Suspicion]:
    """The documents that have not come past the stage in which a run with them was killed, nor failed in it since."""
    found: dict[str, Suspicion] = {}
    for run in killed:
        for document in run.documents:
            state = states.get(document)
            if state is None or state.next_stage != run.stage:
                continue
            failure = state.failures.get(run.stage)
            if failure is not None and failure.at >= run.at:
                continue
            size, before = len(run.documents), found.get(document, Suspicion(0, 0, len(run.documents), 0.0, ""))
            latest = run.at >= before.last
            found[document] = Suspicion(
                runs=before.runs + 1,
                alone=before.alone + (size == 1),
                smallest=min(before.smallest, size),
                last=max(before.last, run.at),
                first=run.documents[0] if latest else before.first,
            )
    return found
