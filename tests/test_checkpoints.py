"""Which runs take up the pages that others have left, and which start fresh."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG, ROOT_RUN_ID_TAG

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.core.identity import document_id
from ocr_assets.instance import stages_job
from ocr_assets.run_tags import CONTINUATION
from ocr_assets.schemas import OCR_TEXT
from resources.sources import Sources
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pipeline

LEFT = "what an earlier run has read"
READ = ["first page", "second page"]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline with a document of two pages that are rendered, and one that an interrupted run has read."""
    monkeypatch.setattr("sensors.unfinished_documents.GRACE", 0.0)
    place = Path(write_pdf(tmp_path / "in.pdf", *map(text, READ)))
    with pipeline(tmp_path / "home", retry_seconds=0) as target:
        note_arrivals(target.part("lake"), [Arrival(document_id(place.read_bytes()), *Sources().list(str(place)))])
        register(target.catalog, [document_id(place.read_bytes())])
        assert run(target, "raw_pdfs", "page_images", "ocr_text")
        leave(target)
        yield target


def run(target: Pipeline, *stages: str, **tags: str) -> bool:
    """A run over the document through these stages, as anybody may start one; whether it went well."""
    (document,) = target.documents
    result = stages_job(target.defs).execute_in_process(
        instance=target.instance,
        asset_selection=sorted(target.catalog.asset_keys(stages)),
        tags={PARTITION_NAME_TAG: document, **tags},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    return result.success


def leave(target: Pipeline) -> None:
    """The first page, as a run that was interrupted in `ocr_text` would have left it; the stage is not settled."""
    (document,) = target.documents
    lake, key = target.part("lake"), target.catalog.key("ocr_text")
    first = lake.read(OCR_TEXT, [document]).filter(pl.col("page") == 1).with_columns(text=pl.lit(LEFT))
    version = target.defs.resolve_asset_graph().get(key).code_version
    target.part("checkpoints").save("pages", f"ocr_text-{version}", document, 1, first)
    target.instance.wipe_assets([key])


def read(target: Pipeline) -> list[str]:
    """What the lake has of each page."""
    return [str(found).strip() for found in target.part("lake").read(OCR_TEXT).sort("page")["text"]]


def test_the_sensor_takes_up_the_pages_of_a_run_that_was_interrupted(target: Pipeline) -> None:
    (request,) = target.tick("unfinished_documents")
    assert target.execute(request, ["ocr_text"])
    assert read(target) == [LEFT, READ[1]]
    assert target.part("checkpoints").documents() == set()


def test_dagster_s_retry_of_a_run_takes_up_its_pages(target: Pipeline) -> None:
    assert run(target, "ocr_text", **{ROOT_RUN_ID_TAG: "the one that was interrupted"})
    assert read(target) == [LEFT, READ[1]]


def test_a_run_that_somebody_starts_is_fresh(target: Pipeline) -> None:
    assert run(target, "ocr_text")
    assert read(target) == READ
    assert target.part("checkpoints").documents() == set()


def test_pages_that_were_made_of_earlier_images_are_not_taken_up(target: Pipeline) -> None:
    assert run(target, "page_images", **CONTINUATION)
    assert run(target, "ocr_text", **CONTINUATION)
    assert read(target) == READ
