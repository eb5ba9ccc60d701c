"""Short lines below the headings of a table and above its totals: each runs along one column, or all of a heading."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

from ocr_assets.core.intervals import Interval
from ocr_assets.core.lattice import Lattice
from ocr_assets.core.pages import Word
from ocr_assets.core.rulings import Ruling
from ocr_assets.core.table_lines import CURRENCIES, Run, Scale, TextLine, text_lines

FAR: Final = 4
"""Heights of a line that a heading's first line may be above its underline."""
CENTRED: Final = 1.5
"""Characters that a heading may be off the middle of its underline."""
MOSTLY: Final = 0.85
"""Share of the texts beside the labels that stand over or below one underline each, where these make the columns."""


def underlined_lines(words: Sequence[Word], lattice: Lattice, scale: Scale) -> list[TextLine]:
    """The lines of a table, top to bottom; headings close to each other are parted where each has its own underline."""
    lines = text_lines(words, scale, lattice.down)
    if not lattice.underlines:
        return lines
    return [TextLine(tuple(part for run in line.runs for part in _parted(run, lattice, scale))) for line in lines]


def _parted(run: Run, lattice: Lattice, scale: Scale) -> Iterator[Run]:
    """The run, or its parts if each stands over the middle of an underline of its own."""
    foot = max(word.box.y1 for word in run.words)
    near = [line for line in lattice.underlines if -scale.height / 2 < line.at - foot < FAR * scale.height]
    for _, pieces in groupby(near, key=lambda line: line.at) if len(run.words) > 1 else ():
        over = [(piece, [word for word in run.words if _is_over(word, piece)]) for piece in pieces]
        parts = [(piece, Run(tuple(part))) for piece, part in over if part]
        if sum(len(part.words) for _, part in parts) < len(run.words):
            continue
        if max(abs(part.middle - piece.end / 2 - piece.start / 2) for piece, part in parts) < CENTRED * scale.character:
            yield from (part for _, part in parts)
            return
        break
    yield run


def _is_over(word: Word, piece: Ruling) -> bool:
    return piece.start < (word.box.x0 + word.box.x1) / 2 < piece.end


def underlined_columns(lines: Sequence[TextLine], lattice: Lattice, scale: Scale) -> list[Ruling]:
    """The underlines of a row of columns, left to right; none where most texts do not keep to them."""
    levels = [list(pieces) for _, pieces in groupby(lattice.underlines, key=lambda line: line.at)]
    columns = max(levels, key=len, default=[])
    if len(columns) < 2:
        return []
    first, room = columns[0].start, scale.character
    runs = [run for line in lines for run in line.runs if run.middle > first and not _is_label(run, first)]
    within = [
        piece for run in runs for piece in columns if piece.start - room < run.start and run.end < piece.end + room
    ]
    is_filled = all(within.count(piece) > 1 for piece in columns)
    return columns if is_filled and len(within) > MOSTLY * len(runs) else []


def _is_label(run: Run, first: float) -> bool:
    """Whether a line begins left of the columns: a note over all of them."""
    return run.start < first and run.words[0].box.x1 < first


def with_columns(
    valleys: Sequence[Interval], columns: Sequence[Ruling], lines: Sequence[TextLine], scale: Scale
) -> list[Interval]:
    """The white spaces between columns, those between and within underlined ones by their underlines."""
    if not columns:
        return list(valleys)
    start, end = columns[0].start, columns[-1].end
    left = [run for line in lines for run in line.runs if run.middle < start and run.end < start + scale.character]
    labels = [run.end for run in left if run.text not in CURRENCIES]  # a sign may stand left of its underline
    before = [valley for valley in valleys if valley.end <= start]
    if labels and not any(max(labels) <= valley.middle for valley in before):
        before = [v for v in before if v.end <= max(labels)] + [Interval(min(max(labels), start - 0.001), start)]
    inside = [
        valley
        for column in columns
        for valley in valleys
        if column.start < valley.start and valley.end < column.end and not is_one_column(valley, column, lines)
    ]
    between = [Interval(a.end, b.start) for a, b in pairwise(columns)]
    found = sorted([*before, *inside, *between, *(valley for valley in valleys if valley.start >= end)])
    return [v for last, v in pairwise([None, *found]) if v and not (last and _are_signs(last, v, lines))]


def _are_signs(a: Interval, b: Interval, lines: Sequence[TextLine]) -> bool:
    """Whether all that stands between these white spaces are currency signs."""
    between = {run.text for line in lines for run in line.runs if a.middle < run.middle < b.middle}
    return bool(between) and between <= CURRENCIES


def is_one_column(valley: Interval, underline: Ruling, lines: Sequence[TextLine]) -> bool:
    """Whether no line has text on both sides of the white space over an underline or below it, but for a currency sign
    before its number."""
    beside = [
        _beside(valley, [run for run in line.runs if underline.start <= run.middle <= underline.end]) for line in lines
    ]
    return not any(set(a) - CURRENCIES and b for a, b in beside)


def _beside(valley: Interval, runs: Sequence[Run]) -> tuple[list[str], list[str]]:
    """Texts to the left and to the right."""
    left = [run.text for run in runs if run.end <= valley.middle]
    return left, [run.text for run in runs if run.start >= valley.middle]
