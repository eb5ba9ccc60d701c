"""An embedder behind any endpoint that speaks OpenAI's embeddings API.

The key is read at the time of use and stands in no message.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from ocr_assets.core.request_fields import fields_of
from ocr_assets.errors import OcrAssetsError, PermanentFault, TransientFault, UsageError
from resources.embedder import Embedder, Spent, unit_length
from resources.openai_client import client_of
from resources.secrets import redact, secret, without_credentials

if TYPE_CHECKING:
    import openai
    from openai import APIError
    from openai.types import CreateEmbeddingResponse

    from resources.embedder import Vectors

_TOKEN: Final = re.compile(r"[\u2e80-\uffef]|\w{1,4}|[^\w\s]")
_RETRYABLE: Final = frozenset({408, 409, 429})
_OF_SETTINGS: Final = re.compile(
    r"input_type|dimensions\b|encoding_format|unrecogni[sz]ed|unexpected|extra inputs|field required", re.IGNORECASE
)
"""What an endpoint names that wants another form of request: no document's doing."""
_TOLD: Final = 200
_MARKS: Final = 2
"""Tokens that models put around a text, and that `count_tokens` does not count."""


class OpenAIEmbedder(Embedder):
    """`base_url` None is OpenAI's own. `api_key_variable` names the secret that is the key.

    The limits of a request are those of OpenAI; smaller servers may need smaller ones. Prefixes stand before every
    text, fields (`input_type=passage, truncate=END`) in every request, as the model wants them of passages and of
    questions.
    """

    # A secret to Dagster, whose UI shows a resource's settings: some endpoints take their key within the URL.
    base_url: str | None = Field(default=None, json_schema_extra={"dagster__is_secret": True})
    api_key_variable: str = "OPENAI_API_KEY"
    send_dimension: bool = Field(
        default=False, description="ask for `dimension`; only some models can shorten their vectors"
    )
    tokenizer: str = Field(default="", description="the model's tokenizer.json; empty: tokens are estimated from above")
    query_prefix: str = ""
    passage_prefix: str = ""
    query_fields: str = ""
    passage_fields: str = ""
    text_tokens: int = Field(default=8192, description="that the model takes; the end of a longer text is cut")
    max_inputs: int = 2048
    max_tokens: int = 300_000
    price: float = Field(default=0, description="of a million tokens")
    timeout_seconds: float = 60
    max_retries: int = 4

    @property
    def recorded_model(self) -> str:
        """With eight digits that stand for what passages are told, where they are told anything."""
        if not (self.passage_prefix or self.passage_fields):
            return self.model
        told = json.dumps([self.passage_prefix, fields_of(self.passage_fields)], sort_keys=True)
        return f"{self.model}.{sha256(told.encode()).hexdigest()[:8]}"

    @property
    def most_tokens(self) -> int:
        return self._room(self.passage_prefix)

    def count_tokens(self, text: str) -> int:
        """Without the model's own tokenizer an estimate from above: English comes out about a quarter too high."""
        return len(self._ends(text))

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> "Vectors":
        import numpy as np

        if not all(map(str.strip, texts)):
            raise ValueError("an empty text cannot be embedded")
        spent = Spent() if spent is None else spent
        fields = fields_of(self.passage_fields)
        batches = self._batches([self._prefixed(self.passage_prefix, text) for text in texts])
        vectors = [self._embed(batch, spent, fields) for batch in batches]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> "Vectors":
        asked = self._prefixed(self.query_prefix, text.strip())
        vector: Vectors = self._embed([asked or " "], Spent(), fields_of(self.query_fields))[0]
        return vector

    def _prefixed(self, prefix: str, text: str) -> str:
        """The text behind what stands before it, its end cut where the model would not take both."""
        ends, room = self._ends(text), self._room(prefix)
        return prefix + (text if len(ends) <= room else text[: ends[room - 1]])

    def _room(self, prefix: str) -> int:
        room = self.text_tokens - _MARKS - self.count_tokens(prefix)
        if room < 1:
            raise UsageError(f"embedder_text_tokens {self.text_tokens} leaves no room for a text behind {prefix!r}")
        return room

    def _ends(self, text: str) -> list[int]:
        """Where each token of the text ends."""
        if self.tokenizer:
            encoded = _tokenizer(self.tokenizer).encode(text, add_special_tokens=False)
            return [end for _, end in encoded.offsets]
        return [match.end() for match in _TOKEN.finditer(text)]

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        batch, size = list[str](), 0
        for text in texts:
            tokens = self.count_tokens(text)
            if batch and (len(batch) == self.max_inputs or size + tokens > self.max_tokens):
                yield batch
                batch, size = [], 0
            batch.append(text)
            size += tokens
        if batch:
            yield batch

    def client(self) -> "openai.OpenAI":
        """The client of its endpoint. Raises UsageError where there is no key or address."""
        limits = (self.timeout_seconds, self.max_retries)
        return client_of(self.base_url, self._key(), *limits, self.where, "OCR_ASSETS_EMBEDDER_URL")

    def _embed(self, texts: list[str], spent: Spent, fields: Mapping[str, str]) -> "Vectors":
        import openai

        wanted: dict[str, Any] = {"dimensions": self.dimension} if self.send_dimension else {}
        if fields:
            wanted["extra_body"] = dict(fields)
        with self.client() as client:
            try:
                # In base64, which is the client's own default, some compatible servers do not answer.
                answer = client.embeddings.create(model=self.model, input=texts, encoding_format="float", **wanted)
                vectors = self._vectors(answer, len(texts))
            except openai.APIError as error:
                raise self._fault(error) from None  # the cause holds the request and so the key
            except (ValueError, TypeError, AttributeError) as error:
                raise TransientFault("service_unavailable", f"{self.where} gave a broken answer: {error}") from None
        # Some compatible servers do not say what they took.
        usage = getattr(answer, "usage", None)
        tokens = usage.prompt_tokens if usage else sum(map(self.count_tokens, texts))
        spent.requests += 1
        spent.tokens += tokens
        spent.cost += tokens * self.price / 1_000_000
        return vectors

    def _vectors(self, answer: "CreateEmbeddingResponse", count: int) -> "Vectors":
        """The answer's vectors in the order of the texts. Raises ValueError if they are not what was asked for.

        Raises UsageError where the model's are of another dimension: that does not pass by waiting.
        """
        import numpy as np

        items = sorted(answer.data, key=lambda item: item.index)
        if [item.index for item in items] != list(range(count)):
            raise ValueError(f"{len(items)} vectors for {count} texts")
        vectors = np.array([item.embedding for item in items], np.float32)
        if vectors.ndim != 2:
            raise ValueError("vectors without numbers")
        if vectors.shape[1] != self.dimension:
            raise UsageError(
                f"{self.where} gives vectors of dimension {vectors.shape[1]}, configured is {self.dimension}: correct "
                "embedder_dimension, or set embedder_shortens where the model can shorten them"
            )
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise ValueError("a vector is zero or not finite")
        return unit_length(vectors)

    def _fault(self, error: "APIError") -> OcrAssetsError:
        """What the settings are to blame for is a UsageError, so that no document is given up for it."""
        from openai import APIStatusError

        if not isinstance(error, APIStatusError):
            return TransientFault("service_unavailable", f"{self.where} did not answer: {type(error).__name__}")
        status = error.status_code
        if status in _RETRYABLE or status >= 500:
            return TransientFault("service_unavailable", f"{self.where} answered {status}")
        told = f"{self.where} answered {status}"
        if status in (401, 403, 404):
            return UsageError(f"{told}: {self._fix(status)}")
        said = redact(error.message)[:_TOLD]
        if status in (400, 422) and _OF_SETTINGS.search(said):
            fix = "correct embedder_shortens, or embedder_passage_fields and embedder_query_fields"
            return UsageError(f"{told} ({said}): {fix}")
        return PermanentFault("service_refused", f"{told} ({said}): check the size limits of texts and requests")

    def _fix(self, status: int) -> str:
        return {
            401: f"it does not accept the key; put a valid one into the environment variable {self.api_key_variable}",
            403: f"the key in {self.api_key_variable} may not use the model {self.model}; allow it or change either",
            404: f"it has no model {self.model} at that address; correct embedder_url or embedder_model",
        }[status]

    @property
    def where(self) -> str:
        """The endpoint for people."""
        shown = without_credentials(self.base_url) if self.base_url else "of OpenAI"
        return f"the embeddings endpoint {shown} (model {self.model})"

    def _key(self) -> str:
        key = secret(self.api_key_variable)
        if not key and self.base_url is None:
            raise UsageError(f"OpenAIEmbedder needs a key: set the environment variable {self.api_key_variable}")
        return key or "none"  # servers of one's own often want no key


@lru_cache
def _tokenizer(path: str) -> Any:
    """The tokenizer of that file, loaded once a process; it cuts and fills up nothing."""
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_file(path)
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise UsageError(f"embedder_tokenizer {path} is no tokenizer.json that can be read: {error}") from None
    made.no_truncation()
    made.no_padding()
    return made
