"""How the lines of a region fall into paragraphs, lists, lines and headings."""

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.pages import Block, BlockKind, Box, Word
from ocr_assets.core.regions import Region
from tests.page_making import LEADING, SIZE, line, lines

FULL = "the words of this line reach to the right edge"
COLUMN = Region("text", Box(0.09, 0.18, 0.9, 0.9), 0.9)


def blocks(words: list[Word], kind: BlockKind = "text") -> list[Block]:
    return list(blocks_of(words, [Region(kind, COLUMN.box, COLUMN.score)]))


def texts(words: list[Word], kind: BlockKind = "text") -> list[str]:
    return [block.text for block in blocks(words, kind)]


def test_a_paragraph_ends_where_the_next_word_would_have_fitted() -> None:
    words = lines("One " + FULL, FULL, "ends here.", "Two " + FULL, FULL)
    assert [text.split()[0] for text in texts(words)] == ["One", "Two"]


def test_a_line_that_ends_early_before_a_long_word_does_not_end_the_paragraph() -> None:
    words = lines("One " + FULL, "the words of this line are", "Donaudampfschifffahrtsgesellschaft and more of it")
    assert len(texts(words)) == 1


def test_a_full_line_that_ends_a_sentence_does_not_end_the_paragraph() -> None:
    assert len(texts(lines("One " + FULL + ".", "Two " + FULL + ".", "Six " + FULL))) == 1


def test_an_indent_begins_a_paragraph() -> None:
    words = [
        *lines(FULL, "the words of this line reach to the right end."),
        *line("New " + FULL[:40], 0.13, 0.2 + 2 * LEADING),
    ]
    words += lines(FULL, FULL, y=0.2 + 3 * LEADING)
    assert [text.split()[0] for text in texts(words)] == ["the", "New"]


def test_lines_of_centred_text_are_not_indents() -> None:
    words = [*line("a first line in the middle", 0.3, 0.2), *line("Its second line is", 0.3288, 0.2 + LEADING)]
    assert len(texts(words)) == 1


def test_hanging_first_lines_begin_entries() -> None:
    words = []
    for n, name in enumerate(("Adams", "Brown", "Clark")):
        words += line(f"{name} {FULL}", 0.1, 0.2 + 2 * n * LEADING)
        words += line("and goes on below.", 0.14, 0.2 + (2 * n + 1) * LEADING)
    assert [text.split()[0] for text in texts(words, "reference")] == ["Adams", "Brown", "Clark"]


def test_a_space_begins_a_paragraph() -> None:
    words = lines("One " + FULL, FULL, "the words of this line reach to the right end.")
    words += lines("Two " + FULL, FULL, y=0.2 + 3.6 * LEADING)
    assert [text.split()[0] for text in texts(words)] == ["One", "Two"]


def test_a_sentence_goes_on_over_a_small_space() -> None:
    words = [*lines("One " + FULL, FULL), *lines(FULL, FULL, y=0.2 + 2.5 * LEADING)]
    assert len(texts(words)) == 1


def test_short_lines_of_a_form_stay_lines() -> None:
    words = lines("Name: Universal Studios", "Category: Film", "Customer: 98765", "Code: PREMIUM")
    (text,) = texts([*words, *lines(FULL, FULL, FULL, y=0.5)])[:1]
    assert text == "Name: Universal Studios  \nCategory: Film  \nCustomer: 98765  \nCode: PREMIUM"


def test_items_of_a_list_keep_their_lines_and_what_follows_is_no_item() -> None:
    words = line("• first point, which is so long that it reaches to the edge", 0.1, 0.2)
    words += line("and goes on.", 0.1152, 0.2 + LEADING)
    words += line("• second", 0.1, 0.2 + 2 * LEADING)
    words += lines("All of the points are " + FULL, FULL, y=0.2 + 3 * LEADING)
    found = blocks(words)
    assert [block.kind for block in found] == ["list", "text"]
    assert found[0].text.splitlines()[1:] == ["  and goes on.", "• second"]


def test_indented_items_are_nested() -> None:
    words = [
        *line("• outer", 0.1, 0.2),
        *line("- inner", 0.13, 0.2 + LEADING),
        *line("• outer", 0.1, 0.2 + 2 * LEADING),
    ]
    assert texts(words) == ["• outer\n    - inner\n• outer"]


def test_a_bold_line_over_a_text_is_a_title() -> None:
    words = [*line("General rights", 0.1, 0.2, font="Arial-BoldMT"), *lines(FULL, FULL, FULL, y=0.2 + LEADING)]
    assert [(block.kind, block.bold) for block in blocks(words)] == [("title", True), ("text", False)]


def test_a_bold_beginning_of_a_paragraph_is_no_title() -> None:
    words = [
        *line("Background:", 0.1, 0.2, font="Arial-BoldMT"),
        *line(FULL, 0.18, 0.2),
        *lines(FULL, FULL, y=0.2 + LEADING),
    ]
    assert [block.kind for block in blocks(words)] == ["text"]


def test_bold_is_nothing_special_on_a_bold_page() -> None:
    words = [word for n in range(4) for word in line(FULL, 0.1, 0.2 + n * LEADING, font="CMBX10")]
    words += line("Short line", 0.1, 0.4, font="CMBX10")
    assert {block.kind for block in blocks(words)} == {"text"}


def test_larger_type_makes_a_title_and_a_formula_none() -> None:
    words = [*line("A new chapter", 0.1, 0.2, size=1.6 * SIZE), *line("∫ f(x) dx =", 0.1, 0.3, size=1.6 * SIZE)]
    words += lines(FULL, FULL, FULL, y=0.4)
    assert [block.kind for block in blocks(words)] == ["title", "text", "text"]


def test_lines_of_one_title_are_joined_and_numbered_titles_are_not() -> None:
    size = 1.6 * SIZE
    words = [*line("CORPORATE RESPONSIBILITY:", 0.1, 0.2, size), *line("THE CONTEXT", 0.1, 0.2 + 1.5 * size, size)]
    words += [*line("1 Aims", 0.1, 0.4, size), *line("1.1 Scope", 0.1, 0.4 + 1.5 * size, size)]
    words += lines(FULL, FULL, FULL, y=0.6)
    regions = [
        Region("title", Box(0.09, y, 0.9, y + 0.025), 0.9) for y in (0.195, 0.2 + 1.4 * size, 0.395, 0.4 + 1.4 * size)
    ]
    found = [block.text for block in blocks_of(words, regions) if block.kind == "title"]
    assert found == ["CORPORATE RESPONSIBILITY:\nTHE CONTEXT", "1 Aims", "1.1 Scope"]


def test_what_layout_takes_for_a_title_is_none_in_the_middle_of_a_sentence() -> None:
    words = [*lines(FULL, FULL, FULL), *line("and so it ends", 0.1, 0.5)]
    regions = [Region("text", Box(0.09, 0.19, 0.9, 0.26), 0.9), Region("title", Box(0.09, 0.49, 0.9, 0.52), 0.9)]
    assert [block.kind for block in blocks_of(words, regions)] == ["text", "text"]


def test_a_line_stays_whole_where_two_regions_share_it() -> None:
    words = lines("One " + FULL, FULL, FULL)
    left, right = Box(0.09, 0.2, 0.3, 0.26), Box(0.12, 0.195, 0.9, 0.225)
    found = " ".join(block.text for block in blocks_of(words, [Region("text", left, 0.9), Region("text", right, 0.8)]))
    assert found.split() == [word.text for word in words]


def test_a_table_of_contents_stays_one_block() -> None:
    words = [
        *lines("1 Aims and so on . . . . . . . 2", "2 Methods and more . . . . . . 14"),
        *lines("Third . . . . 99", y=0.3),
    ]
    assert len(texts(words)) == 1


def test_a_short_line_in_the_font_of_the_titles_is_one_and_its_second_line_too() -> None:
    words = [*line("METHODS OF THE STUDY", 0.1, 0.2, font="A")]
    words += [word for n in range(5) for word in line(FULL, 0.1, 0.24 + n * LEADING, font="B")]
    words += [
        *line("Findings of one that has a", 0.1, 0.5, font="A"),
        *line("second line", 0.1, 0.5 + LEADING, font="A"),
    ]
    words += [word for n in range(5) for word in line(FULL, 0.1, 0.56 + n * LEADING, font="B")]
    found = blocks_of(words, [Region("title", Box(0.09, 0.19, 0.5, 0.22), 0.9)])
    assert [block.text for block in found if block.kind == "title"] == [
        "METHODS OF THE STUDY",
        "Findings of one that has a\nsecond line",
    ]


def test_a_line_in_capitals_is_a_title_where_fonts_are_not_known() -> None:
    words = [*line("THE SECOND PART", 0.1, 0.2), *lines(FULL, FULL, FULL, y=0.25)]
    assert [block.kind for block in blocks(words)] == ["title", "text"]


def test_a_large_first_letter_belongs_to_its_word() -> None:
    words = [
        *line("I", 0.1, 0.2, 3 * SIZE),
        *line("n May the industry and " + FULL, 0.13, 0.21),
        *lines(FULL, FULL, y=0.23),
    ]
    assert blocks(words)[0].text.startswith("In May")


def test_a_large_first_letter_that_is_a_word_stays_one() -> None:
    words = [*line("A", 0.1, 0.2, 3 * SIZE), *line("new industry and " + FULL, 0.13, 0.21), *lines(FULL, FULL, y=0.23)]
    assert blocks(words)[0].text.startswith("A new")


def test_lines_whose_words_come_in_two_readings_are_put_together() -> None:
    whole = [line(f"row {n} has words of two readers in turn", 0.1, 0.2 + n * LEADING) for n in range(6)]
    one = [word for words in whole for word in words[::2]]
    other = [word for words in whole for word in words[1::2]]
    assert texts([*one, *other]) == ["\n".join(" ".join(word.text for word in words) for words in whole)]


def test_rows_of_a_form_are_lines() -> None:
    words = []
    for n, (label, value) in enumerate((("Cinema:", "Downtown"), ("Contact:", "Sarah"), ("Region:", "North"))):
        words += [*line(label, 0.1, 0.2 + n * LEADING), *line(value, 0.3, 0.2 + n * LEADING)]
    assert texts(words) == ["Cinema: Downtown  \nContact: Sarah  \nRegion: North"]


def test_a_bullet_outside_of_the_region_belongs_to_it() -> None:
    words = [*line("\uf0a7", 0.1, 0.2), *line("Randomized " + FULL, 0.13, 0.2), *line("and more", 0.13, 0.2 + LEADING)]
    found = blocks_of(words, [Region("text", Box(0.12, 0.19, 0.6, 0.25), 0.9)])
    assert [block.kind for block in found] == ["list"]
    assert found[0].text.splitlines()[1] == "  and more"
