"""One question to one of the endpoints: the request, and what its end means for the endpoint, the page, the settings.

The same for the models that are asked about texts (`resources/text_model.py`): a role says what messages call them.

Every request that is sent stands in the ledger. The key is read at the time of use and stands in no message.
"""

import base64
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault, UsageError
from resources.openai_client import client_of
from resources.secrets import secret, without_credentials
from resources.vision.answers import Answer
from resources.vision.endpoints import AllAwayError, Endpoint, Endpoints, retry_after
from resources.vision.images import Picture
from resources.vision.ledger import Ledger, Question, Usage
from resources.vision.profiles.profile import Profile
from resources.vision.replies import answer_of

if TYPE_CHECKING:
    import openai

TRIES: Final = 5
"""Requests about one question that may fail before the service counts as away."""
WAITS: Final = 12
"""Times that one question may be told to wait."""
GAVE_UP: Final = frozenset({408, 504})
"""Statuses of a proxy that waits no longer: the model behind it may have answered, and charged for that."""
GUESSED_OUTPUT: Final = 1_500
"""Tokens of an answer, for the estimate: a full page has about a thousand."""

_NO_VISION: Final = re.compile(
    r"(does not|doesn't|do not|don't|not) (support|accept)\w* .{0,30}(image|vision|multi-?modal)|"
    r"(image_url|(image|vision|multi-?modal)( inputs?)?) (is|are) (not|only) (supported|available)|"
    r"not a (multi-?modal|vision)|at most 0 image|unknown variant .{0,3}image_url",
    re.IGNORECASE | re.DOTALL,
)
"""Said of the model. Of one image ("unsupported image", "not allowed by our safety system") it is the page's."""
_FIXES: Final = {
    401: "it does not accept the key; put a valid one into the environment variable {key}",
    402: "the credit of the key in {key} is used up; pay some in",
    403: "the key in {key} may not use the model {model}; allow it or change either",
    404: "it has no model {model} at that address; correct {role}_url or {role}_model",
    405: "that is no address of a chat API; correct {role}_url, which often ends in /v1",
}
_BROKEN: Final = (ValueError, TypeError, AttributeError, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class Role:
    """What a model is for, as settings and messages name it; `misfit` is what one says that cannot do it."""

    name: str
    misfit: re.Pattern[str]
    fix: str


VISION_ROLE: Final = Role("vision", _NO_VISION, "takes no images; choose a vision model")


class RejectedError(Exception):
    """The endpoint does not take this request; another one, smaller or otherwise, it may."""


def body(profile: Profile, model: str, prompt: str, picture: Picture, options: dict[str, Any]) -> dict[str, Any]:
    """The request of OpenAI's chat API: the image before the text, as DeepSeek-OCR needs and no other minds."""
    image: dict[str, Any] = {"url": f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"}
    if profile.detail:
        image["detail"] = profile.detail
    content = [{"type": "image_url", "image_url": image}, {"type": "text", "text": prompt}]
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": content}],
        profile.tokens_name: profile.max_tokens,
    }
    return asked | dict(profile.options) | options


def estimate(picture: Picture, prompt: str, profile: Profile) -> Usage:
    """Tokens that a request may take, before it is sent: images count 500 to 1,000 pixels a token."""
    return Usage(picture.pixels // 750 + len(prompt) // 3, min(profile.max_tokens, GUESSED_OUTPUT))


@dataclass
class Client:
    """The endpoints of one model as one. Safe between threads.

    `prepare` is called before the first request: it may start a server, which a run without questions needs not.
    """

    model: str
    key_variable: str
    endpoints: Endpoints
    ledger: Ledger
    seconds: float
    prepare: "Callable[[], None]" = lambda: None
    role: Role = VISION_ROLE
    _prepared: UsageError | bool = False
    _clients: "dict[str | None, openai.OpenAI]" = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Question, request: dict[str, Any], expected: Usage) -> Answer:
        """The answer, good or bad. Raises RejectedError, UsageError, TransientFault (the budget, the service)."""
        failed = waited = 0
        told = "no endpoint answers"
        while failed < TRIES and waited < WAITS:
            try:
                with self.endpoints.slot() as endpoint:
                    ended = self._once(question, request, expected, endpoint)
            except AllAwayError:
                break
            if isinstance(ended, Answer):
                return ended
            told = ended.told
            failed, waited = failed + (not ended.is_wait), waited + ended.is_wait
        raise TransientFault("service_unavailable", f"the {self.role.name} model {self.model}: {told}")

    def _once(
        self, question: Question, request: dict[str, Any], expected: Usage, endpoint: Endpoint
    ) -> "Answer | _Try":
        import openai

        number = self.ledger.enter(question, expected)
        where = where_of(endpoint.url, self.role.name)
        began = time.monotonic()
        state, usage = "unknown", None  # unless more comes to be known
        try:
            rest = {name: value for name, value in request.items() if name not in ("model", "messages")}
            reply = self.client(endpoint.url).chat.completions.create(
                model=request["model"], messages=request["messages"], extra_body=rest
            )
            answer = answer_of(reply, expected, time.monotonic() - began)
            state, usage = "answered", Usage(answer.input_tokens, answer.output_tokens)
        except openai.APIStatusError as error:
            if error.status_code not in GAVE_UP:
                state, usage = "refused", Usage(0, 0)
            return self._refused(error, endpoint, where)
        except openai.APIError as error:
            if isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError):
                usage = Usage(0, 0) if _is_refused_connection(error) else None
            self.endpoints.failed(endpoint)
            return _Try(f"{where} did not answer: {type(error).__name__}")
        except _BROKEN as error:
            self.endpoints.failed(endpoint)
            return _Try(f"{where} gave a broken answer: {type(error).__name__}")
        finally:
            cost = self.ledger.close(number, state, usage, where)
        self.endpoints.answered(endpoint)
        return replace(answer, cost=cost)

    def _refused(self, error: "openai.APIStatusError", endpoint: Endpoint, where: str) -> "_Try":
        status = error.status_code
        if status == 429:
            self.endpoints.limited(endpoint, retry_after(error.response.headers.get("retry-after")))
            return _Try(f"{where} answered 429", is_wait=True)
        if status in (408, 409) or status >= 500:
            self.endpoints.failed(endpoint)
            return _Try(f"{where} answered {status}")
        self.endpoints.answered(endpoint)
        if status in _FIXES:
            fix = _FIXES[status].format(key=self.key_variable, model=self.model, role=self.role.name)
            raise UsageError(f"{where} answered {status}: {fix}") from None
        if self.role.misfit.search(str(error.message)):
            raise UsageError(f"{where} answered {status}: {self.model} {self.role.fix}") from None
        raise RejectedError(f"{where} answered {status}") from None

    def client(self, url: str | None) -> "openai.OpenAI":
        """The client of an endpoint; the pool tries again, not the client."""
        with self._lock:
            self._prepare_once()
            if url not in self._clients:
                key = secret(self.key_variable)
                if not key and url is None:
                    told = f"the {self.role.name} model needs a key: set the environment variable {self.key_variable}"
                    raise UsageError(told)
                where, setting = where_of(url, self.role.name), f"OCR_ASSETS_{self.role.name.upper()}_URL"
                self._clients[url] = client_of(url, key or "none", self.seconds, 0, where, setting)
            return self._clients[url]

    def waits(self, stage: str, document: str) -> None:
        """Nothing that was asked at once is still to be answered."""

    def close(self) -> None:
        """End all connections; who waits for a place gets none."""
        self.endpoints.close()
        if not self._lock.acquire(timeout=1):  # a server is being started, for which nobody waits any more
            return
        try:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
        finally:
            self._lock.release()

    def _prepare_once(self) -> None:
        """What went wrong at the first time does at every other: all threads are told, none tries again."""
        if self._prepared is False:
            try:
                self.prepare()
                self._prepared = True
            except UsageError as error:
                self._prepared = error
        if isinstance(self._prepared, UsageError):
            raise self._prepared


@dataclass(frozen=True, slots=True)
class _Try:
    """A request without an answer; `is_wait` where the endpoint only said to come again."""

    told: str
    is_wait: bool = False


def where_of(url: str | None, role: str = VISION_ROLE.name) -> str:
    """The endpoint for people, without the credentials that a URL may hold."""
    return f"the {role} endpoint {without_credentials(url)}" if url else f"the {role} endpoint of OpenAI"


def _is_refused_connection(error: BaseException | None) -> bool:
    """Whether nothing was sent: nobody listens there."""
    while error is not None:
        if type(error).__name__ in ("ConnectError", "ConnectTimeout") or isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__
    return False
