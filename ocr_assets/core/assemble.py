"""A document from its pages: paragraphs across columns and pages, headings, lists, tables and figures as Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ocr_assets.core.captions import is_labelled
from ocr_assets.core.document import AssembledDocument, Element, ElementKind, Figure, PageBox
from ocr_assets.core.figures import caption_text, reading_position
from ocr_assets.core.headings import document_title, heading_levels
from ocr_assets.core.markdown import (
    anchor,
    escaped,
    escaped_lines,
    escaped_within,
    is_contents,
    is_list,
    list_markdown,
    picture,
    split_lead,
)
from ocr_assets.core.pages import OUTSIDE_BODY, Block, BlockKind
from ocr_assets.core.paragraphs import Vocabulary, goes_on, join_lines, vocabulary
from ocr_assets.core.regions import area, intersection
from ocr_assets.core.table_joining import joined_table
from ocr_assets.core.table_text import HTML

KINDS: Final[dict[BlockKind, ElementKind]] = {
    "title": "heading",
    "text": "paragraph",
    "list": "list",
    "table": "table",
    "figure": "figure",
    "figure_caption": "paragraph",
    "table_caption": "paragraph",
    "equation": "equation",
    "reference": "reference",
    "footnote": "footnote",
}
PASSED_OVER: Final[frozenset[ElementKind]] = frozenset({"figure", "table", "footnote"})
"""A paragraph goes on behind elements of these kinds."""


class _Item(NamedTuple):
    """A block of the body, with the figure that was cut out of it and the link to its picture."""

    page: int
    block: Block
    figure: Figure | None = None
    link: str = ""


@dataclass(slots=True)
class _Draft:
    """An element before its text is put together; `lines` are as on the page."""

    kind: ElementKind
    lines: str
    regions: list[PageBox]
    level: int | None = None
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
    words = vocabulary(block.text for _, blocks in pages for block in blocks)
    drafts: list[_Draft] = []
    for page, blocks in pages:
        own = [(figure, link) for figure, link in figures if figure.page == page]
        for item in _items(page, blocks, own):
            _add(drafts, item)
    _set_levels(drafts, words)
    elements = tuple(Element(draft.kind, _text(draft, words), draft.level, tuple(draft.regions)) for draft in drafts)
    headings = [(join_lines(draft.lines, words), draft.level) for draft in drafts if draft.level]
    markdown = _markdown(elements, [page for page, _ in pages])
    return AssembledDocument(document_title(title, headings), markdown, elements)


def _items(page: int, blocks: Sequence[Block], figures: Sequence[tuple[Figure, str]]) -> Iterator[_Item]:
    """The page's body in order: figures that are no block put in, captions and headers taken out, footnotes last."""
    printed = {figure.caption for figure, _ in figures if figure.caption_source == "document"}
    homes = {index: _home(figure, blocks) for index, (figure, _) in enumerate(figures)}
    items: list[tuple[int, int, _Item]] = []
    for place, block in enumerate(blocks):
        if block.kind in OUTSIDE_BODY or (block.text and caption_text(block.text) in printed):
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


def _add(drafts: list[_Draft], item: _Item) -> None:
    """New elements, or more of one that is still open; the paragraph that leads to a list stands by itself."""
    block, kind = item.block, KINDS[item.block.kind]
    if kind == "paragraph" and is_list(block.text):
        kind = "list"
    if kind == "table" and _joins_table(drafts, item):
        return
    lead, items = split_lead(block.text) if kind == "list" else ("", "")
    last = _open_draft(drafts)
    if lead and items and not (last and last.kind == "list"):
        _add_text(drafts, item, "paragraph", lead)
        _add_text(drafts, item, "list", items)
    else:
        _add_text(drafts, item, kind, block.text)


def _joins_table(drafts: Sequence[_Draft], item: _Item) -> bool:
    """Adds the block to the table of the page before, if it goes on with it."""
    last = next((draft for draft in reversed(drafts) if draft.kind != "footnote"), None)
    if last is None or last.kind != "table":
        return False
    region = PageBox(item.page, item.block.box)
    joined = joined_table(last.lines, last.regions[-1], item.block.text, region)
    if joined is not None:
        last.lines = joined
        last.regions.append(region)
    return joined is not None


def _add_text(drafts: list[_Draft], item: _Item, kind: ElementKind, text: str) -> None:
    region = PageBox(item.page, item.block.box)
    last = _open_draft(drafts)
    if last and not item.figure and _continues(last, kind, text):
        last.lines += "\n" + text
        last.regions.append(region)
    else:
        drafts.append(_Draft(kind, text, [region], item.block.level, item.figure, item.link))


def _open_draft(drafts: Sequence[_Draft]) -> _Draft | None:
    return next((draft for draft in reversed(drafts) if draft.kind not in PASSED_OVER), None)


def _continues(draft: _Draft, kind: ElementKind, text: str) -> bool:
    if is_labelled(draft.lines) or is_labelled(text):
        return False
    if kind == "list":
        return draft.kind == "list"
    return kind == "paragraph" and draft.kind in ("paragraph", "list") and goes_on(draft.lines, text)


def _set_levels(drafts: Sequence[_Draft], words: Vocabulary) -> None:
    headings = [draft for draft in drafts if draft.kind == "heading"]
    levels = heading_levels([(join_lines(draft.lines, words), draft.level) for draft in headings])
    for draft, level in zip(headings, levels, strict=True):
        draft.level = level


def _text(draft: _Draft, words: Vocabulary) -> str:
    """The element's Markdown."""
    if draft.kind == "list" or (draft.kind == "reference" and is_list(draft.lines)):
        return list_markdown(draft.lines, words)
    if draft.kind in ("figure", "table"):
        return _figure_markdown(draft)
    if draft.kind == "heading":
        return escaped_within(join_lines(draft.lines, words))
    if draft.kind == "equation" or is_contents(draft.lines):
        return escaped_lines(draft.lines)
    return escaped(join_lines(draft.lines, words))


def _figure_markdown(draft: _Draft) -> str:
    """Picture, printed caption and the text within; a table that has its cells needs no picture, its caption leads."""
    caption = draft.figure.caption if draft.figure else ""
    printed = escaped(caption) if draft.figure and draft.figure.caption_source == "document" else ""
    if draft.lines.startswith(("|", HTML)):
        as_it_is = draft.lines.startswith(HTML)
        cells = draft.lines if as_it_is else "\n".join(map(escaped_within, draft.lines.splitlines()))
        return "\n\n".join(filter(None, (printed, cells)))
    image = picture(caption, draft.link) if draft.link else ""
    return "\n\n".join(filter(None, (image, printed, escaped_lines(draft.lines))))


def _markdown(elements: Sequence[Element], pages: Sequence[int]) -> str:
    parts: list[str] = []
    waiting = list(pages)
    for element in elements:
        while waiting and waiting[0] <= element.regions[0].page:
            parts.append(anchor(waiting.pop(0)))
        marks = "#" * element.level + " " if element.level else ""
        parts.append(marks + element.text)
    parts += map(anchor, waiting)
    return "\n\n".join(parts) + "\n" if parts else ""
