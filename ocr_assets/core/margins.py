"""What stands in the margins of a page and is no part of its text: running heads and feet, page numbers, stamps.

This is what one page can tell; `running.py` compares the pages of a document.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr_assets.core.block_kinds import PageType
from ocr_assets.core.lines import fragments, is_turned, same_row
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.markdown import has_leader
from ocr_assets.core.notes import begins_note
from ocr_assets.core.pages import BlockKind, Box
from ocr_assets.core.paragraphs import ends_sentence
from ocr_assets.core.pieces import Piece
from ocr_assets.core.regions import bounding

MARGIN: Final = 0.07
"""Of the page's height at the top and at the bottom: what layout takes for a header there, is one if set apart."""
OUTER: Final = 0.15
"""Further in than this nothing is a header or footer."""
APART: Final = 1.75
"""A header further in than the margin is this far from the body, in sizes of the body's type."""
NUMBER_APART: Final = 0.8
"""And a page number this far."""
NUMBER_OUTER: Final = 0.2
"""Nor than this a page number that stands by itself."""
LARGE: Final = 1.3
"""Running heads are at most this many times as large as the body."""
SMALL: Final = 0.93
"""And where layout alone speaks for one, further in than the margin, smaller than this: else it is the page's title."""
TOUCHING: Final = 1.0
"""Or right above the body, at the margin: closer than so many sizes of its type."""
EDGE: Final = 0.04
"""Of the page's height: so near to its edge hardly anything is printed but by programs."""
TOUCHING_EDGE: Final = 0.3
"""And there an imprint may stand so close below a picture."""
FEW_LINES: Final = 0.025
"""Of the page's height: a page in larger type, a slide or a slip of paper, has no margin by which to tell."""

LEAST_TURNED: Final = 8
"""Characters of writing that runs sideways."""

_AROUND = r"\s\-\u2013\u2014\uff0d|\[\](){}·•*~"
_NUMBER = re.compile(
    rf"[{_AROUND}]{{0,4}}(?:(?:page|seite|p\.|s\.)\s*)?(?:\d{{1,4}}|[ivxlc]{{1,7}})(?:\s*(?:/|of|von|sur|de)\s*\d{{1,4}})?"
    rf"[{_AROUND}.]{{0,4}}",
    re.IGNORECASE,
)
_FORMULA = re.compile("[=<>≤≥≈∈∑∫→⇒]")
_FORMAL = re.compile(
    r"\bregistered (?:office|address|in )|\bcompany (?:no|reg|number)|amtsgericht|\bHR[AB]\b|handelsregister|\bust-?id"
    r"|\bvat (?:no|reg|id|number)|\biban\b|\bblz\b|bankverbindung|gesch(?:ä|ae)ftsf(?:ü|ue)hr|\bsiret\b|\br\.?c\.?s\.? "
    r"|\bcapital (?:social )?de\b|confidential|vertraulich|confidentiel|(?:internal|official) use only|\bproprietary\b",
    re.IGNORECASE,
)
"""What single pages have at their foot: who a company is, its bank, and who may read this."""
_WORD = re.compile(r"[^\W\d_]{3}")
_IMPRINT = re.compile(
    r"https?://|www\.|\bdoi\b|©|\(c\) |copyright|all rights reserved|\bissn\b|download"
    r"|\b[\w-]+\.(?:com|org|net|edu|gov|\s?[\w-]+\.[a-z]{2})(?![\w.])",
    re.I,
)


def is_number(text: str) -> bool:
    """Whether the text is nothing but a page number: 17, - 3 -, Page 4 of 9, iv."""
    return _NUMBER.fullmatch(text.strip()) is not None


def margin_kinds(pieces: Sequence[Piece], page: PageType) -> dict[int, BlockKind]:
    """Which pieces are headers and footers: rows from the edges inward, as long as they look like one."""
    found: dict[int, BlockKind] = dict.fromkeys(_sideways(pieces), "header")
    inward = [row for row in _rows(pieces) if not any(i in found for i in row)]
    sides: tuple[tuple[BlockKind, list[list[int]]], ...] = (("header", inward), ("footer", inward[::-1]))
    for kind, rows in sides:
        outermost, numbers = True, 0
        beyond: list[int] = []
        for row, further in pairwise([*rows, []]):
            row = _without_large(row, pieces, page)
            here, inner = [pieces[i] for i in row], [pieces[i] for i in further]
            if _is_margin(here, inner, page, top=kind == "header", outermost=outermost and not numbers):
                numbers += (has_number := any(map(_holds_number, here)))
                found |= dict.fromkeys([*beyond, *row] if has_number and kind == "footer" else row, kind)
            else:
                outermost = False
                beyond += row if all(_may_be_beyond(piece, page) for piece in here) else []
    return found


def _may_be_beyond(piece: Piece, page: PageType) -> bool:
    """Whether a piece below a page number goes with it: a line in no larger type than the body's, at the edge."""
    return (
        1 - piece.box.y0 < EDGE and len(piece.lines) == 1 and piece.kind != "code" and piece.size <= LARGE * page.size
    )


def _rows(pieces: Sequence[Piece]) -> list[list[int]]:
    """Places of the pieces side by side, from the top down."""
    rows: list[list[int]] = []
    level = (i for i, piece in enumerate(pieces) if not (piece.lines and is_turned(piece.lines)))
    for i in sorted(level, key=lambda i: pieces[i].box.y0 + pieces[i].box.y1):
        if rows and all(same_row(pieces[i].box, pieces[j].box) for j in rows[-1]):
            rows[-1].append(i)
        else:
            rows.append([i])
    return rows


def _without_large(row: list[int], pieces: Sequence[Piece], page: PageType) -> list[int]:
    """What layout takes for a header may stand beside a title, which is none."""
    large = [i for i in row if pieces[i].lines and pieces[i].size > LARGE * page.size]
    told = [i for i in row if i not in large and pieces[i].kind in ("header", "footer")]
    return told if large and told else row


def _is_margin(row: Sequence[Piece], inner: Sequence[Piece], page: PageType, *, top: bool, outermost: bool) -> bool:
    """Whether a row near the edge is a header or footer; `inner` is the next row inward."""
    box = bounding([piece.box for piece in row])
    reach = box.y1 if top else 1 - box.y0
    if reach > NUMBER_OUTER or any(piece.kind == "code" or not 0 < len(piece.lines) <= 3 for piece in row):
        return False
    gap = _gap(box, inner, top=top) / page.size
    labelled = any(piece.kind in ("header", "footer") for piece in row)
    numbered = any(map(_holds_number, row)) and (top or _number_is_outside(row))
    if numbered and gap >= NUMBER_APART and (outermost or labelled):
        small = max(piece.size for piece in row) <= LARGE * page.size
        return (reach <= OUTER and small) or all(is_number(piece.text) for piece in row)
    if reach > OUTER or max(piece.size for piece in row) > LARGE * page.size or _is_text(row, top=top):
        return False
    if not labelled:
        return outermost and _is_told(row, page, gap, at_edge=reach < EDGE, top=top)
    if not top:
        return outermost or not begins_note(min(row, key=lambda piece: piece.box.x0).text)
    if _looks_like_one(row, page):
        is_heading = len(row) == 1 and row[0].bold and not page.bold
        return (outermost and box.y0 < MARGIN) or (gap >= APART and not is_heading)
    return outermost and box.y0 < MARGIN and gap >= TOUCHING and page.size < FEW_LINES


def _is_told(row: Sequence[Piece], page: PageType, gap: float, *, at_edge: bool, top: bool) -> bool:
    """Whether the words of the outermost row say that it is one: an address in the web, a copyright, and in small type
    what companies and offices must or like to print at the foot. At the top programs that print put the first alone."""
    is_small = max(piece.size for piece in row) <= SMALL * page.size
    if all(_IMPRINT.search(piece.text) for piece in row):
        return gap >= APART and is_small and at_edge if top else gap >= (TOUCHING_EDGE if at_edge else APART)
    text = " ".join(piece.text for piece in row)
    return not top and is_small and gap >= APART and not begins_note(text) and _FORMAL.search(text) is not None


def _looks_like_one(row: Sequence[Piece], page: PageType) -> bool:
    """Whether more than its place speaks for a header: small type, a page number, an imprint, a date in figures."""
    is_small = max(piece.size for piece in row) <= SMALL * page.size
    is_told = any(_holds_number(piece) or _IMPRINT.search(piece.text) for piece in row)
    return is_small or is_told or not any(_WORD.search(piece.text) for piece in row)


def _is_text(row: Sequence[Piece], *, top: bool) -> bool:
    """An item of a list, a line of a table of contents, a formula, or the end of a sentence of the page before."""
    text = " ".join(piece.text for piece in row)
    if item_mark(text) or has_leader(text) or _FORMULA.search(text):
        return True
    return (text[:1].islower() or (top and ends_sentence(text))) and not _IMPRINT.search(text)


def _gap(box: Box, inner: Sequence[Piece], *, top: bool) -> float:
    if not inner:
        return 1.0
    body = bounding([piece.box for piece in inner])
    return body.y0 - box.y1 if top else box.y0 - body.y1


def _holds_number(piece: Piece) -> bool:
    """Whether the piece is a page number, or a line with one at an end that stands apart."""
    if len(piece.lines) != 1:
        return False
    parts = fragments(list(enumerate(piece.lines[0].words)))
    return is_number(piece.text) or is_number(parts[0].text) or is_number(parts[-1].text)


def _number_is_outside(row: Sequence[Piece]) -> bool:
    """Whether the number is no mark right before a text, as a note has it."""
    ordered = sorted(row, key=lambda piece: piece.box.x0)
    return not any(is_number(a.text) and b.box.x0 - a.box.x1 < 0.03 for a, b in pairwise(ordered))


def _sideways(pieces: Sequence[Piece]) -> list[int]:
    """Pieces of writing that runs up or down beside all the other text: stamps of archives and publishers."""
    written = [i for i, piece in enumerate(pieces) if piece.lines]
    found: list[int] = []
    for at_left in (True, False):
        turned = [i for i in written if is_turned(pieces[i].lines) and (pieces[i].box.x0 < 0.5) == at_left]
        if sum(len(pieces[i].text) for i in turned) < LEAST_TURNED:
            continue
        strip = bounding([pieces[i].box for i in turned])
        inside = [i for i in written if strip.x0 <= pieces[i].box.x0 and pieces[i].box.x1 <= strip.x1]
        beside = [pieces[i].box for i in written if i not in inside]
        if beside and all(box.x0 >= strip.x1 if at_left else box.x1 <= strip.x0 for box in beside):
            found += inside
    return found
