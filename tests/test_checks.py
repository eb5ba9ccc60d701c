"""The standing checks: exact numbers, a few named, and runs of batches that do not pay for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ocr_assets.arrivals import register
from ocr_assets.checks import CHECKS, NAMED, Overview, evaluations
from ocr_assets.core.stages import STAGES
from ocr_assets.index_check import INDEX_CHECK
from ocr_assets.overdue import last_settled_before, overdue
from ocr_assets.schemas import DOCUMENTS, ENRICHMENT, FIGURE_CAPTIONS, OCR_TEXT, Table
from tests.pipeline import Pipeline, pipeline
from tests.sensors.test_unfinished_documents import arrive, fail

FAR_FUTURE = 4e9  # seconds since the epoch


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline(tmp_path / "home") as checked:
        yield checked


def outcomes(target: Pipeline) -> dict[str, dg.AssetCheckEvaluation]:
    seen = Overview.load(target.catalog, target.part("lake"), target.part("settings"))
    return {evaluation.check_name: evaluation for evaluation in evaluations(seen)}


def number(evaluation: dg.AssetCheckEvaluation, name: str) -> Any:
    return evaluation.metadata[name].value


def keep(target: Pipeline, table: Table, *rows: dict[str, Any]) -> None:
    """These rows in the table, empty but for what is given, and their documents registered."""
    lake, empty = target.part("lake"), dict.fromkeys(column.name for column in table.columns)
    documents = sorted({row["document"] for row in rows})
    lake.replace(table, documents, lake.frame(table, [{**empty, **row} for row in rows]))
    register(target.catalog, documents)


def test_a_pipeline_without_documents_passes() -> None:
    with pipeline(Path("unused")) as empty:
        assert all(evaluation.passed for evaluation in outcomes(empty).values())


def test_documents_given_up_are_counted_exactly_and_a_few_are_named(checked: Pipeline) -> None:
    documents = [f"{number:064}" for number in range(NAMED + 5)]
    register(checked.catalog, [*documents, "f" * 64])
    for document in documents:
        fail(checked, document, "raw_pdfs", "corrupt", permanent=True)
    found = outcomes(checked)["nothing_given_up"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert [number(found, name) for name in ("documents", "wrong")] == [NAMED + 6, NAMED + 5]
    assert str(number(found, "worst")).count("raw\\_pdfs: corrupt, 1 times") == NAMED
    told = f"{NAMED + 5} of {NAMED + 6} documents; {documents[0][:12]}: raw_pdfs: corrupt, 1 times: told by the test"
    assert found.description == told


def test_words_of_a_hostile_file_stay_words_in_the_table(checked: Pipeline) -> None:
    register(checked.catalog, ["a" * 64])
    hostile = "![](http://tracker.example) | <script>\n# a"
    fail(checked, "a" * 64, "raw_pdfs", "corrupt", permanent=True, detail=hostile)
    worst = str(number(outcomes(checked)["nothing_given_up"], "worst"))
    assert "\\!\\[\\]\\(http://tracker.example\\) \\| \\<script\\> \\# a" in worst


def test_confidence_failed_pages_and_pages_for_review_are_counted_over_the_whole_lake(checked: Pipeline) -> None:
    def document(letter: str, confidence: float, failed: list[int], words: int = 9) -> dict[str, Any]:
        read = {"words": words, "confidence": confidence, "pages": 4, "failed_pages": failed}
        return {"document": letter * 64, **read}

    keep(
        checked,
        DOCUMENTS,
        document("a", 0.9, []),
        document("b", 0.6, [1, 3]),
        document("c", 0.2, [2]),
        document("d", 0.0, [], words=0),
    )
    keep(
        checked,
        OCR_TEXT,
        {"document": "a" * 64, "page": 1, "review": ""},
        {"document": "b" * 64, "page": 1, "review": "confidence 0.5"},
        {"document": "b" * 64, "page": 2, "review": "words cover 0.3 of the ink"},
    )
    keep(
        checked,
        ENRICHMENT,
        {"document": "a" * 64, "chunk": -1, "field_faults": [], "broken_rules": ["1 + 1 = 2, but total is 3"]},
        {"document": "b" * 64, "chunk": -1, "field_faults": ["total is missing"], "broken_rules": []},
        {"document": "b" * 64, "chunk": 0},
    )
    found = outcomes(checked)
    assert {name: number(found[name], "wrong") for name in found if "nothing" not in name} == {
        "read_with_confidence": 2,
        "every_page_read": 2,
        "every_word_covered": 1,
        "fields_are_sound": 1,
        "rules_hold": 1,
    }
    assert number(found["rules_hold"], "documents") == 2
    assert "1 + 1 = 2, but total is 3" in str(number(found["rules_hold"], "worst"))
    assert {found[name].severity for name in found if "nothing" not in name} == {dg.AssetCheckSeverity.WARN}
    least, next_least = (line for line in str(number(found["read_with_confidence"], "worst")).splitlines()[2:])
    assert ("`cccc" in least, "`bbbb" in next_least) == (True, True)
    assert "2 of 4 pages failed" in str(number(found["every_page_read"], "worst")).splitlines()[2]
    assert "2 pages for review: confidence 0.5" in str(number(found["every_word_covered"], "worst"))


def test_rows_of_documents_that_are_not_registered_do_not_count(checked: Pipeline) -> None:
    keep(checked, DOCUMENTS, {"document": "a" * 64, "words": 1, "confidence": 0.1, "failed_pages": []})
    checked.instance.delete_dynamic_partition("documents", "a" * 64)
    assert number(outcomes(checked)["read_with_confidence"], "documents") == 0


def late(target: Pipeline, moment: float) -> list[str]:
    return overdue(target.catalog, target.part("lake"), target.states, moment)


def test_a_document_is_overdue_when_it_is_unfinished_and_nothing_was_done_for_it_since(
    checked: Pipeline, tmp_path: Path
) -> None:
    waiting, given_up, done = arrive(checked, tmp_path / "in", b"waiting", b"given up", b"done")
    fail(checked, given_up, "raw_pdfs", "corrupt", permanent=True)
    checked.settle(done, *STAGES)
    assert late(checked, 1.0) == []
    assert late(checked, FAR_FUTURE) == [waiting]
    checked.settle(waiting, "raw_pdfs")
    assert late(checked, FAR_FUTURE) == [waiting]


def test_a_document_that_went_on_lately_is_not_overdue(checked: Pipeline) -> None:
    """One of whose arrival nothing is known, so that only what was done for it counts."""
    register(checked.catalog, ["a" * 64, "b" * 64])
    checked.settle("a" * 64, "raw_pdfs")
    assert late(checked, 1.0) == ["b" * 64]
    assert late(checked, FAR_FUTURE) == ["a" * 64, "b" * 64]


def test_the_last_event_before_a_moment_is_found_among_those_of_all_stages(checked: Pipeline) -> None:
    documents = [f"{number:064}" for number in range(5)]
    register(checked.catalog, documents)
    for document, stage in zip(documents, ("ocr_text", "raw_pdfs", "vectors", "raw_pdfs", "chunks"), strict=True):
        checked.settle(document, stage)
    events = {
        record.timestamp: record.storage_id
        for stage in STAGES
        for record in checked.instance.fetch_materializations(dg.AssetKey(stage), limit=9).records
    }
    latest = max(events.values())
    for moment in [*events, 1.0, FAR_FUTURE]:
        expected = max((event for at, event in events.items() if at < moment), default=0)
        assert last_settled_before(checked.catalog, moment, latest) == expected


def run(target: Pipeline, *checks: str, **stages: list[str]) -> dg.ExecuteInProcessResult:
    """A run of these checks, as from the UI; with `stages`, together with stages of two documents."""
    keys = {check.key() for check in CHECKS if check.name in checks}
    job = target.defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection={dg.AssetKey(stage) for stage in stages.get("stages", [])}, asset_check_selection=keys
    )
    ends = dict.fromkeys(("dagster/asset_partition_range_start", "dagster/asset_partition_range_end"), "a" * 64)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    tags = ends if stages else {}
    return job.execute_in_process(instance=target.instance, tags=tags, run_config=quiet, raise_on_error=False)


def test_a_check_can_be_run_from_its_assets_page(checked: Pipeline) -> None:
    register(checked.catalog, ["a" * 64])
    fail(checked, "a" * 64, "raw_pdfs", "corrupt", permanent=True)
    result = run(checked, "nothing_given_up")
    assert result.success
    (found,) = result.get_asset_check_evaluations()
    assert (found.passed, number(found, "wrong")) == (False, 1)


def test_a_run_over_a_batch_repeats_what_a_check_said_last(
    checked: Pipeline,
) -> None:
    keep(checked, OCR_TEXT, {"document": "a" * 64, "page": 1, "blocks": [], "words": []})
    checked.part("lake").replace(FIGURE_CAPTIONS, ["a" * 64], checked.part("lake").frame(FIGURE_CAPTIONS, []))
    (check,) = (check for check in CHECKS if check.name == "read_with_confidence")
    said = dg.AssetCheckEvaluation(dg.AssetKey("documents"), check.name, True, metadata={"wrong": 7})
    checked.instance.report_runless_asset_event(said)
    result = run(checked, check.name, stages=["documents"])
    (found,) = result.get_asset_check_evaluations()
    assert (found.passed, number(found, "wrong")) == (True, 7)


def test_the_checks_are_on_the_tabs_of_their_assets() -> None:
    with pipeline(Path("unused")) as empty:
        keys = empty.defs.resolve_asset_graph().asset_check_keys
    assert keys == {check.key() for check in (*CHECKS, INDEX_CHECK)}
    assert {check.asset for check in CHECKS} == {"ocr_text", "documents", "enrichment", "vectors"}
