"""Maintenance: what it removes, what it must not, and who it works beside."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets.core.identity import document_id
from ocr_assets.errors import UsageError
from ocr_assets.maintenance import maintain, nightly_maintenance
from ocr_assets.run_tags import this_process
from ocr_assets.schemas import PAGE_IMAGES
from resources.exclusive import exclusive
from resources.lance_vectors import LanceVectors
from resources.upkeep import Upkeep
from resources.vector_store import Passage
from tests.pipeline import Pipeline, pdf, pipeline

DAY = timedelta(hours=24)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline with one document, rendered, and its arrival."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(pdf("a"))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as target:
        (request,) = target.tick("s3_arrivals")
        assert target.execute(request, ["raw_pdfs", "page_images"])
        yield target


def maintained(target: Pipeline, retention: timedelta = DAY, purge: bool = False) -> dict[str, Upkeep]:
    parts = [target.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    return {one.store: one for one in maintain(target.catalog, *parts, retention, purge=purge)}


def test_every_store_that_an_index_of_the_register_is_in_is_maintained(target: Pipeline, tmp_path: Path) -> None:
    parts = [target.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    other = LanceVectors(uri=str(tmp_path / "elsewhere"), model="m", dimension=2)
    document, vector = target.documents[0], np.eye(2, dtype=np.float32)[0]
    for _ in range(2):
        other.replace([Passage(document, 0, "words", (), 1, 1, vector)], [document])
    done = maintain(target.catalog, *parts, DAY, purge=True, other_stores=[other])
    (found,) = (one for one in done if one.store == "vectors/m-2")
    assert (found.after.rows, found.after.versions) == (1, 1)


def age(root: str, hours: float) -> None:
    """Make every file there older."""
    for path in Path(root).rglob("*"):
        if path.is_file():
            then = path.stat().st_mtime - hours * 3600
            os.utime(path, (then, then))


def blobs_of(target: Pipeline, document: str) -> set[str]:
    return {file.name for files in target.part("blobs").on_shelf(document[:2]).values() for file in files}


def test_an_image_that_no_page_has_any_more_goes_once_it_is_old_and_no_other_blob_does(target: Pipeline) -> None:
    (document,) = target.documents
    named = blobs_of(target, document)
    target.part("blobs").put(document, b"an earlier rendering")
    assert maintained(target)["blobs"].before == maintained(target)["blobs"].after
    age(target.part("blobs").root, 25)
    done = maintained(target)["blobs"]
    assert (done.before.files - done.after.files, done.before.bytes - done.after.bytes) == (1, 20)
    assert blobs_of(target, document) == named


def test_a_file_that_was_stored_and_never_arrived_goes_once_it_is_old(target: Pipeline) -> None:
    stranger = document_id(b"never noted")
    target.part("blobs").put(stranger, b"never noted")
    age(target.part("blobs").root, 25)
    maintained(target)
    assert not target.part("blobs").has(stranger, stranger)


def test_nothing_is_removed_of_a_document_that_is_in_flight_or_has_checkpoints(target: Pipeline) -> None:
    (document,) = target.documents
    extra = target.part("blobs").put(document, b"to be named soon")
    age(target.part("blobs").root, 25)
    run = create_run_for_test(target.instance, tags={"dagster/partition": document}, status=dg.DagsterRunStatus.STARTED)
    maintained(target)
    assert target.part("blobs").has(document, extra)
    target.instance.report_run_failed(run)
    target.part("checkpoints").save("pages", "page_images", document, 1, pl.DataFrame({"image": [extra]}))
    maintained(target)
    assert target.part("blobs").has(document, extra)


def test_no_blob_is_removed_where_the_lake_is_lost(target: Pipeline) -> None:
    (document,) = target.documents
    held = blobs_of(target, document)
    age(target.part("blobs").root, 25)
    Path(target.part("lake").root).rename(target.part("lake").root + "-elsewhere")
    target.instance.delete_dynamic_partition("documents", document)
    maintained(target)
    assert blobs_of(target, document) == held


def test_checkpoints_go_once_nothing_has_come_to_them_for_long(target: Pipeline) -> None:
    checkpoints, (in_flight,) = target.part("checkpoints"), target.documents
    left, fresh = "a" * 64, "b" * 64
    for document in (left, in_flight, fresh):
        checkpoints.save("pages", "ocr_text-1", document, 1, pl.DataFrame({"page": [1]}))
        if document != fresh:
            age(checkpoints.root, 25)
    create_run_for_test(target.instance, tags={"dagster/partition": in_flight}, status=dg.DagsterRunStatus.STARTED)
    done = maintained(target)["checkpoints"]
    assert (done.before.files, done.after.files) == (3, 2)
    assert checkpoints.documents() == {in_flight, fresh}


@pytest.mark.parametrize("what", ["vision", "upstage"])
def test_what_was_paid_for_outlives_the_retention_and_goes_by_document(target: Pipeline, what: str) -> None:
    checkpoints = target.part("checkpoints")
    for document, hours in (("a" * 64, 30 * 24), ("b" * 64, 26)):
        checkpoints.save(what, "ocr_text", document, 1, pl.DataFrame({"page": [1]}))
        age(checkpoints.root, hours)
    checkpoints.save(what, "ocr_text", "c" * 64, 1, pl.DataFrame({"page": [1]}))
    maintained(target)
    assert checkpoints.documents() == {"b" * 64, "c" * 64}


def test_earlier_versions_are_readable_for_the_retention_and_then_gone(target: Pipeline) -> None:
    lake = target.part("lake")
    (document,) = target.documents
    rows = lake.read(PAGE_IMAGES)
    open_before = lake.open("page_images")
    lake.replace(PAGE_IMAGES, [document], rows)
    maintained(target)
    assert pl.read_delta(open_before).height == rows.height
    done = maintained(target, purge=True)["lake/page_images"]
    assert (done.before.files, done.after.files, done.after.rows) == (2, 1, rows.height)
    assert lake.read(PAGE_IMAGES).equals(rows)


def test_a_file_that_its_writer_has_not_committed_yet_stays_even_when_purged(target: Pipeline) -> None:
    lake = target.part("lake")
    folder = Path(lake.uri("page_images"))
    (committed,) = folder.glob("*.parquet")
    uncommitted = folder / "part-00000-writing.parquet"
    uncommitted.write_bytes(committed.read_bytes())
    maintained(target, purge=True)
    assert uncommitted.exists()
    age(str(folder), 25)
    maintained(target)
    assert not uncommitted.exists()


def test_only_one_maintenance_works_at_a_time(target: Pipeline) -> None:
    with exclusive(target.part("lake").root, "maintenance", this_process()), pytest.raises(UsageError) as told:
        maintained(target)
    assert this_process() in str(told.value)
    assert maintained(target)


def test_the_asset_shows_every_store_before_and_after(target: Pipeline) -> None:
    result = target.defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=target.instance, asset_selection=[dg.AssetKey("maintenance")]
    )
    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    stores: Any = metadata["stores"].value
    assert {"lake/raw_pdfs", "checkpoints", "blobs"} <= {record.data["store"] for record in stores.records}
    assert metadata["files_before"].value == sum(record.data["files_before"] for record in stores.records)


def test_the_schedule_leaves_a_night_out_while_the_one_before_is_at_work() -> None:
    with dg.instance_for_test() as instance, dg.build_schedule_context(instance=instance) as context:

        def tick() -> Any:
            return nightly_maintenance().evaluate_tick(context)

        assert len(tick().run_requests) == 1
        tags = {"dagster/schedule_name": "nightly_maintenance"}
        run = create_run_for_test(instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
        assert tick().skip_message is not None
        instance.report_run_failed(run)
        assert len(tick().run_requests) == 1
