from pathlib import Path

import pytest

from ocr_assets.core.drawn_rulings import rulings_of
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from ocr_assets.core.rulings import Ruling, Rulings, separators
from tests.pdf_making import write_pdf


def drawn(path: Path, content: bytes, page: bytes = b"") -> Rulings:
    with pdf_page(write_pdf(path / "drawn.pdf", content, size=(200, 100), page=page), 1) as opened:
        rulings = rulings_of(opened)
    close_last_pdf()
    return Rulings(*(tuple(Ruling(*(round(n, 3) for n in r)) for r in each) for each in (rulings.across, rulings.down)))


def test_stroked_lines_and_the_sides_of_rectangles_are_found(tmp_path: Path) -> None:
    rulings = drawn(tmp_path, b"20 90 m 120 90 l S 40 20 100 50 re S")
    assert set(rulings.across) == {Ruling(0.1, 0.1, 0.6), Ruling(0.8, 0.2, 0.7), Ruling(0.3, 0.2, 0.7)}
    assert set(rulings.down) == {Ruling(0.2, 0.3, 0.8), Ruling(0.7, 0.3, 0.8)}


def test_a_thin_filled_area_is_a_line_and_a_thick_one_is_none(tmp_path: Path) -> None:
    rulings = drawn(tmp_path, b"20 49 100 2 re f 20 10 100 30 re f")
    assert rulings == Rulings((Ruling(0.5, 0.1, 0.6),), ())


def test_curves_slanted_lines_and_clipping_paths_are_no_rulings(tmp_path: Path) -> None:
    assert drawn(tmp_path, b"10 10 m 20 50 60 50 80 10 c S 10 10 m 90 60 l S 10 10 50 50 re W n") == Rulings()


def test_rulings_turn_with_the_page(tmp_path: Path) -> None:
    assert drawn(tmp_path, b"20 90 m 120 90 l S", page=b"/Rotate 90").down == (Ruling(0.9, 0.1, 0.6),)


def test_what_is_drawn_through_a_matrix_stands_where_it_is_seen(tmp_path: Path) -> None:
    assert drawn(tmp_path, b"q .5 0 0 .5 20 10 cm 0 100 m 100 100 l S Q").across == (Ruling(0.4, 0.1, 0.35),)


def test_double_lines_are_one_separator_and_dashes_join() -> None:
    double = [Ruling(0.1, 0.0, 0.5), Ruling(0.104, 0.0, 0.5), Ruling(0.3, 0.0, 0.2), Ruling(0.3, 0.205, 0.5)]
    first, second = separators(double, apart=0.01, gap=0.01)
    assert first.at == pytest.approx(0.102)
    assert second.pieces == ((0.0, 0.5),)
    assert second.covers(0.1, 0.4)
    assert not second.covers(0.4, 0.9)


TILES = b"".join(b"%g %d 50 20 re f " % (20 + 50.5 * column, 10 + 20 * row) for column in range(3) for row in range(3))


def test_coloured_areas_side_by_side_have_edges(tmp_path: Path) -> None:
    rulings = drawn(tmp_path, b".2 .4 .6 rg " + TILES)
    assert [round(s.at, 2) for s in separators(rulings.across, 0.02, 0.01)] == [0.3, 0.5, 0.7, 0.9]
    assert len(separators(rulings.down, 0.02, 0.01)) == 4


def test_areas_behind_lines_of_text_and_white_ones_have_none(tmp_path: Path) -> None:
    cells = b".2 .4 .6 rg " + TILES
    behind_text = cells + b"25 10 40 10 re f 25 20 40 10 re f"
    assert drawn(tmp_path, behind_text) == drawn(tmp_path, cells)
    assert drawn(tmp_path, b"1 1 1 rg " + TILES) == Rulings()
