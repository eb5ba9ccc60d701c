"""Chunks keep a document's structure, lose no word and have the size that was asked for."""

import random

import pytest

from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.document import Box, Chunk, Element, ElementKind, PageBox
from ocr_assets.core.table_grid import Cell, Table
from ocr_assets.core.table_text import table_text
from ocr_assets.errors import UsageError


def words(text: str) -> int:
    return len(text.split())


def element(kind: ElementKind, text: str, level: int | None = None, page: int = 1) -> Element:
    return Element(kind, text, level, (PageBox(page, Box(0.1, 0.1, 0.9, 0.2)),))


def heading(text: str, level: int, page: int = 1) -> Element:
    return element("heading", text, level, page)


def paragraph(length: int, word: str = "word", page: int = 1) -> Element:
    return element("paragraph", " ".join(f"{word}{i}" for i in range(length)), page=page)


def test_a_document_without_text_has_no_chunks() -> None:
    assert chunk([], ChunkSettings(), words) == ()
    assert chunk([element("paragraph", " \n"), element("figure", "")], ChunkSettings(), words) == ()


def test_a_chunk_never_crosses_a_top_level_heading() -> None:
    elements = [
        heading("One", 2),
        paragraph(5, "a"),
        heading("Sub", 3),
        paragraph(5, "b"),
        heading("Two", 2),
        paragraph(5),
    ]
    first, second = chunk(elements, ChunkSettings(100, 0.5), words)
    assert "Sub" in first.text
    assert "Two" not in first.text
    assert second.heading_path == ("Two",)


def test_a_heading_opens_the_chunk_that_follows_it() -> None:
    elements = [paragraph(8, "a"), heading("Next", 3), paragraph(8, "b")]
    chunks = chunk(elements, ChunkSettings(10, 1), words)
    assert [c.text.split()[0] for c in chunks] == ["a0", "Next"]


def test_a_heading_starts_a_new_chunk_once_the_last_one_is_long_enough() -> None:
    elements = [heading("T", 1), heading("A", 2), paragraph(30), heading("B", 2), paragraph(30)]
    assert [c.heading_path for c in chunk(elements, ChunkSettings(100, 0.2), words)] == [("T", "A"), ("T", "B")]
    assert len(chunk(elements, ChunkSettings(100, 0.5), words)) == 1


def test_a_heading_path_forgets_deeper_headings_of_the_section_before() -> None:
    elements = [heading("A", 1), heading("A.1", 2), heading("A.1.x", 3), paragraph(9), heading("A.2", 2), paragraph(9)]
    assert [c.heading_path for c in chunk(elements, ChunkSettings(20, 0.25), words)] == [
        ("A", "A.1", "A.1.x"),
        ("A", "A.2"),
    ]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "Dr. Fee paid 3 times. He left on 3. Oktober for good. Nobody saw him again, e.g. at home. The end."
    first, second = chunk([element("paragraph", text)], ChunkSettings(12, 0), words)
    assert first.text == "Dr. Fee paid 3 times. He left on 3. Oktober for good."
    assert second.text == "Nobody saw him again, e.g. at home. The end."


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    chunks = chunk([paragraph(25)], ChunkSettings(10, 0), words)
    assert [c.tokens for c in chunks] == [10, 10, 5]


def test_text_without_blanks_is_cut_between_characters() -> None:
    chunks = chunk([element("paragraph", "漢" * 25)], ChunkSettings(10, 0), len)
    assert [len(c.text) for c in chunks] == [10, 10, 5]


def test_overlap_repeats_the_last_sentences_before_the_cut() -> None:
    text = "One two three four. Five six seven. Eight nine ten eleven. Twelve thirteen."
    first, second, _ = chunk([element("paragraph", text)], ChunkSettings(8, 0, 4), words)
    assert first.text == "One two three four. Five six seven."
    assert second.text == "Five six seven. Eight nine ten eleven."


def test_overlap_does_not_reach_into_the_section_before() -> None:
    elements = [heading("A", 1), paragraph(10, "a"), heading("B", 1), paragraph(10, "b")]
    _, second = chunk(elements, ChunkSettings(20, 0, 10), words)
    assert "a9" not in second.text


def test_a_big_table_is_cut_between_rows_and_repeats_its_header() -> None:
    rows = [f"| r{i} | v{i} |" for i in range(12)]
    table = "\n".join(["| name | value |", "|---|---|", *rows])
    chunks = chunk([heading("Prices", 1), element("table", table)], ChunkSettings(30, 0), words)
    assert {c.kind for c in chunks} == {"table"}
    assert chunks[0].text.startswith("Prices\n\n| name | value |")
    assert all("| name | value |\n|---|---|\n" in c.text for c in chunks)
    assert [line for c in chunks for line in c.text.splitlines() if line in rows] == rows


def test_a_table_stands_below_the_documents_title_and_prose_below_its_headings_alone() -> None:
    table = "| name | value |\n|---|---|\n| r | 1 |"
    elements = [heading("Segments", 1), paragraph(5), element("table", table)]
    prose, rows = chunk(elements, ChunkSettings(30, 0), words, "Alder  Foods:\nreport 2021")
    assert (prose.heading_path, rows.heading_path) == (("Segments",), ("Alder Foods: report 2021", "Segments"))
    titled = [heading("Alder Foods: report 2021", 1), element("table", table)]
    [rows] = chunk(titled, ChunkSettings(30, 0), words, "Alder Foods: report 2021")
    assert rows.heading_path == ("Alder Foods: report 2021",)


def test_a_table_row_is_never_cut() -> None:
    row = "| " + " ".join(f"w{i}" for i in range(50)) + " |"
    table = f"| a |\n|---|\n| short |\n{row}\n| short |"
    assert any(row in c.text.splitlines() for c in chunk([element("table", table)], ChunkSettings(20, 0), words))


def test_a_figure_is_a_chunk_of_its_own() -> None:
    elements = [paragraph(5, "a"), element("figure", "Figure 1: A cat.", page=2), paragraph(5, "b", page=3)]
    before, figure, after = chunk(elements, ChunkSettings(), words)
    assert (before.kind, figure.kind, after.kind) == ("text", "figure", "text")
    assert (figure.text, figure.page_start, figure.page_end) == ("Figure 1: A cat.", 2, 2)


def test_a_figure_of_many_labels_is_cut_into_full_chunks_not_one_a_label() -> None:
    labels = [f"Sold {n}." for n in range(100)]
    found = chunk([element("figure", "\n".join(labels))], ChunkSettings(50), words)
    assert [part.tokens for part in found] == [50, 50, 50, 50]
    assert "\n".join(part.text for part in found).splitlines() == labels


@pytest.mark.parametrize(("caption", "again"), [("Table 1: Prices.", True), ("Table 1: " + "All prices. " * 9, False)])
def test_a_captioned_table_repeats_its_header_and_a_caption_that_leaves_room(caption: str, again: bool) -> None:
    rows = [f"| r{i} | v{i} |" for i in range(12)]
    caption = caption.strip()
    text = "\n".join([caption, "", "| name | value |", "|---|---|", *rows])
    first, *others = chunk([element("table", text)], ChunkSettings(30), words)
    assert first.text.startswith(f"{caption}\n\n| name | value |\n|---|---|\n| r0 |")
    assert others
    above = f"{caption}\n\n" if again else ""
    assert all(c.text.startswith(f"{above}| name | value |\n|---|---|\n| r") for c in others)


def test_a_table_with_spans_is_cut_between_rows_that_each_say_all() -> None:
    cells = [Cell(0, 0, "Year", 2, 1), Cell(0, 1, "Sales", 1, 2), Cell(1, 1, "here"), Cell(1, 2, "there")]
    cells += [Cell(2, 0, "2019", 10, 1), *(Cell(r, c, f"v{r}{c}") for r in range(2, 12) for c in (1, 2))]
    html = table_text(Table(12, 3, tuple(cells), head=2))
    first, *others = chunk([element("table", html)], ChunkSettings(60), words)
    assert others
    assert {c.kind for c in (first, *others)} == {"table"}
    head = "| Year | Sales here | Sales there |\n| --- | --- | --- |\n| 2019 | v"
    assert all(c.text.startswith(head) and "<" not in c.text for c in (first, *others))


def test_the_link_to_a_picture_is_no_text_of_a_passage() -> None:
    printed = "![Figure 1: A \\[big\\] cat.](blobs/ab12.png)\n\nFigure 1: A [big] cat.\n\nwhiskers"
    inside = "![A cat.](blobs/ab12.png)"
    chunks = chunk(
        [element("figure", printed), element("figure", inside), element("figure", "![](x.png)")], ChunkSettings(), words
    )
    assert [c.text for c in chunks] == ["Figure 1: A [big] cat.\n\nwhiskers", "A cat."]


def test_a_chunk_spans_the_pages_of_the_elements_inside() -> None:
    elements = [paragraph(5, page=3), paragraph(5, page=4), element("table", "x", page=9)]
    text, table = chunk(elements, ChunkSettings(), words)
    assert (text.page_start, text.page_end) == (3, 4)
    assert (table.page_start, table.page_end) == (9, 9)


def test_sizes_that_cannot_work_are_refused() -> None:
    with pytest.raises(UsageError, match="overlap"):
        ChunkSettings(max_tokens=10, overlap_tokens=6)


def some_document(seed: int) -> list[Element]:
    """A document of random structure in which every word is unique."""
    rng = random.Random(seed)
    counter = iter(range(100_000))

    def text(length: int) -> str:
        return " ".join(f"w{next(counter)}{rng.choice(['', '', '', ',', '.', '!'])}" for _ in range(length))

    elements = []
    for _ in range(rng.randrange(40)):
        kind: ElementKind = rng.choice(["heading", "paragraph", "paragraph", "list", "table", "figure"])
        if kind == "heading":
            elements.append(heading(text(rng.randrange(1, 30)), rng.randrange(1, 5), rng.randrange(1, 9)))
        elif kind == "list":
            elements.append(element(kind, "\n".join(text(rng.randrange(1, 9)) for _ in range(rng.randrange(1, 20)))))
        elif kind == "table":
            first, *rows = [f"| {text(rng.randrange(1, 9))} |" for _ in range(rng.randrange(1, 20))]
            elements.append(element(kind, "\n".join([first, "|---|", *rows])))
        else:
            elements.append(element(kind, text(rng.randrange(120)), page=rng.randrange(1, 9)))
    return elements


@pytest.mark.parametrize("seed", range(60))
def test_no_word_is_lost_no_chunk_is_empty_and_none_is_too_long(seed: int) -> None:
    elements = some_document(seed)
    rng = random.Random(-seed)
    limit = rng.randrange(12, 60)
    settings = ChunkSettings(limit, rng.random(), rng.randrange(limit // 2))
    chunks = chunk(elements, settings, words)
    wanted = [word for item in elements for word in item.text.split()]
    got = {word for c in chunks for word in c.text.split()}
    assert set(wanted) == got
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))
    assert all(c.text.strip() == c.text != "" for c in chunks)
    assert all(c.tokens == words(c.text) <= limit for c in chunks if c.kind != "table")
    assert chunks == chunk(elements, settings, words)
    assert_regions_are_those_of_the_elements_inside(chunks, elements)


def assert_regions_are_those_of_the_elements_inside(chunks: tuple[Chunk, ...], elements: list[Element]) -> None:
    for c in chunks:
        inside = set(c.text.split()) - {"|", "|---|"}
        wanted = {r for item in elements if inside & set(item.text.split()) for r in item.regions}
        assert set(c.regions) == wanted
