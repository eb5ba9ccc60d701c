"""Freshness policies of the end assets. No asset has an automation condition: core/retrying.py says what runs again.

A policy looks at the asset's latest materialization of all: it tells that nothing comes through any more, not that a
document is stuck among others that do. The standing checks tell that.
"""

from datetime import timedelta
from typing import Final

import dagster as dg

from ocr_assets.settings import Settings

END_ASSETS: Final = ("documents", "vectors")
"""Where what people read and what they search comes out."""


def freshness(asset: str, settings: Settings) -> dg.FreshnessPolicy | None:
    """The policy of this asset: a warning after half of the hours that the setting allows. None for no policy."""
    if asset not in END_ASSETS or not settings.fresh_hours:
        return None
    allowed = timedelta(hours=settings.fresh_hours)
    return dg.FreshnessPolicy.time_window(fail_window=allowed, warn_window=allowed / 2)
