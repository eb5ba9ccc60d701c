"""A disk that gets full: nothing is begun that could not be told, no document is blamed, and with room it goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from sqlite3 import OperationalError

import dagster as dg
import pytest

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.core.continuation import Launch
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import UsageError
from ocr_assets.instance import execute, stages_job
from ocr_assets.run_tags import killed_runs
from resources.disk_room import too_little_room
from resources.faults import fault_of
from resources.sources import SeenFile
from tests.faulty_system import FaultySystem, why_not
from tests.pipeline import Pipeline, pdf, pipeline

MORE_THAN_ANY_DISK = 1 << 40
CASES = ("raw_pdfs:while", "chunks:after")


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_a_run_whose_disk_gets_full_says_so_blames_no_document_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    system = FaultySystem(tmp_path, tmp_path / "home")
    command = [sys.executable, "-m", "tests.full_disk_run", str(tmp_path / "home"), *CASES]
    environment = {**os.environ, **system.environment, "OCR_ASSETS_WORKERS": "1", "OCR_ASSETS_FREE_MB": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for case, found in json.loads(done.stdout.splitlines()[-1]).items():
        assert (found["met"], found["finished"]) == (1, 0), case
        assert [state["left"] for state in found["between"]] == [case.split(":")[0]] * 2
        assert [state["own"] for state in found["between"]] == [0, 0]
        assert found["then"] == [{"left": None, "own": 0}] * 2
    told = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(told) == len(CASES)
    assert all("make room" in line or "No space left" in line for line in told), told


def test_where_too_little_room_is_left_no_sensor_begins_any_work(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(pdf("A report."))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in"), free_mb=MORE_THAN_ANY_DISK) as scarce:
        arrive(scarce)
        for sensor in ("s3_arrivals", "unfinished_documents"):
            result = scarce.evaluate(sensor, cursor="kept")
            assert result.run_requests == []
            assert "MB left, less than OCR_ASSETS_FREE_MB=" in (result.skip_message or "")
            assert sensor == "unfinished_documents" or result.cursor == "kept"
        assert not (tmp_path / "home" / "quarantine").exists()


def test_a_run_ends_before_a_stage_for_which_there_is_too_little_room_and_no_document_is_suspected(
    tmp_path: Path,
) -> None:
    with pipeline(tmp_path / "home", free_mb=MORE_THAN_ANY_DISK) as scarce:
        document = arrive(scarce)
        with pytest.raises(UsageError, match=r"raw_pdfs could not run: .* MB left, less than OCR_ASSETS_FREE_MB="):
            execute(stages_job(scarce.defs), scarce.catalog, Launch((document,), STAGES))
        state = scarce.states[document]
        assert (state.next_stage, state.failures) == ("raw_pdfs", {})
        assert killed_runs(scarce.catalog, [document], since=0) == []


def test_the_operator_is_told_of_a_disk_with_too_little_room(tmp_path: Path) -> None:
    with pipeline(tmp_path / "home", free_mb=MORE_THAN_ANY_DISK) as scarce:
        arrive(scarce)
        told = json.loads(scarce.evaluate("checks_and_alerts").cursor or "{}")["told"]["log"]
        assert "disk" in told


def arrive(pipeline: Pipeline) -> str:
    document = document_id(pdf("Another report."))
    note_arrivals(pipeline.part("lake"), [Arrival(document, SeenFile("file:///b.pdf", 1, "1"))])
    register(pipeline.catalog, [document])
    return document


def test_a_place_that_is_not_there_yet_is_judged_by_the_folder_that_it_will_lie_in(tmp_path: Path) -> None:
    assert too_little_room([str(tmp_path / "a" / "b"), "s3://bucket/store", None], least_mb=1) is None
    told = too_little_room([str(tmp_path / "a" / "b")], MORE_THAN_ANY_DISK)
    assert str(tmp_path) in (told or "")
    assert too_little_room([str(tmp_path)], least_mb=0) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        RuntimeError("LanceError(IO): Generic LocalFileSystem error: No space left on device (os error 28)"),
        OperationalError("database or disk is full"),
        dg.DagsterInvariantViolationError("Disk quota exceeded (os error 122)"),
    ],
)
def test_a_full_disk_is_no_documents_fault_in_whatever_words_a_library_says_so(error: Exception) -> None:
    fault = fault_of(error)
    assert (fault.reason, fault.permanent) == ("service_unavailable", False)
