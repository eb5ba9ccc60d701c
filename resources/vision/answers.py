"""Answers that were paid for, kept until their document's stage settles: a run that comes after does not pay again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from resources.checkpoints import VISION, Checkpoints


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered. `finish` is why it ended, `refusal` what it said instead; `cost` of this one request.

    `likelihood` of its tokens, 0..1, where the server was asked for it.
    """

    text: str
    finish: str | None
    refusal: str | None
    input_tokens: int
    output_tokens: int
    cost: float
    seconds: float
    likelihood: float | None = None


class PaidAnswers:
    """The answers about pages of one stage, by the key of their question. Safe between threads."""

    def __init__(self, checkpoints: Checkpoints, stage: str) -> None:
        self.checkpoints = checkpoints
        self.stage = stage
        self._lock = threading.Lock()
        self._loaded: dict[str, dict[int, dict[str, Answer]]] = {}
        self._told: set[tuple[str, int, str]] = set()
        self._asking: dict[tuple[str, str], threading.Lock] = {}

    @contextmanager
    def once(self, document: str, key: str) -> Iterator[None]:
        """While a question is asked: who has the same one waits, and finds the answer."""
        with self._lock:
            own = self._asking.setdefault((document, key), threading.Lock())
        with own:
            yield

    def get(self, document: str, page: int, key: str) -> Answer | None:
        """The answer to this question, None where none was paid for.

        What it cost is told once: for the same picture on another page, such as a letter's logo, or again on this one,
        it was charged before.
        """
        with self._lock:
            pages = self._of(document)
            own, asked = pages.get(page, {}).get(key), (document, page, key)
            if own is not None and asked not in self._told:
                self._told.add(asked)
                return own
            known = own or next((kept[key] for kept in pages.values() if key in kept), None)
            return replace(known, input_tokens=0, output_tokens=0, cost=0.0, seconds=0.0) if known else None

    def put(self, document: str, page: int, key: str, answer: Answer) -> None:
        """Keep an answer."""
        import polars as pl

        with self._lock:
            kept = self._of(document).setdefault(page, {})
            kept[key] = answer
            self._told.add((document, page, key))
            rows = [{"key": name, **asdict(value)} for name, value in kept.items()]
            frame = pl.DataFrame(rows, infer_schema_length=None)
            self.checkpoints.save(VISION, self.stage, document, page, frame)

    def clear(self, document: str) -> None:
        """The document's stage has settled: what comes next asks anew."""
        with self._lock:
            self._told = {asked for asked in self._told if asked[0] != document}
            self._asking = {asked: lock for asked, lock in self._asking.items() if asked[0] != document}
            if self._loaded.pop(document, {}):
                self.checkpoints.clear(VISION, self.stage, document)

    def _of(self, document: str) -> dict[int, dict[str, Answer]]:
        if document not in self._loaded:
            frames = self.checkpoints.load(VISION, self.stage, document)
            self._loaded[document] = {page: _answers(frame.to_dicts()) for page, frame in frames.items()}
        return self._loaded[document]


def _answers(rows: list[dict[str, Any]]) -> dict[str, Answer]:
    return {row.pop("key"): Answer(**row) for row in rows}
