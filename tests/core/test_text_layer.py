import io
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from ocr_assets.core.ink import ink_of
from ocr_assets.core.pages import Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.core.text_layer import without_controls, words_of
from ocr_assets.core.turned import turned_word
from tests.pdf_making import text, write_pdf

DOCUMENTS = Path(__file__).parents[1] / "documents"


def words_in(path: str, page: int = 1) -> tuple[Word, ...]:
    with pdf_page(path, page) as opened:
        return words_of(opened)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_a_rotated_and_cropped_page(tmp_path: Path, rotation: int) -> None:
    content = b"".join(text(f"Line {n} of a page that may be turned", x=80 + 5 * n, y=700 - 40 * n) for n in range(12))
    path = write_pdf(tmp_path / "turned.pdf", content, page=b"/Rotate %d/CropBox[40 100 500 760]" % rotation)
    page = render(path, 1, RenderSettings(dpi=100))
    boxes = [turned_word(word, page.turned).box for word in words_in(path)]
    image = Image.open(io.BytesIO(page.png))
    assert (page.rotation, page.turned) == (rotation, (360 - rotation) % 360)
    assert len(boxes) == 12 * 9
    assert ink_of(image).coverage(boxes) > 0.95


def test_words_outside_of_the_crop_box_are_left_out(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text("inside") + text("trimmed", y=30), page=b"/CropBox[0 100 612 792]")
    assert [word.text for word in words_in(path)] == ["inside"]


def test_a_word_broken_at_a_line_end_keeps_its_hyphen_and_is_two_words(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text("This is an exam-", y=700) + text("ple of a broken word", y=686))
    assert [word.text for word in words_in(path)][3:5] == ["exam-", "ple"]


def test_a_ligature_is_spelled_out(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text(r"\256nd"))  # the octal code of the fi ligature in Helvetica
    assert [word.text for word in words_in(path)] == ["find"]


def test_arabic_is_read_in_logical_order_with_its_ligatures() -> None:
    texts = [word.text for word in words_in(str(DOCUMENTS / "right_to_left_01.pdf"))]
    assert "الإنتاجية" in texts  # alef and lam come twice, the second pair as one glyph
    assert "أيضًا" in texts


def test_control_characters_do_not_survive(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text(r"red\033[31m and\002\177 \010more"))
    [first, *_] = words = [word.text for word in words_in(path)]
    assert first.startswith("red")
    assert first.endswith("[31m")
    assert not [c for word in words for c in word if unicodedata.category(c) == "Cc"]


def test_tab_and_line_feed_are_the_only_controls_that_stay() -> None:
    every = "".join(map(chr, range(0x250)))
    assert {c for c in without_controls(every) if unicodedata.category(c) == "Cc"} == {"\t", "\n"}
    assert len(without_controls(every)) == len(every)


def test_a_page_without_text_has_no_words(tmp_path: Path) -> None:
    assert words_in(write_pdf(tmp_path / "a.pdf", b"0 0 100 100 re f")) == ()


def test_a_code_that_is_no_character_is_a_doubtful_sign(tmp_path: Path) -> None:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[98 /u110000]>>>>"
    path = write_pdf(tmp_path / "a.pdf", text("abc and what else stands here"), fonts=[font])
    assert render(path, 1, RenderSettings(dpi=100)).kind == "digital"
    first, *_ = words_in(path)
    assert (first.text, round(first.confidence, 2)) == ("a\ufffdc", 0.67)
