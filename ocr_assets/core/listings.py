"""Listings of program code, commands and what they print: lines in a font whose signs all have one width.

Layout models know no code: they take it for text, tables or figures. Such a font alone makes none: letters, court
filings and receipts are set in it as a whole, labels and addresses here and there. So the signs of code have to be
there too: brackets, operators, names_with_underscores, and most of all where nothing else is on the page.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ocr_assets.core.lines import Line, fragments, line, same_row
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.regions import Region, area, bounding, holds, intersection
from ocr_assets.core.rulings import NO_RULINGS, Rulings, separators
from ocr_assets.core.tables import find_table

FIXED: Final = 0.7
"""Of a line's letters, in such a font; comments and placeholders may be in another one."""
MOSTLY: Final = 0.5
"""Of a page's letters: then that font is a typewriter's, and its text is taken for prose."""
LEAST_LETTERS: Final = 20
"""On a page, in such a font: a word here and there is no listing."""
STEP: Final = 3.6
"""From line to line, in sizes of the type: two blank lines between them at most."""
SAME: Final = 0.06
"""Widths that differ by a smaller share are the same."""
APART: Final = 0.6
"""A single line stands so far from those above and below it, in sizes of its type."""
SIGNS: Final = 0.3
"""Of the lines of a listing, with signs of code; fewer where its lines are indented."""
TYPED: Final = 0.5
"""The same where most of the page is set in such a font."""
INDENTED: Final = 0.2
"""Of the lines of a listing whose signs are few, set in by two signs at least."""
COVERED: Final = 0.7
"""Of a figure's or table's words: if so many are of a listing, it is that."""
RULES: Final = 3
"""Across a table, which is one then; a frame has two."""
THIN: Final = 0.004
"""Of a rule, in 0..1 of the page."""
LINE_BREAK: Final = 1.6
"""A step so many times the usual one has a blank line in it."""
BLANK_LINES: Final = 2
"""Between two lines, at most."""
BEARING: Final = 0.25
"""Of a sign's width, added before it is counted in which column a word begins: ink begins 0 to 0.5 right of it."""

_SIGNS = re.compile(
    r"[{};]\s*$|^\s*(?:#!?\s*[\w<]|@\w+$|//|/\*|\*/|--\s|<[\w/!?]|>>>|[$%>]\s[a-z./])|(?<!=)[=!<>]=(?!=)|<>|[-=]>|<-|::|:=|&&|\|\|"
    r"|\+\+|[a-z]\w*\(\w*[)'\",:;]|[A-Z]\w+\(\*?[A-Z_]|\w\.\w+\(|[\w\])\"']\s*=\s*[\w\"'\[({<-]|[a-zA-Z]_[a-zA-Z]|\\[nt]\b"
    r"|\[\d*\]|^\s*(?:def|class|import|from|return|if|elif|else|for|while|try|except|var|let|const|end|fi|done)\b.*[:;({]?$",
)
_ADDRESS = re.compile(r"[\w}]@\w|https?://|www\.|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}/")


def with_listings(regions: Sequence[Region], words: Sequence[Word], rulings: Rulings = NO_RULINGS) -> list[Region]:
    """The regions with those of listings before all others, which are cut where a listing stands in them."""
    kept = list(regions)
    found: list[Region] = []
    for lines in listings(words):
        box = bounding([line.box for line in lines])
        if any(_stays(region, box, lines, words, rulings) for region in kept):
            continue
        kept = [part for region in kept for part in _without(region, box, words)]
        found.append(Region("code", box, 1.0))
    return [*found, *kept]


def listings(words: Sequence[Word]) -> Iterator[list[Line]]:
    """The lines of each listing on the page."""
    letters = sum(len(word.text) for word in words)
    fixed = sum(len(word.text) for word in words if word.advance)
    if fixed < LEAST_LETTERS:
        return
    is_typed = fixed > MOSTLY * letters
    for run, is_apart in _runs(words):
        is_command = is_apart and not is_typed and len(run[0].words) > 1 and all(word.advance for word in run[0].words)
        if (len(run) > 1 or is_command) and _is_code(run, TYPED if is_typed else SIGNS):
            yield run


def _runs(words: Sequence[Word]) -> Iterator[tuple[list[Line], bool]]:
    """Lines in one fixed font below each other, and whether they stand apart from what is above and below them."""
    rows = [row for row in _rows(words) if row.box.y1 > row.box.y0]
    run: list[Line] = []
    start = 0
    for i, row in enumerate(rows):
        if run and not (_is_fixed(row) and _goes_on(run[-1], row)):
            yield run, _is_apart(rows, start, i)
            run = []
        if _is_fixed(row):
            start = start if run else i
            run.append(row)
    if run:
        yield run, _is_apart(rows, start, len(rows))


def _rows(words: Sequence[Word]) -> list[Line]:
    """The page's lines in the reader's order, whatever wide blanks they have where their font is fixed."""
    rows: list[Line] = []
    for part in fragments(list(enumerate(words))):
        beside = bool(rows) and same_row(rows[-1].box, part.box) and part.box.x0 > rows[-1].box.x1
        if beside and _is_fixed(rows[-1]) and _is_fixed(part):
            rows[-1] = line([*rows[-1].words, *part.words], rows[-1].first)
        else:
            rows.append(part)
    return rows


def _is_fixed(row: Line) -> bool:
    return sum(len(word.text) for word in row.words if word.advance) >= FIXED * sum(
        len(word.text) for word in row.words
    )


def _goes_on(above: Line, below: Line) -> bool:
    a, b = _advance([above]), _advance([below])
    return abs(a - b) < SAME * max(a, b) and 0 < below.base - above.base < STEP * max(above.size, below.size)


def _is_apart(rows: Sequence[Line], start: int, stop: int) -> bool:
    size = rows[start].size
    box = bounding([row.box for row in rows[start:stop]])
    beside = [row.box for row in (*rows[:start][-1:], *rows[stop:][:1]) if row.box.x0 < box.x1 and box.x0 < row.box.x1]
    return all(max(box.y0 - other.y1, other.y0 - box.y1) > APART * size for other in beside)


def _is_code(run: Sequence[Line], least: float) -> bool:
    texts = [row.text for row in run]
    if sum(bool(_ADDRESS.search(text)) for text in texts) > 0.5 * len(texts):
        return False
    signs = sum(any(map(str.isalpha, text)) and bool(_SIGNS.search(text)) for text in texts)
    left, advance = min(row.box.x0 for row in run), _advance(run)
    indented = sum(row.box.x0 - left > 1.5 * advance for row in run)
    share = least / 2 if INDENTED * len(run) <= indented < len(run) - 1 else least
    return signs > 0 and signs >= share * len(run)


def _advance(run: Sequence[Line]) -> float:
    return median(word.advance for row in run for word in row.words if word.advance)


# --- among the other regions ----------------------------------------------------------------------------------------


def _stays(region: Region, box: Box, lines: Sequence[Line], words: Sequence[Word], rulings: Rulings) -> bool:
    """Whether the listing is a part of a figure or of a table."""
    if region.kind not in ("figure", "table") or intersection(region.box, box) < 0.5 * area(box):
        return False
    inside = [word for word in words if holds(region.box, word.box)]
    if sum(holds(box, word.box) for word in inside) < COVERED * len(inside):
        return True
    if region.kind == "figure":
        return False
    if len(separators(rulings.within(region.box).across, THIN, THIN)) >= RULES:
        return True
    return not _is_code(lines, TYPED) and find_table(inside, region.box, rulings) is not None


def _without(region: Region, box: Box, words: Sequence[Word]) -> Iterator[Region]:
    """What the listing leaves of the region above and below it."""
    if intersection(region.box, box) == 0.0:
        yield region
        return
    left = (region.box._replace(y1=box.y0), region.box._replace(y0=box.y1))
    for part in left if region.kind not in ("figure", "table") else ():
        if part.y1 > part.y0 and any(holds(part, word.box) for word in words):
            yield Region(region.kind, part, region.score)


# --- text -----------------------------------------------------------------------------------------------------------


def listing_text(lines: Sequence[Line]) -> str:
    """The lines as they stand: with the blanks before and within them, and blank lines."""
    advance, left = _advance(lines), min(row.box.x0 for row in lines)
    steps = [below.base - above.base for above, below in pairwise(lines)]
    usual = min((step for step in steps if step > 0.5 * median(row.size for row in lines)), default=0.0)
    texts: list[str] = []
    for row, step in zip(lines, [0.0, *steps], strict=True):
        if usual and step > LINE_BREAK * usual:
            texts += [""] * min(BLANK_LINES, round(step / usual) - 1)
        texts.append(_spaced(row, left, advance))
    return "\n".join(texts)


def _spaced(row: Line, left: float, advance: float) -> str:
    """Every word in its column, a blank at least between two."""
    text = ""
    for word in row.words:
        column = int((word.box.x0 - left) / advance + BEARING)
        text += " " * max(column - len(text), 1 if text else 0) + word.text
    return text
