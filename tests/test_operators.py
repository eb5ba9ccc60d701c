"""What operators do in the UI, on real runs: missing and failed, from failure, cancel, terminate; then the daemon.

Through GraphQL and the daemon's own functions, with runs in processes of their own. Whatever was done by hand, the
continuation goes on from there.
"""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import BACKFILL_ID_TAG, ROOT_RUN_ID_TAG, SENSOR_NAME_TAG
from dagster._core.test_utils import freeze_time, poll_for_finished_run, wait_for_runs_to_finish
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._daemon.sensor import execute_sensor_iteration
from dagster_graphql.cli import execute_query

from ocr_assets.arrivals import register
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES, stages_from
from ocr_assets.pipeline_state import load_states
from ocr_assets.run_tags import PROCESS_TAG
from ocr_assets.schemas import ARRIVALS
from tests.pipeline import Pipeline, pdf
from tests.test_ui import BACKFILL, make_home, webserver_view

pytestmark = pytest.mark.filterwarnings("ignore:Function `AssetSelection.sources`:DeprecationWarning")  # Dagster's own

FIRST_TWO = ["raw_pdfs", "page_images"]
WAIT = 600  # seconds that a run may take where the machine is busy
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LOGGER = logging.getLogger("test_operators")

STATUSES = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions unmaterializedPartitions
} } } } }"""

REEXECUTE = """mutation ($again: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $again) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
} }"""

CANCEL = "mutation ($id: String!) { cancelPartitionBackfill(backfillId: $id) { __typename } }"

TERMINATE = "mutation ($ids: [String!]!) { terminateRuns(runIds: $ids) { __typename } }"


@dataclass
class Operated:
    """A home with the webserver's and the daemon's view of it."""

    workspace: WorkspaceProcessContext
    session: Session
    folder: Path
    now: datetime

    @property
    def instance(self) -> dg.DagsterInstance:
        return self.session.instance

    def ask(self, query: str, **variables: Any) -> Any:
        answer = execute_query(self.workspace, query, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def arrive(self, **contents: bytes) -> dict[str, str]:
        """Files of these names, seen long ago by a sensor whose run was lost; their documents by name."""
        rows, found = [], {}
        for name, content in contents.items():
            path = self.folder / name
            path.write_bytes(content)
            found[name] = document_id(content)
            row = {"document": found[name], "source": path.as_uri(), "bytes": len(content), "version": name}
            rows.append({**row, "seen_at": LONG_AGO, "state": "here", "reason": None, "supersedes": None})
        self.session.lake.append(ARRIVALS, rows)
        register(self.session.catalog, list(found.values()))
        return found

    def states(self, *documents: str) -> list[DocumentState]:
        found = load_states(self.session.catalog, self.session.lake, documents)
        return [found[document] for document in documents]

    def settle(self, documents: list[str], stages: tuple[str, ...]) -> None:
        """Report these stages as done, so that nothing is left to do for the documents."""
        for document in documents:
            for stage in stages:
                self.instance.report_runless_asset_event(dg.AssetMaterialization(stage, partition=document))

    def left(self) -> dict[str, tuple[str, ...]]:
        """What the continuation would launch now: the stages of each document."""
        here = Pipeline(self.session.defs, self.instance)
        return {
            document: tuple(key.to_user_string() for key in request.asset_selection or ())
            for request in here.tick("unfinished_documents")
            for document in here.range(request)
        }

    def missing_and_failed(self, stage: str) -> set[str]:
        """The partitions that the UI's choice of that name takes."""
        node = self.ask(STATUSES, key={"path": [stage]})["assetNodeOrError"]["assetPartitionStatuses"]
        return {*node["failedPartitions"], *node["unmaterializedPartitions"]}

    def backfill(self, documents: list[str]) -> str:
        selected = [{"path": [stage]} for stage in FIRST_TWO]
        asked = {"assetSelection": selected, "partitionNames": documents}
        answer = self.ask(BACKFILL, backfill=asked)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        self.iterate()
        return str(answer["backfillId"])

    def iterate(self) -> None:
        """One round of the daemon over the backfills."""
        assert [error for error in execute_backfill_iteration(self.workspace, LOGGER) if error] == []

    def runs(self, backfill: str) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs(dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill})))

    def finished(self, run_id: str) -> dg.DagsterRunStatus:
        """How the run ended, once it has."""
        return poll_for_finished_run(self.instance, run_id, timeout=WAIT).status

    def wait_until_stuck(self, run: dg.DagsterRun) -> None:
        """Until the run's process waits in its first stage for a file that never comes.

        Only then: Dagster interrupts a run once, and library code that is being run just then may swallow that.
        """
        until = time.monotonic() + WAIT
        while not opens_a_pipe((now := self.instance.get_run_by_id(run.run_id) or run).tags.get(PROCESS_TAG)):
            assert not now.is_finished
            assert time.monotonic() < until
            time.sleep(0.2)

    def daemon_tick(self, sensor: str) -> list[dg.DagsterRun]:
        """One round of the daemon over the sensors, half a minute after the one before; the runs that it launched."""
        before = {run.run_id for run in self.instance.get_runs()}
        self.now += timedelta(seconds=31)
        with freeze_time(self.now):
            assert [error for error in execute_sensor_iteration(self.workspace, LOGGER, None, None) if error] == []
        launched = [run for run in self.instance.get_runs() if run.run_id not in before]
        assert {run.tags.get(SENSOR_NAME_TAG) for run in launched} <= {sensor}
        return launched


def opens_a_pipe(process: str | None) -> bool:
    """Whether that process (host/pid@start) is in the kernel's opening of a pipe that nobody writes to."""
    pid = process.rpartition("/")[2].partition("@")[0] if process else "0"
    try:
        return Path("/proc", pid, "wchan").read_text() == "wait_for_partner"
    except OSError:
        return False


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    folder = tmp_path_factory.mktemp("operated")
    with pytest.MonkeyPatch.context() as patch:
        make_home(patch, folder)
        patch.setenv("OCR_ASSETS_RETRY_SECONDS", "0")
        session = Session.open(None)
        with webserver_view(session) as workspace:
            yield Operated(workspace, session, folder, datetime.now(UTC))


def test_missing_and_failed_then_from_failure_then_the_continuation(operated: Operated) -> None:
    """A backfill in which one is bad, one's file is away, and one goes well; then the file is back."""
    found = operated.arrive(bad=b"no document", away=pdf("away"), good=pdf("good"))
    bad, away, good = found.values()
    (operated.folder / "away").rename(operated.folder / "elsewhere")
    assert operated.missing_and_failed("raw_pdfs") == {bad, away, good}

    [run] = operated.runs(operated.backfill([bad, away, good]))
    wait_for_runs_to_finish(operated.instance, timeout=WAIT)
    operated.iterate()
    assert operated.missing_and_failed("raw_pdfs") == {bad, away}
    reasons = [state.failures["raw_pdfs"].reason for state in operated.states(bad, away)]
    assert reasons == ["not_a_document", "source_missing"]
    assert operated.left() == {away: STAGES, good: stages_from("page_images")}

    (operated.folder / "elsewhere").rename(operated.folder / "away")
    again = {"parentRunId": run.run_id, "strategy": "FROM_FAILURE"}
    answer = operated.ask(REEXECUTE, again=again)["launchRunReexecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    rerun = answer["run"]["runId"]
    assert operated.finished(rerun) == dg.DagsterRunStatus.FAILURE  # the bad one is bad again
    assert operated.instance.get_run_by_id(rerun).tags[ROOT_RUN_ID_TAG] == run.run_id  # type: ignore[union-attr]
    assert operated.missing_and_failed("raw_pdfs") == {bad}
    assert operated.left() == dict.fromkeys((away, good), stages_from("page_images"))
    (state,) = operated.states(bad)
    assert (state.status("raw_pdfs"), state.failures["raw_pdfs"].attempt) == ("given_up", 2)
    operated.settle([away, good], STAGES)


def test_a_backfill_cancelled_half_way_is_continued_from_there(operated: Operated) -> None:
    done = operated.arrive(done=pdf("done before"))["done"]
    operated.settle([done], STAGES)
    stuck = pdf("stuck")
    operated.arrive(quick=pdf("quick"))
    operated.arrive(between=pdf("between"))  # so that two runs are needed
    operated.arrive(stuck=stuck)
    quick, between, waiting = (document_id(pdf(name)) for name in ("quick", "between", "stuck"))
    operated.settle([between], STAGES)
    (operated.folder / "stuck").unlink()
    os.mkfifo(operated.folder / "stuck")  # whoever opens it waits

    backfill = operated.backfill([quick, waiting])
    runs = operated.runs(backfill)
    assert len(runs) == 2
    by_document = {run.tags["dagster/asset_partition_range_start"]: run for run in runs}
    assert operated.finished(by_document[quick].run_id) == dg.DagsterRunStatus.SUCCESS
    operated.wait_until_stuck(by_document[waiting])
    assert operated.left() == {quick: stages_from("ocr_text")}

    operated.ask(CANCEL, id=backfill)
    while operated.instance.get_backfill(backfill).status != BulkActionStatus.CANCELED:  # type: ignore[union-attr]
        operated.iterate()
    assert operated.finished(by_document[waiting].run_id) == dg.DagsterRunStatus.CANCELED
    (state,) = operated.states(waiting)
    assert (state.settled, state.failures) == ({}, {})
    assert operated.left() == {quick: stages_from("ocr_text"), waiting: STAGES}
    operated.settle([quick], STAGES)


def test_the_daemon_goes_on_after_a_run_was_terminated_and_its_service_was_away(operated: Operated) -> None:
    """The document of the test before: its file hangs, then it is gone, then it is back."""
    waiting = document_id(pdf("stuck"))
    location = operated.workspace.create_request_context().get_code_location("ocr_assets")
    (repository,) = location.get_repositories().values()
    operated.instance.start_sensor(repository.get_sensor("unfinished_documents"))

    [hanging] = operated.daemon_tick("unfinished_documents")
    operated.wait_until_stuck(hanging)
    assert operated.daemon_tick("unfinished_documents") == []  # it is in flight
    operated.ask(TERMINATE, ids=[hanging.run_id])
    assert operated.finished(hanging.run_id) == dg.DagsterRunStatus.CANCELED
    (operated.folder / "stuck").unlink()
    [failing] = operated.daemon_tick("unfinished_documents")
    assert operated.finished(failing.run_id) == dg.DagsterRunStatus.FAILURE
    (state,) = operated.states(waiting)
    assert (state.failures["raw_pdfs"].reason, state.failures["raw_pdfs"].own) == ("source_missing", 0)
    (operated.folder / "stuck").write_bytes(pdf("stuck"))
    [last] = operated.daemon_tick("unfinished_documents")
    assert operated.finished(last.run_id) == dg.DagsterRunStatus.SUCCESS
    (state,) = operated.states(waiting)
    assert state.next_stage is None
    assert operated.daemon_tick("unfinished_documents") == []
