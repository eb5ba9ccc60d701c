"""How families of models are asked about a text, and told the form of the answer. One more is one more entry here."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Form = Literal["json_schema", "json", "choice"]
"""How the answer's form is told: as structured output; in the prompt alone; as vLLM's choice between labels."""


@dataclass(frozen=True, slots=True)
class TextProfile:
    """`warmth` is the temperature of the second try; None where the model takes none.

    `short` and `long` are the most tokens of an answer that is a class, and of one that is fields.
    """

    name: str
    form: Form
    tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = 0.0
    warmth: float | None = 0.4
    short: int = 300
    long: int = 8_192

    def options(self, name: str, schema: dict[str, Any], labels: list[str] | None) -> dict[str, Any]:
        """What of the request tells the form: of a choice between `labels`, or else of JSON."""
        if self.form == "choice" and labels is not None:
            return {"structured_outputs": {"choice": labels}, "logprobs": True}
        if self.form == "json":
            return {}
        stated = {"name": name, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": stated}}


PROFILES: Final = {
    profile.name: profile
    for profile in (
        # Structured output as OpenAI's API has it: vLLM, llama.cpp, Databricks and others.
        TextProfile("json_schema", "json_schema"),
        # OpenAI's own: the newer models take no temperature, and think within the tokens of the answer.
        TextProfile("openai", "json_schema", "max_completion_tokens", None, None, 4_096, 16_384),
        # Servers without structured output; the schema stands in the prompt.
        TextProfile("json", "json"),
        # A fine-tuned classifier behind vLLM, such as a Mistral: it answers with the label, whose likelihood is the
        # confidence.
        TextProfile("vllm_choice", "choice", short=40),
    )
}
