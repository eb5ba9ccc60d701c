"""Program code keeps its lines and indentation; prose in a typewriter's font stays prose."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_assets.core.assemble import assemble
from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.pages import Block, BlockKind, Box, Word
from ocr_assets.core.pdf import pdf_page
from ocr_assets.core.regions import Region
from ocr_assets.core.rulings import Ruling, Rulings
from ocr_assets.core.text_layer import words_of
from tests.pdf_making import text, write_pdf

CODE = (
    "def total(rows, seen=None):",
    "    for row in rows:",
    "        if row.amount > 0:  # re-",
    "            seen[row.name] += 1",
    "",
    "    return sum(seen.values())",
)
PROSE = (
    "The function below adds up what the rows of a table say; rows that say",
    "nothing are left out, and so are those of which the amount is not more",
    "than zero, as the paragraph before has explained in all detail already.",
)
LETTER = (
    "Dear Mr. Holmes, I write to you about the agreement of the first of May, by",
    "which the tenant (and any guest) pays $ 1,200 a month; the rent is due on",
    "the first day of each month. Two payments are missing, and I must ask you",
    "to see to it that both of them are made before the end of this week.",
)


def drawn(lines: Sequence[str], y: int, *, font: str = "C", x: int = 72, size: int = 10) -> bytes:
    escaped = (line.replace("(", r"\(").replace(")", r"\)") for line in lines)
    return b"".join(text(line, x=x, y=y - 12 * n, font=font, size=size) for n, line in enumerate(escaped) if line)


def words_on(path: Path, *contents: bytes) -> tuple[Word, ...]:
    with pdf_page(write_pdf(path / "page.pdf", b"".join(contents)), 1) as page:
        return words_of(page)


def page_of_code(path: Path) -> tuple[Word, ...]:
    return words_on(path, drawn(PROSE, 700, font="F"), drawn(CODE, 650), drawn(PROSE, 560, font="F"))


def summary(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text.split("\n")[0]) for block in blocks]


def test_fonts_with_one_width_are_told_by_their_widths(tmp_path: Path) -> None:
    words = words_on(tmp_path, drawn(["if all"], 700), drawn(["if all"], 650, font="F"))
    assert [round(word.advance * 612, 2) for word in words] == [6.0, 6.0, 0.0, 0.0]


@pytest.mark.parametrize("regions", ["none", "text", "table", "figure", "pieces"])
def test_code_keeps_its_lines_whatever_layout_takes_it_for(tmp_path: Path, regions: str) -> None:
    around = Box(0.1, 0.16, 0.8, 0.26)
    found = {
        "none": [],
        "text": [Region("text", Box(0.1, 0.1, 0.9, 0.4), 0.9)],
        "table": [Region("table", around, 0.9)],
        "figure": [Region("figure", around, 0.9)],
        "pieces": [Region("title", around._replace(y1=0.19), 0.9), Region("list", around._replace(y0=0.2), 0.9)],
    }[regions]
    before, code, after = blocks_of(page_of_code(tmp_path), found)
    assert (before.kind, code.kind, after.kind) == ("text", "code", "text")
    assert code.text.split("\n") == list(CODE)
    assert before.text.split("\n") == after.text.split("\n") == list(PROSE)


def test_code_is_fenced_in_the_document(tmp_path: Path) -> None:
    document = assemble([(1, blocks_of(page_of_code(tmp_path), []))], (), None)
    assert [element.kind for element in document.elements] == ["paragraph", "code", "paragraph"]
    assert "\n\n```\n" + "\n".join(CODE) + "\n```\n\n" in document.markdown


def test_fences_within_code_do_not_end_it() -> None:
    block = Block("code", Box(0.1, 0.1, 0.9, 0.3), "```sh\nls\n```")
    assert assemble([(1, [block])], (), None).elements[0].text == "````\n```sh\nls\n```\n````"


def test_a_letter_in_a_typewriters_font_is_prose(tmp_path: Path) -> None:
    blocks = blocks_of(words_on(tmp_path, drawn(LETTER, 700), drawn(LETTER, 640)), [])
    assert {block.kind for block in blocks} == {"text"}


def test_a_quotation_in_a_typewriters_font_among_prose_is_prose(tmp_path: Path) -> None:
    words = words_on(tmp_path, drawn(PROSE, 700, font="F"), drawn(LETTER[:2], 640), drawn(PROSE, 590, font="F"))
    assert {block.kind for block in blocks_of(words, [])} == {"text"}


def test_a_page_of_nothing_but_code_is_code(tmp_path: Path) -> None:
    (code,) = blocks_of(words_on(tmp_path, drawn([*CODE, "", *CODE], 700)), [])
    assert code.kind == "code"
    assert code.text.split("\n") == [*CODE, "", *CODE]


def test_a_word_of_code_in_a_sentence_stays_in_it(tmp_path: Path) -> None:
    line = text("The name of the function is", y=700, size=10) + text("sum(rows)", x=200, y=700, font="C", size=10)
    words = words_on(tmp_path, line, text("and it is used by its_sister", y=688, size=10))
    assert [block.kind for block in blocks_of(words, [])] == ["text"]


def test_a_command_by_itself_is_code(tmp_path: Path) -> None:
    command = drawn(["tool --input=page.pdf --out=text.md"], 640, x=90)
    words = words_on(tmp_path, drawn(PROSE, 700, font="F"), command, drawn(PROSE, 610, font="F"))
    assert summary(blocks_of(words, []))[1] == ("code", "tool --input=page.pdf --out=text.md")


def test_rows_of_a_ruled_table_are_no_code(tmp_path: Path) -> None:
    rows = [
        "name_of_row      int     row_id = 1",
        "name_of_file     text    file_id = 2",
        "name_of_page     text    id = 3",
    ]
    words = words_on(tmp_path, drawn(PROSE, 700, font="F"), drawn(rows, 640))
    box = Box(0.11, 0.17, 0.6, 0.24)
    rulings = Rulings(tuple(Ruling(y, box.x0, box.x1) for y in (0.175, 0.195, 0.21, 0.225, 0.235)), ())
    assert "code" not in {block.kind for block in blocks_of(words, [Region("table", box, 0.9)], rulings)}


@pytest.mark.parametrize("kind", ["header", "footer"])
def test_code_at_the_edge_of_a_page_is_no_header(tmp_path: Path, kind: BlockKind) -> None:
    y = 760 if kind == "header" else 40
    words = words_on(tmp_path, drawn(CODE[1:3], y), drawn(PROSE, 400, font="F"))
    box = Box(0.1, 0.0, 0.9, 0.06) if kind == "header" else Box(0.1, 0.93, 0.9, 1.0)
    assert "code" in {block.kind for block in blocks_of(words, [Region(kind, box, 0.9)])}


def test_code_that_returns_on_every_page_stays_in_the_body(tmp_path: Path) -> None:
    code = Block("code", Box(0.1, 0.05, 0.5, 0.07), "import os")
    body = Block("text", Box(0.1, 0.2, 0.9, 0.3), "Some text of the page.", size=0.012)
    document = assemble([(page, [code, body]) for page in range(1, 7)], (), None)
    assert document.markdown.count("import os") == 6


LONG = (
    "def report(rows, width=60):",
    "    total = 0",
    "    for row in rows:",
    "        total += row.amount",
    "        print(row.name, row.amount)",
    "        if total > width:",
    "            print(total)",
    "    print(total)",
    "    return total",
)


def assembled(path: Path, *pages: bytes) -> list[tuple[str, str]]:
    blocks = [(page, blocks_of(words_on(path, content), [])) for page, content in enumerate(pages, 1)]
    return [(element.kind, element.text) for element in assemble(blocks, (), None).elements]


@pytest.mark.parametrize("cut", range(2, 8))
@pytest.mark.parametrize("margin", [0, 9])
def test_a_listing_goes_on_over_the_end_of_a_page(tmp_path: Path, cut: int, margin: int) -> None:
    """Set in as before, also where the part below has no line at the first column; facing pages have other margins."""
    left = min(len(line) - len(line.lstrip()) for line in LONG[cut:])
    below = drawn([line[left:] for line in LONG[cut:]], 730, x=72 + margin + 6 * left)
    first = drawn(PROSE, 300, font="F") + drawn(LONG[:cut], 40 + 12 * cut)
    (_, _), (kind, code), (_, _) = assembled(tmp_path, first, below + drawn(PROSE, 400, font="F"))
    lines = LONG if not margin else (*LONG[:cut], *(line[left:] for line in LONG[cut:]))
    assert (kind, code) == ("code", "\n".join(["```", *lines, "```"]))


def test_two_listings_stay_two(tmp_path: Path) -> None:
    high, low = drawn(LONG, 730), drawn(LONG, 160)
    after = drawn(PROSE, 300, font="F")
    parted = {
        "the first ends amid the page": (after + high, high),
        "the second begins amid the page": (low, drawn(LONG, 400)),
        "a paragraph stands between": (low, drawn(PROSE, 740, font="F") + drawn(LONG, 690)),
        "a page stands between": (low, after, high),
        "their types differ": (low, drawn(LONG, 730, size=8)),
    }
    for why, pages in parted.items():
        assert [kind for kind, _ in assembled(tmp_path, *pages)].count("code") == 2, why


def test_a_listing_goes_on_over_footnotes_and_three_pages() -> None:
    def part(text: str, y0: float = 0.1, y1: float = 0.9) -> Block:
        return Block("code", Box(0.1, y0, 0.5, y1), text, size=0.012)

    note = Block("footnote", Box(0.1, 0.91, 0.9, 0.95), "1 A note.")
    document = assemble([(1, [part("a = 1"), note]), (2, [part("b = 2")]), (3, [part("c = 3", y1=0.2)])], (), None)
    assert [element.text for element in document.elements] == ["```\na = 1\nb = 2\nc = 3\n```", "1 A note."]
    assert [region.page for region in document.elements[0].regions] == [1, 2, 3]


def test_long_code_is_cut_between_its_lines() -> None:
    lines = [f"    row_{n} = rows[{n}].value" for n in range(40)]
    document = assemble([(1, [Block("code", Box(0.1, 0.1, 0.9, 0.9), "\n".join(lines))])], (), None)
    chunks = chunk(document.elements, ChunkSettings(30), lambda text: len(text.split()))
    assert len(chunks) > 3
    assert all(part.tokens <= 30 and part.text.startswith("```\n") and part.text.endswith("\n```") for part in chunks)
    assert [line for part in chunks for line in part.text.split("\n")[1:-1]] == lines


def test_a_line_of_code_longer_than_a_chunk_is_cut_too() -> None:
    document = assemble([(1, [Block("code", Box(0.1, 0.1, 0.9, 0.9), "x=1;" * 100)])], (), None)
    chunks = chunk(document.elements, ChunkSettings(64), lambda text: len(text.replace("\n", "")))
    assert "".join(part.text.split("\n")[1] for part in chunks) == "x=1;" * 100
    assert all(part.tokens <= 64 for part in chunks)


def test_addresses_in_a_font_of_one_width_are_no_code(tmp_path: Path) -> None:
    mails = drawn(["{ada_l,grace_h}@example.org", "alan_t@example.org"], 640)
    link = drawn(["example.org/wiki/File:Blue_Knot.png (see it)"], 600)
    words = words_on(tmp_path, drawn(PROSE, 700, font="F"), mails, link, drawn(PROSE, 570, font="F"))
    assert "code" not in {block.kind for block in blocks_of(words, [])}
