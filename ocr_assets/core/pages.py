"""What a page is and what reading it yields: plain values that every reader, stage and store shares.

Boxes are floats in 0..1 of the upright page, origin top left. Pages are counted from 1. Confidence is 0..1.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

PageKind = Literal["digital", "scanned", "mixed", "blank"]
Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise."""
Writing = Literal["across", "up", "down", "columns"]
"""How writing runs: across the page; up or down it, turned by a quarter; in columns of upright signs from the right."""
BlockKind = Literal[
    "title",
    "text",
    "list",
    "table",
    "figure",
    "figure_caption",
    "table_caption",
    "equation",
    "code",
    "reference",
    "header",
    "footer",
    "footnote",
    "stamp",
    "signature",
    "ink",
]
OUTSIDE_BODY: frozenset[str] = frozenset({"header", "footer"})
"""Blocks of these kinds are kept with the page and left out of its text."""


class Box(NamedTuple):
    """A rectangle in 0..1 of the upright page, origin top left, x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without blanks, as the reader gave it.

    `font` is the name of its font where the reader knows it: it helps to find headings. `advance` is the width that its
    font gives to every sign, in 0..1 of the page's width, 0 where signs differ or nobody knows: it tells program code.
    None of them is kept in the lake, nor is `writing`.
    """

    text: str
    box: Box
    confidence: float
    font: str = ""
    writing: Writing = "across"
    advance: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """A region of a page, in reading order.

    `text` keeps the lines of the page, separated by newlines; for a table whose cells are known it is Markdown, or HTML
    where cells span or hold lines (`core/table_text.py`), else its lines; lines that are meant as lines end in two
    blanks, those of code are as they stand, with their indentation. `level` is the heading level, 1 being the highest,
    and None for anything but a title. `size` is that of its type in 0..1 of the page's height, None where the reader
    cannot tell; `bold` whether all of it is bold.
    """

    kind: BlockKind
    box: Box
    text: str
    level: int | None = None
    size: float | None = None
    bold: bool = False


FieldKind = Literal["text", "checkbox", "radio", "choice", "signature"]


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form, with what is filled in.

    `name` is what programs know it by, the same for all radio buttons of which one can be on; `label` what it is called
    for people, empty where the form does not say. `value` is the text; of check boxes and radio buttons a ballot box,
    crossed or empty; of a signature "[signed]", or "[signed by Ada Lovelace, 2024-03-01]" where the file says so.
    """

    kind: FieldKind
    name: str
    label: str
    value: str
    box: Box


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one reader made of one page.

    `text` is the body: the blocks in reading order, without headers and footers, separated by blank lines.
    `confidence` follows from the mean over the words, weighted by their length: of pages said to be 0.95 and surer,
    nine in ten have a CER under 2 % (`core/confidence.py`); 0 where there are no words. `language` is the ISO 639-1
    code where the reader had to know it; `review` says why a person should look at the page, or is empty.
    """

    reader: str
    text: str
    confidence: float
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    language: str | None = None
    review: str = ""
    form_fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class PageInput:
    """What a reader is given: the document on local disk, and the page as an upright image, rendered once.

    `path` is a PDF or an image file, `image` the encoded page (PNG), `kind` what the page was found to hold. `turned`
    and `skew` are the degrees clockwise that the image was turned by against what the file shows.
    """

    path: str
    page: int
    kind: PageKind
    dpi: float
    image: bytes
    passwords: tuple[str, ...] = ()
    turned: Turn = 0
    skew: float = 0.0
