"""Writing that runs up or down the page: turned by a quarter, or upright signs in columns.

It is put together in a frame of its own, in which its lines lie level. Where most of the page runs so, the whole page
is; else each turned line or paragraph becomes one word of its page, which then has its place like any other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from ocr_assets.core.lines import Line, fragments
from ocr_assets.core.pages import Box, Turn, Word, Writing
from ocr_assets.core.regions import Region, bounding, holds
from ocr_assets.core.rulings import Ruling, Rulings
from ocr_assets.core.straightening import straightened_box

LEVELLED: Final[dict[Writing, Turn]] = {"across": 0, "up": 90, "down": 270, "columns": 270}
"""Degrees clockwise by which a page is turned for such writing to lie level."""
LEADING: Final = 1.4
"""Lines whose feet are further apart than so many sizes of their type are no paragraph."""
TYPE_RATIO: Final = 1.25
FEWEST_HEADS: Final = 2
NEAR: Final = 0.03
"""Of the page's height: heads stand no further from the rest of their table."""

_QUARTERS: Final[dict[Writing, int]] = {"across": 0, "down": 1, "columns": 1, "up": 3}
_WRITINGS: Final[tuple[Writing, ...]] = ("across", "down", "across", "up")


def main_turn(words: Sequence[Word]) -> Turn:
    """Degrees clockwise by which the page must be turned for most of its letters to stand in level lines."""
    letters = Counter[Turn]()
    for word in words:
        letters[LEVELLED[word.writing]] += len(word.text)
    return max(letters, key=letters.__getitem__, default=0)


def turned_word(word: Word, turn: Turn) -> Word:
    """The word on the page turned clockwise by `turn`."""
    if not turn:
        return word
    writing = _WRITINGS[(_QUARTERS[word.writing] + turn // 90) % 4]
    return replace(word, box=turned_box(word.box, turn), writing=writing)


def turned_box(box: Box, turn: Turn) -> Box:
    return straightened_box(box, turn, 0.0, 1.0)


def turned_back(turn: Turn) -> Turn:
    """The turn that undoes this one."""
    backwards: tuple[Turn, ...] = (0, 270, 180, 90)
    return backwards[turn // 90]


def turned_regions(regions: Sequence[Region], turn: Turn) -> tuple[Region, ...]:
    return tuple(replace(region, box=turned_box(region.box, turn)) for region in regions)


def turned_rulings(rulings: Rulings, turn: Turn) -> Rulings:
    """The lines on the page turned clockwise."""
    if not turn:
        return rulings
    lines = [Box(start, at, end, at) for at, start, end in rulings.across]
    lines += [Box(at, start, at, end) for at, start, end in rulings.down]
    boxes = [turned_box(line, turn) for line in lines]
    across, down = boxes[: len(rulings.across)], boxes[len(rulings.across) :]
    if turn in (90, 270):
        across, down = down, across
    return Rulings(
        tuple(Ruling(box.y0, box.x0, box.x1) for box in across),
        tuple(Ruling(box.x0, box.y0, box.y1) for box in down),
    )


def with_turned_texts(words: Sequence[Word], regions: Sequence[Region]) -> list[Word]:
    """The words in their order, those of a turned line as one; the lines of a turned paragraph, too, but in tables.

    There each line is the head of a column.
    """
    tables = [region.box for region in regions if region.kind == "table"]
    texts: dict[int, Word] = {}
    turned: set[int] = set()
    for turn in set(map(LEVELLED.__getitem__, (word.writing for word in words))) - {0}:
        level = [(i, turned_word(word, turn)) for i, word in enumerate(words) if LEVELLED[word.writing] == turn]
        turned.update(i for i, _ in level)
        for lines in _paragraphs(fragments(level), [turned_box(table, turn) for table in tables]):
            texts[lines[0].first] = _as_word(lines, turn, words[lines[0].first].writing)
    return [texts.get(i, word) for i, word in enumerate(words) if i in texts or i not in turned]


def with_turned_heads(regions: Sequence[Region], words: Sequence[Word]) -> list[Region]:
    """The regions, tables with the turned heads that stand on them: layout often leaves these out."""
    heads = [line for line in with_turned_texts(words, ()) if line.writing in ("up", "down")]
    return [_with_heads(region, heads) if region.kind == "table" else region for region in regions]


def _with_heads(table: Region, heads: Sequence[Word]) -> Region:
    x0, y0, x1, _ = table.box
    on_it = [head.box for head in heads if x0 <= head.box.x0 and head.box.x1 <= x1 and _stands_on(head.box, y0)]
    return replace(table, box=bounding([table.box, *on_it])) if len(on_it) >= FEWEST_HEADS else table


def _stands_on(head: Box, top: float) -> bool:
    return head.y0 < top and abs(top - head.y1) < NEAR


def _paragraphs(lines: Sequence[Line], tables: Sequence[Box]) -> Iterator[list[Line]]:
    run = list(lines[:1])
    for last, line in pairwise(lines):
        if not _goes_on(last, line) or any(holds(table, line.box) for table in tables):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _goes_on(last: Line, line: Line) -> bool:
    """Whether the line stands right below the last one."""
    step, size = line.base - last.base, max(last.size, line.size)
    beside = min(last.box.x1, line.box.x1) > max(last.box.x0, line.box.x0)
    return beside and 0.3 * size < step < LEADING * size and size < TYPE_RATIO * min(last.size, line.size)


def _as_word(lines: Sequence[Line], turn: Turn, writing: Writing) -> Word:
    words = [word for line in lines for word in line.words]
    letters = sum(len(word.text) for word in words)
    sure = sum(len(word.text) * word.confidence for word in words) / letters
    box = turned_box(bounding([line.box for line in lines]), turned_back(turn))
    return Word("\n".join(line.text for line in lines), box, sure, words[0].font, writing)
