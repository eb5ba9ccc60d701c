from pathlib import Path

import pytest

from ocr_assets.core.form_words import with_fields
from ocr_assets.core.forms import OFF, ON, SIGNED, form_fields, is_xfa
from ocr_assets.core.pages import Box, FormField, Word
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from tests.form_making import check_box, choice, signature, text_field, write_form
from tests.pdf_making import text

DOCUMENTS = Path(__file__).parents[1] / "documents"
SIZE = (612.0, 792.0)


def fields_of(path: str) -> tuple[FormField, ...]:
    with pdf_page(path, 1) as page:
        fields = form_fields(page)
    close_last_pdf()
    return fields


def test_what_is_typed_ticked_chosen_and_signed_is_known_by_name(tmp_path: Path) -> None:
    path = write_form(
        tmp_path / "form.pdf",
        text("Name:"),
        [
            text_field("name", "Ada Lovelace", (120, 695, 300, 715), entries="/TU(Your name)"),
            check_box("member", True, (120, 660, 132, 672)),
            check_box("guest", False, (120, 640, 132, 652)),
            choice("country", "[(de)(Germany)][(fr)(France)]", "fr", (120, 600, 300, 620)),
            signature("signed", True, (120, 500, 300, 550)),
            signature("countersigned", False, (320, 500, 500, 550)),
        ],
    )
    fields = fields_of(path)
    assert [(field.kind, field.name, field.label, field.value) for field in fields] == [
        ("text", "name", "Your name", "Ada Lovelace"),
        ("checkbox", "member", "", ON),
        ("checkbox", "guest", "", OFF),
        ("choice", "country", "", "France"),
        ("signature", "signed", "", SIGNED),
        ("signature", "countersigned", "", ""),
    ]
    assert fields[0].box == pytest.approx((120 / 612, 1 - 715 / 792, 300 / 612, 1 - 695 / 792), abs=1e-4)


def test_a_form_of_the_world_has_its_fields_and_its_button_is_none() -> None:
    fields = fields_of(str(DOCUMENTS / "pdflatex-forms.pdf"))
    assert [(field.kind, field.name, field.value) for field in fields] == [
        ("text", "Name", ""),
        ("checkbox", "Check", OFF),
    ]


def test_hidden_fields_passwords_and_fields_off_the_page_say_nothing(tmp_path: Path) -> None:
    path = write_form(
        tmp_path / "form.pdf",
        text("Name:"),
        [
            text_field("hidden", "x", (120, 695, 300, 715)).replace(b"/F 4", b"/F 2"),
            text_field("password", "secret", (120, 650, 300, 670), flags=1 << 13),
            text_field("off", "x", (700, 650, 800, 670)),
        ],
    )
    assert [(field.name, field.value) for field in fields_of(path)] == [("password", "")]


def test_fields_turn_with_the_page(tmp_path: Path) -> None:
    fields = [text_field("name", "x", (72, 700, 172, 720))]
    (field,) = fields_of(write_form(tmp_path / "form.pdf", text("Name:"), fields, page=b"/Rotate 90"))
    assert field.box == pytest.approx((700 / 792, 72 / 612, 720 / 792, 172 / 612), abs=1e-4)


def test_a_document_without_a_form_has_no_fields() -> None:
    assert fields_of(str(DOCUMENTS / "us-006.pdf")) == ()


def test_an_xfa_form_is_told_from_one_that_has_fields_of_its_own(tmp_path: Path) -> None:
    dynamic = write_form(tmp_path / "dynamic.pdf", text("Please wait..."), [], xfa=True)
    plain = write_form(tmp_path / "plain.pdf", text("Name:"), [text_field("name", "x", (120, 695, 300, 715))])
    for path, expected in ((dynamic, True), (plain, False)):
        with pdf_page(path, 1) as page:
            assert is_xfa(page) is expected
        close_last_pdf()


# --- among the words ------------------------------------------------------------------------------------------------


def word(text: str, x: float, y: float) -> Word:
    return Word(text, Box(x, y, x + 0.01 * len(text), y + 0.012), 0.9)


def texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


PAGE = (word("Name:", 0.1, 0.1), word("City:", 0.6, 0.1), word("I", 0.14, 0.2), word("agree", 0.16, 0.2))
NAME = FormField("text", "name", "", "Ada Lovelace", Box(0.2, 0.095, 0.5, 0.12))
AGREED = FormField("checkbox", "agreed", "", ON, Box(0.1, 0.198, 0.12, 0.214))


def test_values_stand_behind_their_label_and_boxes_before_theirs() -> None:
    merged = with_fields(PAGE, [AGREED, NAME], SIZE)
    assert texts(merged) == ["Name:", "Ada", "Lovelace", "City:", ON, "I", "agree"]
    assert all(NAME.box.x0 <= w.box.x0 < w.box.x1 <= NAME.box.x1 for w in merged[1:3])
    assert all(NAME.box.y0 <= w.box.y0 < w.box.y1 <= NAME.box.y1 for w in merged[1:3])


def test_a_value_that_the_page_shows_itself_is_not_doubled() -> None:
    shown = (*PAGE, word("ADA", 0.21, 0.1), word("LOVELACE", 0.25, 0.1))
    assert with_fields(shown, [NAME], SIZE) == shown


def test_what_was_read_from_the_image_gives_way_to_what_is_known() -> None:
    seen = (*PAGE, word("Acla", 0.21, 0.1), word("Loveiace", 0.26, 0.1), word("X", 0.105, 0.2))
    merged = texts(with_fields(seen, [NAME, AGREED], SIZE, seen=True))
    assert sorted(merged) == sorted(["Name:", "Ada", "Lovelace", "City:", ON, "I", "agree"])


def test_empty_fields_leave_the_page_as_it_is() -> None:
    assert with_fields(PAGE, [FormField("text", "name", "", "", NAME.box)], SIZE, seen=True) == PAGE


def test_a_long_text_is_broken_into_lines_within_its_field() -> None:
    value = "The first line that is far too long for it\nand the second"
    field = FormField("text", "notes", "", value, Box(0.1, 0.3, 0.4, 0.5))
    added = with_fields(PAGE, [field], SIZE)[len(PAGE) :]
    assert texts(added) == value.split()
    assert len({w.box.y0 for w in added}) == 3
    assert all(w.box.x1 <= 0.4 and w.box.y1 <= 0.5 for w in added)


def test_fields_on_a_page_without_words_are_its_words() -> None:
    assert texts(with_fields((), [NAME], SIZE)) == ["Ada", "Lovelace"]
