"""Continuation on a real instance: what is launched after a batch in which some documents failed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname
from typing import Any

import dagster as dg
import psutil
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.core.continuation import Launch
from ocr_assets.core.identity import document_id
from ocr_assets.core.retrying import tally
from ocr_assets.core.stages import STAGES, stages_from
from ocr_assets.definitions import build_defs
from ocr_assets.errors import PermanentFault, TransientFault
from ocr_assets.failures import observation
from ocr_assets.run_tags import this_process
from ocr_assets.settings import Settings
from resources.sources import Sources
from sensors.unfinished_documents import pause, run_request
from tests.pipeline import Pipeline, pdf, pipeline


@pytest.fixture
def unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline in which a failed document is due again at once."""
    monkeypatch.setattr("sensors.unfinished_documents.GRACE", 0.0)
    with pipeline(tmp_path / "home", retry_seconds=0) as unfinished:
        yield unfinished


def with_settings(target: Pipeline, home: Path, **settings: Any) -> Pipeline:
    """The same pipeline with other settings, on the same instance and lake."""
    values = {"workers": 1, "retry_seconds": 0, **settings}
    return Pipeline(build_defs(Settings(home=str(home), _env_file=None, **values)), target.instance)


def arrive(target: Pipeline, folder: Path, *contents: bytes) -> list[str]:
    """Files with these contents, noted and registered; their documents, in the same order."""
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number}.pdf").write_bytes(content)
    documents = [document_id(content) for content in contents]
    files = Sources().list(str(folder))
    note_arrivals(target.part("lake"), [Arrival(*pair) for pair in zip(documents, files, strict=True)])
    register(target.catalog, documents)
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


def fail(
    target: Pipeline, document: str, stage: str, reason: str, permanent: bool = False, detail: str = "told by the test"
) -> None:
    """Report a failure as a stage does that has met it for the first time."""
    counted = tally(reason, permanent, None, False, 3)
    fault = (PermanentFault if permanent else TransientFault)(reason, detail)
    target.instance.report_runless_asset_event(observation(dg.AssetKey(stage), document, fault, counted, ""))


def lost_rows(target: Pipeline) -> str:
    """A document that fails for ever, though not by its bytes: Dagster calls a stage done, and the lake has nothing."""
    register(target.catalog, ["a" * 64])
    target.settle("a" * 64, "raw_pdfs")
    return "a" * 64


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_document_that_fails_for_ever_is_run_a_bounded_number_of_times(
    unfinished: Pipeline, tmp_path: Path, attempts: int
) -> None:
    document = lost_rows(unfinished)
    limited = with_settings(unfinished, tmp_path / "home", attempts=attempts)
    for attempt in range(1, attempts + 1):
        (request,) = limited.tick("unfinished_documents")
        assert not limited.execute(request, ["page_images"])
        failed = limited.states[document].failures["page_images"]
        assert (failed.reason, failed.attempt, failed.own) == ("upstream_missing", attempt, attempt)
    assert limited.tick("unfinished_documents") == []
    assert limited.states[document].status("page_images") == "given_up"


def test_a_document_goes_through_when_its_source_is_back_however_long_that_took(
    unfinished: Pipeline, tmp_path: Path
) -> None:
    (document,) = arrive(unfinished, tmp_path / "in", pdf("away for a while"))
    (tmp_path / "in").rename(tmp_path / "away")
    for attempt in range(1, 6):
        (request,) = unfinished.tick("unfinished_documents")
        assert not unfinished.execute(request, ["raw_pdfs"])
        failed = unfinished.states[document].failures["raw_pdfs"]
        assert (failed.attempt, failed.own, failed.given_up) == (attempt, 0, False)
    (tmp_path / "away").rename(tmp_path / "in")
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(request, ["raw_pdfs"])
    assert launched(unfinished) == {document: stages_from("page_images")}


def test_while_a_service_is_away_one_batch_at_a_time_asks_for_it(
    unfinished: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.BATCH_SIZE", 2)
    documents = sorted(arrive(unfinished, tmp_path / "in", *(pdf(f"page {number}") for number in range(6))))
    (tmp_path / "in").rename(tmp_path / "away")
    first, *others = unfinished.tick("unfinished_documents")
    assert len(others) == 2
    assert not unfinished.execute(first, ["raw_pdfs"])
    tried = list[str]()
    for _ in range(3):
        (probe,) = unfinished.tick("unfinished_documents")
        assert not unfinished.execute(probe, ["raw_pdfs"])
        tried += unfinished.range(probe)
    assert tried == [*documents[2:], *documents[:2]]  # those that have waited longest
    (tmp_path / "away").rename(tmp_path / "in")
    (probe,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(probe, ["raw_pdfs"])
    assert set(launched(unfinished)) == set(documents)


def test_while_a_service_is_away_runs_end_before_its_stage(unfinished: Pipeline) -> None:
    register(unfinished.catalog, ["a" * 64, "b" * 64])
    unfinished.settle("a" * 64, *STAGES[:7])
    unfinished.settle("b" * 64, *STAGES[:5])
    fail(unfinished, "a" * 64, "embeddings", "service_unavailable")
    patient = with_settings(unfinished, Path("unused"), retry_seconds=1e6)
    assert launched(patient) == {"b" * 64: ("chunks", "enrichment")}


def test_a_service_is_not_asked_while_another_run_is_about_to_tell(unfinished: Pipeline) -> None:
    register(unfinished.catalog, ["a" * 64, "b" * 64])
    fail(unfinished, "a" * 64, "raw_pdfs", "source_missing")
    tags = {"dagster/partition": "b" * 64}
    run = create_run_for_test(unfinished.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    assert launched(unfinished) == {}
    unfinished.instance.report_run_failed(run)
    assert set(launched(unfinished)) == {"a" * 64, "b" * 64}


def test_one_file_that_is_gone_keeps_no_other_waiting(unfinished: Pipeline, tmp_path: Path) -> None:
    gone, there = arrive(unfinished, tmp_path / "in", pdf("gone"), pdf("there"))
    (tmp_path / "in" / "0.pdf").unlink()
    (request,) = unfinished.tick("unfinished_documents")
    assert not unfinished.execute(request, ["raw_pdfs"])
    assert set(launched(unfinished)) == {gone, there}
    assert unfinished.states[gone].failures["raw_pdfs"].alone == 1


def test_a_failure_waits_until_it_is_due(unfinished: Pipeline, tmp_path: Path) -> None:
    document = lost_rows(unfinished)
    patient = with_settings(unfinished, tmp_path / "home", retry_seconds=1e6)
    (request,) = patient.tick("unfinished_documents")
    assert not patient.execute(request, ["page_images"])
    assert patient.tick("unfinished_documents") == []
    assert list(launched(unfinished)) == [document]


def test_somebody_elses_observation_does_not_hide_a_failure(unfinished: Pipeline) -> None:
    register(unfinished.catalog, ["a" * 64])
    fail(unfinished, "a" * 64, "raw_pdfs", "page_timeout")
    seen = dg.AssetObservation("raw_pdfs", partition="a" * 64, metadata={"looked at": "by hand"})
    unfinished.instance.report_runless_asset_event(seen)
    assert unfinished.states["a" * 64].failures["raw_pdfs"].attempt == 1


def kill_run(target: Pipeline, documents: list[str], stage: str) -> None:
    """A run over this range whose process ends in that stage, as the code server reports it."""
    tags = {
        "dagster/asset_partition_range_start": documents[0],
        "dagster/asset_partition_range_end": documents[-1],
        "ocr_assets/stage": stage,
    }
    run = create_run_for_test(target.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    target.instance.report_run_failed(run)


def test_a_document_that_kills_its_run_is_found_by_halving_and_given_up(unfinished: Pipeline) -> None:
    documents = [f"{number:064}" for number in range(8)]
    killer = documents[5]
    register(unfinished.catalog, documents)
    runs = 0
    while requests := unfinished.tick("unfinished_documents"):
        for batch in map(unfinished.range, requests):
            runs += 1
            if killer in batch:
                kill_run(unfinished, batch, "raw_pdfs")
            else:
                for document in batch:
                    unfinished.settle(document, *STAGES)
    states = unfinished.states
    assert states[killer].failure is not None
    assert (states[killer].failure[1].reason, states[killer].status("raw_pdfs")) == ("run_killed", "given_up")
    assert [d for d in documents if states[d].next_stage is None] == documents
    assert runs == 1 + 2 + 2 + 4  # 8; 4 and 4; 2 and 2; 1, and 1 three times


def test_a_step_that_fails_before_it_can_report_is_nobodys_killing(unfinished: Pipeline) -> None:
    register(unfinished.catalog, ["a" * 64])
    tags = {"dagster/partition": "a" * 64, "ocr_assets/stage": "raw_pdfs", "dagster/failure_reason": "STEP_FAILURE"}
    for _ in range(5):
        run = create_run_for_test(unfinished.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
        unfinished.instance.report_run_failed(run)
    assert list(launched(unfinished)) == ["a" * 64]


def test_what_other_settings_made_is_run_anew_only_if_the_operator_says_so(
    unfinished: Pipeline, tmp_path: Path
) -> None:
    good, bad = arrive(unfinished, tmp_path / "in", pdf("at 200 dpi"), b"no document")
    (request,) = unfinished.tick("unfinished_documents")
    assert not unfinished.execute(request, ["raw_pdfs"])
    (request,) = unfinished.tick("unfinished_documents")
    assert unfinished.execute(request, ["page_images"])
    unfinished.settle(good, *STAGES[2:])
    assert launched(unfinished) == {}
    changed = with_settings(unfinished, tmp_path / "home", dpi=100)
    assert launched(changed) == {}
    upgraded = with_settings(unfinished, tmp_path / "home", dpi=100, upgrade=True)
    assert launched(upgraded) == {good: stages_from("page_images")}
    (request,) = upgraded.tick("unfinished_documents")
    assert upgraded.execute(request, ["page_images"])
    assert launched(upgraded) == {good: stages_from("ocr_text")}
    unfinished.settle(good, *STAGES[2:])
    assert launched(upgraded) == {}
    larger = with_settings(unfinished, tmp_path / "home", dpi=100, max_pages=9, upgrade=True)
    assert launched(larger) == {good: STAGES, bad: STAGES}  # what failed by other settings may go well now


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
    register(unfinished.catalog, ["a" * 64, "b" * 64])
    for document in ("a" * 64, "b" * 64):
        unfinished.settle(document, *STAGES)
    assert unfinished.tick("unfinished_documents") == []
    unfinished.settle("b" * 64, "ocr_text")
    assert launched(unfinished) == {"b" * 64: stages_from("figure_captions")}


def test_a_pipeline_at_rest_is_not_looked_at_until_something_happens(
    unfinished: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(unfinished.catalog, ["a" * 64])
    assert unfinished.evaluate("unfinished_documents").cursor is None  # something was launched
    unfinished.settle("a" * 64, *STAGES)
    cursor = unfinished.evaluate("unfinished_documents").cursor
    assert cursor

    def looked_at(*_: object) -> None:
        raise AssertionError("looked at all documents")

    with monkeypatch.context() as patch:
        patch.setattr("sensors.unfinished_documents.load_states", looked_at)
        assert unfinished.evaluate("unfinished_documents", cursor).cursor == cursor
    unfinished.settle("a" * 64, "ocr_text")
    assert len(unfinished.evaluate("unfinished_documents", cursor).run_requests) == 1
    unfinished.settle("a" * 64, *STAGES)
    register(unfinished.catalog, ["b" * 64])
    assert len(unfinished.evaluate("unfinished_documents", cursor).run_requests) == 1
    unfinished.settle("b" * 64, *STAGES)
    upgraded = with_settings(unfinished, Path("unused"), upgrade=True)
    assert upgraded.evaluate("unfinished_documents", cursor).cursor not in (None, cursor)


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
    register(unfinished.catalog, ["a" * 64, "b" * 64])
    unfinished.settle("a" * 64, *STAGES[:4])
    assert launched(unfinished) == {"a" * 64: stages_from(STAGES[4]), "b" * 64: STAGES}


def test_a_tick_launches_a_bounded_number_of_runs(unfinished: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.LAUNCHES_A_TICK", 2)
    register(unfinished.catalog, [f"{number:064}" for number in range(4)])
    for number in (1, 3):
        unfinished.settle(f"{number:064}", "raw_pdfs")
    assert len(unfinished.tick("unfinished_documents")) == 2


def test_no_more_runs_are_launched_than_may_wait(unfinished: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.unfinished_documents.LAUNCHES_A_TICK", 2)
    register(unfinished.catalog, ["a" * 64])
    tags = {"dagster/sensor_name": "unfinished_documents"}
    runs = [create_run_for_test(unfinished.instance, tags=tags, status=dg.DagsterRunStatus.STARTED) for _ in range(2)]
    assert launched(unfinished) == {}
    unfinished.instance.report_run_canceled(runs[0])
    assert list(launched(unfinished)) == ["a" * 64]


def fail_in_vain(target: Pipeline, times: int) -> None:
    """Runs of this sensor that end without a word on any document."""
    for _ in range(times):
        tags = {"dagster/sensor_name": "unfinished_documents"}
        run = create_run_for_test(target.instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
        target.instance.report_run_failed(run)


def test_runs_that_fail_for_no_documents_sake_are_repeated_with_growing_pauses(unfinished: Pipeline) -> None:
    register(unfinished.catalog, ["a" * 64])
    unfinished.settle("a" * 64, "raw_pdfs")
    fail_in_vain(unfinished, 3)
    assert with_settings(unfinished, Path("unused"), retry_seconds=60).tick("unfinished_documents") == []
    ended = max(record.end_time or 0.0 for record in unfinished.instance.get_run_records())
    assert 0 < pause(unfinished.catalog, ended + 239) <= 1.001
    assert pause(unfinished.catalog, ended + 240) == 0


def test_a_run_that_reported_a_failed_document_is_no_reason_to_pause(unfinished: Pipeline, tmp_path: Path) -> None:
    arrive(unfinished, tmp_path / "in", b"no document at all")
    (request,) = unfinished.tick("unfinished_documents")
    tagged = dg.RunRequest(
        asset_selection=request.asset_selection,
        tags={**request.tags, "dagster/sensor_name": "unfinished_documents"},
    )
    assert not unfinished.execute(tagged)
    assert pause(unfinished.catalog, 0.0) == 0


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
    assert unfinished.execute(request_of(unfinished, document), ["raw_pdfs"])
    assert launched(unfinished) == {document: stages_from("page_images")}


def request_of(target: Pipeline, document: str) -> dg.RunRequest:
    return run_request(target.catalog, Launch((document,), STAGES))
