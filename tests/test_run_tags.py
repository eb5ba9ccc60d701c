"""Which runs are dead: told by their process, however a clock is put, and by time where none is named yet."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster._core.test_utils import create_run_for_test

from ocr_assets import run_tags
from ocr_assets.arrivals import arrived_since
from ocr_assets.catalog import Catalog
from ocr_assets.run_tags import PROCESS_TAG, START_SECONDS, bury_dead_runs, this_process
from ocr_assets.schemas import ARRIVALS
from resources.lake import Lake

DOCUMENT = "a" * 64
RANGE = {ASSET_PARTITION_RANGE_START_TAG: DOCUMENT, ASSET_PARTITION_RANGE_END_TAG: DOCUMENT}


def buried(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, Any]) -> bool:
    """Whether a run of that status and with these tags is reported as failed."""
    run = create_run_for_test(instance, tags=tags, status=status)
    bury_dead_runs(Catalog(instance))
    after = instance.get_run_by_id(run.run_id)
    return after is not None and after.status == dg.DagsterRunStatus.FAILURE


def test_a_run_that_never_comes_to_its_first_stage_is_dead_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
            assert not buried(instance, status, RANGE)
        monkeypatch.setattr(run_tags, "START_SECONDS", 0.0)
        for status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
            assert buried(instance, status, RANGE)
        assert not buried(instance, dg.DagsterRunStatus.NOT_STARTED, RANGE)  # it waits for its turn, for hours perhaps
        assert not buried(instance, dg.DagsterRunStatus.STARTED, {})  # nor is one of checks over documents
        assert not buried(instance, dg.DagsterRunStatus.STARTED, RANGE | {PROCESS_TAG: this_process()})
    assert START_SECONDS >= 600


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell of processes in /proc")
def test_a_process_that_has_ended_is_dead_also_while_nobody_has_asked_how_it_ended() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process, dg.DagsterInstance.ephemeral() as instance:
        host, _, _ = this_process().rpartition("/")
        tags = RANGE | {PROCESS_TAG: f"{host}/{process.pid}@{run_tags._start(process.pid)}"}
        assert not buried(instance, dg.DagsterRunStatus.STARTED, tags)
        assert process.stdin is not None
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert buried(instance, dg.DagsterRunStatus.STARTED, tags)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell of processes in /proc")
def test_a_clock_that_is_put_makes_no_other_process_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = this_process()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: 0.0)
    monkeypatch.setattr("psutil._pslinux.BOOT_TIME", 0.0, raising=False)
    assert this_process() == before


def test_a_document_that_was_seen_by_a_clock_far_ahead_does_not_count_as_new_until_then(tmp_path: Path) -> None:
    lake, now = Lake(root=str(tmp_path)), datetime.now(UTC)
    row = {"source": "file:///a", "bytes": 1, "version": "1", "state": "here", "reason": None, "supersedes": None}
    lake.append(ARRIVALS, [{**row, "document": DOCUMENT, "seen_at": now + timedelta(days=1)}])
    since = now.timestamp() - 600
    assert arrived_since(lake, [DOCUMENT], since, now.timestamp()) == set()
    assert arrived_since(lake, [DOCUMENT], since, now.timestamp() + 86_400) == {DOCUMENT}
