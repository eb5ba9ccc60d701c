"""What reading a page loads: pages pay for what they need only."""

from pathlib import Path
from typing import Any

from ocr_assets.core.rendering import RenderedPage, RenderSettings
from ocr_assets.ocr_text import Reading, read
from ocr_assets.page_images import Rendering, render_page
from resources.blobs import Blobs
from resources.page_readers.ladder import ReaderSettings
from resources.workers import PageWorkers
from tests.resources.page_tasks import with_engines

DOCUMENTS = Path(__file__).parent / "documents"
A = "a" * 64
LAYOUT = "layout_cdla.onnx"


def test_digital_pages_load_no_ocr_engine_in_their_page_process(tmp_path: Path) -> None:
    blobs = Blobs(root=str(tmp_path / "blobs"))
    digital = [(DOCUMENTS / "multi_page.pdf", page) for page in range(1, 6)]
    readings, loaded = both_stages(blobs, digital)
    assert [reading.reader for reading in readings] == ["text_layer"] * 5
    assert loaded == {LAYOUT}
    [reading], loaded = both_stages(blobs, [(DOCUMENTS / "phototest.tif", 1)])
    assert reading.reader.startswith("tesseract")
    assert "tesserocr" in loaded


def both_stages(blobs: Blobs, pages: list[tuple[Path, int]]) -> tuple[list[Any], set[str]]:
    """The readings of these pages, and what their one page process, which no other test has, loaded for them."""
    workers, loaded = PageWorkers(processes=1, memory_mb=1024), set[str]()

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
