"""AWS Comprehend: languages, entities and key phrases of many texts at a time, through the official client.

Credentials come by AWS's usual chain. The client itself tries again, with growing pauses, what was throttled, cut off
or answered 5xx; what is left is told apart here.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg

from ocr_assets.core.comprehend_answers import MOST_TEXTS, Operation, checked
from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import region
from resources.secrets import redact, without_credentials
from resources.vision.ledger import Ledger, Question, Usage

CALLS: Final[dict[Operation, str]] = {
    "language": "batch_detect_dominant_language",
    "entities": "batch_detect_entities",
    "key_phrases": "batch_detect_key_phrases",
}
ACTIONS: Final[dict[Operation, str]] = {
    "language": "comprehend:BatchDetectDominantLanguage",
    "entities": "comprehend:BatchDetectEntities",
    "key_phrases": "comprehend:BatchDetectKeyPhrases",
}
LEDGER: Final = "comprehend.sqlite"
MILLION: Final = 1_000_000
_OF_THE_TEXTS: Final = frozenset(
    (
        "InvalidRequestException",
        "TextSizeLimitExceededException",
        "BatchSizeLimitExceededException",
        "ValidationException",
    )
)
_CREDENTIALS: Final = frozenset(
    (
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
    )
)
_DENIED: Final = frozenset(("AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired"))
_TOLD: Final = 200


@dataclass(frozen=True)
class Refused:
    """Why the service has no answer about one text."""

    told: str


Detected = list[dict[str, Any]] | Refused | TransientFault | UsageError
"""What it has found in a text, as it told it, why it has no answer, or the fault that kept it from answering.

A fault is no exception here: texts of the same request may have answers that were paid for.
"""


class Comprehend(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`price` is of a unit of 100 characters; `attempts` are of a request, the first included.

    `home` is the folder of the ledger; budgets, in the price's currency, are what a run and all runs of a day (UTC)
    may spend, 0 for no limit.
    """

    region: str | None = None
    url: str | None = None
    price: float = 0.0
    concurrency: int = 4
    attempts: int = 5
    pause: float = 1.0
    timeout: float = 60.0
    home: str = "data"
    run_budget: float = 0.0
    day_budget: float = 0.0

    @property
    def ledger(self) -> Ledger:
        """Of the requests of this home: a unit is a million of its tokens, at the price of one."""
        return Ledger(Path(self.home) / LEDGER, self.price, 0.0, self.run_budget, self.day_budget, "AWS Comprehend")

    def enter(self, run: str, operation: Operation, units: int) -> int:
        """Enter a request that is about to be sent; its number. Raises TransientFault `budget_spent`."""
        return self.ledger.enter(Question(run, "enrichment", "", 0, operation), Usage(units * MILLION, 0))

    def end(self, number: int, units: int) -> None:
        """Enter that this request has ended, with answers of so many units."""
        self.ledger.close(number, "answered" if units else "refused", Usage(units * MILLION, 0), None)

    def client(self) -> Any:
        """A client for `detect`, which threads may share. Raises UsageError where it cannot be made."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            retries={"total_max_attempts": self.attempts, "mode": "standard"},
            max_pool_connections=self.concurrency,
            connect_timeout=self.timeout,
            read_timeout=self.timeout,
        )
        try:
            return boto3.Session().client(
                "comprehend", region_name=self.region or region(), endpoint_url=self.url, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise UsageError(f"AWS Comprehend cannot be used: {error}; correct its region, URL or profile") from None

    def detect(
        self, client: Any, operation: Operation, texts: Sequence[str], language: str | None = None
    ) -> list[Detected]:
        """What is found in each of at most MOST_TEXTS texts of at most MOST_BYTES; all in `language`, if one is told.

        Texts that fail alone are asked about again where that may help. Of a text that the service does not answer
        about there is a TransientFault `service_unavailable`, or a UsageError where settings or rights are to blame.
        """
        if not 1 <= len(texts) <= MOST_TEXTS:
            raise ValueError(f"{len(texts)} texts for one request; {MOST_TEXTS} is the most")
        found: list[Detected] = [Refused("it was not asked")] * len(texts)
        left = list(range(len(texts)))
        for tried in range(self.attempts):
            if tried:
                time.sleep(self.pause * 2 ** (tried - 1))
            answers = self._ask(client, operation, [texts[number] for number in left], language)
            again = list[int]()
            for number, (answer, passing) in zip(left, answers, strict=True):
                found[number] = answer
                if passing:
                    again.append(number)
            left = again
            if not left:
                break
        return found

    def _ask(
        self, client: Any, operation: Operation, texts: Sequence[str], language: str | None
    ) -> list[tuple[Detected, bool]]:
        """One request: of each text what is found, or why not and whether to ask again.

        Where texts of a request are refused as a whole, each half is asked about by itself.
        """
        from botocore.exceptions import ClientError

        try:
            results, errors = self._answer(client, operation, texts, language)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            told = redact(f"{code}: {error.response['Error'].get('Message', '')}")[:_TOLD]
            if code == "UnsupportedLanguageException" or (code in _OF_THE_TEXTS and len(texts) == 1):
                return [(Refused(told), False)] * len(texts)
            if code in _OF_THE_TEXTS:
                half = len(texts) // 2
                return [
                    *self._ask(client, operation, texts[:half], language),
                    *self._ask(client, operation, texts[half:], language),
                ]
            return [(self._fault(client, operation, code, told, error.response), False)] * len(texts)
        except (TransientFault, UsageError) as fault:
            return [(fault, False)] * len(texts)
        return [
            (Refused(errors[number].told[:_TOLD]), errors[number].passing)
            if number in errors
            else (results[number], False)
            for number in range(len(texts))
        ]

    def _answer(self, client: Any, operation: Operation, texts: Sequence[str], language: str | None) -> Any:
        """The checked answer to a request; one that is broken is asked for again."""
        from botocore.exceptions import (
            BotoCoreError,
            NoCredentialsError,
            PartialCredentialsError,
            SSOError,
            TokenRetrievalError,
        )
        from botocore.parsers import ResponseParserError  # a plain Exception

        wanted = {"TextList": list(texts), **({"LanguageCode": language} if language else {})}
        told = ""
        for tried in range(self.attempts):
            if tried:
                time.sleep(self.pause * 2 ** (tried - 1))
            try:
                return checked(operation, getattr(client, CALLS[operation])(**wanted), len(texts))
            except (ValueError, ResponseParserError) as error:
                # The client takes what is no JSON, and a body cut short, for an answer without lists.
                told = f"gives broken answers: {redact(str(error))[:_TOLD]}; is that Comprehend's URL?"
            except (NoCredentialsError, PartialCredentialsError, SSOError, TokenRetrievalError) as error:
                fix = "set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role"
                raise UsageError(f"{self._where(client)} cannot be asked: {error}; {fix}") from None
            except BotoCoreError as error:
                raise TransientFault(
                    "service_unavailable", f"{self._where(client)} does not answer: {redact(str(error))[:_TOLD]}"
                ) from None
        raise TransientFault("service_unavailable", f"{self._where(client)} {told}")

    def _fault(
        self, client: Any, operation: Operation, code: str, told: str, response: Any
    ) -> TransientFault | UsageError:
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        where = self._where(client)
        if code in _DENIED:
            return UsageError(f"{where} refuses {ACTIONS[operation]}: allow this role that action ({told})")
        if code in _CREDENTIALS:
            return UsageError(f"{where} does not accept the AWS credentials ({told}); renew or correct them")
        if status >= 500 or status in (408, 429) or "throttl" in code.lower() or code.startswith("TooManyRequests"):
            return TransientFault("service_unavailable", f"{where} answers {told}")
        fix = "correct OCR_ASSETS_COMPREHEND_URL (AWS_ENDPOINT_URL counts for it too) or OCR_ASSETS_COMPREHEND_REGION"
        return UsageError(f"{where} answers {status} {told}; {fix}")

    def _where(self, client: Any) -> str:
        return f"AWS Comprehend ({without_credentials(client.meta.endpoint_url)})"
