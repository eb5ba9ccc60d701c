"""The vision model as the pages of a stage's batch ask it, and what is told and let go of when they are done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ocr_assets.settlement import Batch
from resources.checkpoints import Checkpoints
from resources.vision.asking import Asker, Attempt
from resources.vision.model import VisionModel


@contextmanager
def asking(batch: Batch, vision: VisionModel, checkpoints: Checkpoints) -> Iterator[Asker]:
    """What asks about the batch's pages. In the end the log tells what it took; what was paid for is kept for documents
    that are not settled.
    """
    with vision.asking(batch.run_id, batch.stage, checkpoints) as asker:
        try:
            yield asker
        finally:
            _tell_spent(batch, vision)
            for document in batch.settled:
                asker.paid.clear(document)


def taken(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """What a model or service took for a page or figure, as columns of its row."""
    return {
        "cost": sum(attempt.cost for attempt in attempts),
        "input_tokens": sum(attempt.input_tokens for attempt in attempts),
        "output_tokens": sum(attempt.output_tokens for attempt in attempts),
        "attempts": [asdict(attempt) for attempt in attempts],
    }


def _tell_spent(batch: Batch, vision: VisionModel) -> None:
    """Put what the run has asked the vision model so far into its log."""
    run = vision.ledger.spent(run=batch.run_id)
    told = f"{run.requests} requests to the vision model, {run.input} and {run.output} tokens"
    batch.context.log.info(f"this run so far: {told}, cost {run.cost:.6f}, {run.unknown} of unknown end")
