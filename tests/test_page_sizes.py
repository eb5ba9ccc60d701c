"""Huge pages, tiny ones and two on a spread: rendered and read within the limits of a page process."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.pages import PageInput, PageReading
from ocr_assets.core.rendering import RenderedPage, RenderSettings
from ocr_assets.errors import DocumentFault
from ocr_assets.page_images import Rendering, render_page
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.workers import PageWorkers
from tests.pdf_making import image, text, write_pdf

WORKERS = PageWorkers(processes=1, memory_mb=1024, page_seconds=100)
PROSE = "It was the best of times, it was the worst of times, it was the age of wisdom"
A0 = (2384.0, 3370.0)  # points


def through(path: Path | str) -> tuple[RenderedPage, PageReading]:
    """The first page as a page process with little memory renders and reads it."""
    rendering = Rendering(str(path), 1, RenderSettings(), ())
    [(_, outcome)] = WORKERS.map(render_and_read, [rendering])
    assert not isinstance(outcome, DocumentFault), outcome
    return outcome


def render_and_read(task: Rendering) -> tuple[RenderedPage, PageReading]:
    page = render_page(task)
    return page, read_page(
        PageInput(task.path, 1, page.kind, page.dpi, page.png, (), page.turned, page.skew), ReaderSettings()
    )


def scanned(path: Path, size: tuple[int, int], type_size: int, *columns: str) -> Path:
    """A grey image with a column of lines for each of `columns`."""
    page = Image.new("L", size, 250)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(type_size)
    for number, words in enumerate(columns):
        for line in range(8):
            x = size[0] * (0.08 + number / len(columns))
            draw.text((x, size[1] * 0.1 + 2 * type_size * line), f"{words} {line}", 20, font)
    page.save(path)
    return path


def test_a_drawing_of_a0_is_rendered_within_the_pixel_limit_and_its_labels_are_read(tmp_path: Path) -> None:
    lines = b"".join(b"%d %d m %d %d l S\n" % (n % 2300, n, 2300 - n % 700, n + 400) for n in range(0, 2900, 300))
    labels = b"".join(text(f"Detail {n} of the drawing", x=200, y=300 + 400 * n, size=18) for n in range(7))
    page, reading = through(write_pdf(tmp_path / "a0.pdf", lines + labels, size=A0))
    assert 0.9 * 24e6 < page.width * page.height <= 24e6
    assert 100 < page.dpi < 200
    assert all(f"Detail {n} of the drawing" in reading.text for n in range(7))


def test_the_largest_page_that_pdf_knows_is_read(tmp_path: Path) -> None:
    page, reading = through(write_pdf(tmp_path / "a.pdf", text(PROSE, size=200), size=(14_400, 14_400)))
    assert page.width * page.height <= 24e6
    assert "best of times" in reading.text


def test_a_scan_of_a0_is_read_within_the_limits(tmp_path: Path) -> None:
    font = ImageFont.load_default(9)
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).text((5, 40), "Foundations", 0, font)
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=95)
    page, _ = through(write_pdf(tmp_path / "a0.pdf", image(0, 0, 2384, 3370), jpeg=jpeg.getvalue(), size=A0))
    assert (page.kind, page.width * page.height <= 24e6) == ("scanned", True)


@pytest.mark.parametrize(("dpi", "type_size"), [(96, 15), (72, 11)])
def test_a_scan_of_few_dots_is_read(tmp_path: Path, dpi: int, type_size: int) -> None:
    path = scanned(tmp_path / "small.png", (round(8.3 * dpi), round(11.7 * dpi)), type_size, PROSE[:40])
    _, reading = through(path)
    assert "best of times" in reading.text


@pytest.mark.parametrize("size", [(1, 1), (3, 4000), (4000, 3)])
def test_images_of_hardly_any_extent_are_pages_without_text(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("L", size, 120).save(tmp_path / "thin.png")
    page, reading = through(tmp_path / "thin.png")
    assert (page.width, page.height) == size
    assert reading.text == ""


def test_the_two_pages_of_a_spread_are_read_one_after_the_other(tmp_path: Path) -> None:
    left, right = "the left page says", "the right page says"
    path = scanned(tmp_path / "spread.png", (2400, 1700), 36, left, right)
    _, reading = through(path)
    words = " ".join(reading.text.split())
    assert words.count(left) == words.count(right) == 8
    assert words.rindex(left) < words.index(right)
