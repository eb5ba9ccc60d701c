import pytest

from ocr_assets.core.captions import captions_of, is_caption, is_labelled
from ocr_assets.core.pages import Block, Box


def block(kind: str, text: str, y0: float, y1: float, x0: float = 0.1, x1: float = 0.9) -> Block:
    return Block(kind, Box(x0, y0, x1, y1), text)


@pytest.mark.parametrize(
    "text",
    ["Figure 3: Sales", "Fig. 2. Sales", "Abbildung 0.1: Räume", "Tabelle 2", "Tableau IV: Ventes", "Table CA3. | x"],
)
def test_a_label_with_a_stop_begins_a_caption(text: str) -> None:
    assert is_labelled(text)
    assert is_caption(block("text", text, 0, 1))


@pytest.mark.parametrize(
    "text", ["Figure 3 shows that sales grew.", "Table 2 and Table 3 agree", "Tabular data: none", "Fight 3:"]
)
def test_a_sentence_about_a_figure_is_no_caption(text: str) -> None:
    assert not is_caption(block("text", text, 0, 1))


def test_a_figure_takes_the_caption_below_and_a_table_the_one_above() -> None:
    blocks = [block("text", "Table 1: a", 0.1, 0.12), block("text", "Figure 1: b", 0.52, 0.54)]
    assert captions_of([("table", Box(0.1, 0.13, 0.9, 0.3)), ("figure", Box(0.1, 0.32, 0.9, 0.5))], blocks) == {
        0: 0,
        1: 1,
    }


def test_each_caption_is_used_once() -> None:
    blocks = [block("figure_caption", "Figure 1: only one", 0.31, 0.33)]
    figures = [("figure", Box(0.1, 0.1, 0.9, 0.3)), ("figure", Box(0.1, 0.34, 0.9, 0.5))]
    assert captions_of(figures, blocks) == {0: 0}


def test_a_caption_in_the_other_column_is_not_taken() -> None:
    blocks = [block("figure_caption", "Figure 1: right column", 0.5, 0.52, 0.55, 0.9)]
    assert captions_of([("figure", Box(0.1, 0.1, 0.45, 0.3))], blocks) == {}


def test_a_labelled_caption_goes_before_a_note() -> None:
    blocks = [
        block("text", "Figure 2b. | Rates", 0.08, 0.1),
        block("figure_caption", "Note: ranked by value", 0.31, 0.33),
    ]
    assert captions_of([("figure", Box(0.1, 0.11, 0.9, 0.3))], blocks) == {0: 0}
