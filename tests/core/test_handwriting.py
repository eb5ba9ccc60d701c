"""Pages written by hand: told, marked for review, and not filled with invented words."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.handwriting import looks_handwritten
from ocr_assets.core.ink import ink_of
from ocr_assets.errors import PermanentFault
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.page_images import DOCUMENTS, image_input


def scrawl(seed: int) -> Image.Image:
    """Strokes of a pen that no one can read: loops and hooks of all sizes in rising and falling rows."""
    random = np.random.default_rng(seed)
    page = Image.new("L", (1240, 1754), 250)
    draw = ImageDraw.Draw(page)
    for row in range(9):
        x, y = 140.0, 200.0 + 160 * row
        while x < 1000:
            size, steps = 10 * 9 ** random.uniform(0, 1), np.linspace(0, 1, 30)
            wave = np.cumsum(random.normal(0, 1, (30, 2)), axis=0)
            wave = (wave - wave.mean(axis=0)) / max(1e-6, np.abs(wave).max())
            points = [
                (x + size * (t + 0.5 * a), y + random.uniform(-1, 1) + size * b)
                for t, (a, b) in zip(steps, wave, strict=True)
            ]
            draw.line(points, 20, 5, joint="curve")
            x += size * random.uniform(1.6, 2.4)
            y += random.uniform(-25, 25)
    return page


@pytest.mark.parametrize("seed", [1, 2])
def test_strokes_of_all_sizes_on_no_line_look_written_by_hand(seed: int) -> None:
    assert looks_handwritten(ink_of(scrawl(seed)))


@pytest.mark.parametrize("name", ["phototest.tif", "1809_0070.tif"])
@pytest.mark.parametrize("factor", [1.0, 0.4])
def test_print_does_not_in_any_script_or_size(name: str, factor: float) -> None:
    with Image.open(DOCUMENTS / name) as image:
        page = image.convert("L").resize((round(image.width * factor), round(image.height * factor)))
    assert not looks_handwritten(ink_of(page))
    assert not looks_handwritten(ink_of(Image.new("L", (800, 1000), 255)))


def test_a_page_of_which_no_reader_makes_a_word_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(PermanentFault) as raised:
        read_page(image_input(tmp_path, scrawl(2)), ReaderSettings())
    assert raised.value.reason == "unread_ink"


def test_what_nobody_can_read_is_said_to_be_so_and_not_invented(tmp_path: Path) -> None:
    reading = read_page(image_input(tmp_path, scrawl(1)), ReaderSettings())
    assert re.fullmatch(
        r"it (looks written by hand|cannot be read): of \d+ words only the \d+ are kept .*", reading.review
    )
    assert reading.confidence < 0.5
    assert len(reading.words) < 8
    assert all(0.5 <= word.confidence < 0.9 for word in reading.words)
