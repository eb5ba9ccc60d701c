"""What reading a page loads: pages pay for what they need only."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.rendering import RenderedPage, RenderSettings
from ocr_assets.page_images import Rendering, render_page
from ocr_assets.page_readings import Reading, read
from resources.blobs import Blobs
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.workers import PageWorkers
from tests.drawing_making import outlines, plan
from tests.page_images import page_input
from tests.pdf_making import image, text, write_pdf
from tests.resources.page_tasks import with_engines

DOCUMENTS = Path(__file__).parent / "documents"
A = "a" * 64
LAYOUT = "a model in memory"  # the layout model is rewritten before it is loaded; OCR engines come from files
A0, A4 = (2384, 3370), (595, 842)
ROOMS = ["Kitchen", "Corridor and stairs", "Living room", "Storage of tools", "Bathroom"]


def test_digital_pages_load_no_ocr_engine_in_their_page_process(tmp_path: Path) -> None:
    blobs = Blobs(root=str(tmp_path / "blobs"))
    digital = [(DOCUMENTS / "multi_page.pdf", page) for page in range(1, 6)]
    readings, loaded = both_stages(blobs, digital, 1021)
    assert [reading.reader for reading in readings] == ["text_layer"] * 5
    assert loaded == {LAYOUT}
    [reading], loaded = both_stages(blobs, [(DOCUMENTS / "phototest.tif", 1)], 1021)
    assert reading.reader.startswith("tesseract")
    assert "tesserocr" in loaded


def test_drawings_with_sound_text_load_no_ocr_engine(tmp_path: Path) -> None:
    """Their lines are ink that no text explains; they need none."""
    plans = []
    for name, size in (("a0.pdf", A0), ("a4.pdf", A4)):
        labels = [text(room, x=60, y=80 + n * size[1] // 6) for n, room in enumerate(ROOMS)]
        plans.append((Path(write_pdf(tmp_path / name, plan(*size) + b"".join(labels), size=size)), 1))
    readings, loaded = both_stages(Blobs(root=str(tmp_path / "blobs")), plans, 1022)
    assert [reading.reader for reading in readings] == ["text_layer"] * 2
    assert all(room in reading.text for reading in readings for room in ROOMS)
    assert loaded == {LAYOUT}


@pytest.mark.parametrize("with_plan", [True, False])
def test_text_drawn_as_outlines_is_read_from_the_image(tmp_path: Path, with_plan: bool) -> None:
    labels = b"".join(outlines(room, x=100, y=80 + 140 * n, size=16) for n, room in enumerate(ROOMS))
    stated = text("Sheet 3", x=480, y=20, size=9)
    path = write_pdf(tmp_path / "a.pdf", labels + stated + with_plan * plan(*A4), size=A4)
    reading = read_page(page_input(path), ReaderSettings())
    assert reading.reader.startswith("tesseract")
    assert sum(room in reading.text for room in ROOMS) >= 4


def test_a_scan_behind_drawn_lines_is_read_from_the_image(tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    scan = Image.new("L", (100, 100), 255)
    for row in range(8):
        ImageDraw.Draw(scan).text((4, 2 + 12 * row), "in the best", 0, ImageFont.load_default(12))
    scan.save(jpeg, "JPEG", quality=95)
    strips = b"".join(image(x, y, 100, 100) for x in range(40, 500, 100) for y in range(100, 700, 100))
    stamp = text("Received on 12 March", x=60, y=20)
    path = write_pdf(tmp_path / "a.pdf", strips + stamp + plan(*A4), jpeg=jpeg.getvalue(), size=A4)
    assert read_page(page_input(path), ReaderSettings()).reader.startswith("tesseract")


def both_stages(blobs: Blobs, pages: list[tuple[Path, int]], memory_mb: int) -> tuple[list[Any], set[str]]:
    """The readings of these pages, and what their one page process loaded for them.

    No other test has that process where none has the same limit of memory.
    """
    workers, loaded = PageWorkers(processes=1, memory_mb=memory_mb), set[str]()

    def through(function: Any, tasks: list[Any]) -> list[Any]:
        results = []
        for _, (result, engines) in workers.map(with_engines, [(function, task) for task in tasks]):  # type: ignore[misc]
            results.append(result)
            loaded.update(engines)
        return results

    images: list[RenderedPage] = through(
        render_page, [Rendering(str(path), n, RenderSettings(), ()) for path, n in pages]
    )
    tasks = [
        Reading(
            document=A,
            path=str(path),
            page=page,
            kind=image.kind,
            dpi=image.dpi,
            turned=image.turned,
            skew=image.skew,
            image=blobs.put(A, image.png),
            blobs=blobs.reader(),
            passwords=(),
            settings=ReaderSettings(),
        )
        for (path, page), image in zip(pages, images, strict=True)
    ]
    return [reading for reading, _ in through(read, tasks)], loaded
