"""What a model says of figures."""

import pytest

from ocr_assets.core.figure_answers import described, figure_answer, is_ornament
from ocr_assets.core.pages import Box


def test_a_figure_has_kind_description_text_and_data() -> None:
    answer = figure_answer(
        '```json\n{"kind": "Chart", "description": "Coal\\nlanded.", "text": "1911", '
        '"data": [["year", "tons"], [1911, null]]}\n```'
    )
    assert (answer.kind, answer.description, answer.text) == ("chart", "Coal landed.", "1911")
    assert answer.data == "| year | tons |\n| --- | --- |\n| 1911 |  |"


@pytest.mark.parametrize(
    "text", ["", "a chart", "[1]", '{"kind": "chart"}', '{"kind": "chart", "description": " "}', '{"description": 3}']
)
def test_what_says_nothing_cannot_be_parsed(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|description"):
        figure_answer(text)


def test_a_logo_needs_no_description_and_data_without_end_is_none() -> None:
    assert figure_answer('{"kind": "logo", "description": ""}').kind == "logo"
    rows = [["a", "b"]] * 5_000
    assert figure_answer(f'{{"kind": "table", "description": "x", "data": {rows}}}'.replace("'", '"')).data == ""


def test_a_plain_answer_is_prose_or_the_table_of_a_chart() -> None:
    assert described("A quay\nwith ships.").description == "A quay with ships."
    parsed = described("<table><tr><td>year</td><td>tons</td></tr><tr><td>1911</td><td>4</td></tr></table>")
    assert (parsed.kind, parsed.data) == ("chart", "| year | tons |\n| --- | --- |\n| 1911 | 4 |")


def test_rules_and_small_marks_are_ornaments() -> None:
    assert is_ornament(Box(0.1, 0.5, 0.9, 0.505))
    assert is_ornament(Box(0.1, 0.1, 0.14, 0.14))
    assert not is_ornament(Box(0.1, 0.1, 0.5, 0.4))


def test_half_a_character_is_replaced_since_no_table_can_hold_it() -> None:
    answer = figure_answer('{"kind": "photo", "description": "a ship \\ud83d", "text": "\\ud83d\\udea2", "data": []}')
    assert (answer.description, answer.text) == ("a ship \ufffd", "\U0001f6a2")
