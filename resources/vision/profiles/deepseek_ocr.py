"""DeepSeek-OCR on vLLM 0.12 and later: grounding tags give blocks and figures with their places.

The image comes before the prompt, prompts are the plain ones it was trained on, special tokens stay in the answer, and
the server's guard against loops works only with `ngram_size`. Its context is 8,192 tokens with the image.
"""

from typing import Final

from ocr_assets.core.figure_answers import described
from ocr_assets.core.grounding import grounded_answer
from resources.vision.profiles.profile import FigurePrompt, PagePrompt, Profile

TABLE_CELLS: Final = [128821, 128822]
"""The tokens <td> and </td>, which may repeat."""

DEEPSEEK_OCR: Final = Profile(
    name="deepseek_ocr",
    key_variable="OPENAI_API_KEY",
    page=(
        PagePrompt("<|grounding|>Convert the document to markdown.", grounded_answer),
        PagePrompt("Free OCR.", grounded_answer),
    ),
    figure=(
        FigurePrompt("Parse the figure.", described),
        FigurePrompt("Describe this image in detail.", described),
    ),
    options={
        "skip_special_tokens": False,
        "vllm_xargs": {"ngram_size": 30, "window_size": 90, "whitelist_token_ids": TABLE_CELLS},
    },
    pixels=3_000_000,
    side=2_400,
    max_tokens=6_000,
    serve=(
        "--logits-processors",
        "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor",
        "--mm-processor-cache-gb",
        "0",
        "--no-enable-prefix-caching",
    ),
)
