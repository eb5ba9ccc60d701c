"""Scans in every bad state that a page can be in, read nearly as well as the clean page that they are made of."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps
from rapidfuzz.distance import Levenshtein

from ocr_assets.core.denoising import denoised
from ocr_assets.core.faint import strengthened
from ocr_assets.core.pages import PageReading
from ocr_assets.core.straightening import turned
from ocr_assets.core.streaks import without_streaks
from resources.page_readers.ladder import ReaderSettings, read_page
from tests.page_images import DOCUMENTS, page_input

PROSE = (
    "The keeper of the harbour light wrote every evening into a large",
    "book how the wind had turned, which ships had passed, and whether",
    "the lamp had burned as it should. When he fell ill in the winter",
    "of that year his daughter kept the book in his place, and nobody",
    "noticed, because her hand was as firm as his and her judgement of",
    "the weather better. In spring the inspector came to read what was",
    "written there; he praised the careful entries and asked for a copy.",
)
OTHER = (
    "Among the papers of the council there is a short report on the",
    "market hall, which was to be built of iron and glass. The builder",
    "asked for more money than had been agreed, and for another year.",
    "After a long debate the members voted for the cheaper plan, with",
    "a roof of slate and walls of brick, and it stands there to this",
    "day, though the market has long since moved to the new square.",
    "The iron columns were sold to a railway company in the north.",
)


def page(lines: tuple[str, ...] = PROSE * 3, *, width: int = 1240, size: int = 29) -> Image.Image:
    """A page of print, 150 dots to the inch."""
    image = Image.new("L", (width, 1754), 250)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    for number, line in enumerate(lines):
        draw.text((120, 140 + 52 * number), line, 25, font)
    return image


def dark_border(image: Image.Image) -> Image.Image:
    """A copier's black edge, of uneven width."""
    ImageDraw.Draw(image).polygon(((0, 0), (95, 0), (60, 1754), (0, 1754)), 8)
    ImageDraw.Draw(image).polygon(((0, 0), (1240, 0), (1240, 90), (0, 50)), 8)
    ImageDraw.Draw(image).rectangle((0, 1690, 1240, 1754), 8)
    return image


def bleed_through(image: Image.Image) -> Image.Image:
    """The print of the other side, seen through the paper, the wrong way round."""
    behind = ImageOps.mirror(page(OTHER * 3)).filter(ImageFilter.GaussianBlur(2))
    return ImageChops.darker(image, behind.point(lambda value: 175 + value * 75 // 250))


def low_contrast(image: Image.Image) -> Image.Image:
    return image.point(lambda value: 150 + value * 45 // 250)


def washed_out(image: Image.Image) -> Image.Image:
    """Print that is 14 of 255 darker than its paper, in a scanner's noise."""
    faint = np.asarray(image, float) * 14 / 250 + 200 + np.random.default_rng(7).normal(0, 3, (1754, 1240))
    return Image.fromarray(faint.astype(np.uint8))


def inverted(image: Image.Image) -> Image.Image:
    return ImageOps.invert(image)


def underexposed(image: Image.Image) -> Image.Image:
    """A photo in so little light that its paper is darker than grey."""
    return image.point(lambda value: 6 + value * 70 // 250)


def small(image: Image.Image) -> Image.Image:
    """80 dots to the inch."""
    return image.resize((661, 935), Image.Resampling.LANCZOS)


def fax(image: Image.Image) -> Image.Image:
    """204 dots to the inch across and 98 down, black and white, with specks."""
    coarse = np.asarray(image.resize((round(1240 * 204 / 150), round(1754 * 98 / 150)), Image.Resampling.BOX)).copy()
    noise = np.random.default_rng(3).random(coarse.shape)
    coarse[noise < 0.001] = 0
    return Image.fromarray(coarse).point(lambda value: 255 * (value > 150)).convert("1")


def noisy_and_yellowed(image: Image.Image) -> Image.Image:
    """Old paper with a shadow towards its fold."""
    grey = np.asarray(image, float) * np.linspace(0.55, 1, image.width)[None]
    grey += np.random.default_rng(5).normal(0, 9, grey.shape)
    tint = np.stack([grey, grey * 0.94, grey * 0.78], axis=2)
    return Image.fromarray(tint.clip(0, 255).astype(np.uint8))


def specked(image: Image.Image) -> Image.Image:
    """Every thirtieth pixel black or white."""
    pixels, chance = np.asarray(image).copy(), np.random.default_rng(9).random((1754, 1240))
    pixels[chance < 0.016] = 0
    pixels[chance > 0.984] = 255
    return Image.fromarray(pixels)


def dithered(image: Image.Image) -> Image.Image:
    """Grey paper in black and white."""
    return image.point(lambda value: value * 88 // 100).convert("1")


def badly_parted(image: Image.Image) -> Image.Image:
    """Black and white, parted so high that the grain of the paper is black."""
    grain = np.asarray(image, float) + np.random.default_rng(4).normal(0, 40, (1754, 1240))
    return Image.fromarray(grain.clip(0, 255).astype(np.uint8)).point(lambda value: 255 * (value > 185)).convert("1")


def streaked(image: Image.Image) -> Image.Image:
    """Dust in the scanner: grey lines down the page, slightly askew, through its letters."""
    dust = Image.new("L", image.size, 255)
    for x, tone in ((260, 60), (515, 130), (731, 170)):
        ImageDraw.Draw(dust).line((x, 0, x + 9, 1754), tone, 3)
    return ImageChops.multiply(image, dust)


def streaked_across(image: Image.Image) -> Image.Image:
    """The same across the page, as faxes have them."""
    dust = Image.new("L", image.size, 255)
    for row in (2, 7, 12, 17):
        ImageDraw.Draw(dust).line((0, 162 + 52 * row, 1240, 165 + 52 * row), 30 + 4 * row, 2 + row % 2)
    return ImageChops.multiply(image, dust)


def skewed(image: Image.Image) -> Image.Image:
    return image.rotate(3.4, Image.Resampling.BICUBIC, fillcolor=250)


def read(folder: Path, image: Image.Image, dpi: tuple[float, float] | None = None) -> PageReading:
    path = folder / "page.tif"
    image.save(path, **({"dpi": dpi} if dpi else {}))
    return read_page(page_input(path), ReaderSettings())


def error_rate(reading: PageReading, lines: tuple[str, ...]) -> float:
    truth = " ".join(lines)
    return Levenshtein.distance(truth, " ".join(reading.text.split())) / len(truth)


@pytest.mark.parametrize(
    "state",
    [dark_border, bleed_through, low_contrast, inverted, underexposed, small, noisy_and_yellowed, skewed],
    ids=lambda s: s.__name__,
)
def test_a_scan_in_a_bad_state_is_read_nearly_as_well_as_a_clean_one(
    tmp_path: Path, state: Callable[[Image.Image], Image.Image]
) -> None:
    reading = read(tmp_path, state(page()))
    assert error_rate(reading, PROSE * 3) < 0.01
    assert reading.review == ""


@pytest.mark.parametrize("state", [specked, dithered, badly_parted], ids=lambda s: s.__name__)
def test_a_page_full_of_noise_is_read(tmp_path: Path, state: Callable[[Image.Image], Image.Image]) -> None:
    lying = turned(state(page()).convert("L"), 90)
    assert error_rate(read(tmp_path, lying), PROSE * 3) < 0.02


def test_a_page_with_little_noise_is_not_blurred() -> None:
    for image in (page(), noisy_and_yellowed(page()).convert("L"), fax(page()).convert("L")):
        assert denoised(image) is image


@pytest.mark.parametrize("state", [streaked, streaked_across], ids=lambda s: s.__name__)
def test_a_page_with_streaks_through_its_letters_is_read_line_by_line(
    tmp_path: Path, state: Callable[[Image.Image], Image.Image]
) -> None:
    assert error_rate(read(tmp_path, state(page())), PROSE * 3) < 0.01


def test_rules_underlines_and_the_lines_of_a_letterhead_are_no_streaks() -> None:
    ruled = page()
    draw = ImageDraw.Draw(ruled)
    draw.line((0, 100, 1240, 100), 25, 4)  # off the page, above the print
    for row in range(4):
        draw.line(
            (120, 140 + 52 * row + 31, 1120, 140 + 52 * row + 31), 25, 2
        )  # under the letters, crossing their tails
        draw.rectangle((60, 900 + 52 * row, 1180, 952 + 52 * row), None, 25, 2)
    assert without_streaks(ruled) is ruled


def test_lines_that_letters_keep_off_are_no_streaks() -> None:
    ruled = page()
    draw = ImageDraw.Draw(ruled)
    for x in (90, 1170):
        draw.line((x, 100, x, 1650), 25, 3)
    assert without_streaks(ruled) is ruled
    assert without_streaks(Image.new("L", (30, 200), 250)).size == (30, 200)


def test_a_pattern_of_stripes_across_the_page_is_no_streaks() -> None:
    striped = page()
    draw = ImageDraw.Draw(striped)
    for number in range(21):
        draw.line(((0, 156 + 52 * number), (1240, 156 + 52 * number)), 25, 3)
        if number == 3:
            assert without_streaks(striped) is not striped
    assert without_streaks(striped) is striped


def test_print_so_faint_that_its_page_counts_as_blank_is_read(tmp_path: Path) -> None:
    assert error_rate(read(tmp_path, washed_out(page())), PROSE * 3) < 0.02


def test_faint_print_that_shows_through_from_the_other_side_is_no_text(tmp_path: Path) -> None:
    reading = read(tmp_path, washed_out(ImageOps.mirror(page()).filter(ImageFilter.GaussianBlur(1.5))))
    assert (reading.text, reading.reader, reading.review) == ("", "none", "")


@pytest.mark.parametrize("grain", [3, 15, 60], ids=str)
def test_the_grain_of_paper_is_no_writing(grain: int) -> None:
    noise = np.random.default_rng(grain).normal(0, grain, (1754, 1240))
    paper = Image.fromarray((noise + 128).clip(0, 255).astype(np.uint8))
    assert strengthened(paper) is None
    assert strengthened(paper.filter(ImageFilter.GaussianBlur(2))) is None


def test_a_fax_is_read(tmp_path: Path) -> None:
    assert error_rate(read(tmp_path, fax(page()), (204, 98)), PROSE * 3) < 0.02


def test_a_spread_with_a_dark_fold_is_read_page_by_page(tmp_path: Path) -> None:
    spread = Image.new("L", (2480, 1754), 250)
    spread.paste(page(PROSE * 3), (0, 0))
    spread.paste(page(OTHER * 3), (1240, 0))
    shadow = np.asarray(spread, float) * (1 - 0.7 * np.exp(-(((np.arange(2480) - 1240) / 60) ** 2)))[None]
    reading = read(tmp_path, Image.fromarray(shadow.astype(np.uint8)))
    assert error_rate(reading, PROSE * 3 + OTHER * 3) < 0.01


def test_a_newspaper_of_five_columns_is_read_column_by_column(tmp_path: Path) -> None:
    sheet, font = Image.new("L", (2400, 3200), 235), ImageFont.load_default(24)
    draw, truth = ImageDraw.Draw(sheet), []
    draw.text((300, 120), "THE HARBOUR GAZETTE", 20, ImageFont.load_default(120))
    for column in range(5):
        words = " ".join((PROSE if column % 2 else OTHER) * 4).split()
        y, line = 400, ""
        for word in [*words, ""]:
            if not word or font.getlength(f"{line} {word}") > 390:
                draw.text((120 + 440 * column, y), line, 25, font)
                truth.append(line)
                y, line = y + 36, word
            else:
                line = f"{line} {word}".strip()
        if column:
            draw.line((105 + 440 * column, 400, 105 + 440 * column, 3000), 25, 2)
    reading = read(tmp_path, sheet)
    assert error_rate(reading, ("THE HARBOUR GAZETTE", *truth)) < 0.02


def test_a_page_that_is_nothing_but_a_table_is_one_table(tmp_path: Path) -> None:
    sheet, font = Image.new("L", (1240, 900), 250), ImageFont.load_default(28)
    draw = ImageDraw.Draw(sheet)
    for row in range(14):
        for column, text in enumerate((f"Station {row + 1}", f"{row * 37 + 12}", f"{row * 11 + 305}", f"{row + 40}.5")):
            draw.text((110 + 270 * column, 72 + 56 * row), text, 25, font)
        draw.line((90, 62 + 56 * row, 1150, 62 + 56 * row), 25, 2)
    reading = read(tmp_path, sheet)
    tables = [block for block in reading.blocks if block.kind == "table"]
    assert [block.kind for block in reading.blocks] == ["table"]
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in tables[0].text.splitlines() if "--" not in row
    ]
    assert rows[4] == ["Station 5", "160", "349", "44.5"]
    assert len(rows) == 14


def test_a_blank_scan_with_the_shadow_of_its_edge_has_no_text(tmp_path: Path) -> None:
    assert read(tmp_path, dark_border(page(()))).text == ""


def test_the_clean_page_that_others_are_made_of_is_read_without_error(tmp_path: Path) -> None:
    assert error_rate(read(tmp_path, page()), PROSE * 3) < 0.002
    with Image.open(DOCUMENTS / "phototest.tif") as print_:
        assert read(tmp_path, print_.convert("L")).reader == "tesseract"
