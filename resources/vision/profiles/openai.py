"""OpenAI's own vision models: JSON by request, boxes with the blocks, a second try in plain Markdown.

The newer models take neither a temperature nor `max_tokens`; an image is looked at in full (`detail: high`) up to about
1.5 million pixels and 2,048 on a side.
"""

from typing import Final

from ocr_assets.core.figure_answers import described, figure_answer
from ocr_assets.core.model_answers import json_answer, markdown_answer
from resources.vision.profiles.profile import BLOCKS, DESCRIBE, FIGURE, MARKDOWN, FigurePrompt, PagePrompt, Profile

JSON: Final = {"response_format": {"type": "json_object"}}

OPENAI: Final = Profile(
    name="openai",
    key_variable="OPENAI_API_KEY",
    page=(PagePrompt(BLOCKS, json_answer, JSON), PagePrompt(MARKDOWN, markdown_answer)),
    figure=(FigurePrompt(FIGURE, figure_answer, JSON), FigurePrompt(DESCRIBE, described)),
    tokens_name="max_completion_tokens",
    max_tokens=16_384,
    temperature=None,
    warmth=None,
    detail="high",
)
