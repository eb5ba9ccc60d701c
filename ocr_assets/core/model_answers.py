"""What a vision model says of a page: the blocks of its answer, read from Markdown or JSON.

A model is asked for what it does best: most write Markdown, some give JSON with boxes. Nothing of an answer is trusted:
tables are parsed and written anew, boxes that cannot be are counted and left out.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from ocr_assets.core.fences import MARKDOWN, code_of, page_within, parted
from ocr_assets.core.pages import BlockKind, Box
from ocr_assets.core.table_text import parsed_table, table_text

MOST_SPANNED: Final = 50
"""Rows or columns that a cell may span: an answer that says more is no table."""
FAR: Final = 1e9
"""No coordinate is this far off, nor is one that is no number; whole numbers of JSON may be larger than floats."""
KINDS: Final[dict[str, BlockKind]] = {
    "title": "title",
    "heading": "title",
    "sub_title": "title",
    "text": "text",
    "paragraph": "text",
    "list": "list",
    "table": "table",
    "figure": "figure",
    "image": "figure",
    "picture": "figure",
    "chart": "figure",
    "caption": "figure_caption",
    "figure_caption": "figure_caption",
    "image_caption": "figure_caption",
    "table_caption": "table_caption",
    "equation": "equation",
    "formula": "equation",
    "code": "code",
    "code_block": "code",
    "listing": "code",
    "reference": "reference",
    "header": "header",
    "page_header": "header",
    "footer": "footer",
    "page_footer": "footer",
    "page_number": "footer",
    "footnote": "footnote",
    "page_footnote": "footnote",
    "table_footnote": "footnote",
    "image_footnote": "footnote",
    "stamp": "stamp",
    "signature": "signature",
}
"""What models call the kinds of blocks."""

# Answers may be long runs of one sign: no pattern looks at one place more than a bounded number of times.
_DECODER: Final = json.JSONDecoder()
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*+\n(.*)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})\s+(.*)", re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*+•]|\(?\d{1,3}[.)])\s+\S")
_PICTURE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_EQUATION = re.compile(r"(?:\$\$(.*?)\$\$|\\\[(.*?)\\\])", re.DOTALL)
_RULED_OFF = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*")
_TABLE = re.compile(r"<table\b.*?(?:</table>|\Z)", re.DOTALL | re.IGNORECASE)
_SPAN = re.compile(r"((?:row|col)span)\s*=\s*[\"']?(\d+)[\"']?", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?(?:b|i|u|em|strong|center|p|div|span|small|big|sup|sub|img)\b[^<>]*>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class AnswerBlock:
    """A block as a model gave it, with the boxes that it said, in 0..1; none where it said none."""

    kind: BlockKind
    text: str
    boxes: tuple[Box, ...] = ()
    level: int | None = None


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """The blocks of an answer in its order; how many boxes it said, and how many of them are on no page."""

    blocks: tuple[AnswerBlock, ...]
    boxes: int = 0
    wrong_boxes: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks if block.text)


def unfenced(text: str) -> str:
    """Without the code fence that models like to put around an answer."""
    text = text.strip()
    found = _FENCE.fullmatch(text)
    return found[1].removesuffix("```").strip() if found else text


def markdown_answer(text: str) -> PageAnswer:
    """The blocks of a page that was written down as Markdown, which says nothing of places."""
    return PageAnswer(tuple(markdown_blocks(page_within(text))))


def markdown_blocks(text: str) -> Iterator[AnswerBlock]:
    """Headings, paragraphs, lists, tables, equations, pictures and listings of code."""
    for part in parted(text):
        if isinstance(part, str):
            yield from _without_code(part)
        elif part.label in MARKDOWN or _TABLE.match(part.text):
            yield from _without_code(part.text)
        elif part.text:
            yield AnswerBlock("equation" if part.label == "math" else "code", part.text)


def _without_code(text: str) -> Iterator[AnswerBlock]:
    text = _COMMENT.sub("", text)
    last = 0
    for table in _TABLE.finditer(text):
        yield from _without_tables(text[last : table.start()])
        yield AnswerBlock("table", table_of(table[0]))
        last = table.end()
    yield from _without_tables(text[last:])


def _without_tables(text: str) -> Iterator[AnswerBlock]:
    last = 0
    for found in _EQUATION.finditer(text):
        yield from _paragraphs(text[last : found.start()])
        if equation := (found[1] or found[2] or "").strip():
            yield AnswerBlock("equation", equation)
        last = found.end()
    yield from _paragraphs(text[last:])


def heading_of(line: str) -> tuple[int, str] | None:
    """Level and text of a Markdown heading, without the marks that may close it."""
    found = _HEADING.fullmatch(line)
    return (len(found[1]), found[2].strip().rstrip("#").strip()) if found else None


def _paragraphs(text: str) -> Iterator[AnswerBlock]:
    for paragraph in re.split(r"\n[ \t]*\n", text):
        lines: list[str] = []
        for line in paragraph.splitlines():
            heading = heading_of(line)
            if heading or _PICTURE.fullmatch(line.strip()):
                yield from _block(lines)
                lines = []
                if heading and heading[1]:
                    yield AnswerBlock("title", plain(heading[1]), (), heading[0])
                elif not heading:
                    yield AnswerBlock("figure", "")
            elif line.strip() and not _RULED_OFF.fullmatch(line):
                lines.append(line.rstrip())
        yield from _block(lines)


def _block(lines: list[str]) -> Iterator[AnswerBlock]:
    if not lines:
        return
    text = "\n".join(lines)
    if lines[0].lstrip().startswith("|") and len(lines) > 1:
        yield AnswerBlock("table", table_of("\n".join(line.strip() for line in lines)))
    elif _ITEM.match(lines[0]):
        yield AnswerBlock("list", plain(text))
    elif inside := plain(text):
        yield AnswerBlock("text", inside)


def plain(text: str) -> str:
    """Without emphasis, inline tags and links to pictures, which are the model's and not the page's."""
    text = _PICTURE.sub(r"\1", _TAG.sub("", text))
    return _EMPHASIS.sub(r"\2", text).strip()


def table_of(text: str) -> str:
    """A model's table, Markdown or HTML, as this project writes tables; as plain lines where it is none."""
    if text.lower().startswith("<table"):
        clean = re.sub(r"<table[^>]*>", "<table>", text, flags=re.IGNORECASE)
        clean = _SPAN.sub(lambda m: f'{m[1].lower()}="{min(int(m[2][:9]), MOST_SPANNED)}"', clean)
        table = parsed_table(clean)
        if table is None or not table.width:
            return plain(re.sub(r"<[^<>]*>", " ", text))
        return table_text(table if table.head else replace(table, head=1))
    table = parsed_table(text)
    return table_text(table) if table and table.width else plain(text)


def json_answer(text: str) -> PageAnswer:
    """The blocks of `{"blocks": [{"kind", "text", "box": [x0, y0, x1, y1] in 0..1000}]}`.

    Raises ValueError for anything else, such as an answer that was cut.
    """
    value = json_value(text)
    listed = value.get("blocks") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise ValueError("no list of blocks")
    blocks, said, wrong = list[AnswerBlock](), 0, 0
    for item in listed:
        if not isinstance(item, dict) or not isinstance(item.get("text", ""), str):
            raise ValueError("a block that is none")
        kind = KINDS.get(str(item.get("kind")).lower(), "text")
        box = item.get("box")
        boxes = tuple(boxes_of([box], 1000)) if box is not None else ()
        said, wrong = said + (box is not None), wrong + (box is not None and not boxes)
        blocks.append(typed(kind, item.get("text", ""), boxes, item.get("level")))
    return PageAnswer(tuple(block for block in blocks if block.text or block.boxes), said, wrong)


def json_value(text: str, decoder: json.JSONDecoder = _DECODER) -> Any:
    """The JSON value in an answer, whatever a model puts around it. Raises ValueError where there is none."""
    text = unfenced(text.rpartition("</think>")[2])
    starts = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    if not starts:
        raise ValueError("no JSON")
    try:
        return decoder.raw_decode(text[min(starts) :])[0]
    except RecursionError:
        raise ValueError("JSON without end") from None


def typed(kind: BlockKind, text: str, boxes: tuple[Box, ...], level: Any = None) -> AnswerBlock:
    """A block of a stated kind, its text freed of what Markdown says of the kind."""
    if kind == "code":
        return AnswerBlock(kind, code_of(text), boxes)
    text = text.strip()
    if kind == "title":
        stated = level if isinstance(level, int) and 1 <= level <= 6 else 1
        depth, title = heading_of(text) or (stated, text)
        return AnswerBlock(kind, plain(title), boxes, depth)
    if kind == "table":
        found = _TABLE.search(text)
        return AnswerBlock(kind, table_of(found[0] if found else text), boxes)
    if kind == "equation":
        found = _EQUATION.search(text)
        return AnswerBlock(kind, (found[1] or found[2] or "").strip() if found else text, boxes)
    return AnswerBlock(kind, "" if kind == "figure" else plain(text), boxes)


def boxes_of(values: Iterable[Any], scale: float) -> Iterator[Box]:
    """Those of the boxes, given in 0..`scale`, that can be on a page; what sticks out is cut off."""
    for value in values:
        numbers = isinstance(value, list | tuple) and len(value) == 4
        if not numbers or not all(isinstance(n, int | float) and abs(n) < FAR for n in value):
            continue
        x0, y0, x1, y1 = (min(1.0, max(0.0, n / scale)) for n in value)
        if x0 < x1 and y0 < y1 and all(-0.02 <= n / scale <= 1.02 for n in value):
            yield Box(x0, y0, x1, y1)
