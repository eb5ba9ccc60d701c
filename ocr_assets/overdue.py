"""Documents that have been unfinished for too long, exactly: Dagster's own freshness knows assets, not partitions."""

from collections.abc import Mapping

import dagster as dg

from ocr_assets.arrivals import arrived_since
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from resources.lake import Lake


def overdue(instance: dg.DagsterInstance, lake: Lake, states: Mapping[str, DocumentState], moment: float) -> list[str]:
    """The unfinished documents that were there before `moment`, in seconds since the epoch, and had no success since.

    Those given up are not among them. One that became stale is as old as what made it so.
    """
    waiting = [document for document, state in states.items() if state.next_stage is not None]
    if not waiting:
        return []
    boundary = last_settled_before(instance, moment)
    quiet = [d for d in waiting if max(states[d].settled.values(), default=0) <= boundary]
    just_arrived = arrived_since(lake, quiet, moment)
    return [document for document in quiet if document not in just_arrived]


def last_settled_before(instance: dg.DagsterInstance, moment: float) -> int:
    """Id of the latest materialization of any stage before that moment, 0 where there is none: ids grow with time."""
    found = 0
    for stage in STAGES:
        wanted = dg.AssetRecordsFilter(dg.AssetKey(stage), before_timestamp=moment)
        for record in instance.fetch_materializations(wanted, limit=1).records:
            found = max(found, record.storage_id)
    return found
