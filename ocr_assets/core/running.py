"""Running heads and feet of a document, found by comparing its pages.

A text is one that stands at the same place at the top or bottom of several pages, digits aside; a page number is one
that counts with the pages, also beside a text that changes; and where most pages have one, what else stands at its
height is one too. What a page by itself took for one (`margins.py`) is one, unless the other pages speak against it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Final

from ocr_assets.core.counted_numbers import counted_numbers
from ocr_assets.core.document import RunningKind, RunningText
from ocr_assets.core.margins import is_number
from ocr_assets.core.page_edges import Edges, Pages, Place
from ocr_assets.core.pages import OUTSIDE_BODY, Block

SAME_PLACE: Final = 0.015
ALIKE: Final = 0.85
"""Texts that share this much are one, read with errors."""
NEAR: Final = 4
"""Pages within which a text returns; further back only equal texts are looked for."""
APART: Final = 0.8
"""What repeats closer to the body than this many sizes of its type may be the head of a table."""
MOST: Final = 0.6
"""Share of pages that makes a rule."""
FEW: Final = 0.3
"""Share of pages that makes none."""
LEAST_PAGES: Final = 4
"""A document of fewer pages has no rules."""

_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b")


@dataclass
class _Group:
    """Blocks of one text at one place."""

    key: str
    top: bool
    y: float
    places: list[Place] = field(default_factory=list)

    @property
    def pages(self) -> set[int]:
        return {place.page for place in self.places}


def without_running(pages: Pages) -> tuple[list[tuple[int, list[Block]]], tuple[RunningText, ...]]:
    """The pages, each with the blocks of its body, and the texts that were left out with the pages that have them."""
    document = Edges(pages)
    groups = _groups(document)
    found = {Place(page, i) for page, blocks in pages for i, block in enumerate(blocks) if block.kind in OUTSIDE_BODY}
    if len(pages) > 1:
        found |= counted_numbers(document)
        for group in groups:
            if _is_running(group, document, found):
                # A heading is kept where it stands first.
                found.update(group.places[_is_heading(group, document) :])
    if len(pages) >= LEAST_PAGES:
        found |= _in_bands(document, found)
        found -= _mistaken(groups, document, found)
    body = [
        (page, [_in_body(block, document) for i, block in enumerate(blocks) if Place(page, i) not in found])
        for page, blocks in pages
    ]
    return body, tuple(_texts(found, groups, document))


def _in_body(block: Block, document: Edges) -> Block:
    """A block that its page took for a header, by mistake, has a kind of the body again."""
    if block.kind not in OUTSIDE_BODY:
        return block
    if block.bold or document.is_large(block):
        return replace(block, kind="title", level=3)
    return replace(block, kind="text")


# --- texts that return ----------------------------------------------------------------------------------------------


def _groups(document: Edges) -> list[_Group]:
    groups: list[_Group] = []
    by_key: dict[tuple[str, bool], list[_Group]] = defaultdict(list)
    for (page, top), places in document.near.items():
        for place in places:
            block = document.at(place)
            key, y = _key(block), block.box.y0
            equal = (group for group in by_key[key, top] if abs(group.y - y) < SAME_PLACE)
            alike = (group for group in groups[-8 * NEAR :] if _is_alike(group, key, y, page, top=top))
            group = next(equal, None) or next(alike, None)
            if group is None:
                group = _Group(key, top, y)
                groups.append(group)
                by_key[key, top].append(group)
            group.places.append(place)
    return groups


def _key(block: Block) -> str:
    return " ".join(_DIGITS.sub("#", block.text.lower()).split())


def _is_alike(group: _Group, key: str, y: float, page: int, *, top: bool) -> bool:
    if group.top != top or abs(group.y - y) >= SAME_PLACE or page - group.places[-1].page > NEAR or len(key) < 6:
        return False
    matcher = SequenceMatcher(None, group.key, key, autojunk=False)
    return matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _is_running(group: _Group, document: Edges, found: set[Place]) -> bool:
    """On three pages, or on two where one of them told; at the edge, and set apart from the body."""
    told = any(place in found for place in group.places)
    if not told and not any(map(str.isalpha, group.key)):
        return False  # numbers must count
    if len(group.pages) < (2 if told or len(document.blocks) < LEAST_PAGES else 3):
        return False
    if _is_heading(group, document) and not told and len(group.pages) < MOST * len(document.blocks):
        return False
    outside = [_is_outside(place, document, found, top=group.top) for place in group.places]
    return sum(outside) > MOST * len(outside)


def _is_heading(group: _Group, document: Edges) -> bool:
    """Whether it is set larger than the body, and no page took it for a header."""
    blocks = [document.at(place) for place in group.places]
    return all(block.kind not in OUTSIDE_BODY and document.is_large(block) for block in blocks)


def _is_outside(place: Place, document: Edges, found: set[Place], *, top: bool) -> bool:
    """Whether nothing of the body is further out, and the body begins at a distance."""
    block = document.at(place)
    margin = found | set(document.near[place.page, top])
    for i, other in enumerate(document.blocks[place.page]):
        if i == place.block or not (other.text.strip() or other.kind in ("figure", "table")):
            continue
        gap = other.box.y0 - block.box.y1 if top else block.box.y0 - other.box.y1
        further_out = other.box.y1 <= block.box.y0 if top else other.box.y0 >= block.box.y1
        if further_out:
            if Place(place.page, i) not in margin:
                return False
        elif 0 <= gap < APART * (block.size or document.size) and Place(place.page, i) not in found:
            return False
    return True


# --- what the other pages say ---------------------------------------------------------------------------------------


def _bands(document: Edges, found: set[Place]) -> Counter[tuple[bool, int]]:
    """On how many pages something that was found stands at a height, by side and height."""
    heights = {
        (page, top, round(document.at(place).box.y1 / SAME_PLACE))
        for (page, top), places in document.near.items()
        for place in places
        if place in found
    }
    return Counter((top, height) for _, top, height in heights)


def _share(block: Block, bands: Counter[tuple[bool, int]], document: Edges) -> float:
    """The share of pages with something at about the block's height."""
    height, top = round(block.box.y1 / SAME_PLACE), block.box.y0 + block.box.y1 < 1
    return max(bands[top, height + step] for step in (-1, 0, 1)) / len(document.blocks)


def _in_bands(document: Edges, found: set[Place]) -> set[Place]:
    """Single lines where most pages have a running head: those of short chapters, which do not return."""
    bands = _bands(document, found)
    return {
        place
        for (_, top), places in document.near.items()
        for place in places
        if "\n" not in (block := document.at(place)).text
        and not document.is_large(block)
        and _share(block, bands, document) > MOST
        and _is_outside(place, document, found, top=top)
    }


def _mistaken(groups: Sequence[_Group], document: Edges, found: set[Place]) -> set[Place]:
    """What a single page has for a header where hardly another page has one, and what would leave pages empty."""
    bands = _bands(document, found)
    filled = {
        page
        for page, blocks in document.blocks.items()
        if any(block.text and Place(page, i) not in found for i, block in enumerate(blocks))
    }
    wrong: set[Place] = set()
    for group in groups:
        block = document.at(group.places[0])
        lonely = len(group.pages) == 1 and not is_number(block.text) and _share(block, bands, document) < FEW
        if lonely or len(group.pages - filled) > MOST * len(group.pages):
            wrong.update(group.places)
    return wrong


def _texts(found: set[Place], groups: Sequence[_Group], document: Edges) -> Iterator[RunningText]:
    """The texts in order of their first page, each with all its pages."""
    group_of = {place: n for n, group in enumerate(groups) for place in group.places}
    collected: dict[object, list[Place]] = defaultdict(list)
    for place in sorted(found):
        collected[group_of.get(place, _key(document.at(place)))].append(place)
    for places in collected.values():
        block = document.at(places[0])
        text = " ".join(block.text.split())
        side: RunningKind = "header" if block.box.y0 + block.box.y1 < 1 else "footer"
        pages = tuple(dict.fromkeys(place.page for place in places))
        yield RunningText("page_number" if is_number(text) else side, text, pages)
