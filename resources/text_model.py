"""Models that are asked about the text of documents: which class it is of, which values its fields have.

Endpoints, retries, ledger and budgets are those of the vision model (`resources/vision`); answers that were paid for
are kept until their document's stage settles, so that a run that was killed costs nothing twice.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from ocr_assets.errors import UsageError
from resources.chat_model import ChatModel
from resources.text_profiles import PROFILES, TextProfile
from resources.vision.answers import Answer, PaidAnswers
from resources.vision.client import GUESSED_OUTPUT, Client, RejectedError, Role
from resources.vision.endpoints import Endpoints
from resources.vision.ledger import Ledger, Question, Usage

T = TypeVar("T")

CUT: Final = "cut"
"""Why an answer is of no use that had no room for its end."""
LEDGER: Final = "text_models.sqlite"
_ASKED: Final = r"(response_format|json_schema|structured.?outputs?|logprobs|temperature|max_(completion_)?tokens)"
_REFUSED: Final = r"(un(supported|recognized|known|available)|not (supported|permitted|allowed)|extra inputs?|invalid)"
_NO_FORM: Final = re.compile(
    rf"{_REFUSED}.{{0,80}}{_ASKED}|{_ASKED}.{{0,80}}{_REFUSED}|invalid schema", re.IGNORECASE | re.DOTALL
)
"""What an endpoint names that does not take the form of the request: no document's doing."""
_FIX: Final = "does not take requests of the profile {profile}: {fix}"


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """The good answer, or None and why there is none; the new requests it took, and what they came to."""

    value: T | None
    why: str
    kept: dict[str, Answer]
    requests: int
    usage: Usage
    cost: float


@dataclass(frozen=True)
class TextAsker:
    """Asks about the texts of one stage of one run. `known` are the answers so far, by the keys of their questions."""

    client: Client
    paid: PaidAnswers
    profile: TextProfile
    model: str
    run: str
    stage: str
    known: dict[str, Answer]

    def ask(
        self,
        document: str,
        number: int,
        messages: list[Any],
        options: Mapping[str, Any],
        most: int,
        parse: Callable[[Answer], T],
        is_cut_final: bool = False,
    ) -> Told[T]:
        """Ask, and once more where the answer cannot be used; `number` names the question among the document's.

        `is_cut_final` where an answer without room for it is not to be asked for again: smaller questions are.
        Raises UsageError, TransientFault (the budget, the service).
        """
        faults, usage, cost, requests = list[str](), Usage(0, 0), 0.0, 0
        for attempt in range(2):
            warmth = self.profile.warmth if attempt else self.profile.temperature
            request = {"model": self.model, "messages": messages, self.profile.tokens_name: most, **options}
            request |= {} if warmth is None else {"temperature": warmth}
            key = hashlib.sha256(json.dumps([attempt, request], sort_keys=True).encode()).hexdigest()[:32]
            question = Question(self.run, self.stage, document, number, f"{self.client.role.name}-{attempt}-{key}")
            try:
                answer, is_new = self._answer(question, request, key)
            except RejectedError as error:
                faults.append(f"rejected ({error})")
                continue
            if is_new:
                usage = Usage(usage.input + answer.input_tokens, usage.output + answer.output_tokens)
                cost, requests = cost + answer.cost, requests + 1
            try:
                return Told(parse(_whole(answer)), "", {key: answer}, requests, usage, cost)
            except ValueError as error:
                faults.append(str(error))
                if is_cut_final and faults == [CUT]:
                    break
        return Told(None, " and then ".join(faults), {}, requests, usage, cost)

    def _answer(self, question: Question, request: dict[str, Any], key: str) -> tuple[Answer, bool]:
        """The answer, and whether this run is the one to be charged for it."""
        with self.paid.once("", key):  # of documents with the same text one asks, and the others find the answer
            if key in self.known:
                return self.known[key], False
            found = self.paid.get(question.document, question.page, question.key)
            if found is None:
                most = min(int(request[self.profile.tokens_name]), GUESSED_OUTPUT)
                found = self.client.ask(
                    question, request, Usage(len(json.dumps(request, ensure_ascii=False)) // 3, most)
                )
                self.paid.put(question.document, question.page, question.key, found)
            self.known[key] = found
            return found, True


def _whole(answer: Answer) -> Answer:
    """The answer itself. Raises ValueError where it was refused, cut or is empty."""
    if answer.refusal or answer.finish == "content_filter":
        raise ValueError("refused")
    if answer.finish == "length":
        raise ValueError(CUT)
    if not answer.text.strip():
        raise ValueError("empty")
    return answer


class TextModel(ChatModel):
    """`role` is classifier or extractor; both share the ledger, and with it the budgets."""

    role: str = "classifier"
    profile: str = "json_schema"
    key_variable: str = "OPENAI_API_KEY"

    @property
    def way(self) -> TextProfile:
        """The profile. Raises UsageError for an unknown one, and for one that only tells classes."""
        if self.profile not in PROFILES or (self.role != "classifier" and PROFILES[self.profile].form == "choice"):
            fitting = [p.name for p in PROFILES.values() if self.role == "classifier" or p.form != "choice"]
            raise UsageError(f"{self.role}_profile is {self.profile!r}; use one of {', '.join(fitting)}")
        return PROFILES[self.profile]

    @property
    def ledger(self) -> Ledger:
        """What was asked and spent."""
        return self.ledger_of(LEDGER, "the text models")

    @contextmanager
    def asking(self, run: str, stage: str, paid: PaidAnswers, known: dict[str, Answer]) -> Iterator[TextAsker]:
        """What asks in this run; its connections end with the context."""
        client = self.client()
        try:
            yield TextAsker(client, paid, self.way, self.model, run, stage, known)
        finally:
            client.close()

    def client(self) -> Client:
        """The endpoints, none of them asked yet."""
        fix = _FIX.format(profile=self.way.name, fix=f"choose another {self.role}_profile")
        endpoints = Endpoints(self.addresses, self.concurrency, self.first_pause)
        role = Role(self.role, _NO_FORM, fix)
        return Client(self.model, self.key_variable, endpoints, self.ledger, self.seconds, role=role)
