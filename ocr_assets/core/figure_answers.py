"""What a vision model says of a figure: its kind, a paragraph, the text in it, and the data of a chart."""

from dataclasses import dataclass
from typing import Any, Final

from ocr_assets.core.document import FigureKind
from ocr_assets.core.grounding import grounded_answer
from ocr_assets.core.model_answers import json_value, unfenced
from ocr_assets.core.pages import Box
from ocr_assets.core.table_grid import plain_table
from ocr_assets.core.table_text import table_markdown
from ocr_assets.core.valid_reading import valid_text

KINDS: Final = frozenset(
    {"chart", "photo", "diagram", "map", "table", "formula", "screenshot", "drawing", "logo", "ornament"}
)
UNTOLD: Final = frozenset({"logo", "ornament"})
"""Kinds that get no caption."""
SMALL: Final = 0.03
"""A side of a figure, in 0..1 of the page, below which it is a rule, a bullet or an ornament."""
LEAST_AREA: Final = 0.004
"""Of the page: a stamp of 18 by 28 mm on A4; icons and logos in a letterhead are below."""
LEAST_FORMULA: Final = 0.0005
"""Of the page: a few signs of a line of type."""
MOST_ROWS: Final = 200
MOST_CELLS: Final = 2_000


@dataclass(frozen=True, slots=True)
class FigureAnswer:
    """`kind` is one of `KINDS`, or empty where the model did not say; `data` a Markdown table, or empty."""

    kind: str
    description: str
    text: str = ""
    data: str = ""


def is_ornament(box: Box, kind: FigureKind = "figure") -> bool:
    """Whether a figure is too small or too thin to show anything; a formula has a line or part of one."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    if kind == "equation":
        return width * height < LEAST_FORMULA
    return min(width, height) < SMALL or width * height < LEAST_AREA


def figure_answer(text: str) -> FigureAnswer:
    """Of the JSON that the prompt asks for. Raises ValueError where it is none, or says nothing."""
    value = json_value(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    kind = str(value.get("kind", "")).strip().lower()
    description, inside = value.get("description"), value.get("text") or ""
    if not isinstance(description, str) or not isinstance(inside, str):
        raise ValueError("no description")
    if not description.strip() and kind not in UNTOLD:
        raise ValueError("an empty description")
    data = _table(value.get("data"))
    told = valid_text(" ".join(description.split()))
    return FigureAnswer(kind if kind in KINDS else "", told, valid_text(inside.strip()), valid_text(data))


def described(text: str) -> FigureAnswer:
    """Of a plain answer: prose, or a table that the model parsed out of a chart, or both."""
    blocks = grounded_answer(unfenced(text)).blocks
    prose = " ".join(" ".join(block.text.split()) for block in blocks if block.kind != "table" and block.text)
    tables = [block.text for block in blocks if block.kind == "table"]
    if not prose and not tables:
        raise ValueError("an empty description")
    return FigureAnswer("chart" if tables else "", prose, "", "\n\n".join(tables))


def _table(rows: Any) -> str:
    """Rows of cells as Markdown; anything else is no data."""
    if not isinstance(rows, list) or not 2 <= len(rows) <= MOST_ROWS:
        return ""
    if not all(isinstance(row, list) and row for row in rows) or sum(map(len, rows)) > MOST_CELLS:
        return ""
    width = max(map(len, rows))
    cells = [["" if cell is None else str(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    return table_markdown(plain_table(cells))
