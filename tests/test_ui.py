"""What the Dagster UI gets over GraphQL: the graph, its partitions and metadata, and a backfill from there."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG, BACKFILL_ID_TAG
from dagster._core.test_utils import wait_for_runs_to_finish
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.cli import execute_query

from ocr_assets.cli import adding, running
from ocr_assets.cli.session import Session
from ocr_assets.core.stages import STAGES
from ocr_assets.schemas import OCR_TEXT, TABLES
from tests.pipeline import pdf

CONFIGURATION = """
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
telemetry:
  enabled: false
"""
"""A backfill's runs start at once: no daemon has to take them from a queue."""

ROWS = {"figure_captions": 0, "enrichment": 2}
"""Of a document of one page and one chunk; one row in the other stages."""

ASSETS = """{ assetNodes {
  assetKey { path }
  dependencyKeys { path }
  partitionStats { numPartitions numMaterialized numFailed }
  metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns { name type description } } } }
  assetMaterializations(limit: 1) { metadataEntries { label ... on IntMetadataEntry { intValue } } }
} }"""

BACKFILL = """mutation ($backfill: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfill) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""


@dataclass(frozen=True)
class Ui:
    """The webserver's view of a home with one document done, one failed, and two that nothing was run for."""

    workspace: WorkspaceProcessContext
    session: Session
    waiting: list[str]

    def ask(self, query: str, **variables: Any) -> Any:
        answer = execute_query(self.workspace, query, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def assets(self) -> dict[str, Any]:
        return {node["assetKey"]["path"][-1]: node for node in self.ask(ASSETS)["assetNodes"]}


def make_home(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """A home in this folder, whose runs start at once, and nothing else in the environment."""
    for name in [name for name in os.environ if name.startswith(("DAGSTER", "OCR_ASSETS"))]:
        patch.delenv(name)
    patch.setenv("OCR_ASSETS_HOME", str(folder))
    patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
    patch.setenv("OCR_ASSETS_WORKERS", "1")
    (folder / "dagster").mkdir()
    (folder / "dagster" / "dagster.yaml").write_text(CONFIGURATION)


@contextmanager
def webserver_view(session: Session) -> Iterator[WorkspaceProcessContext]:
    """The webserver's and the daemon's view of a home; afterwards the process of its code location has ended."""
    target = ModuleTarget("ocr_assets.definitions", None, str(Path(__file__).parents[1]), "ocr_assets")
    with session.instance, WorkspaceProcessContext(session.instance, target) as workspace:
        yield workspace
    workspace._grpc_server_registry.wait_for_processes()


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch:
        make_home(patch, folder)
        session = Session.open(None)
        processed = added(session, folder, {"done": pdf("done"), "failed": b""})
        running.continue_documents(session, processed, batch_size=64)
        waiting = added(session, folder, {"one": pdf("one"), "two": pdf("two")})
        with webserver_view(session) as workspace:
            yield Ui(workspace, session, sorted(waiting))


def added(session: Session, folder: Path, files: dict[str, bytes]) -> list[str]:
    for name, data in files.items():
        (folder / f"{name}.pdf").write_bytes(data)
    return list(adding.add(session, [str(folder / f"{name}.pdf") for name in files]).documents)


def test_the_graph_shows_the_nine_assets_and_the_state_of_their_partitions(ui: Ui) -> None:
    assets = ui.assets()
    assert set(assets) == {*STAGES, "maintenance"}
    for stage in STAGES:  # a document that failed shows as failed in the later stages of its run too
        assert assets[stage]["partitionStats"] == {"numPartitions": 4, "numMaterialized": 1, "numFailed": 1}, stage


def test_the_columns_of_a_table_are_in_the_ui(ui: Ui) -> None:
    entries = {entry["label"]: entry for entry in ui.assets()["ocr_text"]["metadataEntries"]}
    columns = entries["dagster/column_schema"]["schema"]["columns"]
    assert [(c["name"], c["type"], c["description"]) for c in columns] == [
        (c.name, c.type, c.description) for c in OCR_TEXT.columns
    ]


def test_the_row_count_of_a_partition_is_in_the_ui(ui: Ui) -> None:
    assets = ui.assets()
    for stage in TABLES.keys() & set(STAGES):
        [materialization] = assets[stage]["assetMaterializations"]
        counts = {entry["label"]: entry.get("intValue") for entry in materialization["metadataEntries"]}
        assert counts["dagster/partition_row_count"] == ROWS.get(stage, 1)


@pytest.mark.filterwarnings("ignore:Function `AssetSelection.sources`:DeprecationWarning")  # Dagster's own
def test_a_backfill_of_two_partitions_is_one_run_and_settles_both(ui: Ui) -> None:
    stages = ["raw_pdfs", "page_images"]
    answer = ui.ask(
        BACKFILL,
        backfill={"assetSelection": [{"path": [stage]} for stage in stages], "partitionNames": ui.waiting},
    )["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    logger = logging.getLogger("test_ui")
    assert [error for error in execute_backfill_iteration(ui.workspace, logger) if error] == []
    instance = ui.session.instance
    wait_for_runs_to_finish(instance, timeout=120)
    [run] = instance.get_runs(dg.RunsFilter(tags={BACKFILL_ID_TAG: answer["backfillId"]}))
    assert run.status == dg.DagsterRunStatus.SUCCESS
    ends = {run.tags[ASSET_PARTITION_RANGE_START_TAG], run.tags[ASSET_PARTITION_RANGE_END_TAG]}
    assert ends == set(ui.waiting)
    for stage in stages:
        assert set(ui.waiting) <= set(instance.get_materialized_partitions(dg.AssetKey(stage)))
    assert ui.session.lake.documents(TABLES["page_images"], ui.waiting) == set(ui.waiting)
