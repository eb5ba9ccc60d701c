from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region
from ocr_assets.core.ruled_tables import with_ruled_tables
from ocr_assets.core.rulings import Ruling, Rulings

XS, YS = (0.1, 0.4, 0.7), (0.2, 0.25, 0.3, 0.35)
GRID = Rulings(tuple(Ruling(y, XS[0], XS[-1]) for y in YS), tuple(Ruling(x, YS[0], YS[-1]) for x in XS))
WORDS = [Word("word", Box(x + 0.02, y + 0.015, x + 0.1, y + 0.03), 1.0) for x in XS[:-1] for y in YS[:-1]]
WHOLE = Box(XS[0], YS[0], XS[-1], YS[-1])


def test_a_grid_with_words_in_its_cells_is_a_table() -> None:
    assert [(region.kind, region.box) for region in with_ruled_tables([], GRID, WORDS)] == [("table", WHOLE)]


def test_a_table_cut_short_grows_to_its_grid() -> None:
    short = Region("table", WHOLE._replace(x1=0.6, y0=0.26), 0.8)
    assert with_ruled_tables([short], GRID, WORDS) == (Region("table", WHOLE, 0.8),)


def test_the_head_above_a_grid_stays_and_the_notes_below_go() -> None:
    tall = Region("table", WHOLE._replace(y0=0.18, y1=0.39), 0.8)
    assert with_ruled_tables([tall], GRID, WORDS) == (Region("table", WHOLE._replace(y0=0.18), 0.8),)


def test_text_regions_within_a_grid_are_its_cells() -> None:
    cell, far = Region("text", Box(0.1, 0.2, 0.4, 0.25), 0.9), Region("text", Box(0.1, 0.5, 0.9, 0.6), 0.9)
    assert [region.kind for region in with_ruled_tables([cell, far], GRID, WORDS)] == ["text", "table"]


def test_lines_without_words_between_them_are_a_drawing() -> None:
    assert with_ruled_tables([], GRID, WORDS[:2]) == ()


def test_a_box_around_text_is_no_table() -> None:
    box = Rulings(GRID.across[::3], GRID.down[::2])
    assert with_ruled_tables([], box, WORDS) == ()
