"""Answers that were paid for, kept until their document's stage settles: a run that comes after does not pay again."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from resources.checkpoints import Checkpoints

RUN: Final = "vision"
"""In place of a run's id: the answers are every run's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered. `finish` is why it ended, `refusal` what it said instead; `cost` of this one request."""

    text: str
    finish: str | None
    refusal: str | None
    input_tokens: int
    output_tokens: int
    cost: float
    seconds: float


class PaidAnswers:
    """The answers about pages of one stage, by the key of their question. Safe between threads."""

    def __init__(self, checkpoints: Checkpoints, stage: str) -> None:
        self.checkpoints = checkpoints
        self.stage = stage
        self._lock = threading.Lock()
        self._loaded: dict[str, dict[int, dict[str, Answer]]] = {}

    def get(self, document: str, page: int, key: str) -> Answer | None:
        """The answer to this question, None where none was paid for.

        One about another page is to the same picture, such as the logo of a letter: it was charged there.
        """
        with self._lock:
            pages = self._of(document)
            if (own := pages.get(page, {}).get(key)) is not None:
                return own
            other = next((kept[key] for kept in pages.values() if key in kept), None)
            return replace(other, input_tokens=0, output_tokens=0, cost=0.0, seconds=0.0) if other else None

    def put(self, document: str, page: int, key: str, answer: Answer) -> None:
        """Keep an answer."""
        import polars as pl

        with self._lock:
            kept = self._of(document).setdefault(page, {})
            kept[key] = answer
            rows = [{"key": name, **asdict(value)} for name, value in kept.items()]
            frame = pl.DataFrame(rows, infer_schema_length=None)
            self.checkpoints.save(RUN, self.stage, document, page, frame)

    def clear(self, document: str) -> None:
        """The document's stage has settled: what comes next asks anew."""
        with self._lock:
            if self._loaded.pop(document, {}):
                self.checkpoints.clear(RUN, self.stage, document)

    def _of(self, document: str) -> dict[int, dict[str, Answer]]:
        if document not in self._loaded:
            frames = self.checkpoints.load(RUN, self.stage, document)
            self._loaded[document] = {page: _answers(frame.to_dicts()) for page, frame in frames.items()}
        return self._loaded[document]


def _answers(rows: list[dict[str, Any]]) -> dict[str, Answer]:
    return {row.pop("key"): Answer(**row) for row in rows}
