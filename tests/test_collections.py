"""Two collections in one code location: a document in both of them, and nothing of the one in the other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets.arrivals import register
from ocr_assets.checks import CHECKS
from ocr_assets.cli.session import Session
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES, UPSTREAM
from ocr_assets.definitions import ASSETS as TEMPLATES
from ocr_assets.definitions import build_defs
from ocr_assets.forgetting import forget
from ocr_assets.index_check import INDEX_CHECK
from ocr_assets.maintenance import maintenance, nightly_maintenance
from ocr_assets.pipeline_state import in_flight, stages_in_flight
from ocr_assets.rebuilding import rebuild
from ocr_assets.run_tags import PROCESS_TAG, bury_dead_runs, killed_runs, tag_stage
from ocr_assets.schemas import CHUNKS, PAGE_IMAGES, TABLES
from ocr_assets.searching import search
from ocr_assets.settings import Settings
from resources.vector_store import Hit
from sensors.alerts import failed_runs
from tests.pipeline import Pipeline, pdf
from tests.test_ui import ASSETS, Ui, make_home, webserver_view

INVOICES = Collection("invoices")
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
SENSORS = ("s3_arrivals", "unfinished_documents", "checks_and_alerts")
WORDS = " ".join(f"The {number}th invoice is due in March." for number in range(40))


@dataclass(frozen=True)
class Two:
    """The default collection and the invoices, over one instance."""

    default: Pipeline
    invoices: Pipeline

    def __iter__(self) -> Iterator[Pipeline]:
        return iter((self.default, self.invoices))


def write_file(folder: Path, **settings: Any) -> Settings:
    """Settings whose file has the collection of invoices, with sources of both in `folder`."""
    for name in ("in", "in-invoices"):
        (folder / name).mkdir()
    path = folder / "collections.yaml"
    path.write_text(f"invoices:\n  sources: {folder / 'in-invoices'}\n  dpi: 100\n  chunk_tokens: 32\n", "utf-8")
    places = {"home": str(folder / "home"), "collections": str(path), "sources": str(folder / "in")}
    return Settings(workers=1, _env_file=None, **places, **settings)  # type: ignore[arg-type]


def two_over(instance: dg.DagsterInstance, settings: Settings) -> Two:
    defs = build_defs(settings)
    return Two(Pipeline(defs, instance), Pipeline(defs, instance, INVOICES))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Both, without a document."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield two_over(instance, write_file(tmp_path))


@dataclass(frozen=True)
class Done:
    """Both after the runs that their sensors asked for: a document in both, and one of its own in each."""

    two: Two
    session: Session
    shared: str
    own: dict[Collection, str]
    asked: dict[Collection, list[dg.RunRequest]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("collections")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "home").mkdir()
        make_home(patch, folder / "home")
        settings = write_file(folder)
        patch.setenv("OCR_ASSETS_COLLECTIONS", str(settings.collections))
        contents = {"in": {"a": WORDS, "b": "letter"}, "in-invoices": {"a": WORDS, "c": "invoice"}}
        documents = {}
        for place, files in contents.items():
            for name, words in files.items():
                data = pdf(words)
                (folder / place / f"{name}.pdf").write_bytes(data)
                documents[name] = document_id(data)
        session = Session.open(folder / "home")
        two = two_over(session.instance, settings)
        asked = {one.collection: one.tick("s3_arrivals") for one in two}
        for one in two:
            for request in asked[one.collection]:
                assert one.execute(request)
        yield Done(two, session, documents["a"], {DEFAULT: documents["b"], INVOICES: documents["c"]}, asked)


def test_each_collection_has_its_own_graph_partitions_sensors_checks_and_schedule(two: Two) -> None:
    specs = {tuple(spec.key.path): spec for spec in two.default.defs.resolve_all_asset_specs()}
    graph = {path: {tuple(dep.asset_key.path) for dep in spec.deps} for path, spec in specs.items()}
    expected = {(stage,): {(name,) for name in upstream} for stage, upstream in UPSTREAM.items()} | {
        ("maintenance",): set()
    }
    assert graph == expected | {
        ("invoices", *path): {("invoices", *dep) for dep in deps} for path, deps in expected.items()
    }
    partitions = {path[:-1]: spec.partitions_def.name for path, spec in specs.items() if spec.partitions_def}  # type: ignore[attr-defined]
    assert partitions == {(): "documents", ("invoices",): "documents_invoices"}
    assert specs["invoices", "ocr_text"].group_name == "pages_invoices"
    sensors = {sensor.name for sensor in two.default.defs.sensors or ()}
    assert sensors == {collection.named(name) for collection in (DEFAULT, INVOICES) for name in SENSORS}
    keys = two.default.defs.resolve_asset_graph().asset_check_keys
    assert keys == {check.key(collection) for check in (*CHECKS, INDEX_CHECK) for collection in (DEFAULT, INVOICES)}
    schedules = {schedule.name for schedule in two.default.defs.schedules or ()}
    names = ("nightly_maintenance", "nightly_index_check")
    assert schedules == {collection.named(name) for collection in (DEFAULT, INVOICES) for name in names}


def test_a_file_adds_nothing_to_the_default_collection(two: Two, tmp_path: Path) -> None:
    alone = build_defs(Settings(home=str(tmp_path / "home"), _env_file=None)).resolve_all_asset_specs()
    specs = {spec.key: spec for spec in two.default.defs.resolve_all_asset_specs()}
    assert [specs[spec.key] for spec in alone] == list(alone)


def test_an_asset_of_a_collection_is_otherwise_as_its_decorator_says(two: Two) -> None:
    graph = two.default.defs.resolve_asset_graph()
    for one in two:
        for asset in (*TEMPLATES, maintenance):
            made = graph.assets_def_for_key(one.catalog.key(asset.key.path[-1]))
            (spec,), (said,) = made.specs, asset.specs
            assert (spec.tags, spec.owners, spec.description) == (said.tags, said.owners, said.description)
            assert made.backfill_policy == asset.backfill_policy
            for name in ("pool", "tags", "retry_policy"):
                assert getattr(made.op, name) == getattr(asset.op, name), (asset.key, name)
            assert len(made.required_resource_keys) == len(asset.required_resource_keys)


def test_a_setting_of_one_collection_changes_the_code_version_there_alone(two: Two) -> None:
    versions = {tuple(spec.key.path): spec.code_version for spec in two.default.defs.resolve_all_asset_specs()}
    changed = {stage for stage in STAGES if versions[stage,] != versions["invoices", stage]}
    assert changed == {"page_images", "chunks", "vectors"}, "those that depend on dpi, chunk_tokens or the namespace"


def test_each_sensor_takes_its_own_source(done: Done) -> None:
    for one in done.two:
        assert sorted(one.documents) == sorted([done.shared, done.own[one.collection]])
        (request,) = done.asked[one.collection]
        assert request.asset_selection == one.catalog.asset_keys()
        assert sorted(one.range(request)) == sorted(one.documents)
        assert one.tick("s3_arrivals") == one.tick("unfinished_documents") == []


def test_the_same_document_is_done_in_both_with_the_settings_of_each(done: Done) -> None:
    chunks, widths = {}, {}
    for one in done.two:
        assert {state.next_stage for state in one.states.values()} == {None}
        lake = one.part("lake")
        assert lake.documents(TABLES["documents"]) == set(one.documents)
        widths[one.collection] = lake.read(PAGE_IMAGES, [done.shared])["dpi"].to_list()
        chunks[one.collection] = lake.read(CHUNKS, [done.shared]).height
    assert widths == {DEFAULT: [200.0], INVOICES: [100.0]}
    assert chunks[INVOICES] > chunks[DEFAULT]


def test_a_search_finds_the_passages_of_its_own_collection(done: Done) -> None:
    for one in done.two:
        found: list[Hit] = one.part("vector_store").search("letter invoice", None, "text", 99)
        assert {hit.document for hit in found} <= set(one.documents)
        assert done.own[one.collection] in {hit.document for hit in found}
        assert one.part("vector_store").documents() == set(one.documents)
        known = search("invoice", mode="text", home=done.session.common.home, collection=one.collection.told)
        assert {passage.document for passage in known} <= set(one.documents)
    assert done.own[INVOICES] in {passage.document for passage in known}


def test_the_checks_look_at_the_documents_of_their_collection(done: Done) -> None:
    instance = done.two.default.instance
    register(done.two.invoices.catalog, ["f" * 64])
    try:
        counted = {}
        for one in done.two:
            evaluation = one.evaluate("checks_and_alerts")
            (result,) = [e for e in evaluation.asset_events if e.check_name == "nothing_given_up"]  # type: ignore[union-attr]
            assert result.asset_key == one.catalog.key("vectors")
            counted[one.collection] = result.metadata["documents"].value
        assert counted == {DEFAULT: 2, INVOICES: 3}
    finally:
        instance.delete_dynamic_partition("documents_invoices", "f" * 64)


def test_a_check_that_is_run_from_the_ui_looks_at_its_own_collection(done: Done) -> None:
    job = done.two.default.defs.resolve_implicit_global_asset_job_def()
    instance = done.two.default.instance
    for one in done.two:
        keys = {check.key(one.collection) for check in CHECKS if check.name == "read_with_confidence"}
        subset = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = subset.execute_in_process(instance=instance, run_config=quiet)
        (evaluation,) = result.get_asset_check_evaluations()
        assert evaluation.metadata["documents"].value == 2
        assert evaluation.asset_check_key in keys


def test_maintenance_is_of_one_collection(done: Done) -> None:
    job = done.two.default.defs.resolve_implicit_global_asset_job_def()
    key = done.two.invoices.catalog.key("maintenance")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = job.execute_in_process(instance=done.two.default.instance, asset_selection=[key], run_config=quiet)
    assert result.success
    locked = [Path(one.part("lake").root, "maintenance.lock").exists() for one in done.two]
    assert locked == [False, True]


def test_what_one_collection_writes_is_no_file_of_another_ones_source(tmp_path: Path) -> None:
    settings = write_file(tmp_path).model_copy(update={"sources": str(tmp_path)})
    (tmp_path / "in-invoices" / "a.pdf").write_bytes(pdf("a"))
    with dg.DagsterInstance.ephemeral() as instance:
        two = two_over(instance, settings)
        (request,) = two.invoices.tick("s3_arrivals")
        assert two.invoices.execute(request, STAGES[:2])
        two.default.tick("s3_arrivals")
        assert two.default.documents == two.invoices.documents


def test_a_run_of_one_collection_is_not_in_flight_in_the_other(two: Two) -> None:
    for one in two:
        register(one.catalog, ["a" * 64, "b" * 64])
    tags = dict.fromkeys(RANGE, "a" * 64)
    keys = frozenset(two.invoices.catalog.asset_keys(STAGES[:2]))
    run = create_run_for_test(two.default.instance, tags=tags, status=dg.DagsterRunStatus.STARTED, asset_selection=keys)
    assert in_flight(two.invoices.catalog, two.invoices.documents) == {"a" * 64}
    assert stages_in_flight(two.invoices.catalog) == set(STAGES[:2])
    assert in_flight(two.default.catalog, two.default.documents) == set()
    assert stages_in_flight(two.default.catalog) == set()
    launched = {one.collection: [d for r in one.tick("unfinished_documents") for d in one.range(r)] for one in two}
    assert launched == {DEFAULT: ["a" * 64, "b" * 64], INVOICES: ["b" * 64]}
    two.default.instance.report_run_failed(run)


def test_a_killed_run_is_noticed_by_its_own_collection(two: Two) -> None:
    for one in two:
        register(one.catalog, ["a" * 64])
    tags = dict.fromkeys(RANGE, "a" * 64)
    key = two.invoices.catalog.key("raw_pdfs")
    instance = two.default.instance
    run = create_run_for_test(instance, tags=tags, status=dg.DagsterRunStatus.STARTED, asset_selection=frozenset({key}))
    tag_stage(instance, run, key)
    instance.add_run_tags(run.run_id, {PROCESS_TAG: f"{gethostname()}/{os.getpid()}@1.00"})  # an earlier process
    for one, status in ((two.default, dg.DagsterRunStatus.STARTED), (two.invoices, dg.DagsterRunStatus.FAILURE)):
        bury_dead_runs(one.catalog)
        assert instance.get_run_by_id(run.run_id).status == status  # type: ignore[union-attr]
    assert killed_runs(two.default.catalog, two.default.documents, 0) == []
    (killed,) = killed_runs(two.invoices.catalog, two.invoices.documents, 0)
    assert (killed.stage, killed.documents) == ("raw_pdfs", ("a" * 64,))
    assert len(failed_runs(two.invoices.catalog, killed.at)) == 1
    assert failed_runs(two.default.catalog, killed.at) == []


def test_a_document_that_is_forgotten_in_one_collection_stays_in_the_other(two: Two) -> None:
    data = pdf("in both")
    document = document_id(data)
    for one in two:
        source = Path(one.part("settings").sources, "a.pdf")
        source.write_bytes(data)
        (request,) = one.tick("s3_arrivals")
        assert one.execute(request, STAGES[:2])
    parts = [two.invoices.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    forget(two.invoices.catalog, *parts, [document], two.invoices.part("quarantine"))
    assert two.invoices.documents == []
    assert two.default.documents == [document]
    assert two.default.part("lake").documents(PAGE_IMAGES) == {document}
    assert two.default.part("blobs").has(document, document)
    assert not two.invoices.part("blobs").has(document, document)
    assert [two.default.states[document].status(stage) for stage in STAGES[:3]] == ["done", "done", "missing"]
    assert two.invoices.tick("s3_arrivals") == [], "it does not come back by itself"


def test_the_ui_shows_both_graphs_with_the_partitions_of_each(done: Done) -> None:
    with webserver_view(done.session) as workspace:
        nodes = Ui(workspace, done.session, []).ask(ASSETS)["assetNodes"]
    shown = {tuple(node["assetKey"]["path"]): node for node in nodes}
    for one in done.two:
        for stage in STAGES:
            node = shown[one.collection.path(stage)]
            assert node["partitionStats"] == {"numPartitions": 2, "numMaterialized": 2, "numFailed": 0}
            upstream = {tuple(key["path"]) for key in node["dependencyKeys"]}
            assert upstream == {one.collection.path(name) for name in UPSTREAM[stage]}


def test_dagsters_storage_is_rebuilt_collection_by_collection(done: Done) -> None:
    with dg.DagsterInstance.ephemeral() as empty:
        two = two_over(empty, done.session.common)
        for one in two:
            before = rebuild(one.catalog, one.part("lake"), one.part("vector_store"))
            assert before == (2, 2 * len(STAGES))
            assert {state.next_stage for state in one.states.values()} == {None}
        assert two.default.documents == sorted(done.two.default.documents)


def test_a_schedule_waits_for_its_own_maintenance_alone(tmp_path: Path) -> None:
    instance = dg.DagsterInstance.local_temp(str(tmp_path))
    with instance, dg.build_schedule_context(instance) as context:
        tags = {"dagster/schedule_name": "nightly_maintenance_invoices"}
        create_run_for_test(instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
        assert nightly_maintenance().evaluate_tick(context).run_requests
        assert nightly_maintenance(INVOICES).evaluate_tick(context).skip_message
