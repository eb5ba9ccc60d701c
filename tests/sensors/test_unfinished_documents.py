"""Continuation on a real instance: what is launched after a batch in which some documents failed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

import dagster as dg
import psutil
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.core.continuation import Launch
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES, stages_from
from ocr_assets.run_tags import this_process
from resources.sources import Sources
from sensors.unfinished_documents import pause, run_request
from tests.pipeline import Pipeline, pdf, pipeline


@pytest.fixture
def unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline in which a failed document is due again at once."""
    monkeypatch.setattr("sensors.unfinished_documents.FIRST_DELAY", 0.0)
    monkeypatch.setattr("sensors.unfinished_documents.GRACE", 0.0)
    with pipeline(tmp_path / "home") as unfinished:
        yield unfinished


def arrive(target: Pipeline, folder: Path, *contents: bytes) -> list[str]:
    """Files with these contents, noted and registered; their documents, in the same order."""
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number}.pdf").write_bytes(content)
    documents = [document_id(content) for content in contents]
    files = Sources().list(str(folder))
    note_arrivals(target.part("lake"), [Arrival(*pair) for pair in zip(documents, files, strict=True)])
    register(target.instance, documents)
    return documents


def launched(target: Pipeline) -> dict[str, tuple[str, ...]]:
    """The stages that a tick launches for each document."""
    return {
        document: tuple(key.to_user_string() for key in request.asset_selection or ())
        for request in target.tick("unfinished_documents")
        for document in target.range(request)
    }


def test_the_good_documents_of_a_batch_go_on_without_the_bad_one(unfinished: Pipeline, tmp_path: Path) -> None:
    good = [pdf(f"page {number}") for number in range(4)]
    *done, bad = arrive(unfinished, tmp_path / "in", *good, b"no document at all")
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.range(request) == sorted([*done, bad])
    assert not unfinished.execute(request)  # and Dagster leaves out the stages after
    assert launched(unfinished) == dict.fromkeys(sorted(done), stages_from("page_images"))
    state = unfinished.states[bad]
    assert state.failure is not None
    assert (state.failure[0], state.failure[1].reason) == ("raw_pdfs", "not_a_document")


def test_a_transient_failure_is_tried_three_times_and_then_given_up(unfinished: Pipeline, tmp_path: Path) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("soon gone"))
    (tmp_path / "in" / "0.pdf").unlink()
    for attempt in (1, 2, 3):
        (request,) = unfinished.tick("unfinished_documents")
        assert not unfinished.execute(request, ["raw_pdfs"])
        assert unfinished.states[document].failures["raw_pdfs"].attempt == attempt
    assert unfinished.tick("unfinished_documents") == []
    assert unfinished.states[document].status("raw_pdfs") == "given_up"


def test_a_transient_failure_that_mends_itself_goes_on(unfinished: Pipeline, tmp_path: Path) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("away for a while"))
    (tmp_path / "in" / "0.pdf").rename(tmp_path / "away")
    (request,) = unfinished.tick("unfinished_documents")
    unfinished.execute(request, ["raw_pdfs"])
    (tmp_path / "away").rename(tmp_path / "in" / "0.pdf")
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(request, ["raw_pdfs"])
    assert launched(unfinished) == {document: stages_from("page_images")}


def test_a_transient_failure_waits_until_it_is_due(
    unfinished: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(unfinished, tmp_path / "in", pdf("soon gone"))
    (tmp_path / "in" / "0.pdf").unlink()
    (request,) = unfinished.tick("unfinished_documents")
    unfinished.execute(request, ["raw_pdfs"])
    monkeypatch.setattr("sensors.unfinished_documents.FIRST_DELAY", 1e9)
    assert unfinished.tick("unfinished_documents") == []


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_documents_that_a_run_is_working_on_are_left_to_it(
    unfinished: Pipeline, tmp_path: Path, status: dg.DagsterRunStatus
) -> None:
    documents = sorted(arrive(unfinished, tmp_path / "in", *(pdf(f"page {number}") for number in range(4))))
    tags = {"dagster/asset_partition_range_start": documents[0], "dagster/asset_partition_range_end": documents[1]}
    run = create_run_for_test(unfinished.instance, tags=tags, status=status)
    create_run_for_test(unfinished.instance, tags={"dagster/partition": documents[3]}, status=status)
    assert list(launched(unfinished)) == [documents[2]]
    unfinished.instance.report_run_failed(run)
    assert list(launched(unfinished)) == documents[:3]


def test_a_stage_older_than_what_it_reads_is_taken_up(unfinished: Pipeline) -> None:
    register(unfinished.instance, ["a" * 64, "b" * 64])
    for document in ("a" * 64, "b" * 64):
        unfinished.settle(document, *STAGES)
    assert unfinished.tick("unfinished_documents") == []
    unfinished.settle("b" * 64, "ocr_text")
    assert launched(unfinished) == {"b" * 64: stages_from("figure_captions")}


def test_a_wrong_setting_fails_the_run_and_gives_no_document_up(
    unfinished: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("not to blame"))
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(request, ["raw_pdfs"])
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", "no list")
    assert not unfinished.execute(request, ["page_images"])
    assert unfinished.states[document].status("page_images") == "missing"
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", "[]")
    assert launched(unfinished) == {document: stages_from("page_images")}


def test_documents_at_different_stages_are_launched_apart(unfinished: Pipeline) -> None:
    register(unfinished.instance, ["a" * 64, "b" * 64])
    unfinished.settle("a" * 64, *STAGES[:4])
    assert launched(unfinished) == {"a" * 64: stages_from(STAGES[4]), "b" * 64: STAGES}


def test_a_tick_launches_a_bounded_number_of_runs(unfinished: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.LAUNCHES_A_TICK", 2)
    register(unfinished.instance, [f"{number:064}" for number in range(4)])
    for number in (1, 3):
        unfinished.settle(f"{number:064}", "raw_pdfs")
    assert len(unfinished.tick("unfinished_documents")) == 2


def fail_in_vain(target: Pipeline, times: int) -> None:
    """Runs of this sensor that end without a word on any document."""
    for _ in range(times):
        tags = {"dagster/sensor_name": "unfinished_documents"}
        run = create_run_for_test(target.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
        target.instance.report_run_failed(run)


def test_runs_that_fail_for_no_documents_sake_are_repeated_with_growing_pauses(
    unfinished: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.FIRST_DELAY", 60.0)
    register(unfinished.instance, ["a" * 64])
    unfinished.settle("a" * 64, "raw_pdfs")
    fail_in_vain(unfinished, 3)
    assert unfinished.tick("unfinished_documents") == []
    ended = max(record.end_time or 0.0 for record in unfinished.instance.get_run_records())
    assert 0 < pause(unfinished.instance, ended + 239) <= 1.001
    assert pause(unfinished.instance, ended + 240) == 0


def test_a_run_that_reported_a_failed_document_is_no_reason_to_pause(unfinished: Pipeline, tmp_path: Path) -> None:
    arrive(unfinished, tmp_path / "in", b"no document at all")
    (request,) = unfinished.tick("unfinished_documents")
    tagged = dg.RunRequest(
        asset_selection=request.asset_selection,
        tags={**request.tags, "dagster/sensor_name": "unfinished_documents"},
    )
    assert not unfinished.execute(tagged)
    assert pause(unfinished.instance, 0.0) == 0


def test_a_run_whose_process_was_killed_is_continued(unfinished: Pipeline, tmp_path: Path) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("interrupted"))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        identity = f"{gethostname()}/{ended.pid}@{psutil.Process(ended.pid).create_time():.2f}"
    tags = {"dagster/partition": document, "ocr_assets/process": identity}
    run = create_run_for_test(unfinished.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    assert list(launched(unfinished)) == [document]
    buried = unfinished.instance.get_run_by_id(run.run_id)
    assert buried is not None
    assert buried.status == dg.DagsterRunStatus.FAILURE


def test_every_run_says_which_process_executes_it(unfinished: Pipeline, tmp_path: Path) -> None:
    arrive(unfinished, tmp_path / "in", pdf("from anywhere"))
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(request, ["raw_pdfs"])
    (run,) = unfinished.instance.get_runs()
    assert run.tags["ocr_assets/process"] == this_process()


def test_a_new_arrival_is_left_to_the_sensor_that_saw_it(
    unfinished: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.GRACE", 1e9)
    (document,) = arrive(unfinished, tmp_path / "in", pdf("just seen"))
    assert unfinished.tick("unfinished_documents") == []
    unfinished.settle(document, "raw_pdfs")
    assert launched(unfinished) == {document: stages_from("page_images")}


def test_a_document_whose_upstream_is_gone_from_the_lake_is_given_up_and_comes_back_with_it(
    unfinished: Pipeline, tmp_path: Path
) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("lost rows"))
    unfinished.settle(document, "raw_pdfs")  # so says Dagster; the lake has nothing
    for _ in range(3):
        (request,) = unfinished.tick("unfinished_documents")
        assert not unfinished.execute(request, ["page_images"])
    assert unfinished.tick("unfinished_documents") == []
    assert unfinished.execute(request_of(document), ["raw_pdfs"])
    assert launched(unfinished) == {document: stages_from("page_images")}


def request_of(document: str) -> dg.RunRequest:
    return run_request(Launch((document,), STAGES))
