"""The parts of a page before they become blocks: which words each region of the layout model holds, and the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from ocr_assets.core.box_grid import BoxGrid
from ocr_assets.core.lines import Line, by_rows, fragments, is_right_to_left, line, rows, same_row
from ocr_assets.core.list_items import item_mark
from ocr_assets.core.pages import BlockKind, Box, Word
from ocr_assets.core.reading_order import by_geometry, is_sane
from ocr_assets.core.regions import Region, bounding, holds, intersection

ONE_BLANK: Final = 1.2
"""No gap between columns is as narrow as this, in mean letter widths."""
TORN: Final = 0.15
"""Share of lines in a region that may be torn apart before their words are put together anew."""
LONGEST_BLANK: Final = 0.06
"""Between the mark of an item and its text, in 0..1 of the page's width."""


@dataclass(frozen=True)
class Part:
    """A region and its words, each with its place in the reader's order."""

    kind: BlockKind
    box: Box
    words: tuple[tuple[int, Word], ...]

    @cached_property
    def lines(self) -> list[Line]:
        """In reading order: the reader's order where that is sane."""
        if self.kind == "code":
            return by_rows(self.words)  # wide blanks are a part of it
        lines = rows(fragments(self.words))
        if not any(word.font for _, word in self.words) and _are_torn(lines):
            return by_rows([(i, word) for i, word in self.words if word.writing == "across"]) + [
                part for part in lines if part.words[0].writing != "across"
            ]
        if is_sane([line.box for line in lines]):
            return lines
        backwards = is_right_to_left(" ".join(line.text for line in lines))
        return [lines[i] for i in by_geometry([line.box for line in lines], right_to_left=backwards)]

    @cached_property
    def extent(self) -> Box:
        """Where its words stand; the whole region too where it is more than its words."""
        words = [word.box for _, word in self.words]
        return bounding(words) if words and self.kind not in ("table", "figure") else bounding([self.box, *words])


def _are_torn(lines: Sequence[Line]) -> bool:
    """Whether lines often have the next words of their row somewhere else, as where two readings were merged."""
    boxes = [line.box for line in lines]
    grid, torn = BoxGrid(boxes), 0
    for i, (a, own) in enumerate(zip(boxes, lines, strict=True)):
        blank = ONE_BLANK * (a.x1 - a.x0) / max(1, len(own.text))
        beside = (boxes[j] for j in grid.near(a, blank) if abs(i - j) > 1 and same_row(a, boxes[j]))
        torn += any(max(b.x0 - a.x1, a.x0 - b.x1) < blank for b in beside)
    return torn > TORN * len(lines)


def parts_of(words: Sequence[Word], regions: Sequence[Region]) -> list[Part]:
    """Every word in exactly one part. Regions without words stay only where they are figures or tables."""
    homes = _homes(words, regions)
    parts = [
        Part(region.kind, region.box, tuple((i, words[i]) for i, home in enumerate(homes) if home == r))
        for r, region in enumerate(regions)
    ]
    parts = [part for part in parts if part.words or part.kind in ("figure", "table")]
    return _with_loose(parts, [(i, words[i]) for i, home in enumerate(homes) if home is None])


def _homes(words: Sequence[Word], regions: Sequence[Region]) -> list[int | None]:
    """For each word the region that holds it, or most of its line; words just outside go along with their line.

    A line is torn apart only between regions that stand beside each other.
    """
    homes = [_home(word, regions) for word in words]
    for fragment in fragments(list(enumerate(words))):
        places = range(fragment.first, fragment.first + len(fragment.words))
        held = [home for place in places if (home := homes[place]) is not None]
        if not held:
            continue
        if all(_one_column(regions[a].box, regions[b].box) for a in set(held) for b in set(held)):
            main = max(set(held), key=lambda home: _width(words, places, homes, home))
            homes[fragment.first : places.stop] = [main] * len(places)
        else:
            for around in (places, reversed(places)):
                _spread(homes, around)
    return homes


def _home(word: Word, regions: Sequence[Region]) -> int | None:
    holding = [r for r, region in enumerate(regions) if holds(region.box, word.box)]
    return max(holding, key=lambda r: intersection(word.box, regions[r].box), default=None)


def _one_column(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > 0.2 * min(a.x1 - a.x0, b.x1 - b.x0)


def _width(words: Sequence[Word], places: range, homes: Sequence[int | None], home: int) -> float:
    """How much of a line lies in this region."""
    return sum(words[place].box.x1 - words[place].box.x0 for place in places if homes[place] == home)


def _spread(homes: list[int | None], places: Iterator[int] | range) -> None:
    last = None
    for place in places:
        last = homes[place] = homes[place] if homes[place] is not None else last


@dataclass
class _Growing:
    """A part that may get a mark before its words, and more lines."""

    part: Part
    marks: list[Line] = field(default_factory=list)
    more: list[Line] = field(default_factory=list)

    @cached_property
    def last(self) -> Line:
        """Its last row."""
        return self.part.lines[-1]

    def add(self, fragment: Line) -> None:
        joins = same_row(self.last.box, fragment.box)
        self.last = line([*self.last.words, *fragment.words], self.last.first) if joins else fragment
        self.more.append(fragment)

    def grown(self) -> Part:
        lines = self.marks + self.more
        if not lines:
            return self.part
        numbered = (*self.part.words, *(word for line in lines for word in _numbered(line)))
        words = tuple(sorted(numbered, key=lambda numbered: numbered[0]))
        return Part(self.part.kind, bounding([self.part.box, *(line.box for line in lines)]), words)


def _with_loose(parts: Sequence[Part], words: Sequence[tuple[int, Word]]) -> list[Part]:
    """The parts and the words that no region holds: lines that follow closely on a text go to it, the others form
    paragraphs of their own."""
    grown = [_Growing(part) for part in parts]
    starts = {part.words[0][0]: p for p, part in enumerate(parts) if part.words}
    ends = {part.words[-1][0]: p for p, part in enumerate(parts) if part.words}
    open_part = -1
    for fragment in fragments(words):
        after = starts.get(fragment.first + len(fragment.words))
        if after is not None and _is_mark_of(fragment, parts[after]):
            grown[after].marks.append(fragment)
            continue
        before = ends.get(fragment.first - 1, open_part)
        if fragment.words[0].writing != "across":
            grown.append(_Growing(Part("text", fragment.box, _numbered(fragment))))
        elif before >= 0 and grown[before].part.kind == "text" and _follows(grown[before].last, fragment):
            open_part = before
            grown[before].add(fragment)
        else:
            open_part = len(grown)
            grown.append(_Growing(Part("text", fragment.box, _numbered(fragment))))
    return [growing.grown() for growing in grown]


def _is_mark_of(fragment: Line, part: Part) -> bool:
    """Whether the words are the bullet or number before a region that layout found without it."""
    first = part.lines[0]
    beside = same_row(fragment.box, first.box) and -0.01 < first.box.x0 - fragment.box.x1 < LONGEST_BLANK
    return beside and part.kind not in ("table", "figure") and item_mark(f"{fragment.text} {first.text}") is not None


def _numbered(fragment: Line) -> tuple[tuple[int, Word], ...]:
    return tuple((fragment.first + n, word) for n, word in enumerate(fragment.words))


def _follows(last: Line, part: Line) -> bool:
    ratio = part.size / last.size
    if same_row(last.box, part.box):
        return 1 / 3 < ratio < 3
    gap = part.box.y0 - last.box.y1
    alike = 0.7 < ratio < 1.4
    overlap = min(last.box.x1, part.box.x1) - max(last.box.x0, part.box.x0)
    return alike and -0.4 * last.size < gap < 1.2 * max(last.size, part.size) and overlap > 0
