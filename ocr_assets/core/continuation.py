"""What is left to do, worked out from what Dagster knows of each document: pure, shared by the sensor and the CLI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ocr_assets.core.stages import STAGES, UPSTREAM, stages_from

StageStatus = Literal["done", "stale", "failed", "given_up", "missing"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A document's latest failure in a stage, not settled since. `event` is its id, `at` in seconds since the epoch.

    `attempt` counts all failures in a row; `own` those laid at the document's door; `alone` those by a service that
    served other documents meanwhile. `run` is the run it failed in, `version` the stage's code version there.
    """

    reason: str
    detail: str
    permanent: bool
    attempt: int
    given_up: bool
    event: int
    at: float
    own: int = 0
    alone: int = 0
    run: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What became of one document: per stage the id of its latest materialization and its open failure.

    Ids grow with time, so a stage with a smaller id than a stage it reads is stale, and a failure with a smaller one is
    over: what it met is not there any more. `outdated` are stages to be run anew for their code has changed.
    """

    settled: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    outdated: frozenset[str] = frozenset()

    def status(self, stage: str) -> StageStatus:
        """The stage's state for this document."""
        newest = max((self.settled.get(upstream, -1) for upstream in UPSTREAM[stage]), default=-1)
        failure = self.failures.get(stage)
        if failure is not None and failure.event > newest:
            return "given_up" if failure.given_up else "failed"
        if stage not in self.settled:
            return "missing"
        return "stale" if newest > self.settled[stage] or stage in self.outdated else "done"

    @property
    def failure(self) -> tuple[str, Failure] | None:
        """The first stage that failed and how; None where none has."""
        if not self.failures:  # as nearly all of 100,000 have none
            return None
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


def plan_launches(
    order: Sequence[str], first_stage: Mapping[str, str], batch_size: int, at_most: Mapping[str, int] | None = None
) -> list[Launch]:
    """Runs over neighbouring documents that continue at the same stage.

    `order` is every registered document in partition order: a run takes a range of it, so a document that is not to
    run parts two ranges. `first_stage` says where each document continues; documents that are not in it do not run.
    A document in `at_most` shares its run with fewer others than `batch_size` allows.
    """
    limits = at_most or {}
    launches: list[Launch] = []
    group: list[str] = []
    room = batch_size
    for document in (*order, None):
        room = min(room, limits.get(document, batch_size)) if document is not None else 0
        continues = group and first_stage.get(document or "") == first_stage[group[0]] and len(group) < room
        if group and not continues:
            launches.append(Launch(tuple(group), stages_from(first_stage[group[0]])))
            group = []
        if document is not None and document in first_stage:
            if not group:
                room = min(batch_size, limits.get(document, batch_size))
            group.append(document)
    return launches
