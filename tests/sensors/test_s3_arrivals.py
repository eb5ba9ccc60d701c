"""Arrivals from a real S3 server and from folders: what a tick registers, requests, refuses, leaves and says."""

from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData

from ocr_assets.arrivals import places
from ocr_assets.catalog import Catalog
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import TransientFault, UsageError
from ocr_assets.forgetting import forget
from ocr_assets.holdings import Holdings
from ocr_assets.rebuilding import rebuild
from ocr_assets.schemas import ARRIVALS, RAW_PDFS
from resources.quarantine import Quarantine
from resources.vision.ledger import Question, Usage
from sensors.arrival_looks import refusal
from tests.conftest import Bucket
from tests.pipeline import Pipeline, pdf, pipeline
from tests.services.faulty_proxy import FaultyProxy
from tests.services.s3_server import running, server_ports


def test_new_files_are_registered_in_hash_order_and_requested_as_one_range(watching: Pipeline, bucket: Bucket) -> None:
    contents = [pdf(f"document {number}") for number in range(3)]
    for number, content in enumerate(contents):  # within the same second
        bucket.put(f"in/{number}.pdf", content)
    (request,) = watching.tick("s3_arrivals")
    assert watching.documents == sorted(map(document_id, contents))
    assert watching.range(request) == watching.documents
    assert [key.to_user_string() for key in request.asset_selection or ()] == list(STAGES)
    assert watching.tick("s3_arrivals") == []


def test_the_requested_run_fetches_the_bytes_from_the_bucket(watching: Pipeline, bucket: Bucket) -> None:
    content = pdf("a document in a bucket")
    bucket.put("in/a b+ü.pdf", content)
    (request,) = watching.tick("s3_arrivals")
    assert watching.execute(request, ["raw_pdfs"])
    (row,) = watching.part("lake").read(RAW_PDFS).iter_rows(named=True)
    assert (row["document"], row["sources"]) == (document_id(content), [bucket.uri("in/a b+ü.pdf")])
    assert watching.part("blobs").get(row["document"], row["document"]) == content


def test_the_same_bytes_under_two_names_are_one_document_with_two_sources(watching: Pipeline, bucket: Bucket) -> None:
    for name in ("in/a.pdf", "in/copy.pdf"):
        bucket.put(name, pdf("twice"))
    watching.tick("s3_arrivals")
    (document,) = watching.documents
    assert places(watching.part("lake"), [document]) == {document: [bucket.uri("in/a.pdf"), bucket.uri("in/copy.pdf")]}


def test_a_copy_that_comes_later_adds_a_source_and_no_run(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("twice"))
    watching.tick("s3_arrivals")
    bucket.put("in/copy.pdf", pdf("twice"))
    assert watching.tick("s3_arrivals") == []
    assert len(places(watching.part("lake"), watching.documents)[watching.documents[0]]) == 2


def test_a_rewritten_file_is_another_document(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("first"))
    watching.tick("s3_arrivals")
    bucket.put("in/a.pdf", pdf("second"))
    (request,) = watching.tick("s3_arrivals")
    assert watching.range(request) == [document_id(pdf("second"))]


def test_a_forgotten_document_does_not_come_back(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("to forget"))
    watching.tick("s3_arrivals")
    parts = [watching.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    forget(watching.catalog, *parts, watching.documents)
    bucket.put("in/again.pdf", pdf("to forget"))
    assert watching.tick("s3_arrivals") == []
    assert watching.documents == []


def test_what_is_over_the_limit_of_a_tick_comes_with_the_next(
    watching: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 2)
    for number in range(3):
        bucket.put(f"in/{number}.pdf", pdf(f"document {number}"))
    watching.tick("s3_arrivals")
    assert len(watching.documents) == 2
    (request,) = watching.tick("s3_arrivals")
    assert len(watching.range(request)) == 1
    assert len(watching.documents) == 3


def test_a_run_is_asked_for_at_most_64_documents(watching: Pipeline, bucket: Bucket) -> None:
    for number in range(70):
        bucket.put(f"in/{number}.pdf", b"%%PDF-1.7 %d" % number)
    assert [len(watching.range(request)) for request in watching.tick("s3_arrivals")] == [64, 6]


def test_a_listing_that_fails_fails_the_tick_and_loses_nothing(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf("kept"))
    watching.tick("s3_arrivals")
    bucket.client.delete_object(Bucket=bucket.name, Key="in/a.pdf")
    bucket.client.delete_bucket(Bucket=bucket.name)
    with pytest.raises(UsageError, match="cannot be listed"):
        watching.tick("s3_arrivals")
    assert watching.documents == [document_id(pdf("kept"))]


def test_a_folder_is_watched_by_the_same_sensor(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ü b.pdf").write_bytes(pdf("in a folder"))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as watching:
        (request,) = watching.tick("s3_arrivals")
        assert watching.range(request) == [document_id(pdf("in a folder"))]
        assert watching.tick("s3_arrivals") == []


def test_without_sources_nothing_is_asked_for(tmp_path: Path) -> None:
    with pipeline(tmp_path) as watching:
        assert watching.tick("s3_arrivals") == []


@pytest.mark.parametrize("boundary", ["Looker.look", "register", "note_arrivals", "observe", "remember"])
def test_a_tick_that_is_killed_anywhere_loses_and_doubles_nothing(
    watching: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, boundary: str
) -> None:
    bucket.put("in/a.pdf", pdf("first"))
    watching.tick("s3_arrivals")
    bucket.put("in/a.pdf", pdf("second"))
    bucket.put("in/b.pdf", pdf("new"))
    bucket.put("in/c.pdf", b"a text")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"sensors.s3_arrivals.{boundary}", killed)
        with pytest.raises(KeyboardInterrupt):
            watching.tick("s3_arrivals")
    for _ in range(2):
        watching.tick("s3_arrivals")
    first, second, new = (document_id(pdf(words)) for words in ("first", "second", "new"))
    assert sorted(watching.documents) == sorted([first, second, new])
    assert rows(watching, "source", "document", "state", "supersedes") == sorted(
        [
            (bucket.uri("in/a.pdf"), first, "here", None),
            (bucket.uri("in/a.pdf"), second, "here", first),
            (bucket.uri("in/b.pdf"), new, "here", None),
            (bucket.uri("in/c.pdf"), "", "refused", None),
        ]
    )


def test_a_server_that_goes_and_comes_back_costs_ticks_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = server_ports()
    (tmp_path / "s3").mkdir()
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 2)
    with ExitStack() as down:
        server = down.enter_context(running(tmp_path / "s3", ports))
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        bucket = Bucket("bucket", server.client())
        bucket.client.create_bucket(Bucket=bucket.name)
        for number in range(3):
            bucket.put(f"in/{number}.pdf", pdf(f"document {number}"))
        with pipeline(tmp_path / "home", sources=bucket.uri("in/")) as watching:
            cursor = said(watching).cursor
            assert len(watching.documents) == 2
            down.close()
            with pytest.raises(TransientFault, match="cannot be listed now"):
                said(watching, cursor)
            assert len(watching.documents) == 2
            with running(tmp_path / "s3", ports):
                said(watching, cursor)
                assert len(watching.documents) == 3


def said(watching: Pipeline, cursor: str | None = None) -> SensorExecutionData:
    return watching.evaluate("s3_arrivals", cursor)


def rows(watching: Pipeline, *columns: str) -> list[tuple[object, ...]]:
    return sorted(watching.part("lake").read(ARRIVALS, columns=list(columns)).iter_rows())


def test_a_tick_says_what_it_saw(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/old.pdf", pdf("first"))
    watching.tick("s3_arrivals")
    bucket.put("in/old.pdf", pdf("second"))
    watching.tick("s3_arrivals")
    assert said(watching).skip_message == "1 file listed: nothing new"
    bucket.put("in/old.pdf", pdf("first"))
    bucket.put("in/copy.pdf", pdf("first"))
    bucket.put("in/notes.docx", b"PK\x03\x04")
    bucket.put("in/empty.pdf", b"")
    bucket.put("in/folder/", b"")
    told = "4 files listed: 2 duplicate, 1 superseded, 2 refused (empty_file 1, not_a_document 1)"
    assert said(watching).skip_message == told
    assert said(watching).skip_message == "4 files listed: nothing new"


def test_a_refused_file_is_in_the_quarantine_and_not_looked_at_again_until_it_is_rewritten(
    troubled: Pipeline, bucket: Bucket, proxy: FaultyProxy
) -> None:
    bucket.put("in/a.pdf", b"a text")
    quarantine: Quarantine = troubled.part("quarantine")
    assert "1 refused (not_a_document 1)" in (said(troubled).skip_message or "")
    [(source, version, state, reason)] = rows(troubled, "source", "version", "state", "reason")
    assert (source, state, str(reason).split(":")[0]) == (bucket.uri("in/a.pdf"), "refused", "not_a_document")
    why = quarantine.why(refusal(str(source), str(version))) or {}
    assert (why["sources"], why["reason"], why["file"]) == ([source], "not_a_document", "a.pdf")

    read = proxy.count("GET", "/in/a.pdf")
    said(troubled)
    assert proxy.count("GET", "/in/a.pdf") == read
    bucket.put("in/a.pdf", pdf("mended"))
    (request,) = troubled.tick("s3_arrivals")
    assert troubled.range(request) == [document_id(pdf("mended"))]
    assert quarantine.why(refusal(str(source), str(version))) is None


def test_refused_files_are_not_registered_when_dagsters_storage_is_rebuilt(watching: Pipeline, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", b"a text")
    bucket.put("in/b.pdf", pdf("good"))
    watching.tick("s3_arrivals")
    with dg.DagsterInstance.ephemeral() as empty:
        registered, _ = rebuild(Catalog(empty), watching.part("lake"), watching.part("vector_store"))
        assert registered == 1
        assert empty.get_dynamic_partitions("documents") == [document_id(pdf("good"))]


def test_a_superseded_document_says_by_which_on_its_partition_and_in_the_table(
    watching: Pipeline, bucket: Bucket
) -> None:
    first, second = document_id(pdf("first")), document_id(pdf("second"))
    bucket.put("in/a.pdf", pdf("first"))
    watching.tick("s3_arrivals")
    watching.settle(first, "raw_pdfs")
    bucket.put("in/a.pdf", pdf("second"))
    (request,) = watching.tick("s3_arrivals")
    [record] = watching.instance.fetch_observations(dg.AssetKey("raw_pdfs"), limit=5).records
    assert record.asset_observation is not None
    assert record.partition_key == first
    assert record.asset_observation.metadata["superseded_by"].value == second
    assert set(rows(watching, "document", "supersedes")) == {(first, None), (second, first)}
    assert watching.states[first].status("raw_pdfs") == "done"
    assert watching.execute(request, ["raw_pdfs"])
    [new] = watching.instance.fetch_materializations(dg.AssetKey("raw_pdfs"), limit=1).records
    assert new.asset_materialization is not None
    assert new.asset_materialization.metadata["supersedes"].value == first


def test_the_mark_of_a_superseded_document_does_not_hide_that_it_failed(watching: Pipeline, bucket: Bucket) -> None:
    broken = document_id(b"%PDF-1.7 broken")
    bucket.put("in/a.pdf", b"%PDF-1.7 broken")
    (request,) = watching.tick("s3_arrivals")
    assert not watching.execute(request, ["raw_pdfs"])
    bucket.put("in/a.pdf", pdf("mended"))
    watching.tick("s3_arrivals")
    assert watching.states[broken].status("raw_pdfs") == "given_up"


def test_a_file_that_goes_back_holds_its_first_document_again_and_asks_for_no_run(
    watching: Pipeline, bucket: Bucket
) -> None:
    for words in ("first", "second"):
        bucket.put("in/a.pdf", pdf(words))
        watching.tick("s3_arrivals")
    bucket.put("in/a.pdf", pdf("first"))
    assert watching.tick("s3_arrivals") == []
    ended = Holdings.read(watching.part("lake")).ended()
    assert {old: why.superseded_by for old, why in ended.items()} == {
        document_id(pdf("second")): document_id(pdf("first"))
    }


def test_unreadable_files_in_any_number_keep_no_good_one_waiting(
    troubled: Pipeline, bucket: Bucket, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 4)
    for number in range(8):
        bucket.put(f"in/bad {number}.pdf", pdf(f"bad {number}"))
    bucket.put("in/good.pdf", pdf("good"))
    proxy.refuses = lambda _method, path: "/in/bad" in path
    cursor = None
    for _ in range(3):
        result = said(troubled, cursor)
        cursor = result.cursor
    assert document_id(pdf("good")) in troubled.documents
    tried = proxy.count("GET", "/in/bad")
    assert tried == 8
    told = "9 files listed: 8 unreadable before, tried again later"
    assert said(troubled, cursor).skip_message == told
    assert proxy.count("GET", "/in/bad") == tried
    proxy.refuses = lambda _method, _path: False
    for _ in range(3):  # the cursor is lost, and nothing with it
        said(troubled)
    assert len(troubled.documents) == 9


def test_a_backlog_in_one_source_keeps_another_one_not_waiting(
    troubled: Pipeline, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 4)
    for number in range(9):
        bucket.put(f"in/{number}.pdf", pdf(f"bucket {number}"))
    (tmp_path / "folder" / "z.pdf").write_bytes(pdf("folder"))
    said(troubled)
    assert document_id(pdf("folder")) in troubled.documents


def test_a_source_that_fails_keeps_no_other_from_arriving_and_is_told(
    troubled: Pipeline, bucket: Bucket, proxy: FaultyProxy, tmp_path: Path
) -> None:
    proxy.refuses = lambda _method, _path: True
    bucket.put("in/a.pdf", pdf("bucket"))
    (tmp_path / "folder" / "b.pdf").write_bytes(pdf("folder"))
    (request,) = troubled.tick("s3_arrivals")
    assert troubled.range(request) == [document_id(pdf("folder"))]
    skipped = said(troubled).skip_message or ""
    assert skipped.startswith("1 file listed: nothing new; ")
    assert f"{bucket.name}/in cannot be listed" in skipped
    proxy.refuses = lambda _method, _path: False
    assert len(troubled.tick("s3_arrivals")) == 1


def test_a_backlog_is_taken_over_several_ticks_in_runs_of_many(
    watching: Pipeline, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.s3_arrivals.FILES_A_TICK", 100)
    contents = [b"%%PDF-1.7 %d" % number for number in range(230)]
    for number, content in enumerate(contents):
        bucket.put(f"in/{number}.pdf", content)
    cursor, ranges = None, []
    for left in (130, 30, 0, 0):
        result = said(watching, cursor)
        cursor = result.cursor
        ranges += [len(watching.range(request)) for request in result.run_requests or ()]
        assert len(watching.documents) == 230 - left
    assert ranges == [64, 36, 64, 36, 30]
    assert set(watching.documents) == {document_id(content) for content in contents}


def test_keys_of_every_kind_arrive(watching: Pipeline, bucket: Bucket) -> None:
    names = ("a b", "a+b", "a%20b", "100%", "Übung ß", "no#1?", "q'uo\"te", "new\nline", "tab\t", "日本", "x/y", "=&<>")
    for name in names:
        bucket.put(f"in/{name}.pdf", pdf(name.encode("unicode_escape").decode()))
    (request,) = watching.tick("s3_arrivals")
    assert {uri for (uri,) in rows(watching, "source")} == {bucket.uri(f"in/{name}.pdf") for name in names}
    assert watching.execute(request, ["raw_pdfs"])
    assert watching.tick("s3_arrivals") == []


def test_the_pipelines_own_store_inside_of_a_source_is_not_watched(bucket: Bucket, tmp_path: Path) -> None:
    # Its store is the bucket itself, with the source in it.
    with pipeline(tmp_path / "home", sources=bucket.uri(), store=bucket.uri().rstrip("/")) as watching:
        bucket.put("in/a.pdf", pdf("a document"))
        bucket.put("notes.txt", b"a text")
        (request,) = watching.tick("s3_arrivals")
        assert watching.execute(request, ["raw_pdfs"])
        assert watching.tick("s3_arrivals") == []
        assert len(rows(watching, "source")) == 2


def test_a_folder_inside_of_the_home_is_watched(tmp_path: Path) -> None:
    (tmp_path / "home" / "in").mkdir(parents=True)
    (tmp_path / "home" / "in" / "a.pdf").write_bytes(pdf("a document"))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "home")) as watching:
        (request,) = watching.tick("s3_arrivals")
        assert watching.execute(request, ["raw_pdfs"])
        watching.part("vision").ledger.enter(Question("run", "ocr_text", "document", 1, "page"), Usage(1, 1))
        assert watching.tick("s3_arrivals") == []
        assert len(rows(watching, "source")) == 1
