from PIL import Image

from ocr_assets.core.figures import page_figures
from ocr_assets.core.pages import Block, Box
from ocr_assets.core.png import encoded
from resources.page_readers.picture_text import words_in_picture
from tests.page_images import DOCUMENTS

PICTURE = Box(0.2, 0.4, 0.8, 0.8)


def page_with_a_screenshot() -> Image.Image:
    page = Image.new("L", (1200, 1600), 255)
    with Image.open(DOCUMENTS / "phototest.tif") as shot:
        page.paste(shot.convert("L"), (280, 700))
    return page


def test_the_text_inside_a_picture_is_read() -> None:
    words = words_in_picture(page_with_a_screenshot(), PICTURE)
    assert "quick brown dog jumped" in " ".join(word.text for word in words)
    assert all(0.2 <= word.box.x0 < word.box.x1 <= 0.8 and 0.4 <= word.box.y0 < word.box.y1 <= 0.8 for word in words)


def test_a_picture_without_writing_has_no_text() -> None:
    assert words_in_picture(Image.linear_gradient("L").resize((1200, 1600)), PICTURE) == []
    assert words_in_picture(page_with_a_screenshot(), Box(0.5, 0.5, 0.5, 0.5)) == []


def test_a_figure_that_the_reading_has_no_text_of_gets_the_text_inside_it() -> None:
    image = encoded(page_with_a_screenshot())
    figure = page_figures(image, 1, [Block("figure", PICTURE, "")], (), words_in_picture)[0]
    assert "The quick brown dog jumped over the" in figure.text.replace("\n", " ")
    assert figure.caption_source == "text_inside"
    assert page_figures(image, 1, [Block("figure", PICTURE, "a chart")], (), words_in_picture)[0].text == "a chart"
