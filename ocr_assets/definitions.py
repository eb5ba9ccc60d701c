"""The code location: assets, resources, sensors and checks put together. The only module that sees every layer."""

import hashlib
import json
from pathlib import Path
from typing import Any

import dagster as dg

from ocr_assets.automation import freshness
from ocr_assets.checks import CHECKS
from ocr_assets.chunks import chunks
from ocr_assets.default_resources import default_resources
from ocr_assets.documents import documents
from ocr_assets.embeddings import embeddings
from ocr_assets.enrichment import enrichment
from ocr_assets.figure_captions import figure_captions
from ocr_assets.index_check import INDEX_CHECK, nightly_index_check
from ocr_assets.maintenance import maintenance, nightly_maintenance
from ocr_assets.ocr_text import ocr_text
from ocr_assets.page_images import page_images
from ocr_assets.partitions import ATTEMPTS_KEY, FREE_MB_KEY, SETTINGS_KEY
from ocr_assets.raw_pdfs import raw_pdfs
from ocr_assets.settings import Settings
from ocr_assets.vectors import vectors
from sensors.checks_and_alerts import checks_and_alerts_sensor
from sensors.s3_arrivals import arrivals_sensor
from sensors.unfinished_documents import unfinished_documents_sensor

ASSETS = (
    raw_pdfs,
    page_images,
    ocr_text,
    figure_captions,
    documents,
    chunks,
    enrichment,
    embeddings,
    vectors,
)


def build_defs(settings: Settings | None = None, **resources: Any) -> dg.Definitions:
    """The definitions for these settings, by default the environment's. Named resources replace the default ones."""
    settings = settings or Settings()
    return dg.Definitions(
        assets=[*(asset.map_asset_specs(lambda spec: with_settings(spec, settings)) for asset in ASSETS), maintenance],
        resources=default_resources(settings) | resources,
        asset_checks=[check.definition() for check in (*CHECKS, INDEX_CHECK)],
        sensors=[
            arrivals_sensor(settings),
            unfinished_documents_sensor(settings),
            checks_and_alerts_sensor(settings),
        ],
        schedules=[nightly_maintenance, nightly_index_check()],
        executor=dg.in_process_executor,
    )


def with_settings(spec: dg.AssetSpec, settings: Settings) -> dg.AssetSpec:
    """The spec with the values of the settings that its results depend on, shown in the UI and in its code version."""
    values = {name: getattr(settings, name) for name in spec.metadata[SETTINGS_KEY]}
    read = {name: _content(value) if name.endswith("_classes") else value for name, value in values.items()}
    digest = hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:8]
    version = f"{spec.code_version}-{digest}" if values else spec.code_version
    shown = {name: value for name, value in spec.metadata.items() if name != SETTINGS_KEY}
    return spec.replace_attributes(
        code_version=version,
        metadata=shown | values | {ATTEMPTS_KEY: settings.attempts, FREE_MB_KEY: settings.free_mb},
        freshness_policy=freshness(spec.key.to_user_string(), settings),
    )


def _content(path: str | None) -> str | None:
    """What a file named by a setting says; a missing one is the stage's to complain of."""
    return Path(path).read_text("utf-8", "replace") if path and Path(path).is_file() else path


defs = build_defs()
