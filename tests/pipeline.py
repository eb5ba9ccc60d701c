"""The code location with its own instance and folder, as tests of sensors and of whole commands use it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from ocr_assets.catalog import Catalog
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from ocr_assets.definitions import build_defs
from ocr_assets.pipeline_state import load_states, registered
from ocr_assets.settings import Settings
from tests.pdf_making import text, write_pdf


@dataclass(frozen=True)
class Pipeline:
    """`defs` on an instance of its own, as one collection."""

    defs: dg.Definitions
    instance: dg.DagsterInstance
    collection: Collection = DEFAULT

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.instance, self.collection)

    def part(self, name: str) -> Any:
        return (self.defs.resources or {})[self.collection.named(name)]

    @property
    def documents(self) -> list[str]:
        return registered(self.catalog)

    @property
    def states(self) -> dict[str, DocumentState]:
        return load_states(self.catalog, self.part("lake"), self.documents)

    def tick(self, sensor: str) -> list[dg.RunRequest]:
        """The runs that one evaluation of the sensor asks for."""
        return list(self.evaluate(sensor).run_requests or ())

    def evaluate(self, sensor: str, cursor: str | None = None) -> SensorExecutionData:
        """One evaluation of the sensor: its runs, its cursor, why it asks for none."""
        definition = self.defs.resolve_sensor_def(self.collection.named(sensor))
        names = definition.required_resource_keys
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            repository_def=self.defs.get_repository_def(),
            resources={name: (self.defs.resources or {})[name] for name in names},
        ) as context:
            return definition.evaluate_tick(context)

    def range(self, request: dg.RunRequest) -> list[str]:
        """The documents of a requested run."""
        first, last = (request.tags[tag] for tag in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
        order = self.documents
        return order[order.index(first) : order.index(last) + 1]

    def execute(self, request: dg.RunRequest, stages: Sequence[str] = STAGES) -> bool:
        """Make the requested run in this process, or only these stages of it; whether it went well."""
        asked = [key for key in request.asset_selection or () if key.path[-1] in stages]
        result = self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=asked,
            tags=dict(request.tags),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
        return result.success

    def settle(self, document: str, *stages: str) -> None:
        """Report these stages as materialized, without rows."""
        for stage in stages:
            self.instance.report_runless_asset_event(
                dg.AssetMaterialization(self.catalog.key(stage), partition=document)
            )


def pdf(words: str) -> bytes:
    """A PDF of one page with these words."""
    with TemporaryDirectory() as folder:
        return Path(write_pdf(Path(folder) / "a.pdf", text(words))).read_bytes()


@contextmanager
def pipeline(home: Path, **settings: Any) -> Iterator[Pipeline]:
    """The pipeline in a folder, with these settings and an instance that is empty."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Pipeline(build_defs(Settings(home=str(home), workers=1, _env_file=None, **settings)), instance)
