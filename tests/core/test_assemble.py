from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from ocr_assets.core.assemble import assemble
from ocr_assets.core.document import CaptionSource, Figure, FigureKind
from ocr_assets.core.pages import Block, BlockKind, Box

DOCUMENTS = Path(__file__).parents[1] / "documents"
BODY = Box(0.1, 0.1, 0.9, 0.2)


def block(kind: BlockKind, text: str, level: int | None = None, box: Box = BODY) -> Block:
    return Block(kind, box, text, level)


def figure(caption: str, source: CaptionSource = "document", kind: FigureKind = "figure", box: Box = BODY) -> Figure:
    return Figure(1, kind, box, caption, source, "", b"")


def kinds(*pages: list[Block]) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in assemble(list(enumerate(pages, 1)), [], None).elements]


def test_a_paragraph_goes_on_over_headers_footers_footnotes_and_figures() -> None:
    first = [
        block("header", "Running title"),
        block("text", "The sentence that begins on the first page is contin-"),
        block("footnote", "1 A note."),
        block("footer", "17"),
    ]
    second = [block("header", "Running title"), block("figure", "axis"), block("text", "ued on the second.")]
    document = assemble([(1, first), (2, second)], [], None)
    assert [(element.kind, element.text) for element in document.elements] == [
        ("paragraph", "The sentence that begins on the first page is continued on the second."),
        ("footnote", "1 A note."),
        ("figure", "axis"),
    ]
    assert [region.page for region in document.elements[0].regions] == [1, 2]


def test_a_paragraph_does_not_go_on_over_a_heading() -> None:
    pages = [
        block("text", "A text that breaks off without an end and"),
        block("title", "Next"),
        block("text", "goes on"),
    ]
    assert [kind for kind, _ in kinds(pages)] == ["paragraph", "heading", "paragraph"]


def test_a_list_goes_on_over_a_page() -> None:
    assert kinds([block("list", "• one\n• two that is")], [block("list", "longer\n• three")]) == [
        ("list", "- one\n- two that is longer\n- three")
    ]


def test_the_sentence_that_leads_to_a_list_belongs_to_the_paragraph_before() -> None:
    page = [
        block("text", "There are two fundamental steps in securing the"),
        block("text", "assets of all:\n- one\n- two"),
    ]
    assert kinds(page) == [
        ("paragraph", "There are two fundamental steps in securing the assets of all:"),
        ("list", "- one\n- two"),
    ]


def test_footnotes_follow_the_body_of_their_page() -> None:
    page = [block("text", "Body one."), block("footnote", "1 Note."), block("text", "Body two.")]
    assert [text for _, text in kinds(page)] == ["Body one.", "Body two.", "1 Note."]


def test_a_figure_is_a_link_with_its_caption_below_and_the_caption_is_not_repeated() -> None:
    page = [block("figure", "axis"), block("figure_caption", "Figure 1: Sa-\nles", box=Box(0.1, 0.2, 0.9, 0.22))]
    document = assemble([(1, page)], [(figure("Figure 1: Sales"), "blobs/1.webp")], None)
    assert document.markdown == ('<a id="page-1"></a>\n\n![Figure 1: Sales](blobs/1.webp)\n\nFigure 1: Sales\n\naxis\n')


@pytest.mark.parametrize("within", ["axis", ""])
def test_what_a_model_says_of_a_figure_stands_below_it_as_a_quotation(within: str) -> None:
    seen = "A chart of sales. They rise from 3 to 5 <b>tons</b>."
    shown = figure(seen, "model")
    [element] = assemble([(1, [block("figure", within)])], [(shown, "blobs/1.webp")], None).elements
    below = f"\n\n{within}" if within else ""
    assert element.text == (
        f"![A chart of sales.](blobs/1.webp)\n\n> A chart of sales. They rise from 3 to 5 \\<b>tons\\</b>.{below}"
    )
    endless = replace(shown, caption="word " * 100)
    [element] = assemble([(1, [block("figure", within)])], [(endless, "blobs/1.webp")], None).elements
    alternative = element.text[2 : element.text.index("]")]
    assert 100 < len(alternative) <= 120


def test_an_embedded_image_that_is_no_block_stands_where_it_is_read() -> None:
    above, below = Box(0.1, 0.1, 0.9, 0.2), Box(0.1, 0.6, 0.9, 0.7)
    page = [block("text", "Above.", box=above), block("text", "Below.", box=below)]
    image = figure("", "none", box=Box(0.1, 0.3, 0.9, 0.5))
    document = assemble([(1, page)], [(image, "x.webp")], None)
    assert [element.text for element in document.elements] == ["Above.", "![](x.webp)", "Below."]


def test_a_figure_within_a_figure_keeps_its_own_picture() -> None:
    inner, outer = Box(0.2, 0.12, 0.4, 0.18), Box(0.1, 0.1, 0.9, 0.5)
    page = [block("figure", "", box=inner), block("figure", "", box=outer)]
    figures = [(figure("", "none", box=outer), "outer.webp"), (figure("", "none", box=inner), "inner.webp")]
    assert [e.text for e in assemble([(1, page)], figures, None).elements] == ["![](inner.webp)", "![](outer.webp)"]


def test_a_table_with_cells_needs_no_picture_and_its_caption_leads() -> None:
    page = [block("table", "| a |\n| --- |\n| 1 |"), block("table_caption", "Table 1")]
    document = assemble([(1, page)], [(figure("Table 1", kind="table"), "x.webp")], None)
    assert [element.text for element in document.elements] == ["Table 1\n\n| a |\n| --- |\n| 1 |"]


def test_a_table_without_cells_keeps_its_lines_and_its_picture() -> None:
    document = assemble([(1, [block("table", "a 1\nb 2")])], [(figure("", "none", "table"), "x.webp")], None)
    assert document.elements[0].text == "![](x.webp)\n\na 1  \nb 2"


def test_every_page_has_one_anchor_in_order() -> None:
    pages = [(1, [block("text", "One.")]), (2, []), (3, [block("text", "Three.")]), (4, [])]
    anchors = [line for line in assemble(pages, [], None).markdown.split("\n\n") if line.startswith("<a")]
    assert [text.strip() for text in anchors] == [f'<a id="page-{page}"></a>' for page in (1, 2, 3, 4)]


def test_headings_are_levelled_over_the_document_and_give_the_title() -> None:
    document = assemble([(1, [block("title", "The\nReport", 2)]), (2, [block("title", "1.1 Aims", 3)])], [], "untitled")
    assert document.title == "The Report"
    assert [(element.level, element.text) for element in document.elements] == [(1, "The Report"), (2, "1.1 Aims")]


def test_a_heading_carries_no_escapes_for_its_number_which_makes_it_no_title() -> None:
    document = assemble([(1, [block("title", "1. Aims")])], [], None)
    assert (document.title, document.elements[0].text) == ("", "1. Aims")


def test_a_table_of_contents_keeps_its_lines() -> None:
    assert kinds([block("text", "Aims . . . . . . 2\nMethods . . . . . 14")]) == [
        ("paragraph", "Aims … 2  \nMethods … 14")
    ]


def test_a_document_without_pages_is_empty() -> None:
    assert assemble([], [], None).markdown == ""


def test_a_real_document_reads_as_markdown() -> None:
    from ocr_assets.core.pages import PageInput
    from resources.page_readers.ladder import ReaderSettings, read_page

    path = str(DOCUMENTS / "multi_page.pdf")
    pages = []
    with pypdfium2.PdfDocument(path) as opened:
        for number in (1, 2):
            image = opened[number - 1].render(scale=100 / 72).to_pil()
            pages.append(
                (number, read_page(PageInput(path, number, "digital", 100, png(image)), ReaderSettings()).blocks)
            )
    document = assemble(pages, [], None)
    assert document.elements[0].text == "The Evolution of the Word Processor"
    assert (
        "the invention of the typewriter in the mid-19th century. Patented in 1868 by Christopher" in document.markdown
    )
    assert (
        "\n- Wang Laboratories: In the 1970s, Wang introduced dedicated word processing machines." in document.markdown
    )
    assert '<a id="page-2"></a>\n\nOther notable software from this era included WordPerfect' in document.markdown


def png(image: object) -> bytes:
    from io import BytesIO

    out = BytesIO()
    image.save(out, "PNG")  # type: ignore[attr-defined]
    return out.getvalue()


def test_what_a_table_cell_says_stays_text() -> None:
    cells = "| a | b |\n| --- | --- |\n| <img src=x> | [x](javascript:y) |"
    assembled = assemble([(1, [Block("table", Box(0.1, 0.1, 0.9, 0.3), cells)])], [], None)
    assert r"| \<img src=x> | [x\](javascript:y) |" in assembled.markdown
    assert "| --- | --- |" in assembled.markdown


WIDE = Box(0.1, 0.5, 0.9, 0.9)
TOP = Box(0.1, 0.1, 0.9, 0.3)


def test_a_table_that_repeats_its_head_on_the_next_page_is_one_table() -> None:
    first = block("table", "| name | value |\n| --- | --- |\n| a | 1 |", box=WIDE)
    second = block("table", "| Name | value |\n| --- | --- |\n| b | 2 |", box=TOP)
    pages = [(1, [first, block("footer", "1")]), (2, [block("header", "Report"), second])]
    (element,) = assemble(pages, [], None).elements
    assert element.text == "| name | value |\n| --- | --- |\n| a | 1 |\n| b | 2 |"
    assert [region.page for region in element.regions] == [1, 2]


def test_notes_in_small_type_below_a_part_of_a_table_do_not_end_it() -> None:
    parts = [
        replace(block("table", f"| name | value |\n| --- | --- |\n| a | {n} |", box=WIDE), size=0.012)
        for n in (1, 2, 3)
    ]
    note = replace(block("text", "1 Without the islands."), size=0.009)
    pages = [[replace(part, box=box), note] for part, box in zip(parts, (WIDE, TOP, TOP), strict=True)]
    assert [kind for kind, _ in kinds(*pages)] == ["table", "paragraph", "paragraph", "paragraph"]
    text = replace(note, size=0.012)
    assert [kind for kind, _ in kinds([*pages[0][:1], text], pages[1])].count("table") == 2


def test_a_table_without_a_head_goes_on_with_the_numbers_of_the_one_before() -> None:
    first = block("table", "| name | value |\n| --- | --- |\n| a | 1 |", box=WIDE)
    second = block("table", "| b | 2 |\n| --- | --- |\n| c | 3 |", box=TOP)
    assert kinds([first], [second]) == [("table", "| name | value |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n| c | 3 |")]


def test_tables_with_other_columns_heads_or_text_between_stay_apart() -> None:
    first = block("table", "| name | value |\n| --- | --- |\n| a | 1 |", box=WIDE)
    wider = block("table", "| name | value | more |\n| --- | --- | --- |\n| b | 2 | 3 |", box=TOP)
    other = block("table", "| name | price |\n| --- | --- |\n| b | 2 |", box=TOP)
    same = block("table", "| name | value |\n| --- | --- |\n| b | 2 |", box=TOP)
    for page in ([wider], [other], [block("text", "Some text."), same]):
        assert [kind for kind, _ in kinds([first], page)].count("table") == 2
    assert len(kinds([first, same])) == 2


def test_a_table_in_html_stays_html() -> None:
    html = (
        '<table>\n<tbody>\n<tr><td rowspan="2">a_b_ &lt;</td><td>1</td></tr>\n<tr><td>2</td></tr>\n</tbody>\n</table>'
    )
    assert kinds([block("table", html)]) == [("table", html)]


def test_a_formula_stands_as_it_is_and_what_a_model_says_of_it_below() -> None:
    formula = block("equation", "a = b + c (1)")
    told = figure("The sum of b and c.", "model", "equation")
    [element] = assemble([(1, [formula])], [(told, "figure-1.webp")], None).elements
    assert (element.kind, element.text) == ("equation", "a = b + c (1)\n\n> The sum of b and c.")
    inside = figure("a = b + c (1)", "text_inside", "equation")
    [element] = assemble([(1, [formula])], [(inside, "figure-1.webp")], None).elements
    assert element.text == "a = b + c (1)"
