"""What AWS Comprehend says of texts, each asked about once: answers are kept in the lake by the text's content.

They are kept whenever as many requests as are sent at a time have ended: a process that is killed has paid for those
alone in vain. One that is interrupted keeps what has come at once, and of the rest each answer as it comes; the ledger
has every request, entered before it is sent. Forgetting a document removes the answers that were asked for its sake.
"""

import json
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from ocr_assets.core.comprehend_answers import (
    LANGUAGES,
    LEAST_LETTERS,
    MOST_TEXTS,
    Operation,
    Piece,
    language_told,
    pieces_of,
    said_by_comprehend,
    units_of,
)
from ocr_assets.core.passages import content_of
from ocr_assets.core.said import Said, said_locally
from ocr_assets.errors import TransientFault
from ocr_assets.schemas import COMPREHEND
from resources.comprehend import Comprehend, Detected, Refused
from resources.lake import Lake

Answer = list[dict[str, Any]]
WAKES: Final = 0.5
"""Seconds: where another thread is given the signal, a wait without end does not see that the run is interrupted."""
T = TypeVar("T")


class Question(NamedTuple):
    """About the text of that content; `language` is empty where that is what is asked."""

    content: str
    operation: Operation
    language: str


@dataclass
class ComprehendOnce:
    """Answers by question. `units` are those that were paid for each document's sake since the start."""

    lake: Lake
    service: Comprehend
    run: str
    known: dict[Question, Answer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    away: TransientFault | None = None
    units: Counter[str] = field(default_factory=Counter)
    reused: Counter[str] = field(default_factory=Counter)
    _keeping: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, lake: Lake, service: Comprehend, run: str, passages: Iterable[tuple[str, str]]) -> "ComprehendOnce":
        """Ask for that run about all passages, given with their documents, what the lake does not know yet.

        Raises UsageError. Where the service does not answer any more, `said` raises that of what is not known.
        """
        pieces = [(document, piece) for document, text in passages for _, piece in pieces_of(text) if is_asked(piece)]
        once = cls(lake, service, run)
        once._load({content_of(piece) for _, piece in pieces})
        once._ask("language", [(document, piece, "") for document, piece in pieces])
        spoken = [(document, piece, once.language(piece) or "") for document, piece in pieces]
        understood = [asked for asked in spoken if asked[2] in LANGUAGES]
        once._ask("entities", understood)
        once._ask("key_phrases", understood)
        return once

    def language(self, piece: str) -> str | None:
        """As Comprehend names it; None where it has named none."""
        return language_told(self.known.get(Question(content_of(piece), "language", ""), []))

    def said(self, text: str) -> Said:
        """What is said of the passage; by our own rules where Comprehend cannot. Raises TransientFault."""
        pieces = [(start, piece) for start, piece in pieces_of(text) if is_asked(piece)]
        if not pieces:
            return said_locally(text, "too short for AWS Comprehend to tell its language" if text.strip() else None)
        if told := next((self.refused[c] for _, p in pieces if (c := content_of(p)) in self.refused), None):
            return said_locally(text, f"AWS Comprehend: {told}")
        answered = list[Piece]()
        for start, piece in pieces:
            self._answer(piece, "language", "")
            language = self.language(piece)
            if language is None or language not in LANGUAGES:
                return said_locally(text, f"AWS Comprehend has no entities in the language {language or 'unknown'}")
            entities = self._answer(piece, "entities", language)
            answered.append(Piece(start, piece, language, entities, self._answer(piece, "key_phrases", language)))
        return said_by_comprehend(text, answered)

    def paid(self, document: str) -> dict[str, Any]:
        """What was paid for the document's sake, and how many answers were there before."""
        units = self.units[document]
        cost = round(units * self.service.price, 6)
        return {"comprehend units": units, "comprehend cost": cost, "comprehend reused": self.reused[document]}

    def _answer(self, piece: str, operation: Operation, language: str) -> Answer:
        answer = self.known.get(Question(content_of(piece), operation, language))
        if answer is None:
            raise self.away or TransientFault("service_unavailable", "AWS Comprehend was not asked about this passage")
        return answer

    def _load(self, contents: set[str]) -> None:
        import polars as pl

        wanted = pl.col("content").is_in(list(contents))
        # Which documents have them, and only then the answers: else those of all documents are read.
        held = set(self.lake.find(COMPREHEND, wanted, ["document"])["document"])
        columns = ["content", "operation", "language", "answer"]
        for content, operation, language, answer in self.lake.find(COMPREHEND, wanted, columns, held).iter_rows():
            self.known[Question(content, operation, language)] = json.loads(answer)

    def _ask(self, operation: Operation, asked: Sequence[tuple[str, str, str]]) -> None:
        """Ask about these documents' texts in these languages, and keep the answers of each few requests."""
        new = dict[Question, tuple[str, str]]()
        for document, piece, language in asked:
            question = Question(content_of(piece), operation, language)
            if question in self.known:
                self.reused[document] += 1
            elif question.content not in self.refused:
                new.setdefault(question, (document, piece))
        if self.away or not new:
            return
        client, came, hurried = self.service.client(), deque[_Came](), threading.Event()

        def send(number: int, request: Sequence[Question]) -> None:
            texts, spoken = [new[question][1] for question in request], request[0].language or None
            told: Sequence[Detected | BaseException]
            try:
                told = self.service.detect(client, operation, texts, spoken)
            except BaseException as error:  # noqa: BLE001 - it must not take other requests' answers with it
                told = [error] * len(request)
            came.append(_Came(number, request, told))
            if hurried.is_set():
                self._keep(came, new)

        with ThreadPoolExecutor(self.service.concurrency) as threads:
            for some in _by(self.service.concurrency, list(_requests(new))):
                sent = list[Future[None]]()
                try:
                    try:
                        for request in some:
                            units = sum(units_of(new[question][1]) for question in request)
                            sent.append(threads.submit(send, self.service.enter(self.run, operation, units), request))
                    except TransientFault as spent:  # the budget
                        self.away = spent
                    while wait(sent, WAKES).not_done:
                        pass
                    faults = threads.submit(self._keep, came, new).result()
                except BaseException:  # the run is interrupted; what is on its way is paid for
                    hurried.set()
                    threads.submit(self._keep, came, new)
                    raise
                for fault in faults:
                    if not isinstance(fault, TransientFault):
                        raise fault
                    self.away = fault
                if self.away:
                    return

    def _keep(self, came: deque["_Came"], new: dict[Question, tuple[str, str]]) -> list[BaseException]:
        """Keep what these requests came to, and give the faults: no text without an answer takes another's with it.

        Done in threads, as no interrupt comes there between what is kept and what is entered.
        """
        with self._keeping:
            rows, faults, paid = list[dict[str, Any]](), list[BaseException](), list[tuple[int, int]]()
            for number, request, told in list(came):
                first = len(rows)
                for question, answer in zip(request, told, strict=True):
                    document, piece = new[question]
                    if isinstance(answer, Refused):
                        self.refused[question.content] = answer.told
                    elif isinstance(answer, BaseException):
                        faults.append(answer)
                    else:
                        self.known[question] = answer
                        rows.append(self._row(document, question, answer, units_of(piece)))
                paid.append((number, sum(row["units"] for row in rows[first:])))
            self.lake.append(COMPREHEND, rows)
            for row in rows:
                self.units[row["document"]] += row["units"]
            for number, units in paid:
                came.popleft()
                self.service.end(number, units)
            return faults

    def _row(self, document: str, question: Question, answer: Answer, units: int) -> dict[str, Any]:
        told = json.dumps(answer, ensure_ascii=False)
        paid = {"answer": told, "units": units, "cost": units * self.service.price}
        return {"document": document, **question._asdict(), **paid}


class _Came(NamedTuple):
    """A request by its number in the ledger, and what was told of each of its texts."""

    number: int
    questions: Sequence[Question]
    told: Sequence[Detected | BaseException]


def is_asked(piece: str) -> bool:
    """Whether there is enough to tell its language by."""
    return len(piece.strip()) >= LEAST_LETTERS and any(map(str.isalpha, piece))


def _requests(new: Iterable[Question]) -> Iterator[Sequence[Question]]:
    """Questions for one request each: of one language, as many as it takes."""
    by_language = dict[str, list[Question]]()
    for question in new:
        by_language.setdefault(question.language, []).append(question)
    for questions in by_language.values():
        yield from _by(MOST_TEXTS, questions)


def _by(size: int, items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in parts of that size; the last may be smaller."""
    return (items[start : start + size] for start in range(0, len(items), size))
