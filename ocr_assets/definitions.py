"""The code location: assets, resources, sensors and checks put together. The only module that sees every layer."""

import hashlib
import json
from typing import Any

import dagster as dg

from ocr_assets.automation import freshness
from ocr_assets.binding import bound, needs
from ocr_assets.checks import CHECKS
from ocr_assets.chunks import chunks
from ocr_assets.collections_file import read_collections
from ocr_assets.core.collection import Collection
from ocr_assets.core.document_classes import classes_path, contents
from ocr_assets.default_resources import default_resources
from ocr_assets.documents import documents
from ocr_assets.embeddings import embeddings
from ocr_assets.enrichment import enrichment
from ocr_assets.figure_captions import figure_captions
from ocr_assets.index_check import INDEX_CHECK, nightly_index_check
from ocr_assets.maintenance import maintenance, nightly_maintenance
from ocr_assets.ocr_text import ocr_text
from ocr_assets.page_images import page_images
from ocr_assets.partitions import ATTEMPTS_KEY, FREE_MB_KEY, SETTINGS_KEY, partitions_of
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
    """The definitions for these settings, by default the environment's. Named resources replace the default ones.

    Raises UsageError where the file of collections is not as it should be.
    """
    collections = read_collections(settings or Settings())
    pairs = tuple(collections.items())
    return dg.Definitions(
        assets=[collection_asset(asset, *pair) for pair in pairs for asset in (*ASSETS, maintenance)],
        resources={
            collection.named(name): resource
            for collection, own in pairs
            for name, resource in default_resources(own).items()
        }
        | resources,
        asset_checks=[check.definition(collection) for collection in collections for check in (*CHECKS, INDEX_CHECK)],
        sensors=[
            *(arrivals_sensor(own, collection, collections) for collection, own in pairs),
            *(unfinished_documents_sensor(own, collection) for collection, own in pairs),
            *(checks_and_alerts_sensor(own, collection) for collection, own in pairs),
        ],
        schedules=[
            schedule(collection)
            for collection in collections
            for schedule in (nightly_maintenance, nightly_index_check)
        ],
        executor=dg.in_process_executor,
    )


def collection_asset(asset: dg.AssetsDefinition, collection: Collection, settings: Settings) -> dg.AssetsDefinition:
    """The asset as a collection's: the same body, bound to the collection's key, partitions, resources and settings."""
    (spec,) = asset.specs
    body = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    own = with_settings(spec, settings) if SETTINGS_KEY in spec.metadata else spec
    return dg.asset(
        key=collection.path(spec.key.path[-1]),
        deps=[dg.AssetKey(collection.path(dep.asset_key.path[-1])) for dep in spec.deps],
        description=spec.description,
        metadata=own.metadata,
        tags=spec.tags,
        owners=spec.owners,
        code_version=own.code_version,
        freshness_policy=own.freshness_policy,
        group_name=collection.named(spec.group_name or "default"),
        partitions_def=spec.partitions_def and partitions_of(collection),
        backfill_policy=asset.backfill_policy,
        pool=asset.op.pool,
        op_tags=asset.op.tags,
        required_resource_keys=needs(body, collection),
    )(bound(body, collection))


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
        freshness_policy=freshness(spec.key.path[-1], settings),
    )


def _content(path: str | None) -> str | None:
    """What a file of classes says; a missing one is the stage's to complain of."""
    return contents(classes_path(path)) if path and classes_path(path).is_file() else path


defs = build_defs()
