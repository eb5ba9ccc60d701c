"""`ocr_text` with PP-OCR in batches as the reader: whole runs over several documents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets import ocr_text
from ocr_assets.core.identity import document_id
from ocr_assets.schemas import OCR_TEXT
from resources import ppocr_reader
from resources.ppocr_reader import Found, PageBatch
from tests.batch_trouble import DEADLY, read_batch_in_trouble, read_batch_on_a_gpu_that_breaks
from tests.pdf_making import text, write_pdf
from tests.pipeline import Pipeline, pipeline

READ = ("raw_pdfs", "page_images", "ocr_text")
FONT = ImageFont.load_default(24)


@contextmanager
def piped(home: Path, **settings: Any) -> Iterator[Pipeline]:
    usual = {"reader": "ppocr", "ppocr_device": "cpu", "ppocr_pages": 4, "sources": str(home / "in")}
    with pipeline(home / "home", **(usual | settings)) as target:
        yield target


def scan(home: Path, name: str, *pages: tuple[str, ...], width: int = 800) -> str:
    """A document of scanned pages with these lines; its hash."""
    (home / "in").mkdir(exist_ok=True)
    images = []
    for lines in pages:
        images.append(Image.new("L", (width, 500), 255))
        for row, line in enumerate(lines):
            ImageDraw.Draw(images[-1]).text((60, 40 + 34 * row), line, 0, FONT)
    path = home / "in" / name
    images[0].save(path, "TIFF", save_all=True, append_images=images[1:], dpi=(100, 100))
    return document_id(path.read_bytes())


def run(target: Pipeline) -> bool:
    [request] = target.tick("s3_arrivals")
    return target.execute(request, READ)


def rows(target: Pipeline, document: str) -> pl.DataFrame:
    return target.part("lake").read(OCR_TEXT, [document])


def test_scans_of_many_documents_are_read_in_batches_and_digital_pages_by_their_text(tmp_path: Path) -> None:
    first = scan(tmp_path, "a.tif", *[(f"The harbour has {n} ships", "and no sails at all") for n in (38, 47, 59)])
    other = scan(tmp_path, "b.tif", ("Dues are paid at noon",), (), ("by order of the council",))
    path = tmp_path / "in" / "c.pdf"
    write_pdf(path, text("Born digital"))
    with piped(tmp_path) as target:
        assert run(target)
        read = rows(target, first)
        assert read["reader"].to_list() == ["ppocr"] * 3
        assert read["text"].to_list() == [f"The harbour has {n} ships\nand no sails at all" for n in (38, 47, 59)]
        assert all(0.7 < sure < 1.0 for sure in read["confidence"])
        assert all(seconds > 0 for seconds in read["seconds"])
        assert read["language"].to_list() == ["en"] * 3
        assert rows(target, other)["text"].to_list() == ["Dues are paid at noon", "", "by order of the council"]
        assert rows(target, other)["reader"].to_list() == ["ppocr", "none", "ppocr"]
        assert rows(target, document_id(path.read_bytes()))["reader"].to_list() == ["text_layer"]
        assert target.part("checkpoints").documents() == set()


def test_a_page_with_more_lines_than_it_has_time_for_keeps_those_that_fit_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr_text, "COLUMNS_A_SECOND", 1_000 / 120)  # seconds of a page
    line = "The harbour is open on all days of the year but one"
    document = scan(tmp_path, "a.tif", (line, "Dues are paid at noon", "No sails"), ("No sails",))
    with piped(tmp_path) as target:
        assert run(target)
        read = rows(target, document)
        assert read["text"].to_list() == [f"{line}\nNo sails", "No sails"]
        assert read["review"].to_list() == [
            "1 of its lines and labels were not read, to save time: raise page_seconds",
            "",
        ]


@pytest.mark.parametrize("trouble", [read_batch_in_trouble, read_batch_on_a_gpu_that_breaks])
def test_a_page_that_crashes_the_networks_costs_itself_and_its_batch_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[PageBatch], list[Found]]
) -> None:
    monkeypatch.setattr(ppocr_reader, "read_batch", trouble)
    good = scan(tmp_path, "a.tif", ("The harbour is open",), ("The harbour is closed",))
    bad = scan(tmp_path, "b.tif", ("Nobody will read this",), width=DEADLY)
    with piped(tmp_path, attempts=1) as target:
        assert not run(target)
        assert rows(target, good)["text"].to_list() == ["The harbour is open", "The harbour is closed"]
        assert rows(target, bad).is_empty()
        assert target.states[good].next_stage == "figure_captions"
        assert "page_crash" in str(target.states[bad])
