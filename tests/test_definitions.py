"""The code location: what Dagster, Dagster+ and the UI are told of it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_cloud_cli.config.loader import DagsterCloudLocationsConfigLoader

from ocr_assets.core.stages import STAGES, UPSTREAM
from ocr_assets.definitions import build_defs, defs
from ocr_assets.partitions import documents_partitions
from ocr_assets.schemas import TABLES
from ocr_assets.settings import Settings

PROJECT = Path(__file__).parents[1]

EMBEDDER = {"chunks", "embeddings", "vectors"}
DEPENDENT: dict[str, tuple[Any, set[str]]] = {
    "max_bytes": (1, {"raw_pdfs"}),
    "max_pages": (1, {"raw_pdfs"}),
    "dpi": (72.0, {"page_images"}),
    "max_pixels": (20_000, {"page_images"}),
    "min_text_coverage": (0.1, {"ocr_text"}),
    "review_confidence": (0.5, {"ocr_text"}),
    "languages": ("deu", {"ocr_text"}),
    "tessdata": ("models", {"ocr_text"}),
    "reader": ("vision", {"ocr_text"}),
    "vision_model": ("another", {"ocr_text", "figure_captions"}),
    "vision_profile": ("openai", {"ocr_text", "figure_captions"}),
    "vision_pixels": (1_000_000, {"ocr_text", "figure_captions"}),
    "vision_captions": (False, {"figure_captions"}),
    "upstage_model": ("document-parse-nightly", {"ocr_text"}),
    "upstage_extraction": ("receipt", {"ocr_text"}),
    "upstage_extraction_model": ("receipt-extraction", {"ocr_text"}),
    "chunk_tokens": (64, {"chunks"}),
    "chunk_overlap": (8, {"chunks"}),
    "document_classes": ("classes.yaml", {"enrichment"}),
    "classifier_model": ("another", {"enrichment"}),
    "classifier_profile": ("openai", {"enrichment"}),
    "classifier_characters": (1_000, {"enrichment"}),
    "classifier_confidence": (0.8, {"enrichment"}),
    "extractor_model": ("another", {"enrichment"}),
    "extractor_profile": ("json", {"enrichment"}),
    "extractor_tokens": (1_000, {"enrichment"}),
    "enricher": ("comprehend", {"enrichment"}),
    "embedder": ("openai", EMBEDDER),
    "embedder_model": ("another", EMBEDDER),
    "embedder_tokenizer": ("tokenizer.json", {"chunks"}),
    "embedder_text_tokens": (512, {"chunks"}),
    "embedder_passage_prefix": ("passage: ", EMBEDDER),
    "embedder_passage_fields": ("input_type=passage", {"embeddings", "vectors"}),
    "embedder_dimension": (64, {"embeddings", "vectors"}),
    "vector_store": ("pinecone", {"vectors"}),
    "pinecone_index": ("another", {"vectors"}),
    "pinecone_namespace": ("another", {"vectors"}),
}
"""Another value of each setting, and the assets whose results depend on it."""
NEUTRAL: dict[str, Any] = {
    "home": "elsewhere",
    "store": "s3://bucket/prefix",
    "sources": "s3://bucket/in/",
    "collections": os.devnull,
    "quarantine": "s3://bucket/quarantine",
    "retention_hours": 48,
    "forget_deleted": True,
    "forget_superseded": True,
    "forget_grace_hours": 1.0,
    "forget_at_most": 1,
    "workers": 7,
    "page_seconds": 1.0,
    "page_memory_mb": 512,
    "failed_pages": 0.5,
    "attempts": 5,
    "free_mb": 0,
    "retry_seconds": 1.0,
    "upgrade": True,
    "overdue_hours": 1.0,
    "fresh_hours": 0,
    "alert_email": "operator@example.org",
    "alert_email_from": "pipeline@example.org",
    "alert_smtp_host": "mail.example.org",
    "alert_smtp_port": 587,
    "alert_smtp_tls": "starttls",
    "alert_smtp_user": "pipeline",
    "classifier_url": "http://127.0.0.1/v1",
    "classifier_key": "ANOTHER_KEY",
    "classifier_input_price": 1.0,
    "classifier_output_price": 2.0,
    "extractor_url": "http://127.0.0.1/v1",
    "extractor_key": "ANOTHER_KEY",
    "extractor_input_price": 1.0,
    "extractor_output_price": 2.0,
    "text_concurrency": 2,
    "text_seconds": 10.0,
    "text_run_budget": 3.0,
    "text_day_budget": 4.0,
    "question_terms": "",
    "answer_model": "another",
    "answer_url": "http://127.0.0.1/v1",
    "embedder_url": "http://127.0.0.1/v1",
    "embedder_key": "ANOTHER_KEY",
    "embedder_shortens": True,
    "embedder_inputs": 100,
    "embedder_tokens": 8_000,
    "embedder_query_prefix": "query: ",
    "embedder_query_fields": "input_type=query",
    "embedder_price": 0.02,
    "comprehend_region": "eu-central-1",
    "comprehend_url": "http://127.0.0.1",
    "comprehend_price": 0.0001,
    "comprehend_run_budget": 1.0,
    "comprehend_day_budget": 1.0,
    "comprehend_concurrency": 2,
    "pinecone_cloud": "gcp",
    "pinecone_region": "europe-west4",
    "vision_url": "http://127.0.0.1/v1",
    "vision_concurrency": 2,
    "vision_seconds": 10.0,
    "vision_input_price": 1.0,
    "vision_output_price": 2.0,
    "vision_mode": "batch",
    "vision_batch_share": 0.4,
    "vision_launch": True,
    "vision_launch_options": "--max-model-len 4096",
    "vision_launch_seconds": 60.0,
    "vision_run_budget": 3.0,
    "vision_day_budget": 4.0,
    "ppocr_device": "cpu",
    "ppocr_pages": 8,
    "ppocr_processes": 2,
    "upstage_url": "http://127.0.0.1/v1",
    "upstage_extraction_path": "/extract",
    "upstage_concurrency": 3,
    "upstage_page_price": 0.01,
    "upstage_run_budget": 1.0,
    "upstage_day_budget": 1.0,
}
"""Settings that say where and how the work is done, not what comes out."""


def specs(**settings: Any) -> dict[str, dg.AssetSpec]:
    built = build_defs(Settings(_env_file=None, **settings))
    return {spec.key.to_user_string(): spec for spec in built.resolve_all_asset_specs()}


def test_the_workspace_passes_dagsters_validation(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"]
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Validation successful" in done.stdout + done.stderr


def test_dagster_plus_accepts_its_file() -> None:
    (location,) = DagsterCloudLocationsConfigLoader.load_from_template(
        str(PROJECT / "dagster_cloud.yaml"), context={}
    ).locations
    assert location.code_source is not None
    assert location.code_source.module_name == "ocr_assets.definitions"


def test_the_graph_is_the_stages_and_maintenance_beside_them() -> None:
    graph = {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs().items()}
    assert graph == {stage: set(upstream) for stage, upstream in UPSTREAM.items()} | {"maintenance": set()}


@pytest.mark.parametrize("stage", STAGES)
def test_every_asset_tells_the_ui_what_it_is(stage: str) -> None:
    spec = specs()[stage]
    assert spec.group_name in ("pages", "documents", "retrieval")
    assert spec.kinds >= {"python"}
    assert len(spec.kinds) > 1
    assert spec.owners == ["team:documents"]
    assert spec.description is not None
    assert spec.description.endswith(".")
    assert spec.code_version is not None
    assert spec.partitions_def is documents_partitions
    if stage in TABLES:
        columns = spec.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == [column.name for column in TABLES[stage].columns]
        assert all(column.description for column in columns)


@pytest.mark.parametrize("hours", [48.0, 0])
def test_what_people_read_and_search_is_fresh_for_as_long_as_the_setting_says(hours: float) -> None:
    policies = {name: spec.freshness_policy for name, spec in specs(fresh_hours=hours).items() if spec.freshness_policy}
    assert set(policies) == ({"documents", "vectors"} if hours else set())
    windows = {(p.fail_window.to_timedelta(), p.warn_window.to_timedelta()) for p in policies.values()}  # type: ignore[attr-defined]
    assert windows == ({(timedelta(hours=48), timedelta(hours=24))} if hours else set())


def test_no_asset_has_an_automation_condition_or_a_retry_policy() -> None:
    """What failed is tried again in one place: core/retrying.py."""
    for asset in build_defs(Settings(_env_file=None)).assets or ():
        assert isinstance(asset, dg.AssetsDefinition)
        assert all(spec.automation_condition is None for spec in asset.specs)
        assert getattr(asset.op, "retry_policy", None) is None


@pytest.mark.parametrize("setting", [*DEPENDENT, *NEUTRAL])
def test_a_setting_changes_the_code_version_of_just_the_assets_that_depend_on_it(setting: str) -> None:
    value, dependent = DEPENDENT.get(setting, (NEUTRAL.get(setting), set[str]()))
    before, after = specs(), specs(**{setting: value})
    assert {stage for stage in STAGES if before[stage].code_version != after[stage].code_version} == dependent


def test_every_setting_is_known_to_change_results_or_not_to() -> None:
    assert {*DEPENDENT, *NEUTRAL} == set(Settings.model_fields)


def test_the_sensors_are_off_until_an_operator_turns_them_on() -> None:
    sensors = defs.sensors or ()
    assert sorted(sensor.name for sensor in sensors) == ["checks_and_alerts", "s3_arrivals", "unfinished_documents"]
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.STOPPED}
