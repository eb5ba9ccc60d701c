"""The check that the searched index holds what the lake says: looked at every night, or when somebody asks for it."""

from typing import Final

import dagster as dg

from ocr_assets.checks import Overview, StandingCheck, Verdict
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.stages import STAGES
from ocr_assets.index_verifying import verify
from ocr_assets.indexes import searched_index
from ocr_assets.pipeline_state import registered


def index_matches_lake(seen: Overview) -> Verdict:
    """Documents whose passages are not those of their chunks and embeddings; documents on their way are left out."""
    done = {document for document, state in seen.states.items() if state.status(STAGES[-1]) == "done"}
    found = verify(seen.lake, searched_index(seen.settings), done, seen.states.keys() - done)
    found = found.without(set(registered(seen.catalog)) - seen.states.keys())  # they came while the index was read
    return Verdict(found.documents, len(found.differences), found.differences)


INDEX_CHECK: Final = StandingCheck(
    STAGES[-1],
    "index_matches_lake",
    dg.AssetCheckSeverity.ERROR,
    "The index holds the passages that the lake says; `ocr-assets verify-index --mend` mends it.",
    index_matches_lake,
)
"""Not among those that the sensor evaluates every other minute: it reads the whole index."""


def nightly_index_check(collection: Collection = DEFAULT) -> dg.ScheduleDefinition:
    """Every night at four, UTC, when maintenance has mostly ended; without which nobody looks."""
    return dg.ScheduleDefinition(
        name=collection.named("nightly_index_check"),
        cron_schedule="0 4 * * *",
        target=dg.AssetSelection.checks(INDEX_CHECK.key(collection)),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night at four, UTC.",
    )
