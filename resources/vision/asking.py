"""A question asked until its answer is good: as it is, warmer, with another prompt, at another resolution.

What every try came to is told, and bad answers are never given on.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from ocr_assets.core.answer_faults import raw_fault
from resources.vision.answers import Answer, PaidAnswers
from resources.vision.client import RejectedError, body, estimate
from resources.vision.images import sized
from resources.vision.ledger import Question, Usage
from resources.vision.profiles.profile import FigurePrompt, PagePrompt, Profile

T = TypeVar("T")

SMALLER: Final = 0.5
"""Share of the pixels at which a picture is shown in the last try: loops often end with another resolution."""


class Try(NamedTuple):
    """A way to ask: which of the prompts, how warm, at which share of the pixels."""

    prompt: int
    is_warm: bool
    share: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to: `fault` is empty where the answer is good. `pixels` of the picture that was sent."""

    prompt: int
    temperature: float | None
    pixels: int
    fault: str
    input_tokens: int
    output_tokens: int
    cost: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """The good answer, or None where there was none, and the attempts."""

    value: T | None
    attempts: tuple[Attempt, ...]


class Sender(Protocol):
    """What takes questions to the model: at once, or in batches."""

    def ask(self, question: Question, request: dict[str, Any], expected: Usage) -> Answer:
        """The answer, good or bad. Raises RejectedError, UsageError, TransientFault."""
        ...

    def waits(self, stage: str, document: str) -> None:
        """Raise TransientFault where questions about the document wait for their answers."""
        ...


@dataclass(frozen=True)
class Asker:
    """Asks about the pages of one stage of one run."""

    sender: Sender
    paid: PaidAnswers
    profile: Profile
    model: str
    run: str
    stage: str
    pixels: int

    def ask(
        self,
        document: str,
        page: int,
        image: bytes,
        prompts: "Sequence[PagePrompt] | Sequence[FigurePrompt]",
        texts: Sequence[str],
        judge: Callable[[Any], str | None],
    ) -> Asked[Any]:
        """Ask with these prompts, whose `texts` are complete; `judge` says what is wrong with a parsed answer."""
        attempts: list[Attempt] = []
        for number, how in enumerate(tries(self.profile, len(prompts))):
            prompt = prompts[how.prompt]
            picture = sized(image, self.pixels, self.profile.side, self.profile.encoding, how.share)
            temperature = self.profile.warmth if how.is_warm else self.profile.temperature
            options = dict(prompt.options) | ({} if temperature is None else {"temperature": temperature})
            request = body(self.profile, self.model, texts[how.prompt], picture, options)
            key = f"{number}-{hashlib.sha256(repr((request, number)).encode()).hexdigest()[:32]}"
            question = Question(self.run, self.stage, document, page, key)
            value: Any = None
            try:
                answer = self._answer(question, request, estimate(picture, texts[how.prompt], self.profile))
            except RejectedError:
                answer, fault = Answer("", None, None, 0, 0, 0.0, 0.0), "rejected"
            else:
                value, fault = judged(answer, prompt.parse, judge)
            used = (answer.input_tokens, answer.output_tokens, answer.cost, answer.seconds)
            attempts.append(Attempt(how.prompt + 1, temperature, picture.pixels, fault, *used))
            if not fault:
                return Asked(value, tuple(attempts))
        return Asked(None, tuple(attempts))

    def _answer(self, question: Question, request: dict[str, Any], expected: Usage) -> Answer:
        """The answer that was paid for before, else a new one."""
        with self.paid.once(question.document, question.key):
            known = self.paid.get(question.document, question.page, question.key)
            if known is None:
                known = self.sender.ask(question, request, expected)
                self.paid.put(question.document, question.page, question.key, known)
            return known


def tries(profile: Profile, prompts: int) -> list[Try]:
    """The ways to ask, in their order."""
    warm = profile.warmth is not None
    ways = [Try(0, False, 1.0), Try(0, warm, 1.0)]
    if prompts > 1:
        ways.append(Try(1, False, 1.0))
    return [*ways, Try(prompts - 1, warm, SMALLER)]


def judged(answer: Answer, parse: Callable[[str], Any], judge: Callable[[Any], str | None]) -> tuple[Any, str]:
    """The parsed answer, and what is wrong with it, empty where nothing is."""
    if (fault := raw_fault(answer.text, answer.finish, answer.refusal)) and fault != "empty":
        return None, fault
    try:
        value = parse(answer.text)
    except ValueError:
        return None, fault or "unparseable"
    return value, judge(value) or ""
