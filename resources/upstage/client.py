"""One request to a service over HTTP: tried again where that helps, its refusals told apart, its answer checked."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from ocr_assets.core.upstage_answers import BadAnswer
from ocr_assets.errors import OcrAssetsError, PermanentFault, TransientFault, UsageError
from resources.secrets import redact, secret
from resources.vision.endpoints import retry_after

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx2

T = TypeVar("T")

RETRIES: Final = 3
LONGEST_PAUSE: Final = 120.0
"""Seconds that a service may ask to wait; beyond, the document waits, and not the run."""
_AGAIN: Final = frozenset({408, 409, 425, 429})
_TOLD: Final = 200


class Gone(UsageError):
    """There is nothing at that path: it is wrong, or what was there was kept long enough."""


class TimedOut(TransientFault):
    """The service took longer for one answer than it may: asking the same again would cost the same again."""


@dataclass
class Tally:
    """How often a request that the service may have charged for was sent."""

    charged: int = 0


@dataclass(frozen=True)
class Client:
    """The service's address, its key by the name of the secret, and the seconds of a first pause and of a time-out."""

    base_url: str
    key_variable: str
    pause: float
    timeout: float

    def post(self, path: str, check: Callable[[Any], T], tally: Tally, **content: Any) -> T:
        """What `check` makes of the answer to this request.

        Raises as `get`, PermanentFault `service_refused`, and at the first time-out TimedOut.
        """
        return self._ask("POST", f"{self.base_url}{path}", check, tally, self._authorised(), content)

    def get(self, path: str, check: Callable[[Any], T]) -> T:
        """What `check`, which may raise BadAnswer, makes of the answer.

        Raises TransientFault after RETRIES more tries, `bad_reading` where the last answer was a bad one and else
        `service_unavailable`; UsageError where the settings are to blame, Gone where nothing is there.
        """
        return self._ask("GET", f"{self.base_url}{path}", check, Tally(), self._authorised(), {})

    def download(self, url: str, check: Callable[[Any], T]) -> T | None:
        """As `get`, from an address that is its own permission, so that the key is not sent. None where it expired."""
        own = self.base_url.startswith("http://") and urlsplit(url).netloc == urlsplit(self.base_url).netloc
        if not (url.startswith("https://") or own):
            raise TransientFault("service_unavailable", f"{self._where()} gave an address that is not to be trusted")
        try:
            return self._ask("GET", url, check, Tally(), {}, {})
        except (UsageError, PermanentFault):  # 403 or, by keys that last for hours, 400
            return None

    def _ask(
        self,
        method: str,
        url: str,
        check: Callable[[Any], T],
        tally: Tally,
        headers: dict[str, str],
        content: dict[str, Any],
    ) -> T:
        import httpx2

        fault: OcrAssetsError = TransientFault("service_unavailable", f"{self._where()} was not asked")
        with httpx2.Client(timeout=self.timeout, verify=_certificates()) as http:
            for tried in range(RETRIES + 1):
                asked_to_wait = None
                try:
                    response = http.request(method, url, headers=headers, **content)
                    if response.status_code == 200:
                        tally.charged += 1
                        return check(response.json())
                    fault = self._fault(response)
                    if not isinstance(fault, TransientFault):
                        raise fault
                    asked_to_wait = retry_after(response.headers.get("Retry-After"))
                except httpx2.RequestError as error:
                    told = f"{self._where()} did not answer: {type(error).__name__}"
                    tally.charged += not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
                    if isinstance(error, httpx2.ReadTimeout) and method == "POST":
                        raise TimedOut("service_unavailable", told) from None
                    fault = TransientFault("service_unavailable", told)
                except (ValueError, RecursionError) as error:
                    # Of JSON it is an answer, and about this document: it counts as one of its attempts, since each is
                    # paid for. Else something between here and the service is broken.
                    reason = "bad_reading" if isinstance(error, BadAnswer) else "service_unavailable"
                    told = redact(str(error).split("\n", 1)[0])[:_TOLD]
                    fault = TransientFault(reason, f"{self._where()} gave a broken answer: {told}")
                wait = asked_to_wait if asked_to_wait is not None else self.pause * 2**tried * random.uniform(1, 1.5)
                if tried == RETRIES or wait > LONGEST_PAUSE:
                    break
                time.sleep(wait)
        raise fault

    def _fault(self, response: "httpx2.Response") -> OcrAssetsError:
        status = response.status_code
        told = f"{self._where()} answered {status}"
        if status in _AGAIN or status >= 500:
            return TransientFault("service_unavailable", told)
        if status in (401, 402, 403, 404, 405):
            return (Gone if status == 404 else UsageError)(f"{told}: {self._fix(status)}")
        message = _message(response)
        if status == 400 and "model" in message.lower():  # it would refuse every other document too
            return UsageError(f"{told}: {message}; correct the model in the settings")
        return PermanentFault("service_refused", f"{told}: {message}")

    def _fix(self, status: int) -> str:
        if status == 401:
            return f"it does not accept the key; put a valid one into {self.key_variable}"
        if status in (402, 403):
            return f"the key in {self.key_variable} may not do this, or its credit is used up"
        return "there is no such path; correct the address or path in the settings"

    def _authorised(self) -> dict[str, str]:
        key = secret(self.key_variable)
        if not key:
            raise UsageError(f"Upstage needs a key: set {self.key_variable}")
        return {"Authorization": f"Bearer {key}"}

    def _where(self) -> str:
        return f"Upstage ({urlsplit(self.base_url).hostname})"


@cache
def _certificates() -> "SSLContext":
    """Loaded once: a client that loads its own takes 33 ms for it."""
    import httpx2

    return httpx2.create_ssl_context()


def _message(response: "httpx2.Response") -> str:
    """The service's own words, which may quote anything."""
    try:
        said = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        said = response.text
    return redact(" ".join(str(said).split()))[:_TOLD]
