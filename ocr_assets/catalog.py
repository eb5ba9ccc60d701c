"""Dagster's instance as one collection sees it: its partitions, its assets' keys and its runs.

Collections share an instance, and a document may be in several of them under the same partition key: whoever asks the
instance about documents asks through this.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.stages import STAGES


@dataclass(frozen=True, slots=True)
class Catalog:
    """An instance and a collection."""

    instance: dg.DagsterInstance
    collection: Collection = DEFAULT

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> "Catalog":
        """That of the asset that is executed."""
        *prefix, _ = context.asset_key.path
        return cls(context.instance, Collection(*prefix))

    @property
    def partitions(self) -> str:
        """Name of the collection's dynamic partitions definition."""
        return self.collection.partitions

    def key(self, asset: str) -> dg.AssetKey:
        """The key of a stage, or of another asset that every collection has."""
        return dg.AssetKey(self.collection.path(asset))

    def asset_keys(self, stages: Iterable[str] = STAGES) -> list[dg.AssetKey]:
        """The keys of these stages."""
        return [self.key(stage) for stage in stages]

    def stages_of(self, run: dg.DagsterRun) -> set[str]:
        """The stages of this collection that the run is to execute; all of them where it names no asset."""
        selected = run.asset_selection
        return {stage for stage in STAGES if not selected or self.key(stage) in selected}

    def concerns(self, run: dg.DagsterRun) -> bool:
        """Whether the run has assets or checks of this collection, or names none at all."""
        checked = {check.asset_key for check in run.asset_check_selection or ()}
        named = checked | set(run.asset_selection or ())
        return not named or any(self.collection.holds(key.path) for key in named)
