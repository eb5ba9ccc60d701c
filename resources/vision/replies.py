"""What a reply of the chat API says."""

import math
from typing import TYPE_CHECKING, Any

from ocr_assets.core.valid_reading import whole_characters
from resources.vision.answers import Answer
from resources.vision.ledger import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


def answer_of(reply: "ChatCompletion", expected: Usage, seconds: float) -> Answer:
    """What a completion says; its cost is the ledger's to say. Raises where the reply is none."""
    choice = reply.choices[0]
    text = choice.message.content or ""
    if not isinstance(text, str):
        raise TypeError("no text")
    text = whole_characters(text)
    usage = reply.usage
    used = (
        Usage(int(usage.prompt_tokens), int(usage.completion_tokens))
        if usage
        else Usage(expected.input, len(text) // 3)
    )
    refusal = getattr(choice.message, "refusal", None)
    told = (text, choice.finish_reason, refusal, used.input, used.output, 0.0, round(seconds, 3))
    return Answer(*told, likelihood_of(choice))


def likelihood_of(choice: Any) -> float | None:
    """How likely the model's tokens were together, 0..1; None where the server did not say."""
    tokens = getattr(getattr(choice, "logprobs", None), "content", None)
    return math.exp(min(0.0, sum(token.logprob for token in tokens))) if tokens else None
