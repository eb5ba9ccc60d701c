"""What readers give apart from what it belongs to."""

from collections import Counter
from random import Random

from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.out_of_place import with_marks_in_place
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region
from tests.page_making import SIZE, line, lines

CHAPTERS = ["ACQUISITION", "CONSERVATION", "COMMUNICATION"]


def chapters() -> tuple[list[Word], list[Word]]:
    """The marks of three chapters, and their lines with an item below each."""
    marks = [word for n in range(3) for word in line(f"{n + 1})", 0.1, 0.2 + 0.1 * n)]
    texts = [
        word
        for n, chapter in enumerate(CHAPTERS)
        for word in [*line(chapter, 0.13, 0.2 + 0.1 * n), *line("- the rest of it", 0.16, 0.23 + 0.1 * n)]
    ]
    return marks, texts


def test_marks_that_were_read_as_a_column_stand_before_their_lines() -> None:
    marks, texts = chapters()
    text = "\n".join(block.text for block in blocks_of([*marks, *texts], []))
    assert [found.strip() for found in text.splitlines() if ")" in found] == [
        f"{n}) {chapter}" for n, chapter in enumerate(CHAPTERS, 1)
    ]


def test_marks_in_a_table_and_in_a_text_layer_stay() -> None:
    marks, texts = chapters()
    words = [*marks, *texts]
    assert with_marks_in_place(words, [Box(0, 0, 1, 1)]) == words
    printed = [Word(word.text, word.box, word.confidence, "Helvetica") for word in words]
    assert with_marks_in_place(printed) == printed


def test_no_word_is_lost_however_marks_stand_about() -> None:
    random = Random(3)
    for _ in range(50):
        texts = random.choices(["1)", "a.", "•", "-", "text", "longer words"], k=30)
        words = [word for text in texts for word in line(text, random.uniform(0, 0.9), random.uniform(0, 0.9))]
        assert Counter(with_marks_in_place(words)) == Counter(words)


def test_a_line_over_a_heading_at_the_foot_of_the_columns_is_read_with_it() -> None:
    left = [*lines(*["the left column of the text"] * 6), *line("Voices of experience", 0.1, 0.7, 1.5 * SIZE)]
    right = lines(*["and the right one goes on here"] * 6, x=0.6)
    heading = line("What Children Need", 0.1, 0.74, 4 * SIZE)
    regions = [
        Region("text", Box(0.1, 0.2, 0.5, 0.32), 0.9),
        Region("title", Box(0.1, 0.7, 0.5, 0.72), 0.9),
        Region("text", Box(0.6, 0.2, 0.95, 0.32), 0.9),
        Region("title", Box(0.1, 0.74, 0.95, 0.8), 0.9),
    ]
    order = [block.text.split()[0] for block in blocks_of([*left, *right, *heading], regions)]
    assert order == ["the", "and", "Voices", "What"]
