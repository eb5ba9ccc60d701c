"""Documents that have been unfinished for too long, exactly: Dagster's own freshness knows assets, not partitions."""

from collections.abc import Mapping

import dagster as dg

from ocr_assets.arrivals import arrived_since
from ocr_assets.catalog import Catalog
from ocr_assets.core.continuation import DocumentState
from resources.lake import Lake


def overdue(catalog: Catalog, lake: Lake, states: Mapping[str, DocumentState], moment: float) -> list[str]:
    """The unfinished documents that were there before `moment`, in seconds since the epoch, and had no success since.

    Those given up are not among them. One that became stale is as old as what made it so.
    """
    waiting = [document for document, state in states.items() if state.next_stage is not None]
    if not waiting:
        return []
    boundary = last_settled_before(catalog, moment, max(max(s.settled.values(), default=0) for s in states.values()))
    quiet = [d for d in waiting if max(states[d].settled.values(), default=0) <= boundary]
    just_arrived = arrived_since(lake, quiet, moment)
    return [document for document in quiet if document not in just_arrived]


def last_settled_before(catalog: Catalog, moment: float, latest: int) -> int:
    """Id of the last materialization of any stage before that moment, of those up to `latest`; 0 where there is none.

    Ids grow with time, so it is found by halving: events are not indexed by their time, and there are a million.
    """
    found, later = 0, latest + 1
    for key in catalog.asset_keys():
        low, high = found, later - 1
        while low < high:
            middle = (low + high) // 2
            wanted = dg.AssetRecordsFilter(key, after_storage_id=middle)
            following = catalog.instance.fetch_materializations(wanted, limit=1, ascending=True).records
            if following and following[0].timestamp < moment:
                low = following[0].storage_id
            else:
                high = middle
                later = min(later, following[0].storage_id) if following else later
        found = max(found, low)
    return found
