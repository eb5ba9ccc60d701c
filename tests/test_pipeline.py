"""Runs of the real definitions: what is settled, what fails and how, and what is left alone."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.storage.partition_status_cache import AssetPartitionStatus
from PIL import Image, ImageDraw

from ocr_assets import page_images
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import documents_partitions
from ocr_assets.schemas import OCR_TEXT, PAGE_IMAGES, STAGE_TABLES
from tests.page_trouble import refuse_to_render, render_in_trouble
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pdf, pipeline

DOCUMENTS = Path(__file__).parent / "documents"
RECEIPT = Path(__file__).parents[1] / "samples" / "RECEIPT-2024-TXN-98765_retail_purchase.pdf"
BAD = {"protected.pdf": "password_required", "pageless.pdf": "no_pages", "cut.pdf": "corrupt"}
"""Files whose beginnings are those of documents: others are refused on arrival and never become one."""


def arrive(target: Pipeline) -> dg.RunRequest:
    """The run that the files of the watched folder make the sensor ask for."""
    [request] = target.tick("s3_arrivals")
    return request


def metadata(target: Pipeline, stage: str, document: str) -> dict[str, Any]:
    """Of the latest materialization."""
    filters = dg.AssetRecordsFilter(dg.AssetKey(stage), asset_partitions=[document])
    [record] = target.instance.fetch_materializations(filters, limit=1).records
    assert record.asset_materialization is not None
    return {name: value.value for name, value in record.asset_materialization.metadata.items()}


def status(target: Pipeline, stage: str, document: str) -> AssetPartitionStatus | None:
    found = target.instance.get_status_by_partition(dg.AssetKey(stage), [document], documents_partitions)
    return (found or {}).get(document)


def tables(target: Pipeline) -> dict[str, pl.DataFrame]:
    lake = target.part("lake")
    return {table.name: lake.read(table).drop("seconds", strict=False) for table in STAGE_TABLES}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pipeline, Path, dict[str, pl.DataFrame]]]:
    """After a run over two good documents and three bad ones, beside one that was done before; its tables then."""
    home = tmp_path_factory.mktemp("batch")
    files = home / "in"
    files.mkdir()
    with pipeline(home / "home", sources=str(files)) as target:
        (files / "earlier.pdf").write_bytes(pdf("was here before"))
        assert target.execute(arrive(target))
        before = tables(target)
        write_pdf(files / "good.pdf", text("one"), text("two"))
        shutil.copy(DOCUMENTS / "phototest.tif", files / "scan.tif")
        shutil.copy(DOCUMENTS / "password.pdf", files / "protected.pdf")
        shutil.copy(DOCUMENTS / "c-empty.pdf", files / "pageless.pdf")
        (files / "cut.pdf").write_bytes(b"%PDF-1.7\n")
        assert not target.execute(arrive(target))
        yield target, files, before


def documents(files: Path, *names: str) -> list[str]:
    return [document_id((files / name).read_bytes()) for name in names]


def test_good_documents_of_a_batch_are_materialized_each_with_its_own_metadata(
    batch: tuple[Pipeline, Path, dict[str, pl.DataFrame]],
) -> None:
    target, files, _ = batch
    good, scan = documents(files, "good.pdf", "scan.tif")
    seen = {document: metadata(target, "raw_pdfs", document) for document in (good, scan)}
    assert (seen[good]["pages"], seen[good]["media_type"]) == (2, "application/pdf")
    assert (seen[scan]["pages"], seen[scan]["media_type"]) == (1, "image/tiff")
    assert {seen[document]["dagster/partition_row_count"] for document in seen} == {1}
    assert {status(target, "raw_pdfs", document) for document in seen} == {AssetPartitionStatus.MATERIALIZED}


def test_bad_documents_of_a_batch_are_failed_partitions_that_say_why(
    batch: tuple[Pipeline, Path, dict[str, pl.DataFrame]],
) -> None:
    target, files, _ = batch
    for name, reason in BAD.items():
        [document] = documents(files, name)
        assert status(target, "raw_pdfs", document) == AssetPartitionStatus.FAILED
        records = target.instance.fetch_observations(
            dg.AssetRecordsFilter(dg.AssetKey("raw_pdfs"), asset_partitions=[document]), limit=10
        ).records
        [observation] = [record.asset_observation for record in records]
        assert observation is not None
        told = {key: value.value for key, value in observation.metadata.items()}
        assert (told["reason"], told["permanent"], told["attempt"], told["given_up"]) == (reason, True, 1, True)
        assert told["detail"]


def test_the_run_says_how_many_failed_and_runs_no_later_stage(
    batch: tuple[Pipeline, Path, dict[str, pl.DataFrame]],
) -> None:
    target, files, _ = batch
    [run, *_] = target.instance.get_runs(limit=1)
    assert run.status == dg.DagsterRunStatus.FAILURE
    events = [record.dagster_event for record in target.instance.all_logs(run.run_id)]
    [failure] = [event.step_failure_data.user_failure_data for event in events if event and event.is_step_failure]
    assert failure is not None
    assert failure.metadata["failed"].value == 3
    assert failure.metadata["settled"].value == 2
    started = {event.step_key for event in events if event and event.event_type == dg.DagsterEventType.STEP_START}
    assert started == {"raw_pdfs"}
    for document in documents(files, "good.pdf", "scan.tif", *BAD):
        assert status(target, "page_images", document) == AssetPartitionStatus.FAILED  # planned, and never run


def test_the_rows_of_other_documents_are_untouched(batch: tuple[Pipeline, Path, dict[str, pl.DataFrame]]) -> None:
    target, files, before = batch
    earlier = documents(files, "earlier.pdf")
    for name, frame in tables(target).items():
        assert frame.filter(pl.col("document").is_in(earlier)).equals(before[name]), name


def test_running_a_range_twice_leaves_one_set_of_rows_and_vectors(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(pdf("a document"))
    shutil.copy(RECEIPT, tmp_path / "in" / "receipt.pdf")
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as target:
        request = arrive(target)
        assert target.execute(request)
        first, passages = tables(target), target.part("vector_store").count()
        assert target.execute(request)
        assert target.part("vector_store").count() == passages == first["chunks"].height
        for name, frame in tables(target).items():
            assert frame.height > 0
            assert frame.equals(first[name]), name


def test_a_page_that_cannot_be_opened_is_kept_as_failed_and_the_document_goes_on(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    document = damaged(tmp_path / "in" / "a.pdf", pages=12, missing=9)
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as target:
        assert target.execute(arrive(target))
        images = target.part("lake").read(PAGE_IMAGES, [document])
        read = target.part("lake").read(OCR_TEXT, [document])
        assert images.filter(pl.col("failure").is_not_null())["page"].to_list() == [9]
        assert read.filter(pl.col("failure").is_not_null())["page"].to_list() == [9]
        assert images["failure"][8].startswith("corrupt: ")
        assert read["failure"][8] == images["failure"][8]
        assert (read["text"][7], read["text"][8], read["text"][9]) == ("page 8", None, "page 10")
        assert metadata(target, "page_images", document)["failed_pages"] == [9]
        assert metadata(target, "documents", document)["failed_pages"] == [9]
        assert metadata(target, "ocr_text", document)["dagster/partition_row_count"] == 12
        assert target.states[document].next_stage is None


def test_more_failed_pages_than_the_budget_fail_the_document(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    document = damaged(tmp_path / "in" / "a.pdf", pages=12, missing=9)
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in"), failed_pages=0.05) as target:
        assert not target.execute(arrive(target))
        stage, failure = target.states[document].failure or pytest.fail("it did not fail")
        assert (stage, failure.reason, failure.permanent) == ("page_images", "corrupt", True)
        assert "1 of 12 pages failed" in failure.detail
        assert "page 9" in failure.detail
        assert target.part("lake").read(PAGE_IMAGES).is_empty()


def damaged(path: Path, pages: int, missing: int) -> str:
    """A PDF of which one page is not there."""
    write_pdf(path, *(text(f"page {page}") for page in range(1, pages + 1)))
    number = 4 + 2 * missing  # of the page's object
    path.write_bytes(path.read_bytes().replace(b"\n%d 0 obj\n" % number, b"\n999 0 obj\n"))
    return document_id(path.read_bytes())


def test_a_page_that_hangs_eats_memory_or_crashes_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_images, "render_page", render_in_trouble)
    (tmp_path / "in").mkdir()
    write_pdf(tmp_path / "in" / "a.pdf", *(text(f"page {page}") for page in range(1, 9)))
    limits = {"page_seconds": 6.0, "page_memory_mb": 512, "failed_pages": 0.5}
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in"), **limits) as target:
        assert target.execute(arrive(target), STAGES[:2])
        images = target.part("lake").read(PAGE_IMAGES)
        failures = {
            page: failure.split(":")[0] for page, failure in images.select("page", "failure").iter_rows() if failure
        }
        assert failures == {2: "page_timeout", 3: "page_memory", 4: "page_crash", 5: "internal_error"}
        assert images.filter(pl.col("failure").is_null())["page"].to_list() == [1, 6, 7, 8]
        assert images["image"].is_not_null().sum() == 4


def test_the_other_pages_of_a_document_that_is_over_its_budget_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_images, "render_page", refuse_to_render)
    (tmp_path / "in").mkdir()
    write_pdf(tmp_path / "in" / "a.pdf", *[b""] * 60)
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in"), failed_pages=0.05) as target:
        assert not target.execute(arrive(target), STAGES[:2])
        [state] = target.states.values()
        _, failure = state.failure or pytest.fail("it did not fail")
        assert "4 of 60 pages failed" in failure.detail
        [document] = target.documents
        with target.part("blobs").local_file(document) as path:
            asked = len(list(Path(path).parent.glob(f"{document}.*")))
        assert 4 <= asked < 20


def test_an_inked_page_without_text_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "signs.png").write_bytes(signs())
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as target:
        assert not target.execute(arrive(target))
        [state] = target.states.values()
        stage, failure = state.failure or pytest.fail("it did not fail")
        assert (stage, failure.reason, failure.permanent) == ("ocr_text", "unread_ink", True)
        assert target.part("lake").read(OCR_TEXT).is_empty()


def signs() -> bytes:
    """A page of rows of signs that no reader knows."""
    image = Image.new("L", (1200, 1600), 255)
    draw = ImageDraw.Draw(image)
    for y in range(200, 1300, 60):
        for x in range(150, 1050, 30):
            draw.rectangle((x, y, x + 18, y + 26), fill=0)
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()
