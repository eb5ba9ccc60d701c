"""The Markdown of a document's elements, and of the whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Final

from ocr_assets.core.document import Element, ElementKind, Figure, PageBox
from ocr_assets.core.list_items import is_list, list_markdown
from ocr_assets.core.markdown import (
    HARD_BREAK,
    anchor,
    contents_markdown,
    escaped,
    escaped_lines,
    escaped_within,
    fenced,
    is_contents,
    picture,
)
from ocr_assets.core.pages import Block
from ocr_assets.core.paragraphs import Vocabulary, join_lines
from ocr_assets.core.table_text import HTML

LONGEST_ALTERNATIVE: Final = 120
"""Characters of a model's description that stand in for the picture; the whole of it stands below."""

_SENTENCE = re.compile(rf".{{1,{LONGEST_ALTERNATIVE}}}?[.!?](?=\s|$)")


@dataclass(slots=True)
class Draft:
    """An element before its text is put together; `lines` are as on the page."""

    kind: ElementKind
    lines: str
    regions: list[PageBox]
    last: Block
    figure: Figure | None = None
    link: str = ""
    level: int | None = None


def draft_markdown(draft: Draft, words: Vocabulary) -> str:
    """The element's Markdown."""
    if draft.kind == "list" or (draft.kind == "reference" and is_list(draft.lines)):
        return list_markdown(draft.lines, words)
    if draft.kind == "code":
        return fenced(draft.lines)
    if draft.kind in ("figure", "table"):
        return _figure_markdown(draft)
    if draft.kind == "heading":
        return escaped_within(join_lines(draft.lines, words))
    if draft.kind == "equation" and draft.figure:
        return "\n\n".join(filter(None, (escaped_lines(draft.lines), _quoted(draft))))
    if is_contents(draft.lines):
        return contents_markdown(draft.lines)
    if draft.kind == "equation":
        return escaped_lines(draft.lines)
    return HARD_BREAK.join(escaped(join_lines(lines, words)) for lines in draft.lines.split(HARD_BREAK))


def _figure_markdown(draft: Draft) -> str:
    """Picture, caption and the text within; a table that has its cells needs no picture, its caption leads.

    What a model says that it shows stands as a quotation: the document does not say it.
    """
    caption = draft.figure.caption if draft.figure else ""
    source = draft.figure.caption_source if draft.figure else "none"
    told = escaped(caption) if source == "document" else _quoted(draft)
    if draft.lines.startswith(("|", HTML)):
        as_it_is = draft.lines.startswith(HTML)
        cells = draft.lines if as_it_is else "\n".join(map(escaped_within, draft.lines.splitlines()))
        return "\n\n".join(filter(None, (told, cells)))
    # What stands in for a caption would say twice what stands within.
    alternative = caption if told or not draft.lines.strip() else ""
    if source == "model":
        sentence = _SENTENCE.match(caption)
        alternative = sentence[0] if sentence else shorten(caption, LONGEST_ALTERNATIVE, placeholder="")
    image = picture(alternative, draft.link) if draft.link else ""
    return "\n\n".join(filter(None, (image, told, escaped_lines(draft.lines))))


def _quoted(draft: Draft) -> str:
    """What a model says of the figure, nothing where none did."""
    figure = draft.figure
    return f"> {escaped_within(figure.caption)}" if figure and figure.caption_source == "model" else ""


def whole_markdown(elements: Sequence[Element], pages: Sequence[int]) -> str:
    """The document's Markdown, with an anchor of each page before the first element that starts on it or later."""
    parts: list[str] = []
    waiting = list(pages)
    for element in elements:
        while waiting and waiting[0] <= element.regions[0].page:
            parts.append(anchor(waiting.pop(0)))
        parts.append(_marked(element))
    parts += map(anchor, waiting)
    return "\n\n".join(parts) + "\n" if parts else ""


def markdown_by_page(elements: Sequence[Element], pages: Sequence[int]) -> dict[int, str]:
    """Of each of these pages the Markdown of the elements that begin on it: together the whole, nothing twice."""
    parts: dict[int, list[str]] = {page: [] for page in pages}
    for element in elements:
        parts.setdefault(element.regions[0].page, []).append(_marked(element))
    return {page: "\n\n".join(own) + "\n" if own else "" for page, own in parts.items()}


def _marked(element: Element) -> str:
    return ("#" * element.level + " " if element.level else "") + element.text
