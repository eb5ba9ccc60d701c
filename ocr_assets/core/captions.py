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

_NUMBER = r"\s*(?:\d+|[IVX]+\b|[A-Z]\b)(?:[.\-]\d+)*[a-z]?"
_LABELS: Final[dict[FigureKind, str]] = {
    "figure": r"Fig(?:ure|ura|uur)?s?\.?|Abb(?:ildung)?\.?|Bild|Chart|Exhibit|Plate|Scheme|Graphique|Photo",
    "table": r"Tab(?:le|elle|leau|la|ela)?\.?|Cuadro|Tafel",
}
_LABELLED = {kind: re.compile(rf"(?:{words}){_NUMBER}", re.IGNORECASE) for kind, words in _LABELS.items()}
_ENDS_LABEL = re.compile(r"\s*(?:[.:|)–—-]|\n|$)")  # noqa: RUF001  "Figure 3 shows" is a sentence, not a caption


def labelled_kind(text: str) -> FigureKind | None:
    """What a text that begins with "Figure 3", "Tabelle 2"… names."""
    return next((kind for kind, label in _LABELLED.items() if label.match(text.lstrip())), None)


def is_caption(block: Block) -> bool:
    """A caption by its layout, or a text that starts as one: a label, a number and a stop."""
    if block.kind in ("figure_caption", "table_caption"):
        return bool(block.text.strip())
    if block.kind not in ("text", "title", "list"):
        return False
    text = block.text.lstrip()
    labels = (label.match(text) for label in _LABELLED.values())
    return any(label and _ENDS_LABEL.match(text, label.end()) for label in labels)


def captions_of(figures: Sequence[tuple[FigureKind, Box]], blocks: Sequence[Block]) -> dict[int, int]:
    """Index of the caption's block for the figures that have one, nearest pairs first, each caption used once."""
    pairs = sorted(
        (cost, i, j)
        for j, block in enumerate(blocks)
        if is_caption(block)
        for i, (kind, box) in enumerate(figures)
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
    expected = labelled_kind(caption.text) or ("table" if caption.kind == "table_caption" else "figure")
    yield distance + WRONG_SIDE * (is_above != (kind == "table")) + WRONG_KIND * (expected != kind)
