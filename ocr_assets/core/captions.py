"""Which printed caption belongs to which figure or table of a page."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ocr_assets.core.document import FigureKind
from ocr_assets.core.pages import Block, Box

FARTHEST: Final = 0.12
"""A caption this far from its figure, in 0..1 of the page, is not its caption."""
WRONG_SIDE: Final = 0.03
"""What standing on the less usual side counts: above a figure, below a table."""
WRONG_KIND: Final = 0.06
"""What the other kind counts: a caption that layout took for a table's, at a figure."""

WITHOUT_LABEL: Final = 0.04
"""What a caption that begins without "Figure 3" or its like counts: layout takes notes and sources for captions too."""

_LABEL = re.compile(
    r"(?:(?P<figure>Fig(?:ure|ura|uur)?s?\.?|Abb(?:ildung)?\.?|Bild|Graphique|Plate|Scheme|Photo)"
    r"|(?P<table>Tab(?:le|elle|leau|la|ela)?\.?|Cuadro|Tafel)"
    r"|(?P<either>Exhibit|Chart))"
    r"\s*(?:[A-Z]{0,3}[.\-]?\d+(?:[.\-]\d+)*[a-z]?|[IVX]+|[A-Z])(?!\w)",
    re.IGNORECASE,
)
_ENDS_LABEL = re.compile(r"\s*(?:[.:|)–—-]|\n|$)")  # noqa: RUF001  "Figure 3 shows" is a sentence, not a caption


def is_labelled(text: str) -> bool:
    """Whether the text begins as a caption does: "Figure 3:", "Tab. CA2 |", "Exhibit 19"."""
    label = _LABEL.match(text.lstrip())
    return label is not None and _ENDS_LABEL.match(text.lstrip(), label.end()) is not None


def labelled_kind(text: str) -> FigureKind | None:
    """What a caption is of by its label; None where the text is no caption, or its label fits both."""
    label = _LABEL.match(text.lstrip()) if is_labelled(text) else None
    if label is None or label.lastgroup == "either":
        return None
    return "table" if label.lastgroup == "table" else "figure"


def is_caption(block: Block) -> bool:
    """A caption by its layout, or a text that begins as one."""
    if block.kind in ("figure_caption", "table_caption"):
        return bool(block.text.strip())
    return block.kind in ("text", "title", "list") and is_labelled(block.text)


def captions_of(figures: Sequence[tuple[FigureKind, Box]], blocks: Sequence[Block]) -> dict[int, int]:
    """Index of the caption's block for the figures and tables that have one, nearest first, each caption used once."""
    pairs = sorted(
        (cost, i, j)
        for j, block in enumerate(blocks)
        if is_caption(block)
        for i, (kind, box) in enumerate(figures)
        if kind != "equation"
        for cost in _costs(kind, box, block)
    )
    chosen: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in chosen and j not in chosen.values():
            chosen[i] = j
    return chosen


def _costs(kind: FigureKind, box: Box, caption: Block) -> Iterator[float]:
    """The distance with its penalties, or nothing where the caption stands too far away or in another column."""
    across = min(box.x1, caption.box.x1) - max(box.x0, caption.box.x0)
    down = min(box.y1, caption.box.y1) - max(box.y0, caption.box.y0)
    if across > 0.3 * min(box.x1 - box.x0, caption.box.x1 - caption.box.x0):
        distance = max(0.0, -down)
    elif down > 0:
        distance = max(0.0, -across) + WRONG_SIDE
    else:
        return
    if distance > FARTHEST:
        return
    is_above = caption.box.y0 + caption.box.y1 < box.y0 + box.y1
    label = _LABEL.match(caption.text.lstrip())
    taken_for = "table" if caption.kind == "table_caption" else "figure"
    named = label.lastgroup if label and label.lastgroup != "either" else None
    cost = (
        distance
        + WRONG_SIDE * (is_above != (kind == "table"))
        + WRONG_KIND * ((named or taken_for) != kind and not (label and not named))
        + WITHOUT_LABEL * (label is None)
    )
    if label or cost <= FARTHEST:
        yield cost
