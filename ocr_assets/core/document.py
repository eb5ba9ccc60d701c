"""A document put together from its pages: the values between assembling, chunking and captions."""

from dataclasses import dataclass
from typing import Literal

from ocr_assets.core.pages import Box

ElementKind = Literal["heading", "paragraph", "list", "table", "figure", "equation", "code", "reference", "footnote"]
FigureKind = Literal["figure", "table", "equation"]
RunningKind = Literal["header", "footer", "page_number"]
CaptionSource = Literal["document", "model", "text_inside", "none"]


@dataclass(frozen=True, slots=True)
class PageBox:
    """Where on which page something stands."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, table or formula cut out of its page.

    `caption` is empty where `caption_source` is "none"; "document" means a caption printed beside it, "model" what a
    vision model says that it shows, "text_inside" the text within its box. `text` is the text inside the box in any
    case. `image` is the crop as PNG or WebP bytes.
    """

    page: int
    kind: FigureKind
    box: Box
    caption: str
    caption_source: CaptionSource
    text: str
    image: bytes


@dataclass(frozen=True, slots=True)
class Element:
    """A heading, paragraph, list, table… of the document's body, joined across lines and pages.

    `text` is its Markdown without heading marks. `level` is 1..6 for headings, else None. `regions` are the blocks it
    was made of, in reading order, so the first one says where it starts.
    """

    kind: ElementKind
    text: str
    level: int | None
    regions: tuple[PageBox, ...]


@dataclass(frozen=True, slots=True)
class RunningText:
    """A header, footer or page number, left out of the body: as on the first of its `pages`, but for digits."""

    kind: RunningKind
    text: str
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AssembledDocument:
    """The whole document: Markdown for people, elements for the chunker, and what was left out of both."""

    title: str
    markdown: str
    elements: tuple[Element, ...]
    running: tuple[RunningText, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document: never across a top-level heading, never through a table row.

    `tokens` counts `text` as the embedder sees it. `heading_path` runs from the highest heading down.
    """

    ordinal: int
    text: str
    kind: Literal["text", "table", "figure"]
    heading_path: tuple[str, ...]
    regions: tuple[PageBox, ...]
    tokens: int

    @property
    def page_start(self) -> int:
        return min(region.page for region in self.regions)

    @property
    def page_end(self) -> int:
        return max(region.page for region in self.regions)
