"""Files that vanish from a real bucket: off by default, noted with care, and forgotten after a while."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster._core.utils import make_new_run_id

from ocr_assets.arrivals import forgotten_documents
from ocr_assets.core.identity import document_id
from ocr_assets.definitions import build_defs
from ocr_assets.schemas import ARRIVALS
from ocr_assets.settings import Settings
from resources.sources import Sources
from tests.conftest import Bucket
from tests.pipeline import Pipeline, pdf, pipeline
from tests.services.faulty_proxy import FaultyProxy

Open = Callable[..., AbstractContextManager[Pipeline]]


@pytest.fixture
def opened(bucket: Bucket, tmp_path: Path) -> Open:
    """A pipeline that watches the bucket with these settings, in which "a" and "b" have arrived."""

    def opened(**settings: Any) -> AbstractContextManager[Pipeline]:
        for name in "ab":
            bucket.put(f"in/{name}.pdf", pdf(name))
        return pipeline(tmp_path / "home", sources=bucket.uri("in/"), **settings)

    return opened


@pytest.fixture
def forgetting(opened: Open) -> Iterator[Pipeline]:
    with opened(forget_deleted=True, forget_grace_hours=0) as watching:
        watching.tick("s3_arrivals")
        yield watching


def drop(bucket: Bucket, name: str) -> None:
    bucket.client.delete_object(Bucket=bucket.name, Key=f"in/{name}.pdf")


def states(watching: Pipeline) -> list[str]:
    return sorted(watching.part("lake").read(ARRIVALS)["state"])


def test_by_default_a_deleted_file_changes_nothing(opened: Open, bucket: Bucket) -> None:
    with opened(forget_grace_hours=0) as watching:
        watching.tick("s3_arrivals")
        drop(bucket, "a")
        for _ in range(2):
            watching.tick("s3_arrivals")
        assert len(watching.documents) == 2
        assert states(watching) == ["here", "here"]


def test_a_deleted_file_is_forgotten_if_asked_for(forgetting: Pipeline, bucket: Bucket) -> None:
    drop(bucket, "a")
    said = forgetting.evaluate("s3_arrivals").skip_message
    assert said == "1 file listed: 1 vanished, 1 forgotten"
    assert forgetting.documents == [document_id(pdf("b"))]
    lake = forgetting.part("lake")
    assert forgotten_documents(lake) == {document_id(pdf("a"))}
    assert lake.documents(ARRIVALS) == {document_id(pdf("b"))}
    bucket.put("in/a.pdf", pdf("a"))
    assert "1 forgotten before" in (forgetting.evaluate("s3_arrivals").skip_message or "")
    assert forgetting.documents == [document_id(pdf("b"))]


def test_a_time_of_grace_goes_by_before_it_and_a_file_that_comes_back_is_kept(opened: Open, bucket: Bucket) -> None:
    with opened(forget_deleted=True) as watching:
        watching.tick("s3_arrivals")
        drop(bucket, "a")
        for _ in range(2):
            watching.tick("s3_arrivals")
        assert states(watching) == ["gone", "here", "here"]
        assert len(watching.documents) == 2
        bucket.put("in/a.pdf", pdf("a"))
        assert watching.tick("s3_arrivals") == []
        assert states(watching) == ["gone", "here", "here", "here"]


def test_a_document_that_lies_elsewhere_too_is_kept(forgetting: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/copy.pdf", pdf("a"))
    drop(bucket, "a")  # moved, as it looks to one tick
    for _ in range(2):
        forgetting.tick("s3_arrivals")
    assert len(forgetting.documents) == 2


def test_too_many_at_once_are_taken_for_a_fault_of_the_source(opened: Open, bucket: Bucket) -> None:
    with opened(forget_deleted=True, forget_grace_hours=0, forget_at_most=1) as watching:
        watching.tick("s3_arrivals")
        for name in "ab":
            drop(bucket, name)
        said = watching.evaluate("s3_arrivals").skip_message or ""
        assert "2 files vanished" in said
        assert "OCR_ASSETS_FORGET_AT_MOST=1" in said
        assert len(watching.documents) == 2
        assert states(watching) == ["here", "here"]


def test_a_document_that_a_run_works_on_is_not_forgotten(forgetting: Pipeline, bucket: Bucket) -> None:
    document = document_id(pdf("a"))
    tags = {ASSET_PARTITION_RANGE_START_TAG: document, ASSET_PARTITION_RANGE_END_TAG: document}
    run = forgetting.instance.add_run(
        dg.DagsterRun(job_name="run", run_id=make_new_run_id(), tags=tags, status=dg.DagsterRunStatus.STARTED)
    )
    drop(bucket, "a")
    forgetting.tick("s3_arrivals")
    assert document in forgetting.documents
    forgetting.instance.report_run_failed(run)
    forgetting.tick("s3_arrivals")
    assert document not in forgetting.documents


def test_a_source_that_does_not_say_clearly_that_a_file_is_missing_is_not_believed(
    bucket: Bucket, proxy: FaultyProxy, tmp_path: Path
) -> None:
    bucket.put("in/a.pdf", pdf("a"))
    settings = Settings(
        home=str(tmp_path), sources=bucket.uri("in/"), forget_deleted=True, forget_grace_hours=0, _env_file=None
    )
    with dg.DagsterInstance.ephemeral() as instance:
        watching = Pipeline(build_defs(settings, sources=Sources(endpoint_url=proxy.url)), instance)
        watching.tick("s3_arrivals")
        drop(bucket, "a")
        proxy.refuses = lambda method, _path: method == "HEAD"
        watching.tick("s3_arrivals")
        assert (states(watching), len(watching.documents)) == (["here"], 1)
        proxy.refuses = lambda _method, path: "list-type" in path
        with pytest.raises(Exception, match="cannot be listed"):
            watching.tick("s3_arrivals")
        assert (states(watching), len(watching.documents)) == (["here"], 1)


@pytest.mark.parametrize("asked", [False, True])
def test_a_superseded_document_stays_unless_it_is_asked_to_go(opened: Open, bucket: Bucket, asked: bool) -> None:
    with opened(forget_superseded=asked, forget_grace_hours=0) as watching:
        watching.tick("s3_arrivals")
        bucket.put("in/a.pdf", pdf("another"))
        watching.tick("s3_arrivals")
        assert (document_id(pdf("a")) in watching.documents) == (not asked)
        assert {document_id(pdf("another")), document_id(pdf("b"))} <= set(watching.documents)


def test_a_folder_that_is_emptied_is_like_a_bucket(tmp_path: Path) -> None:
    folder = tmp_path / "in ü"
    folder.mkdir()
    (folder / "a b.pdf").write_bytes(pdf("a"))
    settings = {"sources": str(folder), "forget_deleted": True, "forget_grace_hours": 0}
    with pipeline(tmp_path / "home", **settings) as watching:
        watching.tick("s3_arrivals")
        (folder / "a b.pdf").unlink()
        watching.tick("s3_arrivals")
        assert watching.documents == []


def test_files_vanish_from_a_source_too_large_to_be_listed_in_one_tick(
    forgetting: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.LIST_SECONDS", -1)  # one file a tick
    for name in "cd":
        bucket.put(f"in/{name}.pdf", pdf(name))
    cursor = None
    for _ in range(5):
        cursor = forgetting.evaluate("s3_arrivals", cursor).cursor
    drop(bucket, "b")
    for _ in range(5):
        cursor = forgetting.evaluate("s3_arrivals", cursor).cursor
    assert set(forgetting.documents) == {document_id(pdf(name)) for name in "acd"}
