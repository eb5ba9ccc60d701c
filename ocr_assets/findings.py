"""What came of a document's class and fields, as its row of `enrichment` keeps it and the UI shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import dagster as dg

from ocr_assets.core.document_classes import UNKNOWN
from ocr_assets.core.field_schema import shown_value
from ocr_assets.core.field_values import FieldValue
from ocr_assets.core.readings import box_value
from resources.text_model import Told
from resources.vision.answers import Answer
from resources.vision.ledger import Usage

WORDS: Final = "words"
NO_TOKENS: Final = Usage(0, 0)
SHOWN: Final = 40
"""Values, and sentences about them, that the UI shows."""


@dataclass
class Findings:
    """What came of one document, gathered step by step."""

    document_class: str = UNKNOWN
    confidence: float = 0.0
    by: str = WORDS
    reason: str = ""
    values: tuple[FieldValue, ...] = ()
    faults: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    usage: Usage = NO_TOKENS
    requests: int = 0
    cost: float = 0.0
    content: str = ""

    def asked(self, told: Told[Any]) -> None:
        """Add what a question came to."""
        self.answers |= told.kept
        self.usage = Usage(self.usage.input + told.usage.input, self.usage.output + told.usage.output)
        self.requests, self.cost = self.requests + told.requests, self.cost + told.cost

    def row(self) -> dict[str, Any]:
        """Its columns of the table."""
        return {
            "document_class": self.document_class,
            "class_confidence": self.confidence,
            "classified_by": self.by,
            "class_reason": self.reason,
            "field_values": list(map(field_row, self.values)),
            "field_faults": self.faults,
            "broken_rules": self.broken,
            "content": self.content,
            "model_answers": [answer_row(key, answer) for key, answer in self.answers.items()],
            "model_cost": self.cost,
        }

    def metadata(self) -> dict[str, Any]:
        """What the UI shows on the materialization."""
        shown: dict[str, Any] = {
            "document_class": self.document_class,
            "class_confidence": round(self.confidence, 3),
            "classified_by": self.by + (f" ({self.reason})" if self.reason else ""),
        }
        if self.requests or self.answers:
            shown |= {"requests to models": self.requests, "cost": round(self.cost, 6)}
            shown |= {"input tokens": self.usage.input, "output tokens": self.usage.output}
        if self.values or self.faults or self.broken:
            shown["field values"] = dg.MetadataValue.md(values_table(self.values))
            told = [*self.broken, *self.faults]
            more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
            shown["field checks"] = "; ".join((*told[:SHOWN], *more)) or "all hold"
        return shown


def answer_row(key: str, answer: Answer) -> dict[str, Any]:
    """An answer as a struct of the lake."""
    names = ("text", "likelihood", "input_tokens", "output_tokens", "cost")
    return {"key": key} | {name: getattr(answer, name) for name in names}


def field_row(value: FieldValue) -> dict[str, Any]:
    """A value as a struct of the lake."""
    names = ("name", "text", "page", "state", "source")
    box = box_value(value.box) if value.box else None
    return {name: getattr(value, name) for name in names} | {"value": shown_value(value.value), "box": box}


def values_table(values: Sequence[FieldValue]) -> str:
    """The values for the UI, which shows Markdown."""
    rows = [
        f"| {value.name} | {_cell(shown_value(value.value))} | {value.page or ''} | {value.state} |"
        for value in values[:SHOWN]
    ]
    more = [f"| … {len(values) - SHOWN} more | | | |"] if len(values) > SHOWN else []
    return "\n".join(["| field | value | page | |", "|---|---|---|---|", *rows, *more])


def _cell(text: str) -> str:
    """Of a Markdown table: it may come from a hostile file."""
    kept = " ".join(text.split())[:120]
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#|!&" else letter for letter in kept)


NOTHING: Final = dict.fromkeys(Findings().row())
"""The columns on the rows of passages."""
