"""Blocks of a page from a reader's words and the regions of a layout model. Every word ends up in exactly one block."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ocr_assets.core.block_kinds import PageType, is_writing, kind_of, level_of, page_type
from ocr_assets.core.breaks import usual_leading
from ocr_assets.core.confidence import of_page
from ocr_assets.core.contents import contents_entries
from ocr_assets.core.figure_text import with_paragraphs
from ocr_assets.core.line_numbers import line_numbers
from ocr_assets.core.lines import is_right_to_left, main_font
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.listings import with_listings
from ocr_assets.core.margins import margin_kinds
from ocr_assets.core.marked import Marked, with_marked
from ocr_assets.core.notes import notes
from ocr_assets.core.out_of_place import with_kickers_in_place, with_marks_in_place
from ocr_assets.core.pages import OUTSIDE_BODY, Block, BlockKind, Box, PageReading, Word
from ocr_assets.core.paragraphs import ends_sentence, goes_on
from ocr_assets.core.parts import Part, parts_of
from ocr_assets.core.pieces import Piece, pieces_of
from ocr_assets.core.price_columns import with_price_columns
from ocr_assets.core.reading_order import by_geometry, downwards, is_sane
from ocr_assets.core.regions import Region, bounding
from ocr_assets.core.ruled_tables import with_ruled_tables
from ocr_assets.core.rulings import NO_RULINGS, Rulings
from ocr_assets.core.table_text import table_text
from ocr_assets.core.table_titles import with_table_titles
from ocr_assets.core.tables import find_table
from ocr_assets.core.turned import (
    main_turn,
    turned_back,
    turned_box,
    turned_regions,
    turned_rulings,
    turned_word,
    with_turned_heads,
    with_turned_texts,
)
from ocr_assets.core.typography import tidied


def assembled(
    reader: str,
    words: Sequence[Word],
    regions: Sequence[Region],
    rulings: Rulings = NO_RULINGS,
    marked: Sequence[Marked] = (),
) -> PageReading:
    """The reading of a page from its words, in the reader's order, its regions, free of overlaps, and its rulings.

    `marked` are stamps and signatures, whose words are not among these.
    """
    turn = main_turn(words)
    laid = [turned_word(word, turn) for word in words]
    blocks = blocks_of(laid, turned_regions(regions, turn), turned_rulings(rulings, turn))
    blocks = with_marked([replace(b, box=turned_box(b.box, turned_back(turn))) for b in blocks], marked)
    body = (block.text for block in blocks if block.kind not in OUTSIDE_BODY and block.text)
    letters = sum(len(word.text) for word in words)
    mean = sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0
    return PageReading(reader, "\n\n".join(body), of_page(mean), blocks, tuple(words))


def blocks_of(words: Sequence[Word], regions: Sequence[Region], rulings: Rulings = NO_RULINGS) -> tuple[Block, ...]:
    """Blocks in reading order, footnotes behind the body, of words most of which lie level. The numbers of lines are a
    block outside of the body."""
    numbers = line_numbers(words)
    if not numbers:
        return _blocks(words, regions, rulings)
    column = [words[i] for i in sorted(numbers)]
    block = Block("header", bounding([word.box for word in column]), "\n".join(word.text for word in column))
    return block, *_blocks([word for i, word in enumerate(words) if i not in numbers], regions, rulings)


def _blocks(words: Sequence[Word], regions: Sequence[Region], rulings: Rulings) -> tuple[Block, ...]:
    regions = [region for region in regions if not is_writing(region, words)]
    regions = with_paragraphs(with_turned_heads(with_ruled_tables(regions, rulings, words), words), words)
    regions = with_listings(regions, words, rulings)
    words, regions = with_price_columns(words, regions)
    words = with_marks_in_place(with_turned_texts(words, regions), [r.box for r in regions if r.kind == "table"])
    parts = _in_order(parts_of(words, regions))
    if not words:
        return tuple(Block(part.kind, part.box, "") for part in parts)
    page = page_type(parts)
    leading = usual_leading([part.lines for part in parts])
    columns = zip(parts, _columns(parts), strict=True)
    pieces = [piece for part, column in columns for piece in pieces_of(part, column, leading)]
    pieces = with_table_titles([pieces[i] for i in downwards([piece.box for piece in pieces])])
    kinds = _kinds(pieces, page, rulings)
    order = with_kickers_in_place(pieces, kinds)
    pieces, kinds = [pieces[i] for i in order], [kinds[i] for i in order]
    joined = _with_whole_titles_and_sentences(pieces, kinds, page)
    blocks = [_block(piece, kind, page, rulings) for piece, kind in joined]
    blocks.sort(key=lambda block: block.kind == "footnote")
    if any(block.text for block in blocks if block.kind not in OUTSIDE_BODY):
        return tuple(blocks)
    # Nothing but headers and footers: then they are the page, and its text must not be empty.
    return tuple(replace(block, kind="text") if block.kind in OUTSIDE_BODY else block for block in blocks)


def _kinds(pieces: Sequence[Piece], page: PageType, rulings: Rulings) -> list[BlockKind]:
    outside = margin_kinds(pieces, page)
    kinds = [outside.get(i) or kind_of(piece, page) for i, piece in enumerate(pieces)]
    for i, (piece, below) in enumerate(pairwise(pieces)):
        if kinds[i] == "title" and kinds[i + 1] == "text" and _goes_on(piece, below, page):
            kinds[i] = "text"
    for i in contents_entries(pieces):
        if kinds[i] == "title":
            kinds[i] = "text"
    titles = {i for i, kind in enumerate(kinds) if kind == "title"}
    for i in notes(pieces, titles, set(outside), page, rulings):
        kinds[i] = "footnote"
    return kinds


def _goes_on(title: Piece, below: Piece, page: PageType) -> bool:
    """Whether the text right below goes on with its sentence in the same size: then the title is its beginning."""
    a, b = title.lines[-1], below.lines[0]
    if _is_rest_of_title(title, below, page):
        return False
    near = 0 < b.base - a.base < 1.8 * a.size and _shares_edge(a.box, b.box)
    return near and b.text[:1].islower() and 0.92 < b.size / a.size < 1.08 and not below.bold and a.bold < 0.8


def _shares_edge(a: Box, b: Box) -> bool:
    return min(abs(a.x0 - b.x0), abs(a.x1 - b.x1)) < 0.05


# --- order ----------------------------------------------------------------------------------------------------------


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """By the reader's order where it is sane, else by geometry; figures without words by geometry always."""
    written = sorted((part for part in parts if part.words), key=lambda part: median(i for i, _ in part.words))
    boxes = [part.extent for part in written]
    if not is_sane(boxes):
        backwards = is_right_to_left(" ".join(word.text for part in written for _, word in part.words))
        written = [written[i] for i in by_geometry(boxes, right_to_left=backwards)]
    for part in parts:
        if not part.words:
            written.insert(_place(part.box, [other.box for other in written]), part)
    return written


def _place(box: Box, ordered: Sequence[Box]) -> int:
    """Where a box without words goes: behind the nearest one that stands over it in its column."""
    over = [
        i for i, other in enumerate(ordered) if other.y1 <= box.y0 + 0.01 and other.x0 < box.x1 and box.x0 < other.x1
    ]
    return max(over, key=lambda i: ordered[i].y1) + 1 if over else 0


def _columns(parts: Sequence[Part]) -> Iterator[tuple[float, float]]:
    """How far lines of each part could reach to the left and right: as far as it and the texts in line with it do.

    Texts count that begin or end where this one does, with nothing beside it that they would run into.
    """
    import numpy as np

    x0, y0, x1, y1 = np.array([part.extent for part in parts]).reshape(-1, 4).T
    is_text = np.array([part.kind in ("text", "list", "reference") and len(part.lines) > 2 for part in parts], bool)
    for i, part in enumerate(parts):
        left, right = part.extent.x0, part.extent.x1
        begin_or_end_there = np.minimum(np.abs(x0 - left), np.abs(x1 - right)) < 0.01
        in_line = np.flatnonzero(is_text & begin_or_end_there) if len(part.lines) > 1 else ()
        if len(in_line):
            is_beside = np.minimum(y1, y1[i]) > np.maximum(y0, y0[i])
            is_beside[i] = False
            starts, ends = x0[is_beside], x1[is_beside]
            for other in in_line:
                begin, end = min(left, x0[other]), max(right, x1[other])
                if not (np.minimum(ends, end) > np.maximum(starts, begin)).any():
                    left, right = float(begin), float(end)
        yield left, right


# --- blocks ---------------------------------------------------------------------------------------------------------


def _with_whole_titles_and_sentences(
    pieces: Sequence[Piece], kinds: Sequence[BlockKind], page: PageType
) -> list[tuple[Piece, BlockKind]]:
    """The pieces with their kinds; lines of one title that layout took for several are joined, and so is a text that
    goes on with its sentence right below.
    """
    joined: list[tuple[Piece, BlockKind]] = []
    for piece, kind in zip(pieces, kinds, strict=True):
        first, of_kind = joined[-1] if joined else (piece, "text")
        of_title = kind == "title" or (kind == "text" and _is_rest_of_title(first, piece, page))
        is_one_title = of_kind == "title" and of_title and _is_one_title(first, piece)
        is_one_text = joined and of_kind == kind == "text" and _goes_on(first, piece, page)
        if is_one_title or (is_one_text and goes_on(first.text, piece.text)):
            box, lines = bounding([first.box, piece.box]), first.lines + piece.lines
            joined[-1] = (replace(first, box=box, lines=lines, text=f"{first.text}\n{piece.text}"), of_kind)
        else:
            joined.append((piece, kind))
    return joined


def _is_one_title(first: Piece, second: Piece) -> bool:
    """Lines of one type right below each other, the second one without a number of its own."""
    a, b = first.lines[-1], second.lines[0]
    alike = 0.92 < b.size / a.size < 1.08 and first.bold == second.bold
    close = 0.5 * a.size < b.base - a.base < 1.6 * a.size and min(a.box.x1, b.box.x1) > max(a.box.x0, b.box.x0)
    apart = ends_sentence(a.text) and not a.text.endswith(":")
    return alike and close and not apart and not item_mark(b.text) and not b.text[:1].isdigit()


def _is_rest_of_title(title: Piece, second: Piece, page: PageType) -> bool:
    """A line that begins with a small letter, and so is no title by itself, in a font that is not the body's."""
    font = main_font(title.lines)
    return len(second.lines) == 1 and font == main_font(second.lines) != page.font


def _block(piece: Piece, kind: BlockKind, page: PageType, rulings: Rulings) -> Block:
    if not piece.lines:
        return Block(kind, piece.box, "")
    text = _table_text(piece, rulings) if kind == "table" else piece.text
    text = text if kind == "code" else tidied(text)
    size = piece.size
    return Block(kind, piece.box, text, level_of(size / page.size) if kind == "title" else None, size, piece.bold)


def _table_text(piece: Piece, rulings: Rulings) -> str:
    table = find_table([word for line in piece.lines for word in line.words], piece.region, rulings)
    return table_text(table) if table else piece.text
