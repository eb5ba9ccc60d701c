from pathlib import Path

import pytest

from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import render
from resources.page_readers.layout import LayoutModel
from tests.pdf_making import write_pdf

DOCUMENTS = Path(__file__).parents[1] / "documents"

# What rapid-layout 1.2.1 itself, with OpenCV, makes of the page: kind, box in thousandths, score.
BY_RAPID_LAYOUT = [
    ("text", (218, 189, 782, 366), 0.993),
    ("text", (217, 698, 781, 845), 0.992),
    ("figure", (204, 381, 801, 647), 0.950),
    ("title", (218, 157, 413, 174), 0.941),
    ("figure_caption", (371, 668, 626, 680), 0.872),
]


def page_input(path: str | Path) -> PageInput:
    rendered = render(str(path), 1)
    return PageInput(str(path), 1, rendered.kind, rendered.dpi, rendered.png)


def test_regions_are_those_that_rapid_layout_itself_finds() -> None:
    found = LayoutModel().regions(page_input(DOCUMENTS / "picture_classification.pdf"))
    assert [region.kind for region in found] == [kind for kind, _, _ in BY_RAPID_LAYOUT]
    for region, (_, box, score) in zip(found, BY_RAPID_LAYOUT, strict=True):
        assert [1000 * edge for edge in region.box] == pytest.approx(box, abs=3)
        assert region.score == pytest.approx(score, abs=0.01)


def test_a_region_is_reported_once_and_best_first() -> None:
    scores = [region.score for region in LayoutModel(0.1).regions(page_input(DOCUMENTS / "multi_page.pdf"))]
    assert len(scores) >= 10
    assert scores == sorted(scores, reverse=True)


def test_an_empty_page_has_no_regions(tmp_path: Path) -> None:
    assert LayoutModel().regions(page_input(write_pdf(tmp_path / "empty.pdf", b""))) == ()


def test_loading_the_model_writes_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert LayoutModel(0.2).regions(page_input(DOCUMENTS / "multi_page.pdf"))
    assert capfd.readouterr() == ("", "")
