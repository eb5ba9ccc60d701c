"""A page whose chapters are set in bold, as LaTeX sets them in a table of contents, with a page number far right."""

import pytest

from ocr_assets.core.blocks import assembled
from ocr_assets.core.pages import Word
from ocr_assets.core.regions import Region, bounding
from tests.page_making import line, lines

CHAPTERS = ("1 Introduction", "2 Installation of the package", "3 Usage")
TEXT = [f"and the text of the page goes on for one more line of its own number {n}" for n in "abcdef"]


def kinds(numbers: tuple[str, ...], number_at: float = 0.8, texts: int = 0) -> list[str]:
    """Of the chapters' blocks, with so many lines of text below each."""
    words: list[Word] = line("Contents", 0.1, 0.1, size=0.018)
    regions = [Region("title", bounding([word.box for word in words]), 0.9)]
    step = 0.04 + 0.02 * texts
    for n, (chapter, number) in enumerate(zip(CHAPTERS, numbers, strict=True)):
        name = line(chapter, 0.1, 0.15 + step * n, font="Times-Bold")
        regions.append(Region("title", bounding([word.box for word in name]), 0.8))
        words += [*name, *(line(number, number_at, 0.15 + step * n, font="Times-Bold") if number else [])]
        words += lines(*TEXT[:texts], y=0.18 + step * n)
    words += lines(*TEXT, y=0.5)
    blocks = assembled("text_layer", words, regions).blocks
    return [block.kind for chapter in CHAPTERS for block in blocks if block.text.startswith(chapter)]


def test_the_chapters_in_a_table_of_contents_are_no_headings() -> None:
    assert kinds(("1", "2", "5")) == ["text"] * 3


@pytest.mark.parametrize("numbers", [("", "", ""), ("1", "", "5"), ("7", "2", "5")], ids=["none", "two", "falling"])
def test_headings_stay_headings(numbers: tuple[str, ...]) -> None:
    assert kinds(numbers) == ["title"] * 3


@pytest.mark.parametrize("texts", [1, 3])
def test_headings_with_a_number_apart_and_text_below_stay_headings(texts: int) -> None:
    assert kinds(("10", "20", "30"), texts=texts) == ["title"] * 3
