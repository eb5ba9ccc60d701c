"""What reading a page loads and does: pages pay for what they need only."""

from pathlib import Path

from ocr_assets.core.rendering import render
from ocr_assets.ocr_text import Reading
from resources.blobs import Blobs
from resources.page_readers.ladder import ReaderSettings
from resources.workers import PageWorkers
from tests.resources.page_tasks import read_and_list_engines

DOCUMENTS = Path(__file__).parent / "documents"
A = "a" * 64


def test_digital_pages_load_no_ocr_engine_in_their_page_process(tmp_path: Path) -> None:
    blobs = Blobs(root=str(tmp_path / "blobs"))
    digital, scan = DOCUMENTS / "multi_page.pdf", DOCUMENTS / "phototest.tif"
    tasks = [reading(blobs, digital, page) for page in range(1, 6)] + [reading(blobs, scan, 1)]
    workers = PageWorkers(processes=1, memory_mb=1024)  # a pool that no other test has
    *read, (_, last) = [outcome for _, outcome in workers.map(read_and_list_engines, tasks)]  # type: ignore[misc]
    assert [reader for reader, _ in read] == ["text_layer"] * 5  # type: ignore[misc]
    assert set().union(*(engines for _, engines in read)) == {"layout_cdla.onnx"}  # type: ignore[misc]
    assert "tesserocr" in last


def reading(blobs: Blobs, path: Path, page: int) -> Reading:
    image = render(str(path), page)
    name = blobs.put(A, image.png)
    return Reading(A, str(path), page, image.kind, image.dpi, name, blobs.reader(), (), ReaderSettings())
