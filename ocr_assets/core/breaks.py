"""Where paragraphs, items of lists and lines that are meant as lines begin among the lines of one region.

A line's end is meant where the first word of the next line would have fitted into what is left of the line. Paragraphs
are also told by the space above them, their indent, a change of type, the mark of an item. A line that begins with a
small letter mostly goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from ocr_assets.core.lines import Line, fragments, is_bold, is_right_to_left
from ocr_assets.core.list_items import is_bullet, item_mark
from ocr_assets.core.paragraphs import ends_sentence

Reason = Literal["column", "type", "space", "wide_space", "indent", "item", "end"]
"""Why a line begins something new. "end": only since the line above it has an end that is meant."""

INDENT: Final = 1.5
"""The least indent, and the least blank that a line's end must leave beside the next word, in mean letter widths."""
SPACE: Final = 1.35
"""Lines this many times further apart than those of a paragraph have a space between them."""
WIDE_SPACE: Final = 1.9
"""Beyond it no sentence goes on."""
MOSTLY: Final = 0.8
"""Share of a line's letters that makes it bold; less than the rest of it makes it plain."""
OTHER_SIZE: Final = 1.25
"""Lines whose type differs by this factor are not of one paragraph."""

_GOES_ON = ("-", "/", "&", ",", "(", "=")


@dataclass(frozen=True)
class Paragraph:
    """Lines that belong together. `reason` is why it does not go on from the lines before, None for the first one."""

    lines: tuple[Line, ...]
    reason: Reason | None


@dataclass(frozen=True)
class _Look:
    """A line as it is looked at: from `start` to `end` in the direction of writing; `short` where its end is meant."""

    line: Line
    start: float
    end: float
    short: bool
    ended: bool

    @property
    def closed(self) -> bool:
        return self.short or self.ended


def paragraphs_of(lines: Sequence[Line], column: tuple[float, float], leading: float) -> list[Paragraph]:
    """The lines of a region in reading order, cut where something new begins.

    `column` is how far lines could reach to the left and right, `leading` the usual distance of a paragraph's lines on
    this page, as a multiple of their size.
    """
    if not lines:
        return []
    looks = _looks(lines, column)
    letter = median((look.end - look.start) / max(1, len(look.line.text)) for look in looks)
    distance = _distance(lines, leading)
    hangs = _hangs(looks, letter)
    found = [[lines[0]]]
    reasons: list[Reason | None] = [None]
    for above, below in pairwise(looks):
        reason = _reason(above, below, letter, distance, hangs=hangs)
        if reason is None:
            found[-1].append(below.line)
        else:
            found.append([below.line])
            reasons.append(reason)
    return [Paragraph(tuple(group), reason) for group, reason in zip(found, reasons, strict=True)]


def usual_leading(columns: Sequence[Sequence[Line]]) -> float:
    """The distance of most lines on a page, as a multiple of their size."""
    steps = [
        step / above.size
        for lines in columns
        for above, below in pairwise(lines)
        if 0.7 < (step := below.base - above.base) / above.size < 2.5
    ]
    return median(steps) if steps else 1.2


def _looks(lines: Sequence[Line], column: tuple[float, float]) -> list[_Look]:
    """The lines with their closed ends: a sentence's or a meant one."""
    left, right = column
    if is_right_to_left(" ".join(line.text for line in lines)):
        left, right = 1 - right, 1 - left
        spans = [(1 - line.box.x1, 1 - line.box.x0) for line in lines]
    else:
        spans = [(line.box.x0, line.box.x1) for line in lines]
    letter = median((line.box.x1 - line.box.x0) / max(1, len(line.text)) for line in lines)
    rows = [_has_cells(line) for line in lines]
    looks = []
    for i, (line, (start, end)) in enumerate(zip(lines, spans, strict=True)):
        short = False
        if i + 1 < len(lines):
            centred = _are_centred(spans[i], spans[i + 1], letter)
            room = right - left - (end - start) if centred else right - end
            first = lines[i + 1].words[0].box
            short = room > first.x1 - first.x0 + INDENT * letter and not line.text.endswith(_GOES_ON)
        is_row = rows[i] and any(rows[max(0, i - 1) : i] + rows[i + 1 : i + 2])
        looks.append(_Look(line, start, end, short or is_row, ends_sentence(line.text)))
    return looks


def _has_cells(line: Line) -> bool:
    """Whether parts of the line stand apart, as in the rows of a form or a table."""
    return len(fragments(list(enumerate(line.words)))) > 1


def _are_centred(a: tuple[float, float], b: tuple[float, float], letter: float) -> bool:
    return abs(sum(a) - sum(b)) < 2 * letter and abs(a[0] - b[0]) > letter


def _distance(lines: Sequence[Line], leading: float) -> float:
    """From line to line within a paragraph: the lower quartile of what is seen here, in keeping with the page."""
    size = median(line.size for line in lines)
    steps = sorted(
        step for above, below in pairwise(lines) if 0.7 * size < (step := below.base - above.base) < 4 * size
    )
    usual = leading * size
    if len(steps) < 3:
        return min([usual, *steps])
    return min(steps[len(steps) // 4], SPACE * usual)


def _hangs(looks: Sequence[_Look], letter: float) -> bool:
    """Whether first lines stand out to the left, as in a list of references, rather than in."""
    out = [above.closed for above, below in pairwise(looks) if above.start - below.start > INDENT * letter]
    return sum(out) > 0.6 * len(out)


def _reason(above: _Look, below: _Look, letter: float, distance: float, *, hangs: bool) -> Reason | None:
    a, b = above.line, below.line
    if b.box.y1 <= a.box.y0:
        return "column"
    if min(a.box.y1, b.box.y1) - max(a.box.y0, b.box.y0) > 0.5 * min(a.box.y1 - a.box.y0, b.box.y1 - b.box.y0):
        return None  # one row, or a raised sign
    step = b.base - a.base
    mark = item_mark(b.text)
    opens = mark is not None or not b.text[:1].islower()
    if (above.closed or (opens and len(b.words) > 1)) and _types_differ(a, b):
        return "type"
    if step > WIDE_SPACE * distance:
        return "wide_space"
    if mark and (is_bullet(mark) or above.closed or a.text.endswith((",", ";")) or item_mark(a.text)):
        return "item"
    if not opens or not above.closed:
        return None
    if step > SPACE * distance:
        return "space"
    shift = below.start - above.start
    centred = _are_centred((above.start, above.end), (below.start, below.end), letter)
    if not centred and (shift > INDENT * letter or (hangs and -shift > INDENT * letter)):
        return "indent"
    return "end" if above.short else None


def _types_differ(a: Line, b: Line) -> bool:
    """Another size, or from bold to plain at the line's end; signs and fragments do not count."""
    if min(len(a.text), len(b.text)) < 4:
        return False
    if max(a.size, b.size) > OTHER_SIZE * min(a.size, b.size):
        return True
    if a.bold > MOSTLY and b.bold < 1 - MOSTLY:
        return not is_bold(b.words[0])
    return a.bold < 1 - MOSTLY and b.bold > MOSTLY
