"""A chat model behind any endpoint of OpenAI's API, for answers from passages. The key stands in no message."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from ocr_assets.core.answers import INSTRUCTIONS, question_text
from ocr_assets.errors import OcrAssetsError, TransientFault, UsageError
from resources.openai_client import client_of
from resources.secrets import secret, without_credentials

if TYPE_CHECKING:
    import openai


class AnswerModel(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`model` empty means that there is none; `base_url` None is OpenAI's own."""

    model: str = ""
    # A secret to Dagster, whose UI shows a resource's settings: some endpoints take their key within the URL.
    base_url: str | None = Field(default=None, json_schema_extra={"dagster__is_secret": True})
    api_key_variable: str = "OPENAI_API_KEY"
    timeout_seconds: float = 120
    max_retries: int = 3

    def answer(self, question: str, passages: Sequence[tuple[str, str]]) -> str:
        """The model's answer from passages, each given as where it stands and its text.

        Raises UsageError for what settings are to blame for, else TransientFault.
        """
        import openai

        messages: list[Any] = [
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": question_text(question, passages)},
        ]
        with self.client() as client:
            try:
                answer = client.chat.completions.create(model=self.model, messages=messages)
                text = answer.choices[0].message.content
            except openai.APIError as error:
                raise self._fault(error) from None  # the cause holds the request and so the key
            except (ValueError, TypeError, AttributeError, IndexError) as error:
                raise TransientFault("service_unavailable", f"{self.where} gave a broken answer: {error}") from None
        if not isinstance(text, str) or not text.strip():
            raise TransientFault("service_unavailable", f"{self.where} gave no answer")
        return text

    def client(self) -> "openai.OpenAI":
        """The client of its endpoint. Raises UsageError where there is no model, key or address."""
        if not self.model:
            raise UsageError(
                "no model is configured that answers: set OCR_ASSETS_ANSWER_MODEL, "
                "and OCR_ASSETS_ANSWER_URL if it is not OpenAI's"
            )
        return client_of(
            self.base_url, self._key(), self.timeout_seconds, self.max_retries, self.where, "OCR_ASSETS_ANSWER_URL"
        )

    @property
    def where(self) -> str:
        """The endpoint for people."""
        shown = without_credentials(self.base_url) if self.base_url else "of OpenAI"
        return f"the chat endpoint {shown} (model {self.model})"

    def _fault(self, error: Any) -> OcrAssetsError:
        status = getattr(error, "status_code", None)
        if status is None:
            return TransientFault("service_unavailable", f"{self.where} did not answer: {type(error).__name__}")
        told = f"{self.where} answered {status}"
        if status in (408, 409, 429) or status >= 500:
            return TransientFault("service_unavailable", told)
        fix = f"check OCR_ASSETS_ANSWER_URL, OCR_ASSETS_ANSWER_MODEL and the key in {self.api_key_variable}"
        return UsageError(f"{told}: {fix}")

    def _key(self) -> str:
        key = secret(self.api_key_variable)
        if not key and self.base_url is None:
            raise UsageError(f"a model of OpenAI needs a key: set the environment variable {self.api_key_variable}")
        return key or "none"  # servers of one's own often want no key
