"""What is left to do, worked out from what Dagster knows of each document: pure, shared by the sensor and the CLI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ocr_assets.core.stages import STAGES, UPSTREAM, stages_from

StageStatus = Literal["done", "stale", "failed", "given_up", "missing"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A document's latest failure in a stage, not settled since. `event` is its id, `at` in seconds since the epoch."""

    reason: str
    detail: str
    permanent: bool
    attempt: int
    given_up: bool
    event: int
    at: float


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What became of one document: per stage the id of its latest materialization and its open failure.

    Ids grow with time, so a stage with a smaller id than a stage it reads is stale, and a failure with a smaller one is
    over: what it met is not there any more.
    """

    settled: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)

    def status(self, stage: str) -> StageStatus:
        """The stage's state for this document."""
        newest = max((self.settled.get(upstream, -1) for upstream in UPSTREAM[stage]), default=-1)
        failure = self.failures.get(stage)
        if failure is not None and failure.event > newest:
            return "given_up" if failure.given_up else "failed"
        if stage not in self.settled:
            return "missing"
        return "stale" if newest > self.settled[stage] else "done"

    @property
    def failure(self) -> tuple[str, Failure] | None:
        """The first stage that failed and how; None where none has."""
        failed = (stage for stage in STAGES if self.status(stage) in ("failed", "given_up"))
        return next(((stage, self.failures[stage]) for stage in failed), None)

    @property
    def next_stage(self) -> str | None:
        """The first stage that is not done; None where all are, or where the document was given up there."""
        for stage in STAGES:
            status = self.status(stage)
            if status != "done":
                return None if status == "given_up" else stage
        return None


@dataclass(frozen=True, slots=True)
class Launch:
    """A run to make: these documents, neighbours in partition order, through these stages."""

    documents: tuple[str, ...]
    stages: tuple[str, ...]


def plan_launches(order: Sequence[str], first_stage: Mapping[str, str], batch_size: int) -> list[Launch]:
    """Runs over neighbouring documents that continue at the same stage.

    `order` is every registered document in partition order: a run takes a range of it, so a document that is not to
    run parts two ranges. `first_stage` says where each document continues; documents that are not in it do not run.
    """
    launches: list[Launch] = []
    group: list[str] = []
    for document in (*order, None):
        continues = (
            document is not None
            and group
            and first_stage.get(document) == first_stage[group[0]]
            and len(group) < batch_size
        )
        if group and not continues:
            launches.append(Launch(tuple(group), stages_from(first_stage[group[0]])))
            group = []
        if document is not None and document in first_stage:
            group.append(document)
    return launches


def due(failure: Failure, now: float, first_delay: float) -> bool:
    """Whether a transient failure may be tried again: the delay doubles with each attempt."""
    return not failure.given_up and now >= failure.at + first_delay * 2 ** (failure.attempt - 1)
