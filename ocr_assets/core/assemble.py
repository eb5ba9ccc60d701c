"""A document from its pages: paragraphs across columns and pages, headings, lists, tables and figures as Markdown."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ocr_assets.core.captions import is_labelled
from ocr_assets.core.document import AssembledDocument, Element, ElementKind, Figure, PageBox
from ocr_assets.core.element_markdown import Draft, draft_markdown, whole_markdown
from ocr_assets.core.figures import caption_text, reading_position
from ocr_assets.core.headings import Heading, document_title, heading_levels
from ocr_assets.core.list_items import is_list, lists_go_on, split_lead
from ocr_assets.core.listing_joining import joined_listing
from ocr_assets.core.notes import SMALL
from ocr_assets.core.pages import Block, BlockKind
from ocr_assets.core.paragraphs import Vocabulary, breaks_off, goes_on, is_prose, join_lines, vocabulary
from ocr_assets.core.regions import area, intersection
from ocr_assets.core.running import without_running
from ocr_assets.core.table_joining import joined_table

KINDS: Final[dict[BlockKind, ElementKind]] = {
    "title": "heading",
    "text": "paragraph",
    "list": "list",
    "table": "table",
    "figure": "figure",
    "figure_caption": "paragraph",
    "table_caption": "paragraph",
    "equation": "equation",
    "code": "code",
    "reference": "reference",
    "footnote": "footnote",
    "stamp": "paragraph",
    "signature": "paragraph",
    "ink": "paragraph",
}
PASSED_OVER: Final[frozenset[ElementKind]] = frozenset({"figure", "table", "footnote"})
"""A paragraph goes on behind elements of these kinds."""
SAME_TYPE: Final = 0.08
"""Sizes that differ by less are one, measured on different lines."""


_RULE = re.compile(r"[\s.·…_=~*\u2013\u2014-]{4,}")
"""Lines drawn with characters."""


class _Item(NamedTuple):
    """A block of the body, with the figure that was cut out of it and the link to its picture."""

    page: int
    block: Block
    figure: Figure | None = None
    link: str = ""


def assemble(
    pages: Sequence[tuple[int, Sequence[Block]]], figures: Sequence[tuple[Figure, str]], title: str | None
) -> AssembledDocument:
    """The document's Markdown and elements.

    `pages` are page numbers (from 1) with their blocks in reading order, `figures` come with the link to their
    picture, `title` is the one that the file states. Headers and footers are left out, footnotes follow the body of
    their page, captions stand at their figure. Every page has one anchor, before the first element that starts on it
    or on a later one.
    """
    body, running = without_running(pages)
    words = vocabulary(block.text for _, blocks in body for block in blocks)
    drafts: list[Draft] = []
    for page, blocks in body:
        own = [(figure, link) for figure, link in figures if figure.page == page]
        for item in _items(page, blocks, own):
            _add(drafts, item)
    _set_levels(drafts, words)
    elements = tuple(
        Element(draft.kind, draft_markdown(draft, words), draft.level, tuple(draft.regions)) for draft in drafts
    )
    first = next((page for page, blocks in body if any(block.text for block in blocks)), 0)
    titles = [draft for draft in drafts if draft.level]
    headings = [(join_lines(draft.lines, words), draft.level or 0) for draft in titles]
    opening = sum(draft.regions[0].page == first for draft in titles)
    markdown = whole_markdown(elements, [page for page, _ in pages])
    return AssembledDocument(document_title(title, headings, opening), markdown, elements, running)


def _items(page: int, blocks: Sequence[Block], figures: Sequence[tuple[Figure, str]]) -> Iterator[_Item]:
    """The page's body in order: figures that are no block put in, captions and headers taken out, footnotes last."""
    printed = {figure.caption for figure, _ in figures if figure.caption_source == "document"}
    homes = {index: _home(figure, blocks) for index, (figure, _) in enumerate(figures)}
    items: list[tuple[int, int, _Item]] = []
    for place, block in enumerate(blocks):
        if block.text and (caption_text(block.text) in printed or _RULE.fullmatch(block.text)):
            continue
        owned = next((figures[index] for index, home in homes.items() if home == place), None)
        if owned or block.text.strip():
            items.append((place, 1, _Item(page, block, *(owned or ()))))
    for index, (figure, link) in enumerate(figures):
        if homes[index] is None:
            block = Block(figure.kind, figure.box, "")
            items.append((reading_position(figure.box, blocks), 0, _Item(page, block, figure, link)))
    ordered = [item for *_, item in sorted(items, key=lambda entry: entry[:2])]
    yield from (item for item in ordered if item.block.kind != "footnote")
    yield from (item for item in ordered if item.block.kind == "footnote")


def _home(figure: Figure, blocks: Sequence[Block]) -> int | None:
    """The block that this figure was cut from: of its kind, and sharing most of the area that both cover."""
    shares: dict[int, float] = {}
    for place, block in enumerate(blocks):
        if block.kind == figure.kind:
            shared = intersection(figure.box, block.box)
            shares[place] = shared / (area(figure.box) + area(block.box) - shared or 1.0)
    home = max(shares, key=shares.__getitem__, default=None)
    return home if home is not None and shares[home] > 0.5 else None


def _add(drafts: list[Draft], item: _Item) -> None:
    """New elements, or more of one that is still open; the paragraph that leads to a list stands by itself."""
    block, kind = item.block, KINDS[item.block.kind]
    if kind == "paragraph" and is_list(block.text):
        kind = "list"
    if (kind == "table" and _joins_table(drafts, item)) or (kind == "code" and _joins_listing(drafts, item)):
        return
    lead, items = split_lead(block.text) if kind == "list" else ("", "")
    last = _open_draft(drafts)
    if lead and items and not (last and last.kind == "list"):
        _add_text(drafts, item, "paragraph", lead)
        _add_text(drafts, item, "list", items)
    else:
        _add_text(drafts, item, kind, block.text)


def _joins_table(drafts: Sequence[Draft], item: _Item) -> bool:
    """Adds the block to the table of the page before, if it goes on with it."""
    last = next((draft for draft in reversed(drafts) if not _is_note(draft, item)), None)
    if last is None or last.kind != "table":
        return False
    region = PageBox(item.page, item.block.box)
    joined = joined_table(last.lines, last.regions[-1], item.block.text, region)
    if joined is not None:
        last.lines = joined
        last.regions.append(region)
    return joined is not None


def _joins_listing(drafts: Sequence[Draft], item: _Item) -> bool:
    """Adds the block to the listing of the page before, if nothing but the end of that page parts them."""
    last = next((draft for draft in reversed(drafts) if draft.kind != "footnote"), None)
    if last is None or last.kind != "code" or not _in_one_type(last.last, item.block):
        return False
    region = PageBox(item.page, item.block.box)
    joined = joined_listing(last.lines, last.regions, item.block.text, region)
    if joined is not None:
        last.lines, last.last = joined, item.block
        last.regions.append(region)
    return joined is not None


def _in_one_type(first: Block, second: Block) -> bool:
    """Whether both are as large, as far as their sizes are known."""
    return not first.size or not second.size or abs(second.size / first.size - 1) < SAME_TYPE


def _is_note(draft: Draft, table: _Item) -> bool:
    """A footnote, or what stands in smaller type than that of a table below its first part."""
    if draft.kind != "paragraph" or draft.last.size is None or table.block.size is None:
        return draft.kind == "footnote"
    return draft.last.size < SMALL * table.block.size and draft.regions[-1].page < table.page


def _add_text(drafts: list[Draft], item: _Item, kind: ElementKind, text: str) -> None:
    region = PageBox(item.page, item.block.box)
    last = _open_draft(drafts)
    if last and not item.figure and _continues(last, item, kind, text):
        last.lines += "\n" + text
        last.regions.append(region)
        last.last = item.block
    else:
        drafts.append(Draft(kind, text, [region], item.block, item.figure, item.link))


def _open_draft(drafts: Sequence[Draft]) -> Draft | None:
    passed = (draft for draft in reversed(drafts) if draft.kind not in PASSED_OVER and not is_labelled(draft.lines))
    return next(passed, None)


def _continues(draft: Draft, item: _Item, kind: ElementKind, text: str) -> bool:
    if is_labelled(text):
        return False
    if kind == "list":
        return draft.kind == "list" and lists_go_on(draft.lines, text)
    if kind != "paragraph" or draft.kind not in ("paragraph", "list"):
        return False
    return goes_on(draft.lines, text) or (draft.kind == "paragraph" and _goes_on_elsewhere(draft, item, text))


def _goes_on_elsewhere(draft: Draft, item: _Item, text: str) -> bool:
    """Whether a paragraph in the next column or on the next page continues this one, whatever letter it begins with.

    Both are prose in one type, and the last line is full but no sentence ends with it.
    """
    region, block = draft.regions[-1], item.block
    elsewhere = item.page != region.page or block.box.y0 < region.box.y0
    if not elsewhere or block.size is None or draft.last.size is None or draft.last.bold != block.bold:
        return False
    prose = is_prose(draft.last.text) and is_prose(text)
    return prose and abs(block.size / draft.last.size - 1) < SAME_TYPE and breaks_off(draft.last.text)


def _set_levels(drafts: Sequence[Draft], words: Vocabulary) -> None:
    headings = [draft for draft in drafts if draft.kind == "heading"]
    levels = heading_levels(
        [
            Heading(join_lines(draft.lines, words), draft.last.level, draft.last.size, draft.last.bold)
            for draft in headings
        ]
    )
    for draft, level in zip(headings, levels, strict=True):
        draft.level = level
